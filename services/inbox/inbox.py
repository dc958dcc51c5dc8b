"""Takes messages of Kafka into the log, in batches; what is refused is said on Kafka."""

from collections.abc import Sequence
from typing import Any, Final

import psycopg
from eventsourcing.persistence import OperationalError
from kafka.errors import KafkaError

from events.refusal import RefusedError
from infra.kafka.topics import REJECTED
from infra.log import LogError
from infra.postgresql import PostgresError
from infra.tokens import Tokens
from services.inbox.message import InboxMessage
from services.inbox.rejection import rejection
from services.publishing.publisher import Publisher
from services.world import Principal

_UNKNOWN: Final = RefusedError(
    "the message comes with no token that is known here: send one as its header authorization: Bearer TOKEN; jejak"
    " token add makes one"
)

GROUP: Final = "jejak-inbox"
"""The consumer group: partitions are dealt out among all who are in it."""


def passes(error: BaseException) -> bool:
    """Tell whether a database or Kafka is away, full or busy."""
    return isinstance(error, OperationalError | LogError | psycopg.OperationalError | PostgresError | KafkaError)


class Inbox:
    """Takes each message in once, however often Kafka delivers it: an event is known by its name.

    When `take` returns, what was accepted is in the log, and what was refused is on Kafka; only then may the
    messages be acknowledged. Taken again, what was accepted changes nothing, and what was refused
    is refused again.
    """

    def __init__(self, publisher: Publisher, tokens: Tokens, producer: Any, rejected: str = REJECTED) -> None:  # noqa: ANN401 - kafka-python comes without types
        self._publisher = publisher
        self._tokens = tokens
        self._producer = producer
        self._rejected = rejected

    def take(self, messages: Sequence[InboxMessage]) -> None:
        """Take messages in, in order.

        Raises:
            what `passes`: take the same messages again.
            as `Publisher.publish`.

        """
        organisations = self._tokens.organisations({one.token for one in messages if one.token})
        known = [one for one in messages if one.token in organisations]
        principals = [Principal(organisations[one.token or ""]) for one in known]
        answers = self._publisher.publish_together([one.value for one in known], principals)
        refused = [
            (message, rejection(message, answer.refusal, vouched_for=True))
            for message, answer in zip(known, answers, strict=True)
            if answer.refusal is not None
        ]
        refused += [
            (message, rejection(message, _UNKNOWN, vouched_for=False))
            for message in messages
            if message.token not in organisations
        ]
        self._say(refused)

    def _say(self, refused: Sequence[tuple[InboxMessage, bytes]]) -> None:
        """Put rejections on Kafka, and return when they are there."""
        sending = [self._producer.send(self._rejected, value, message.key) for message, value in refused]
        self._producer.flush()
        for one in sending:
            one.get(0)
