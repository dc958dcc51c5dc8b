"""A recorded event as it lies on Kafka: a CloudEvent, from which the row of the log can be had back byte by byte.

Nothing of the state is looked into but its names, so that no value is ever written another way.
"""

import re
from typing import Any, Final

import msgspec
from msgspec import Raw

from infra.language import translate as _
from infra.log import Row

HEADERS: Final = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
"""What the CloudEvents Kafka binding 1.0.2, section 3.3, wants beside a value that is a whole event."""

_ATTRIBUTES: Final = {  # of the state, in its order: the attribute of the CloudEvent
    "source": "source",
    "id": "id",
    "subject": "subject",
    "holder": "holder",
    "occurred_at": "time",
    "recorded_at": "recordedtime",
    "data": "data",
    "region": "holderregion",
    "level": "holderlevel",
    "causationid": "causationid",
    "causationsource": "causationsource",
    "causeposition": "causeposition",
    "voids": "voidsposition",
}
_POSITIONS: Final = frozenset({"causeposition", "voids"})  # texts here: CloudEvents' integers have but 32 bits
_OUR_OWN: Final = ("specversion", "type", "sequence", "previoussequence")
ATTRIBUTES: Final = (*_OUR_OWN, *_ATTRIBUTES.values())
"""Every attribute that a step on Kafka may have, besides those that its publisher added."""

# A publisher's own attribute may be called like one of ours. It gets a prefix then, and so does one that has it.
_PREFIX: Final = "publisher"
_IS_TAKEN: Final = re.compile(f"(?:{_PREFIX})*(?:{'|'.join(ATTRIBUTES)})").fullmatch


class _Subject(msgspec.Struct, gc=False):
    subject: str


_decode: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_subject: Final = msgspec.json.Decoder(_Subject).decode
_encode: Final = msgspec.json.Encoder().encode


class UnreadableStepError(ValueError):
    """A message is not a step as it lies on Kafka, or a row of the log has not a state that can go there."""


def subject_of(row: Row) -> str:
    """Return what a row is about: the key under which it lies on Kafka.

    Raises:
        UnreadableStepError: its state is damaged.

    """
    try:
        return _decode_subject(row[2]).subject
    except msgspec.MsgspecError as error:
        raise _damaged(row[0], error) from error


def encode_step(row: Row, previous: int) -> bytes:
    """Return the CloudEvent of a row, which follows position `previous` on its partition; 0 for the first one.

    Raises:
        UnreadableStepError: its state is damaged, or of a newer Jejak.

    """
    position, topic, state = row
    event: dict[str, Any] = {"specversion": "1.0", "type": topic, "sequence": str(position)}
    if previous:
        event["previoussequence"] = str(previous)
    try:
        fields = _decode(state)
        added = fields.pop("extensions", None)
        for name, value in fields.items():
            event[_ATTRIBUTES[name]] = str(int(bytes(value))) if name in _POSITIONS else value
        if added is not None:
            event |= {_PREFIX + name if _IS_TAKEN(name) else name: value for name, value in _decode(added).items()}
    except (msgspec.MsgspecError, KeyError, ValueError) as error:
        raise _damaged(position, error) from error
    return _encode(event)


def decode_step(value: bytes) -> tuple[Row, int]:
    """Return the row that a CloudEvent was made from, and the position before it on its partition; 0 for none.

    Raises:
        UnreadableStepError: it is not such a CloudEvent.

    """
    try:
        event = _decode(value)
        del event["specversion"]
        position, previous = _number(event.pop("sequence")), _number(event.pop("previoussequence", Raw(b'"0"')))
        topic = msgspec.json.decode(event.pop("type"), type=str)
        state: dict[str, Any] = {
            name: event.pop(attribute) for name, attribute in _ATTRIBUTES.items() if attribute in event
        }
        for name in _POSITIONS & state.keys():
            state[name] = _number(state[name])
        if event:
            state["extensions"] = {
                name.removeprefix(_PREFIX) if _IS_TAKEN(name) else name: added for name, added in event.items()
            }
        return (position, topic, _encode(state).decode()), previous
    except (msgspec.MsgspecError, KeyError, ValueError) as error:
        raise UnreadableStepError(
            _("this is not a step of jejak.steps.v1: {error!r}").format(error=error)
        ) from error


def _damaged(position: int, error: Exception) -> UnreadableStepError:
    return UnreadableStepError(
        _("the state at position {position} of the log is damaged, or of a newer Jejak: {error!r}").format(
            position=position, error=error
        )
    )


def _number(text: Raw) -> int:
    return int(msgspec.json.decode(text, type=str))
