"""The CloudEvents 1.0 envelope in which a publisher sends an event, and its strict reading.

Source: CloudEvents specification 1.0.2, sections "Context Attributes" and "JSON Event Format".
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal, Union, cast

import msgspec
from msgspec import Meta, Struct

from events.catalogue import CATALOGUE, Catalogue
from events.diagnosis import diagnose, shown
from events.fields import JSON_TYPE_PATTERN, NAME_PATTERN, PERSONAL_FIELDS, Data, Name, Text
from events.malformed import not_json
from events.refusal import Message, PersonalDataError, RefusedError, excerpt, nearest

EARLIEST_YEAR: Final = 1900
SIMULATED: Final = "urn:jejak:simulated:"
"""How the source of every simulated event begins."""


class CloudEvent(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """An event as a publisher sends it; `time` is occurred_at, and `source` with `id` names it for ever.

    Every type of the catalogue has a class of its own below this one (`cloud_event_of`), tagged by `type`, so
    that one decoder reads any event in one go.
    """

    type: ClassVar[str]
    specversion: Literal["1.0"]
    id: Text
    source: Text
    subject: Name
    time: Annotated[datetime, Meta(tz=True)]
    holder: Name
    # Of the class of its type, which whoever knows the type names: the subclasses are strict about it.
    data: Any
    causationid: Text | None = None
    causationsource: Text | None = None
    datacontenttype: Annotated[str, Meta(pattern=JSON_TYPE_PATTERN)] | None = None
    # No attribute can be called so: it never comes from outside, `_read_slowly` fills it.
    extensions: dict[str, Any] | None = msgspec.field(default=None, name="*")


def cloud_event_of(topic: str, data: type[Data], name: object = Name) -> type[CloudEvent]:
    """Return the class of the CloudEvents of one type; with `name`, what a name may be is left to that."""
    return cast(
        "type[CloudEvent]",
        msgspec.defstruct(
            "CloudEvent",
            [("data", data), ("subject", name), ("holder", name)],
            bases=(CloudEvent,),
            namespace={"type": topic, "__doc__": str(CloudEvent.__doc__).partition("\n")[0]},
            tag_field="type",
            tag=topic,
            kw_only=True,
            frozen=True,
            forbid_unknown_fields=True,
            omit_defaults=True,
            gc=False,
        ),
    )


ATTRIBUTES: Final = (
    "type",
    *(field.encode_name for field in msgspec.structs.fields(CloudEvent) if field.encode_name != "*"),
)
_REQUIRED: Final = ("specversion", "id", "source", "type", "subject", "time", "holder", "data")
_ATTRIBUTE_NAME: Final = re.compile(r"[a-z0-9]+").fullmatch
_DEEPEST: Final = 32
# An escape as JSON has it; `lone` where it is a half of a surrogate pair whose other half does not stand by it.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"(?!(?:\\(?:u[0-9a-fA-F]{0,3})?)?\Z)|.)",
    re.DOTALL,
)
_IS_NAME: Final = re.compile(NAME_PATTERN).match
_MOST_NAMES: Final = 100_000
_BACKSLASH: Final = ord("\\")  # a number is looked for several times as fast as a byte string
_DELETE: Final = 0x7F
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]").search


class Reader:
    """Reads publishers' events of the types of one catalogue."""

    def __init__(self, catalogue: Catalogue = CATALOGUE) -> None:
        self.catalogue = catalogue
        self._strict = {topic: cloud_event_of(topic, data) for topic, data in catalogue.types.items()}
        # Names recur: each is held against its pattern once, and not in every event.
        self._names: set[str] = set()
        self._classes = {topic: cloud_event_of(topic, data, str) for topic, data in catalogue.types.items()}
        self._decode: Callable[[bytes], CloudEvent] = msgspec.json.Decoder(
            Union[tuple(self._classes.values())]  # noqa: UP007 - made at run time
        ).decode

    def read(self, line: bytes) -> CloudEvent:
        """Return the event that one line of JSON holds.

        Raises:
            RefusedError: what is wrong with it, in which field, and what would be right.

        """
        try:
            event = self._decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            event = self._read_slowly(_parse_json(line))
        else:
            named = event.subject in self._names and event.holder in self._names
            if event.extensions is not None or not (named or self._has_names(event)):
                event = self._read_slowly(_parse_json(line))
        # A control character comes escaped, as DEL, or beyond ASCII: nearly every line is done here.
        if _BACKSLASH in line or _DELETE in line or not line.isascii():
            _refuse_control_characters(event)
        if event.time.year < EARLIEST_YEAR:
            raise RefusedError(
                "{value} is before {year}: is that the right time?",
                field="time",
                value=event.time.isoformat(),
                year=EARLIEST_YEAR,
            )
        return event

    def _has_names(self, event: CloudEvent) -> bool:
        """Tell whether subject and holder are names, and remember them."""
        names = (event.subject, event.holder)
        if not all(map(_IS_NAME, names)):
            return False
        if len(self._names) > _MOST_NAMES:
            self._names.clear()
        self._names.update(names)
        return True

    def from_json(self, value: object) -> CloudEvent:
        """Return the event that a parsed JSON value holds.

        Raises:
            RefusedError: as `read`.

        """
        try:
            line = msgspec.json.encode(value)
        except UnicodeEncodeError as error:
            raise _lone_surrogate(f"\\u{ord(error.object[error.start]):04x}") from error
        except RecursionError as error:
            raise RefusedError(_TOO_DEEP) from error
        return self.read(line)

    def _read_slowly(self, value: object) -> CloudEvent:
        """Read an event that has unknown attributes, an older version, whole floats, or a mistake.

        An event of an older version becomes one of the version in force, its type and its data both.
        """
        if not isinstance(value, dict):
            raise RefusedError("an event is a JSON object, not {value}", value=shown(value))
        known = {name: content for name, content in value.items() if name in ATTRIBUTES}
        extensions = {name: content for name, content in value.items() if name not in ATTRIBUTES}
        for name in extensions:
            _check_attribute_name(name)
        for name in _REQUIRED:
            if known.get(name) is None:
                _refuse_missing(name, extensions)
        topic = self.catalogue.known(known["type"])
        if isinstance(known["data"], dict):
            known["data"] = self._upcast(topic, known["data"])
        known["type"] = self.catalogue.newest(topic)
        known["data"] = _whole_floats_as_integers(known["data"])
        shape = self._strict[known["type"]]
        try:
            msgspec.convert(known, shape)
        except msgspec.ValidationError as error:
            raise diagnose(error, known, shape) from error
        event = msgspec.convert(known, self._classes[known["type"]])
        return msgspec.structs.replace(event, extensions=extensions or None)

    def _upcast(self, topic: str, data: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.catalogue.upcast(topic, data)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise RefusedError(
                "the data is not that of {value}, an older version of {newest}",
                field="data",
                value=topic,
                newest=self.catalogue.newest(topic),
            ) from error


_TOO_DEEP: Final = Message("this is nested too deeply for an event")


def _parse_json(line: bytes) -> object:
    try:
        value = msgspec.json.decode(line.rstrip())  # an end of line in an open text would be what is wrong
    except UnicodeDecodeError as error:
        raise RefusedError("this is not UTF-8: save the file as UTF-8 and send it again") from error
    except RecursionError as error:
        raise RefusedError(_TOO_DEEP) from error
    except msgspec.ValidationError as error:
        raise RefusedError("a number in it is out of range") from error
    except msgspec.DecodeError as error:
        if not line.strip():
            raise RefusedError("the line is empty") from error
        lone = next((escape["lone"] for escape in _ESCAPE.finditer(line) if escape["lone"]), None)
        if lone is not None:
            raise _lone_surrogate(f"\\{lone.decode()}") from error
        if "truncated" in str(error):
            raise RefusedError("the JSON ends too early: a bracket or a quote is not closed") from error
        raise not_json(error) from error
    if line.count(b"[") + line.count(b"{") > _DEEPEST:  # so few brackets nest no deeper, and nearly all have few
        _refuse_deep(value)
    return value


def _lone_surrogate(escape: str) -> RefusedError:
    return RefusedError("{value} is half a character: its other half (a surrogate) is missing", value=escape)


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
    raise RefusedError(_TOO_DEEP)


def _check_attribute_name(name: str) -> None:
    if name in PERSONAL_FIELDS:  # kept as an unknown attribute, it would stand in the log in plain text
        raise PersonalDataError("{field_name} belongs inside data, not beside it", field=name, field_name=name)
    if _ATTRIBUTE_NAME(name):
        return
    meant = nearest(name.lower().replace("_", "").replace("-", ""), ATTRIBUTES)
    if meant:
        raise RefusedError(
            "there is no attribute {name}; did you mean {nearest}?", field=name, name=name, nearest=meant[0]
        )
    raise RefusedError("an attribute's name has only a-z and 0-9, not {name}", field=name, name=excerpt(name))


def _refuse_missing(name: str, extensions: Mapping[str, object]) -> None:
    meant = nearest(name, extensions)
    if meant:
        raise RefusedError(
            "{field_name} is missing; is {other} meant to be it?", field=name, field_name=name, other=meant[0]
        )
    raise RefusedError("{field_name} is missing", field=name, field_name=name)


def _refuse_control_characters(event: CloudEvent) -> None:
    """Refuse what no database or terminal shows: control characters in names, NUL anywhere."""
    for field in ("source", "id", "causationsource", "causationid"):
        if _CONTROL(getattr(event, field) or ""):
            raise RefusedError("{field_name} has a control character in it", field=field, field_name=field)
    _refuse_nul(msgspec.to_builtins(event.data), "data")
    _refuse_nul(event.extensions or {}, "")


def _refuse_nul(value: object, path: str) -> None:
    if isinstance(value, str) and "\x00" in value:
        raise RefusedError("{field_name} has a NUL character in it", field=path, field_name=path)
    if isinstance(value, dict):
        for name, content in value.items():
            _refuse_nul(name, path)
            _refuse_nul(content, f"{path}.{name}".lstrip("."))
    if isinstance(value, list | tuple):
        for index, content in enumerate(value):
            _refuse_nul(content, f"{path}[{index}]")


def _whole_floats_as_integers(value: object) -> object:
    """Return `value` with 42.0 as 42: JSON has one kind of number (RFC 8259, section 6)."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole_floats_as_integers(content) for name, content in value.items()}
    if isinstance(value, list):
        return [_whole_floats_as_integers(content) for content in value]
    return value
