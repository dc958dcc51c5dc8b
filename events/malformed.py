"""Says what the JSON parser complains of, so that it can be told in any language."""

import re
from typing import Final

import msgspec

from events.refusal import Message, RefusedError

_COMPLAINT: Final = re.compile(r"JSON is malformed: (?P<what>.+) \(byte (?P<byte>\d+)\)").fullmatch
_WHATS: Final = {
    str(what): what
    for what in (
        Message("invalid character"),
        Message("invalid character in unicode escape"),
        Message("invalid escape character in string"),
        Message("invalid number"),
        Message("trailing characters"),
        Message("trailing comma in array"),
        Message("trailing comma in object"),
        Message("object keys must be strings"),
    )
}
"""Everything that the parser says; what it says one day beyond that stands as it is."""


def not_json(error: msgspec.DecodeError) -> RefusedError:
    """Return the refusal of a line that is no JSON: what is wrong, and at which byte (the first one is 0)."""
    found = _COMPLAINT(str(error))
    detail: object = str(error)
    if found is not None:
        detail = RefusedError(
            "JSON is malformed: {what} (byte {byte})",
            what=_what(found["what"]),
            byte=found["byte"],
        )
    return RefusedError("this is not JSON: {detail}", detail=detail)


def _what(words: str) -> object:
    expected = words.removeprefix("expected ")
    if expected != words:
        return RefusedError("expected {characters}", characters=tuple(expected.split(" or ")))
    return _WHATS.get(words, words)
