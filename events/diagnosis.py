"""Turns the decoder's complaint into a sentence that names field, value and what would be right."""

import ast
import enum
import re
import types
import typing
from collections.abc import Callable
from typing import Any, Final

import msgspec

from events.fields import (
    DAY_PATTERN,
    JSON_TYPE_PATTERN,
    NAME_PATTERN,
    PERSONAL_FIELDS,
    PSEUDONYM_PATTERN,
    REGION_PATTERN,
    SHA256_PATTERN,
)
from events.refusal import Message, PersonalDataError, RefusedError, RegionCodeError, excerpt, joined, nearest

# A publisher's own words may stand in `what` and look like a path: the path is what comes last.
_WHERE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>[\w.\[\]]*)`)?\Z", re.DOTALL)
_REGION_FIELD: Final = re.compile(r".*\b(venue_)?region").fullmatch
_PART: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")

_JSON_TYPES: Final = {
    "int": Message("a whole number"),
    "float": Message("a number"),
    "str": Message("a text"),
    "bool": Message("true or false"),
    "object": Message("an object"),
    "array": Message("a list"),
    "null": Message("null"),
    "datetime": Message("a time"),
}

_PATTERNS: Final = {
    NAME_PATTERN: Message("{value} is not an id: 1 to 64 of A-Z a-z 0-9 . _ -"),
    SHA256_PATTERN: Message("{value} is not a SHA-256 in hexadecimal: 64 of 0-9 a-f"),
    JSON_TYPE_PATTERN: Message("{value} is not a media type of JSON, such as application/json"),
    DAY_PATTERN: Message("{value} is not a day such as 2021-11-23, nor a time with an offset"),
}


def diagnose(error: msgspec.ValidationError, event: dict[str, Any], shape: object) -> RefusedError:
    """Return the refusal that explains why `event` (plain JSON) has not the shape `shape`."""
    match = _WHERE.match(str(error))
    what, path = (match["what"], match["path"] or "") if match else (str(error), "")
    parts = [name or int(index) for name, index in _PART.findall(path)]
    field = path.lstrip(".") or None
    value = _value_at(event, parts)
    for pattern, explain in _EXPLANATIONS:
        found = pattern.match(what)
        if found:
            return explain(found, field, value, _type_at(shape, parts))
    if _is_personal(field):
        return PersonalDataError("{field_name} does not fit", field=field, field_name=field)
    return RefusedError("{value} does not fit: {detail}", field=field, value=shown(value), detail=what)


def shown(value: object) -> str:
    """Return `value` for an error; of a list or an object only that it is one, since people may be in it."""
    if isinstance(value, dict):
        return Message("an object")
    return Message("a list") if isinstance(value, list) else excerpt(value)


def _is_personal(field: str | None) -> bool:
    return field is not None and not PERSONAL_FIELDS.isdisjoint(name for name, _ in _PART.findall(f".{field}"))


def _value_at(value: Any, parts: list[str | int]) -> object:  # noqa: ANN401 - any JSON
    for part in parts:
        value = value[part]
    return value


def _type_at(shape: Any, parts: list[str | int]) -> Any:  # noqa: ANN401 - any annotation
    """Return the annotation of the field that `parts` lead to, stripped of Annotated and None."""
    for part in parts:
        if isinstance(part, int):
            shape = _bare(typing.get_args(shape)[0])
            continue
        hints = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
        shape = _bare(hints[part])
    return shape


def _bare(annotation: Any) -> Any:  # noqa: ANN401 - any annotation
    if typing.get_origin(annotation) is typing.Annotated:
        return _bare(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        some = [one for one in typing.get_args(annotation) if one is not types.NoneType]
        return _bare(some[0]) if len(some) == 1 else annotation
    return annotation


def _missing(found: re.Match[str], field: str | None, value: object, shape: Any) -> RefusedError:  # noqa: ANN401 - one signature for all
    name = joined(field, found[1])
    given = [each for each in value if each not in _field_names(shape)] if isinstance(value, dict) else []
    meant = nearest(found[1], given)
    if meant:
        return RefusedError(
            "{field_name} is missing; is {other} meant to be it?", field=name, field_name=name, other=meant[0]
        )
    return RefusedError("{field_name} is missing", field=name, field_name=name)


def _unknown(found: re.Match[str], field: str | None, value: object, shape: Any) -> RefusedError:  # noqa: ANN401, ARG001 - one signature for all
    name = joined(field, found[1])
    names = _field_names(shape)
    meant = nearest(found[1], names)
    if meant:
        return RefusedError(
            "there is no field {field_name}; did you mean {nearest}?",
            field=name,
            field_name=name,
            nearest=meant[0],
        )
    return RefusedError(
        "there is no field {field_name}; the fields are: {allowed}",
        field=name,
        field_name=name,
        allowed=", ".join(names),
    )


def _choice(found: re.Match[str], field: str | None, value: object, shape: Any) -> RefusedError:  # noqa: ANN401, ARG001 - one signature for all
    if isinstance(shape, type) and issubclass(shape, enum.Enum):
        allowed = [str(member.value) for member in shape]
    else:
        allowed = [str(choice) for choice in typing.get_args(shape)]
    meant = nearest(value, allowed) if isinstance(value, str) else []
    if meant:
        return RefusedError(
            "{value} is not one of: {allowed}; did you mean {nearest}?",
            field=field,
            value=excerpt(value),
            allowed=", ".join(allowed),
            nearest=meant[0],
        )
    return RefusedError(
        "{value} is not one of: {allowed}", field=field, value=shown(value), allowed=", ".join(allowed)
    )


def _pattern(found: re.Match[str], field: str | None, value: object, shape: Any) -> RefusedError:  # noqa: ANN401, ARG001 - one signature for all
    pattern = ast.literal_eval(found[1])  # msgspec quotes the pattern as Python would
    if pattern == PSEUDONYM_PATTERN:
        return PersonalDataError(
            "a participant is named by a pseudonym, p1.<key id>.<26 of base32>, never by a name, phone or NIK",
            field=field,
        )
    if pattern == REGION_PATTERN:
        return RegionCodeError(value, field=field)
    template = _PATTERNS.get(pattern, Message("{value} does not fit: {detail}"))
    return RefusedError(template, field=field, value=excerpt(value), detail=pattern)


def _wrong_type(found: re.Match[str], field: str | None, value: object, shape: Any) -> RefusedError:  # noqa: ANN401 - one signature for all
    if isinstance(shape, type) and issubclass(shape, enum.Enum):
        return _choice(found, field, value, shape)
    expected = tuple(_JSON_TYPES.get(name, name) for name in found[1].split(" | ") if name != "null")
    if _is_personal(field):
        return PersonalDataError(
            "{field_name} is not {expected}", field=field, field_name=field, expected=expected
        )
    if _REGION_FIELD(field or "") and isinstance(value, int | float):  # 18.1 may be a spreadsheet's 18.10
        wrong = Message("{value} is not {expected}")
        return RegionCodeError(value, field=field, template=wrong, expected=expected)
    return RefusedError("{value} is not {expected}", field=field, value=shown(value), expected=expected)


def _bound(found: re.Match[str], field: str | None, value: object, shape: Any) -> RefusedError:  # noqa: ANN401, ARG001 - one signature for all
    if found[1] == ">=":
        return RefusedError("{value} is less than {bound}", field=field, value=excerpt(value), bound=found[2])
    return RefusedError("{value} is more than {bound}", field=field, value=excerpt(value), bound=found[2])


def _empty(found: re.Match[str], field: str | None, value: object, shape: Any) -> RefusedError:  # noqa: ANN401, ARG001 - one signature for all
    return RefusedError("{field_name} is empty: leave it out or fill it in", field=field, field_name=field)


def _time(found: re.Match[str], field: str | None, value: object, shape: Any) -> RefusedError:  # noqa: ANN401, ARG001 - one signature for all
    return RefusedError(
        "{value} is not a time of RFC 3339 with an offset, such as 2021-11-23T14:05:00+07:00",
        field=field,
        value=excerpt(value),
    )


_Explain = Callable[[re.Match[str], str | None, object, Any], RefusedError]

_EXPLANATIONS: Final[tuple[tuple[re.Pattern[str], _Explain], ...]] = (
    (re.compile(r"Object missing required field `(.+)`"), _missing),
    (re.compile(r"Object contains unknown field `(.*)`", re.DOTALL), _unknown),
    (re.compile(r"Invalid enum value"), _choice),
    (re.compile(r"Invalid RFC3339 encoded datetime|Expected `datetime` with|Expected `datetime`"), _time),
    (re.compile(r"Expected `str` matching regex (.*)$", re.DOTALL), _pattern),
    (re.compile(r"Expected `\w+` of length >= 1"), _empty),
    (re.compile(r"Expected `\w+` (>=|<=) (\d+)"), _bound),
    (re.compile(r"Expected `(.+)`, got `.+`"), _wrong_type),
)


def _field_names(shape: Any) -> list[str]:  # noqa: ANN401 - any annotation
    return [field.encode_name for field in msgspec.structs.fields(shape)]
