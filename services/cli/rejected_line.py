"""A line of the rejected file: a refused event with the reason; once mended, the event out of it again."""

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

import msgspec

_KEYS: Final = frozenset({"line", "reason", "field", "event"})
_CLOUD_EVENT: Final = (b'{"specversion"', b'{"id"', b'{"type"', b'{"source"', b'{"subject"', b'{"time"')
"""How nearly every other line begins: no record does."""
_IS_RECORD: Final = re.compile(rb'{"line": [0-9]+, "reason": "').match


def wrap(line: int, reason: str, field: str | None, event: bytes) -> bytes:
    """Return a refused event as a line: JSON stands in it as it is, anything else as a text."""
    try:
        msgspec.json.decode(event)
        body = event.strip()
    except (msgspec.MsgspecError, ValueError, RecursionError):
        body = json.dumps(event.decode(errors="surrogateescape")).encode()
    return _head(line, reason, field) + body + b"}\n"


def wrap_pieces(line: int, reason: str, pieces: Iterable[bytes], *, again: bool) -> Iterator[bytes]:
    """Yield the pieces of a refused line that is too long to be held at once.

    With `again`, one that is wrapped already is not wrapped once more.
    """
    pieces = iter(pieces)
    piece = next(pieces)
    if again and _IS_RECORD(piece):
        yield piece
        for piece in pieces:
            yield piece
        if not piece.endswith(b"\n"):
            yield b"\n"
        return
    yield _head(line, reason, None) + b'"'
    decoder = getincrementaldecoder("utf-8")(errors="surrogateescape")
    for each in chain([piece], pieces):
        yield json.dumps(decoder.decode(each))[1:-1].encode()
    yield json.dumps(decoder.decode(b"", final=True))[1:-1].encode() + b'"}\n'


def begins_as_refused(beginning: bytes) -> bool:
    """Tell whether a line that begins so may be one of a rejected file, mended or not."""
    return beginning.lstrip().startswith(b"{") and b'"reason"' in beginning and b'"line"' in beginning


def unwrap(line: bytes) -> bytes:
    """Return the event of a line of a rejected file; any other line as it is."""
    if line.startswith(_CLOUD_EVENT) or not (b'"reason"' in line and b'"event"' in line and b'"line"' in line):
        return line
    try:
        record = json.loads(line, object_pairs_hook=_as_written)
    except (ValueError, RecursionError):  # mended badly: the reader says what is wrong
        return line
    if not isinstance(record, dict) or record.keys() != _KEYS or isinstance(record, _AsWritten):
        return line
    event = record["event"]
    if isinstance(event, str):
        try:
            return event.encode(errors="surrogateescape")
        except UnicodeEncodeError:  # a half character that no line was made of
            return line
    return json.dumps(event, ensure_ascii=False).encode(errors="surrogatepass")


class _AsWritten(dict[str, Any]):
    """An object in which a name stands twice: the reader, and not this module, refuses it."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def items(self) -> Any:  # noqa: ANN401 - as json asks for them
        return self._pairs


def _as_written(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _AsWritten(pairs)


def _head(line: int, reason: str, field: str | None) -> bytes:
    fields: dict[str, Any] = {"line": line, "reason": reason, "field": field}
    return json.dumps(fields, ensure_ascii=False)[:-1].encode() + b', "event": '
