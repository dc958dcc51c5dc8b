"""Reads one JSON text strictly (RFC 8259): valid UTF-8, no name twice in an object, not nested too deeply.

msgspec is fast and takes the last of two values silently; this is for whatever has to be looked at closely.
"""

import json
import re
from typing import Any, Final

import msgspec

from events.malformed import not_json
from events.refusal import RefusedError, joined

BOM: Final = b"\xef\xbb\xbf"
"""A byte order mark in UTF-8, which some programs put before a text (RFC 8259, section 8.1: it may be ignored)."""


_DEEPEST: Final = 32
# An escape as JSON has it; `lone` where it is a half of a surrogate pair whose other half does not stand by it.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"(?!(?:\\(?:u[0-9a-fA-F]{0,3})?)?\Z)|.)",
    re.DOTALL,
)


def parse(text: bytes) -> object:
    """Return the value of a JSON text; white space and a byte order mark around it are left out.

    Raises:
        RefusedError: it is none, it is nested too deeply, or a name stands twice in one of its objects.

    """
    text = text.removeprefix(BOM)
    try:
        value = msgspec.json.decode(text.rstrip())  # an end of line in an open text would be what is wrong
    except UnicodeDecodeError as error:
        raise RefusedError("this is not UTF-8: save the file as UTF-8 and send it again") from error
    except RecursionError as error:
        raise too_deep() from error
    except msgspec.ValidationError as error:
        raise out_of_range() from error
    except msgspec.DecodeError as error:
        raise _malformed(text, error) from error
    if text.count(b"[") + text.count(b"{") > _DEEPEST:  # so few brackets nest no deeper, and nearly all have few
        _refuse_deep(value)
    refuse_names_that_stand_twice(text)
    return value


def refuse_names_that_stand_twice(text: bytes) -> None:
    """Refuse a JSON text, known to be one and not to be deep, in which an object has two values of one name."""
    path = _path_of_twice(json.loads(text, object_pairs_hook=_object, parse_int=str, parse_float=str))
    if path is not None:
        raise RefusedError(
            "{field_name} stands twice in one object: keep the one that is meant", field=path, field_name=path
        )


def lone_surrogate(escape: str) -> RefusedError:
    """Return the refusal of half a character; `escape` is how JSON writes it."""
    return RefusedError("{value} is half a character: its other half (a surrogate) is missing", value=escape)


def too_deep() -> RefusedError:
    """Return the refusal of what is nested too deeply."""
    return RefusedError("this is nested too deeply for an event")


def out_of_range() -> RefusedError:
    """Return the refusal of a number that no reader could hold."""
    return RefusedError("a number in it is out of range")


def _malformed(text: bytes, error: msgspec.DecodeError) -> RefusedError:
    if not text.strip():
        return RefusedError("the line is empty")
    lone = next((escape["lone"] for escape in _ESCAPE.finditer(text) if escape["lone"]), None)
    if lone is not None:
        return lone_surrogate(f"\\{lone.decode()}")
    if "truncated" in str(error):
        return RefusedError("the JSON ends too early: a bracket or a quote is not closed")
    return not_json(error)


def _refuse_deep(value: object) -> None:
    """Refuse what is nested so deeply that walking through it, now or when it is written, may not end well."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    raise too_deep()


class _Twice(str):
    """The name that stands twice in an object, in the place of that object."""

    __slots__ = ()


def _object(pairs: list[tuple[str, Any]]) -> object:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    return _Twice(next(name for name in names if names.count(name) > 1))


def _path_of_twice(value: object, path: str = "") -> str | None:
    """Return the path of the first name that stands twice, such as `data.origins[0].region`."""
    if isinstance(value, _Twice):
        return joined(path, str(value))
    inner: Any = ()
    if isinstance(value, dict):
        inner = ((joined(path, name), content) for name, content in value.items())
    elif isinstance(value, list):
        inner = ((f"{path}[{index}]", content) for index, content in enumerate(value))
    return next((found for where, each in inner if (found := _path_of_twice(each, where)) is not None), None)
