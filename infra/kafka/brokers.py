"""Kafka's brokers as every part of Jejak meets them."""

from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from infra.language import translate as _


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


def unreachable(bootstrap: str, error: Exception) -> BrokerError:
    """Return the error that says that Kafka does not do what is asked of it."""
    return BrokerError(
        _("Kafka at {brokers} cannot be used: {reason}. See that it runs, and that JEJAK_KAFKA is right").format(
            brokers=bootstrap, reason=error
        )
    )
