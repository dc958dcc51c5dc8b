"""Says why a setting cannot have the value that it is given, in the language spoken."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from events.refusal import Message, nearest
from infra.language import translate
from infra.language import translate as _

_LONGEST: Final = 60
_NO_TEXT: Final = "no_text"
_NO_HOST: Final = "no_host"
_NO_BROKERS: Final = "no_brokers"
_BROKER: Final = re.compile(
    r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<host>[^\s,:/\[\]]+))(?::(?P<port>[0-9]{1,5}))?"
).fullmatch
_HIGHEST_PORT: Final = 65_535
_WHYS: Final = {
    "literal": Message("it must be one of: {allowed}"),
    "int": Message("it must be a whole number"),
    "finite": Message("it must be a whole number"),
    "time": Message("it must be a duration, as PT5M (5 minutes) or P7D (7 days)"),
    "string": Message("it must be a text"),
    "path": Message("it must be the name of a folder"),
    _NO_TEXT: Message("it has a character in it that is none (NUL, or bytes that are not UTF-8)"),
    _NO_HOST: Message("it must be the name or the address of a machine"),
    _NO_BROKERS: Message("it must be host:port, several of them with commas between"),
    "extra": Message("there is no such setting"),
    "greater_than_equal": Message("it must be at least {bound}"),
    "greater_than": Message("it must be more than {bound}"),
    "less_than_equal": Message("it must be at most {bound}"),
}
"""By how the library's name of the fault begins: one for every kind that our settings can have."""


def must_be_text(value: object) -> object:
    """Return the value of a setting, unless it holds what is no text: no file, server or database takes that.

    Raises:
        PydanticCustomError: it does.

    """
    words = str(value)
    if "\x00" in words or (not words.isascii() and any("\ud800" <= each <= "\udfff" for each in words)):
        raise PydanticCustomError(_NO_TEXT, "not a text")
    return value


def must_be_host(value: str) -> str:
    """Return the name of a machine, unless no network could know it.

    Raises:
        PydanticCustomError: it could not.

    """
    try:
        value.encode("idna")
    except UnicodeError as error:
        raise PydanticCustomError(_NO_HOST, "not a host") from error
    return value


def must_be_brokers(value: str | None) -> str | None:
    """Return the brokers of Kafka, unless one of them is no host and port.

    Raises:
        PydanticCustomError: one is not.

    """
    for broker in () if value is None else value.split(","):
        found = _BROKER(broker.strip())
        if found is None or int(found["port"] or 0) > _HIGHEST_PORT:
            raise PydanticCustomError(_NO_BROKERS, "not brokers")
        must_be_host(found["host"] or "")
    return value


def reasons(errors: Iterable[ErrorDetails], fields: Mapping[str, FieldInfo]) -> str:
    """Return what is wrong with each setting; a value that may be secret is not repeated."""
    return "; ".join(dict.fromkeys(_reason(each, fields) for each in errors))


def _reason(error: ErrorDetails, fields: Mapping[str, FieldInfo]) -> str:
    setting = ".".join(map(str, error["loc"]))
    detail = _why(error)
    field = fields.get(str(error["loc"][0])) if error["loc"] else None
    if field is None:
        near = nearest(setting, fields)
        if near:
            detail += "; " + _("did you mean {nearest}?").format(nearest=near[0]).removesuffix("?")
    if field is None or "SecretStr" in str(field.annotation):
        return _("{setting}: {detail}").format(setting=setting, detail=detail)
    value = error["input"]
    given = repr(str(msgspec.to_builtins(value)) if isinstance(value, timedelta) else value)
    if len(given) > _LONGEST:
        given = f"{given[: _LONGEST - 1]}…"
    return _("{setting}: {detail} (given: {value})").format(setting=setting, detail=detail, value=given)


def _why(error: ErrorDetails) -> str:
    context: Mapping[str, Any] = error.get("ctx", {})
    bound = next((context[name] for name in ("ge", "gt", "le") if name in context), None)
    allowed = context.get("expected", "").replace("'", "").replace(" or ", ", ")
    for begins, why in _WHYS.items():
        if error["type"].startswith(begins):
            return translate(why).format(bound=_iso(bound), allowed=allowed)
    return _("it does not fit")


def _iso(bound: object) -> object:
    """Return a bound as one writes it; the library tells a duration in English words."""
    if isinstance(bound, str):
        days = int(bound.partition(" day")[0].replace(",", "")) if " day" in bound else 0
        bound = timedelta(days=days)
    if isinstance(bound, timedelta):
        return f"P{bound.days}D" if bound else "PT0S"
    return bound
