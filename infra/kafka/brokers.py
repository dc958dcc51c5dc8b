"""Kafka's brokers as every part of Jejak meets them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import (
    AuthorizationError,
    KafkaConfigurationError,
    KafkaError,
    RetriableError,
    SaslAuthenticationFailedError,
    TransactionAbortedError,
    UnrecognizedBrokerVersion,
    UnsupportedVersionError,
)

from infra.language import translate as _

ANSWER_SECONDS: Final = 10
"""How long whoever asks Kafka for something waits for an answer."""
DELIVERY_SECONDS: Final = 20
"""What no broker has acknowledged after so long has failed."""


_HOPELESS: Final = (
    AuthorizationError,
    KafkaConfigurationError,
    SaslAuthenticationFailedError,
    UnrecognizedBrokerVersion,
    UnsupportedVersionError,
)


class BrokerError(Exception):
    """Kafka cannot be used: the sentence says why and what to do."""


class BrokerAwayError(BrokerError):
    """Kafka cannot be used now; the same may be tried again."""


def passes(error: BaseException) -> bool:
    """Tell whether a failure of Kafka passes by itself: a broker or a topic is away, late or busy.

    What Kafka's client calls retriable does, and nothing else: a missing right, another version or a message that
    no broker takes are the same the next time.
    """
    return isinstance(error, BrokerAwayError | RetriableError | TransactionAbortedError)


def is_hopeless(error: BaseException) -> bool:
    """Tell whether a failure is about whoever asks, and would be the same for any message and any client."""
    return isinstance(error, _HOPELESS)


def open_producer(bootstrap: str) -> Any:  # noqa: ANN401 - kafka-python comes without types
    """Return a producer of messages that need no transaction.

    Raises:
        BrokerError: no broker answers (BrokerAwayError), or none lets us in.

    """
    try:
        return KafkaProducer(
            bootstrap_servers=bootstrap.split(","),
            acks="all",
            reconnect_backoff_max_ms=1_000,
            bootstrap_timeout_ms=ANSWER_SECONDS * 1_000,
            max_block_ms=ANSWER_SECONDS * 1_000,
            request_timeout_ms=ANSWER_SECONDS * 1_000,
            delivery_timeout_ms=DELIVERY_SECONDS * 1_000,
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
    kind = BrokerAwayError if passes(error) else BrokerError
    return kind(
        _("Kafka at {brokers} cannot be used: {reason}. See that it runs, and that JEJAK_KAFKA is right").format(
            brokers=bootstrap, reason=error
        )
    )
