"""A recorded event as it lies on Kafka: a CloudEvent, from which the row of the log can be had back byte by byte.

Values go from one to the other as they stand there, unread: so none is ever written another way.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from msgspec import Raw

from infra.language import translate as _
from infra.log import Row

HEADERS: Final = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
"""What the CloudEvents Kafka binding 1.0.2, section 3.3, wants beside a value that is a whole event."""

LAST_POSITION: Final = 2**63 - 1
"""No log has a later one."""

_ABSENT: Final = Raw()


class _Subject(msgspec.Struct, gc=False):
    subject: str


class _State(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """The state of a row, its values still as they stand in the log."""

    source: Raw
    id: Raw
    subject: Raw
    holder: Raw
    occurred_at: Raw
    recorded_at: Raw
    data: Raw
    region: Raw = _ABSENT
    level: Raw = _ABSENT
    causationid: Raw = _ABSENT
    causationsource: Raw = _ABSENT
    causeposition: int | None = None
    voids: int | None = None
    extensions: dict[str, Raw] | None = None


class _Step(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A step, before what its publisher added. Positions are texts: CloudEvents' integers have but 32 bits."""

    specversion: str
    type: str
    sequence: str
    source: Raw
    id: Raw
    subject: Raw
    holder: Raw
    time: Raw
    recordedtime: Raw
    data: Raw
    previoussequence: str | None = None
    holderregion: Raw = _ABSENT
    holderlevel: Raw = _ABSENT
    causationid: Raw = _ABSENT
    causationsource: Raw = _ABSENT
    causeposition: str | None = None
    voidsposition: str | None = None


ATTRIBUTES: Final = _Step.__struct_fields__
"""Every attribute that a step on Kafka may have, besides those that its publisher added."""

# A publisher's own attribute may be called like one of ours. It gets a prefix then, and so does one that has it.
_PREFIX: Final = "publisher"
_IS_TAKEN: Final = re.compile(f"(?:{_PREFIX})*(?:{'|'.join(ATTRIBUTES)})").fullmatch

_decode: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_subject: Final = msgspec.json.Decoder(_Subject).decode
_decode_plain: Final = msgspec.json.Decoder(_Step).decode
_decode_state: Final = msgspec.json.Decoder(_State).decode
_encode: Final = msgspec.json.Encoder().encode


class UnreadableStepError(ValueError):
    """A message is not a step as it lies on Kafka, or a row of the log has not a state that can go there."""


def subject_of(row: Row) -> str:
    """Return what a row is about: the key under which it lies on Kafka.

    Raises:
        UnreadableStepError: its state is damaged.

    """
    return _read(row, _decode_subject).subject


def encode_step(row: Row, previous: int) -> bytes:
    """Return the CloudEvent of a row, which follows position `previous` on its partition; 0 for the first one.

    Raises:
        UnreadableStepError: its state is damaged, or of a newer Jejak.

    """
    state = _read(row, _decode_state)
    value = _encode(
        _Step(
            "1.0",
            row[1],
            str(row[0]),
            state.source,
            state.id,
            state.subject,
            state.holder,
            state.occurred_at,
            state.recorded_at,
            state.data,
            str(previous) if previous else None,
            state.region,
            state.level,
            state.causationid,
            state.causationsource,
            None if state.causeposition is None else str(state.causeposition),
            None if state.voids is None else str(state.voids),
        )
    )
    if not state.extensions:
        return value
    added = {_PREFIX + name if _IS_TAKEN(name) else name: each for name, each in state.extensions.items()}
    return value[:-1] + b"," + _encode(added)[1:]


_MOST_DIGITS: Final = len(str(LAST_POSITION))
_T = TypeVar("_T")


def _read(row: Row, decode: Callable[[str], _T]) -> _T:
    try:
        return decode(row[2])
    except msgspec.MsgspecError as error:
        raise UnreadableStepError(
            _("the state at position {position} of the log is damaged, or of a newer Jejak: {error}").format(
                position=row[0], error=error
            )
        ) from error


def decode_step(value: bytes) -> tuple[Row, int]:
    """Return the row that a CloudEvent was made from, and the position before it on its partition; 0 for none.

    Raises:
        UnreadableStepError: it is not such a CloudEvent.

    """
    try:
        try:
            return _of_plain(_decode_plain(value))
        except msgspec.ValidationError:
            return _of_extended(value)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UnreadableStepError(
            _("this is not a step of jejak.steps.v1: {error}").format(error=error)
        ) from error


def _of_plain(step: _Step, extensions: dict[str, Raw] | None = None) -> tuple[Row, int]:
    """Return the row of a step, and the position before it; `extensions` is what its publisher added."""
    state = _State(
        step.source,
        step.id,
        step.subject,
        step.holder,
        step.time,
        step.recordedtime,
        step.data,
        step.holderregion,
        step.holderlevel,
        step.causationid,
        step.causationsource,
        None if step.causeposition is None else _position(step.causeposition),
        None if step.voidsposition is None else _position(step.voidsposition),
        extensions,
    )
    position = _position(step.sequence)
    previous = 0 if step.previoussequence is None else _position(step.previoussequence)
    if previous >= position:
        raise ValueError(f"previoussequence {previous} is not below sequence {position}")
    return (position, step.type, _encode(state).decode()), previous


def _position(text: str) -> int:
    """Return a position, with or without zeros before it."""
    if (
        text.isascii()
        and text.isdigit()
        and len(text) <= _MOST_DIGITS
        and 0 < (position := int(text)) <= LAST_POSITION
    ):
        return position
    raise ValueError(f"{text[:_MOST_DIGITS]!r} is not a position of a log")


def _of_extended(value: bytes) -> tuple[Row, int]:
    """Read a step to which its publisher may have added anything."""
    event = _decode(value)
    added = {name: event.pop(name) for name in [each for each in event if each not in ATTRIBUTES]}
    extensions = {name.removeprefix(_PREFIX) if _IS_TAKEN(name) else name: each for name, each in added.items()}
    return _of_plain(_decode_plain(_encode(event)), extensions)
