"""The CloudEvents 1.0 envelope in which a publisher sends an event, and its strict reading.

Source: CloudEvents specification 1.0.2, sections "Context Attributes" and "JSON Event Format".
"""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import MAXYEAR, datetime
from typing import Annotated, Any, ClassVar, Final, Literal, Union, cast

import msgspec
from msgspec import Meta, Struct

from events.catalogue import CATALOGUE, Catalogue
from events.diagnosis import diagnose, shown
from events.fields import (
    EARLIEST_YEAR,
    JSON_TYPE_PATTERN,
    NAME_PATTERN,
    OFFSETS,
    PERSONAL_FIELDS,
    Data,
    Name,
    Text,
    check_moment,
)
from events.json_text import lone_surrogate, out_of_range, parse, refuse_names_that_stand_twice, too_deep
from events.operation import ConfigurationSet
from events.refusal import PersonalDataError, RefusedError, excerpt, nearest

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
_IS_NAME: Final = re.compile(NAME_PATTERN).match
_MOST_NAMES: Final = 100_000
_BACKSLASH: Final = ord("\\")  # a number is looked for several times as fast as a byte string
_DELETE: Final = 0x7F
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]").search
_encode: Final = msgspec.json.Encoder().encode
_NO_MEMBER: Final = 5  # bytes; the shortest member of an object, `"to":0,`, has more
_QUOTE: Final = b'"'
# The digits of a fraction behind the sixth, which msgspec would round; to a whole second where six are 9.
_BEYOND_MICROSECONDS: Final = re.compile(r"(?<=\.[0-9]{6})[0-9]+")
_HAS_SEVEN_DIGITS: Final = re.compile(rb"\.[0-9]{7}").search
_ROUNDS_UP: Final = b".999999"
# Printable ASCII, such as a quote or a digit, may come escaped too, and is not seen in the line then.
_HIDES_ASCII: Final = re.compile(rb"\\u00[2-7]").search
_BASE64: Final = "data_base64"
_MOST: Final = 2**31  # an integer of CloudEvents 1.0.2, "Type System", is less
_IS_JSON_TYPE: Final = re.compile(JSON_TYPE_PATTERN).match


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
            return self._read_slowly(parse(line))
        named = event.subject in self._names and event.holder in self._names
        if event.extensions is not None or not (named or self._has_names(event)):
            return self._read_slowly(parse(line))
        time = event.time
        # A line hardly longer than its event has no room for a name that stands twice, or for a seventh digit.
        plain = _encode(event)
        if len(line) - len(plain) > _NO_MEMBER or time.microsecond or type(event.data) is ConfigurationSet:
            if (time.microsecond or _ROUNDS_UP in line) and _HAS_SEVEN_DIGITS(line):
                return self._read_slowly(parse(line))
            if line.count(_QUOTE) != plain.count(_QUOTE):  # else all quotes are those of the event
                refuse_names_that_stand_twice(line)
        # A control character comes escaped, as DEL, or beyond ASCII: nearly every line is done here.
        if _BACKSLASH in line or _DELETE in line or not line.isascii():
            if _HIDES_ASCII(line):
                return self._read_slowly(parse(line))
            _refuse_control_characters(event)
        if not EARLIEST_YEAR <= time.year < MAXYEAR or time.tzinfo not in OFFSETS:
            check_moment(time, time.isoformat(), "time")
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
            raise lone_surrogate(f"\\u{ord(error.object[error.start]):04x}") from error
        except RecursionError as error:
            raise too_deep() from error
        except OverflowError as error:
            raise out_of_range() from error
        return self.read(line)

    def _read_slowly(self, value: object) -> CloudEvent:
        """Read an event that has unknown attributes, an older version, whole floats, or a mistake.

        An event of an older version becomes one of the version in force, its type and its data both.
        """
        if not isinstance(value, dict):
            raise RefusedError("an event is a JSON object, not {value}", value=shown(value))
        encoded = value.pop(_BASE64, None)
        if encoded is not None:
            value["data"] = _decoded(encoded, value)
        known = {name: content for name, content in value.items() if name in ATTRIBUTES}
        extensions = {name: content for name, content in value.items() if name not in ATTRIBUTES}
        for name in extensions:
            _check_attribute_name(name)
        for name in _REQUIRED:
            if known.get(name) is None:
                _refuse_missing(name, extensions)
        extensions = {name: _extension(name, each) for name, each in extensions.items() if each is not None}
        topic = self.catalogue.known(known["type"])
        if isinstance(known["data"], dict):
            known["data"] = self._upcast(topic, known["data"])
        known["type"] = self.catalogue.newest(topic)
        if isinstance(known["time"], str):
            known["time"] = _BEYOND_MICROSECONDS.sub("", known["time"])
        known["data"] = _whole_floats_as_integers(known["data"])
        shape = self._strict[known["type"]]
        try:
            msgspec.convert(known, shape)
        except msgspec.ValidationError as error:
            raise diagnose(error, known, shape) from error
        event = msgspec.convert(known, self._classes[known["type"]])
        event = msgspec.structs.replace(event, extensions=extensions or None)
        _refuse_control_characters(event)
        check_moment(event.time, event.time.isoformat(), "time")
        return event

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


def _decoded(encoded: object, attributes: Mapping[str, object]) -> object:
    """Return the data of an event whose JSON came as base64 (RFC 4648, section 4)."""
    if attributes.get("data") is not None:
        raise RefusedError("an event has either data or data_base64, not both", field=_BASE64)
    media_type = attributes.get("datacontenttype")
    if isinstance(media_type, str) and not _IS_JSON_TYPE(media_type):
        raise RefusedError(
            "{value} is not a media type of JSON, such as application/json",
            field="datacontenttype",
            value=excerpt(media_type),
        )
    try:
        text = b64decode(encoded if isinstance(encoded, str) else "?", validate=True)
    except ValueError as error:
        raise RefusedError("{field_name} is not base64 (RFC 4648)", field=_BASE64, field_name=_BASE64) from error
    try:
        return parse(text)
    except RefusedError as error:
        raise RefusedError("in {field_name}: {reason}", field=_BASE64, field_name=_BASE64, reason=error) from error


def _extension(name: str, value: object) -> object:
    """Return the value of an unknown attribute as one of CloudEvents' types: a boolean, an integer or a text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool | str) or (isinstance(value, int) and -_MOST <= value < _MOST):
        return value
    raise RefusedError(
        "{value} is no value for an attribute: CloudEvents has texts, true, false and whole numbers of 32 bits."
        " What is more belongs inside data",
        field=name,
        value=shown(value),
    )


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
    """Refuse what no database or terminal shows: control characters in attributes, NUL anywhere."""
    extensions = event.extensions or {}
    _refuse_nul(msgspec.to_builtins(event.data), "data")
    _refuse_nul(extensions, "")
    names = {name: getattr(event, name) for name in ("source", "id", "causationsource", "causationid")}
    for field, text in {**names, **extensions}.items():
        if isinstance(text, str) and _CONTROL(text):
            raise RefusedError("{field_name} has a control character in it", field=field, field_name=field)


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
