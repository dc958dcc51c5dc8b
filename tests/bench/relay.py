"""The log to Kafka: the relay, against bare producers that have the same messages ready-made.

One is kafka-python's as it comes. The other gathers requests as large as the relay's; both know neither
transactions nor positions.
"""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from time import perf_counter
from typing import Final

import psycopg

from infra.kafka.sent import Sent, sent_up_to
from infra.kafka.topics import Shape, declare
from infra.kafka.transactions import IN_BULK, transactional_producer
from infra.log.postgresql import LogRecorder, open_log
from infra.migrations import migrate
from infra.servers.kafka import Kafka
from services.relay.lease import Lease
from services.relay.relay import TRANSACTIONAL_ID, Relay
from tests.bench.measure import Bench, Figure, publish, ratio
from tests.bench.streams import Message, messages, produce

NAME: Final = "relay"
_EVENTS: Final = 100_000
_PARTITIONS: Final = 4


def run(bench: Bench) -> list[Figure]:
    """Measure the relay and the bare producer in turn, each into a topic of its own."""
    topics = (f"bench-{number}" for number in count(1))
    with bench.database() as url, Kafka(bench.directory / "kafka") as kafka:
        migrate(url)
        publish(bench, bench.lines(bench.size(_EVENTS)), mode="distributed", postgres=url)
        log = open_log(url)
        try:
            rows = log.read(0, bench.size(_EVENTS))
            rates = bench.in_turn(
                {
                    NAME: lambda: _relay(log, url, kafka.bootstrap, next(topics), len(rows)),
                    "bare producer": lambda: _produce(messages(rows, _PARTITIONS), kafka.bootstrap, next(topics)),
                    "in bulk": lambda: _produce(
                        messages(rows, _PARTITIONS), kafka.bootstrap, next(topics), **IN_BULK
                    ),
                }
            )
        finally:
            log.close()
    ours, bare, bulk = rates.values()
    return [
        Figure(NAME, "the log to Kafka by the relay, a transaction a batch", "events/s", ours),
        Figure(NAME, "the same messages, ready-made, by a bare kafka-python producer", "events/s", bare),
        Figure(NAME, "the same, in requests as large as the relay's", "events/s", bulk),
        Figure(NAME, "against the bare producer", "x", ratio(ours, bare), at_least=0.8),
        Figure(NAME, "against the one with large requests", "x", ratio(ours, bulk)),
    ]


class _AllSent(Exception):  # noqa: N818 - no error
    """The whole log is sent."""


class _UntilAllSent(Lease):
    """A lease that ends the relay once it has saved this position."""

    def __init__(self, url: str, position: int) -> None:
        super().__init__(url)
        self._position = position

    def save(self, sent: Sent) -> None:
        super().save(sent)
        if sent_up_to(sent) == self._position:
            raise _AllSent


def _relay(log: LogRecorder, url: str, bootstrap: str, topic: str, events: int) -> float:
    _declare(bootstrap, topic)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM jejak.relay")
    began: list[float] = []
    producer = partial(transactional_producer, bootstrap, TRANSACTIONAL_ID)
    relay = Relay(log, lambda: _UntilAllSent(url, events), producer, _PARTITIONS, topic)
    with suppress(_AllSent):
        relay.run(lambda _sentence: began.append(perf_counter()))
    return events / (perf_counter() - began[0])


def _produce(messages: Sequence[Message], bootstrap: str, topic: str, **how: int) -> float:
    _declare(bootstrap, topic)
    begin = perf_counter()
    produce(messages, bootstrap, topic, **how)
    return len(messages) / (perf_counter() - begin)


def _declare(bootstrap: str, topic: str) -> None:
    declare(bootstrap, (topic,), Shape(_PARTITIONS, 1, 3_600_000))
