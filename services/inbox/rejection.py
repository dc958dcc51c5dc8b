"""What the inbox says of a message that was refused, without what may be personal in it."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from events.fields import PERSONAL_FIELDS, PSEUDONYM_PATTERN
from events.refusal import RefusedError
from infra.language import translate
from services.inbox.message import InboxMessage

MOST_EVENT_BYTES: Final = 512 * 1024
"""A larger event is not repeated: Kafka takes messages of a mebibyte."""
MOST_KEY_BYTES: Final = 1024
"""A longer key is cut: subjects have 64 characters at most."""
_MOST_CHARACTERS: Final = 2_000
"""Of a reason, and of a field."""
_DEEPEST: Final = 64
"""What is nested more deeply is no event, and not repeated: decided here, not by what a library bears."""

_is_pseudonym: Final = re.compile(PSEUDONYM_PATTERN).match


class Rejection(msgspec.Struct, frozen=True):
    """The value of a message of `jejak.rejected.v1`.

    `partition` and `offset` are where the message lies in the inbox: a consumer that has seen them has seen this
    rejection. `event` is the CloudEvent, null where it is none, where nobody vouched for it, or where it is large.
    """

    reason: str
    field: str | None
    partition: int
    offset: int
    event: Any = None


def rejections(
    message: InboxMessage, refusal: RefusedError, *, vouched_for: bool
) -> Iterator[tuple[bytes | None, bytes]]:
    """Yield keys and values that say why a message was refused, each with less than the one before.

    The first is what is to be said; the next ones are for brokers that take no message of its size. `vouched_for`:
    its sender is known.
    """
    key = message.key if message.key is None else message.key[:MOST_KEY_BYTES]
    yield key, rejection(message, refusal, vouched_for=vouched_for)
    in_short = rejection(message, refusal, vouched_for=False)
    yield key, in_short
    yield None, in_short


def rejection(message: InboxMessage, refusal: RefusedError, *, vouched_for: bool) -> bytes:
    """Return why a message was refused; `vouched_for`: its sender is known."""
    said = Rejection(
        _plain(refusal.reason(translate)),
        None if refusal.field is None else _plain(refusal.field),
        message.partition,
        message.offset,
    )
    event = _event(message.value) if vouched_for else None
    value = msgspec.json.encode(msgspec.structs.replace(said, event=event))
    # Numbers may be written longer than they came.
    return value if len(value) <= MOST_EVENT_BYTES + 8 * _MOST_CHARACTERS else msgspec.json.encode(said)


def _plain(text: str) -> str:
    """Return a text of a bounded length that can be encoded: half a character may stand in it."""
    short = text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
    return short.encode(errors="replace").decode()


def _event(value: bytes) -> dict[str, Any] | None:
    """Return the event that can be said again, without people; None where there is none."""
    if len(value) > MOST_EVENT_BYTES:
        return None
    try:
        event = msgspec.json.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if not isinstance(event, dict):
        return None
    try:
        return dict(_without_persons(event, _DEEPEST))
    except _TooDeepError:
        return None


class _TooDeepError(Exception):
    """No event is nested so deeply."""


def _without_persons(value: Any, deepest: int) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON without the fields that hold people, but for pseudonyms, which name nobody.

    Whatever it was refused for: one mistake is named, and there may be others. What lies in base64 is not seen.
    """
    if not isinstance(value, dict | list):
        return value
    if not deepest:
        raise _TooDeepError
    if isinstance(value, list):
        return [_without_persons(inner, deepest - 1) for inner in value]
    return {
        name: _without_persons(inner, deepest - 1)
        for name, inner in value.items()
        if name != "data_base64" and (name not in PERSONAL_FIELDS or _are_pseudonyms(inner))
    }


def _are_pseudonyms(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and _is_pseudonym(each) for each in value)
