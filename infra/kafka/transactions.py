"""Messages in transactions of one producer: the newest one that goes by an id fences every one before it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import InvalidProducerEpochError, KafkaTimeoutError, ProducerFencedError

FENCED: Final = (ProducerFencedError, InvalidProducerEpochError)
"""What a producer meets once another one goes by its id."""

_REQUEST_MS: Final = 10_000
_DELIVERY_MS: Final = 20_000
"""What is not acknowledged after so long fails, and with it its transaction."""
_ABANDONED_MS: Final = 60_000
"""A transaction whose producer is gone, and has no successor, is aborted by Kafka after so long."""
_RECONNECT_MS: Final = 1_000
"""So soon a broker that was away is tried again; kafka-python's own choice is half a minute."""
IN_BULK: Final[dict[str, Any]] = {"batch_size": 256 * 1024, "linger_ms": 1_000}
"""A request to a broker is large, or late; a commit waits for nothing."""

_log = logging.getLogger(__name__)


@contextmanager
def transactional_producer(bootstrap: str, transactional_id: str) -> Iterator[Any]:
    """Give a producer that has the transactional id for itself; what others began under it is aborted.

    After an error nothing more can be sent by it: leave the block, and begin again with another one.

    Raises:
        kafka.errors.KafkaError: Kafka does not do what is asked of it.

    """
    producer = KafkaProducer(
        bootstrap_servers=bootstrap.split(","),
        transactional_id=transactional_id,
        acks="all",
        request_timeout_ms=_REQUEST_MS,
        delivery_timeout_ms=_DELIVERY_MS,
        transaction_timeout_ms=_ABANDONED_MS,
        max_block_ms=_REQUEST_MS,
        bootstrap_timeout_ms=_REQUEST_MS,
        reconnect_backoff_max_ms=_RECONNECT_MS,
        **IN_BULK,
        allow_auto_create_topics=False,
    )
    try:
        producer.init_transactions()
        yield producer
    finally:
        try:
            producer.close(timeout=_DELIVERY_MS / 1_000 + 1)
        except KafkaTimeoutError:  # what was under way is aborted by whoever has the id next
            _log.warning("the producer %s was left behind with messages on their way", transactional_id)
