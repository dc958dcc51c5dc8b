"""Takes messages of Kafka into the log, in batches; what is refused is said on Kafka."""

import logging
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

import psycopg
from eventsourcing.persistence import OperationalError

from events.refusal import RefusedError
from infra.kafka import brokers
from infra.kafka.seldom import Seldom
from infra.kafka.sending import Message
from infra.log import LogError
from infra.postgresql import PostgresError
from infra.tokens import Tokens
from services.inbox.binding import event_in
from services.inbox.message import InboxMessage
from services.inbox.rejection import rejections
from services.publishing.publisher import Publisher
from services.world import Principal

_UNKNOWN: Final = RefusedError(
    "the message comes with no token that is known here: send one as its header authorization: Bearer TOKEN; jejak"
    " token add makes one"
)

GROUP: Final = "jejak-inbox"
"""The consumer group: partitions are dealt out among all who are in it."""

_warnings: Final = Seldom(logging.getLogger(__name__))


def passes(error: BaseException) -> bool:
    """Tell whether a database or Kafka is away, full or busy."""
    away = OperationalError | LogError | psycopg.OperationalError | PostgresError
    return isinstance(error, away) or brokers.passes(error)


class Rejected(Protocol):
    """Where rejections go: `infra.kafka.sending.Sender`."""

    def send(self, messages: Sequence[Message]) -> Sequence[Exception | None]:
        """Send messages; return, for each, why it is not there, None where it is."""


class _Refused(NamedTuple):
    message: InboxMessage
    refusal: RefusedError
    vouched_for: bool = True


class Inbox:
    """Takes each message in once, however often Kafka delivers it: an event is known by its name.

    When `take` returns, what was accepted is in the log, and what was refused is on Kafka; only then may the
    messages be acknowledged. Taken again, what was accepted changes nothing, and what was refused
    is refused again.
    """

    def __init__(self, publisher: Publisher, tokens: Tokens, rejected: Rejected) -> None:
        self._publisher = publisher
        self._tokens = tokens
        self._rejected = rejected

    def take(self, messages: Sequence[InboxMessage]) -> None:
        """Take messages in, in order.

        Raises:
            what `passes`: take the same messages again.
            as `Publisher.publish`.

        """
        organisations = self._tokens.organisations({one.token for one in messages if one.token})
        refused: list[_Refused] = []
        events: list[InboxMessage] = []
        for message in messages:
            if message.token not in organisations:
                refused.append(_Refused(message, _UNKNOWN, vouched_for=False))
                continue
            try:
                event = event_in(message.headers, message.value)
            except RefusedError as refusal:
                refused.append(_Refused(message, refusal, vouched_for=False))  # its value alone is no event
            else:
                events.append(message if event is message.value else message._replace(value=event))
        principals = [Principal(organisations[one.token or ""]) for one in events]
        answers = self._publisher.publish_together([one.value for one in events], principals)
        refused += [
            _Refused(event, answer.refusal)
            for event, answer in zip(events, answers, strict=True)
            if answer.refusal is not None
        ]
        self._say(refused)

    def _say(self, refused: Sequence[_Refused]) -> None:
        """Put rejections on Kafka, and return when they are there."""
        failures = self._rejected.send([next(rejections(m, why, vouched_for=v)) for m, why, v in refused])
        for one, failure in zip(refused, failures, strict=True):
            if failure is not None:
                self._say_in_short(*one)

    def _say_in_short(self, message: InboxMessage, refusal: RefusedError, vouched_for: bool) -> None:  # noqa: FBT001 - a field of a tuple
        """Say one rejection by itself, in less and less where no broker takes it; at last in the log alone."""
        failure: Exception | None = None
        for said in rejections(message, refusal, vouched_for=vouched_for):
            (failure,) = self._rejected.send([said])
            if failure is None:
                return
        _warnings.warn(
            "rejection",
            "the message at offset %d of partition %d was refused, and Kafka does not take why (%s): %s",
            message.offset,
            message.partition,
            failure,
            refusal,
        )
