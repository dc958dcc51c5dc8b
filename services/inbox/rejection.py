"""What the inbox says of a message that was refused, without what may be personal in it."""

import re
from typing import Any, Final

import msgspec

from events.fields import PERSONAL_FIELDS, PSEUDONYM_PATTERN
from events.refusal import RefusedError
from infra.language import translate
from services.inbox.message import InboxMessage

MOST_EVENT_BYTES: Final = 512 * 1024
"""A larger event is not repeated: Kafka takes messages of a mebibyte."""

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


def rejection(message: InboxMessage, refusal: RefusedError, *, vouched_for: bool) -> bytes:
    """Return why a message was refused; `vouched_for`: its sender is known."""
    event = _without_persons(_parsed(message.value)) if vouched_for else None
    said = Rejection(refusal.reason(translate), refusal.field, message.partition, message.offset, event)
    try:
        return msgspec.json.encode(said)
    except (UnicodeEncodeError, RecursionError):  # half a character, or too deep: no event is so
        return msgspec.json.encode(msgspec.structs.replace(said, event=None))


def _parsed(value: bytes) -> Any:  # noqa: ANN401 - any JSON
    if len(value) > MOST_EVENT_BYTES:
        return None
    try:
        event = msgspec.json.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _without_persons(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON without the fields that hold people, but for pseudonyms, which name nobody.

    Whatever it was refused for: one mistake is named, and there may be others. What lies in base64 is not seen.
    """
    if isinstance(value, dict):
        return {
            name: _without_persons(inner)
            for name, inner in value.items()
            if name != "data_base64" and (name not in PERSONAL_FIELDS or _are_pseudonyms(inner))
        }
    return [_without_persons(inner) for inner in value] if isinstance(value, list) else value


def _are_pseudonyms(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and _is_pseudonym(each) for each in value)
