"""Sends messages that need no transaction, by a producer that is given up whenever something goes wrong."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from kafka.errors import KafkaError, KafkaTimeoutError

from infra.kafka.brokers import is_hopeless, open_producer, passes, unreachable
from infra.kafka.topics import not_there

Message = tuple[bytes | None, bytes]
"""A key and a value."""

_CLOSE_SECONDS: Final = 1


class Sender:
    """Sends to one topic; after a failure by a new producer, since Kafka's client has no more use for the old."""

    def __init__(self, bootstrap: str, topic: str, open_: Callable[[str], Any] = open_producer) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._open = open_
        self._producer: Any = None

    def send(self, messages: Sequence[Message]) -> list[KafkaError | None]:
        """Send messages; return, for each, why it is not there, None where it is.

        What failed is not taken by any broker, or was sent beside such a message: send it by itself.

        Raises:
            BrokerAwayError: Kafka or the topic is away; some messages may be there: send them again.
            BrokerError: Kafka takes nothing from us.

        """
        if not messages:
            return []
        producer, self._producer = self._producer or self._open(self._bootstrap), None
        failures: list[KafkaError | None] = []
        try:
            self._check_topic(producer)
            failures = _send(producer, self._topic, messages)
        finally:
            if failures and not any(failures):
                self._producer = producer
            else:
                _give_up(producer)
        for failure in failures:
            if failure is not None and (passes(failure) or is_hopeless(failure)):
                raise unreachable(self._bootstrap, failure) from failure
        return failures

    def _check_topic(self, producer: Any) -> None:  # noqa: ANN401 - kafka-python comes without types
        try:
            producer.partitions_for(self._topic)
        except KafkaTimeoutError as error:
            raise not_there(self._topic) from error
        except KafkaError as error:
            raise unreachable(self._bootstrap, error) from error


def _send(producer: Any, topic: str, messages: Sequence[Message]) -> list[KafkaError | None]:  # noqa: ANN401 - likewise
    """Send messages by a producer, and wait for all of them."""
    sending: list[Any] = []
    for key, value in messages:
        try:
            sending.append(producer.send(topic, value, key))
        except KafkaError as error:  # it is too large for the client, or the producer is dead by now
            sending.append(error)
    try:
        producer.flush()
    except KafkaError as error:
        return [error] * len(messages)
    return [
        each if isinstance(each, KafkaError) else each.exception if each.failed() else None for each in sending
    ]


def _give_up(producer: Any) -> None:  # noqa: ANN401 - likewise
    try:
        producer.close(timeout=_CLOSE_SECONDS)
    except KafkaError:
        return  # what was under way is not waited for: it is sent again
