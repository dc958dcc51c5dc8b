"""Kafka's brokers as every part of Jejak meets them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError

from infra.language import translate as _

ANSWER_SECONDS: Final = 10
"""How long whoever asks Kafka for something waits for an answer."""


class BrokerError(Exception):
    """Kafka cannot be used now: the sentence says why and what to do."""


def open_producer(bootstrap: str) -> Any:  # noqa: ANN401 - kafka-python comes without types
    """Return a producer of messages that need no transaction.

    Raises:
        BrokerError: no broker answers.

    """
    try:
        return KafkaProducer(
            bootstrap_servers=bootstrap.split(","),
            acks="all",
            reconnect_backoff_max_ms=1_000,
            allow_auto_create_topics=False,
        )
    except KafkaError as error:
        raise unreachable(bootstrap, error) from error


class _Admin(KafkaAdminClient):  # type: ignore[misc]  # kafka-python comes without types
    """One that leaves no thread or socket behind when no broker answers: whoever waits for Kafka asks often."""

    def __init__(self, **given: object) -> None:
        try:
            super().__init__(**given)
        except KafkaError:
            self._closed = False  # else there is nothing to close, it says
            self.close()
            raise


@contextmanager
def administering(bootstrap: str, answer_seconds: int = ANSWER_SECONDS) -> Iterator[Any]:
    """Give a client that looks after topics and groups, and waits so long for an answer.

    Raises:
        BrokerError: no broker answers, or Kafka does not do what the block asks of it.

    """
    try:
        with _Admin(
            bootstrap_servers=bootstrap.split(","),
            bootstrap_timeout_ms=answer_seconds * 1_000,
            request_timeout_ms=answer_seconds * 1_000,
        ) as admin:
            yield admin
    except KafkaError as error:
        raise unreachable(bootstrap, error) from error


def unreachable(bootstrap: str, error: Exception) -> BrokerError:
    """Return the error that says that Kafka does not do what is asked of it."""
    return BrokerError(
        _("Kafka at {brokers} cannot be used: {reason}. See that it runs, and that JEJAK_KAFKA is right").format(
            brokers=bootstrap, reason=error
        )
    )
