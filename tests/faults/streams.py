"""What must hold of Kafka beside the log, whatever was done to the processes between them."""

import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from infra.kafka.partition import partition_of
from infra.kafka.steps import decode_step, subject_of
from infra.kafka.topics import STEPS, TOPICS, Shape, declare
from infra.log import Row
from infra.log.postgresql import open_log
from infra.migrations import migrate
from infra.regions import Regions
from services.publishing.publisher import Publisher
from tests.acceptance.cli import Cli
from tests.bench.flows import flows
from tests.waiting import SECONDS, wait_until

PARTITIONS: Final = 3


class Installation:
    """A database and the topics of a Kafka, both empty, and the commands that use them."""

    def __init__(self, folder: Path, database: str, bootstrap: str) -> None:
        self.database = database
        self.bootstrap = bootstrap
        self.cli = Cli(folder)
        self.cli.variables = {
            "JEJAK_MODE": "distributed",
            "JEJAK_POSTGRES": database,
            "JEJAK_KAFKA": bootstrap,
            "JEJAK_KAFKA_PARTITIONS": str(PARTITIONS),
            "PYTHONWARNINGS": "ignore",  # kafka-python forgets sockets when a broker is away
        }
        migrate(database)
        empty_topics(bootstrap)

    def start(self, command: str) -> "subprocess.Popen[bytes]":
        """Start a long-running part; what it says goes to a file, as a pipe would fill."""
        with (self.cli.folder / f"{command}.log").open("ab") as log:
            return self.cli.start(command, stdout=log, stderr=log)

    def said(self, command: str) -> str:
        """Return what every part of that name said."""
        return (self.cli.folder / f"{command}.log").read_text(encoding="utf-8")

    def wait_until_said(self, command: str, words: str, times: int = 1) -> None:
        """Wait until a part has said something so often."""
        wait_until(lambda: self.said(command).count(words) >= times, lambda: self.said(command))

    def publish(self, lines: Sequence[bytes]) -> int:
        """Record lines; return how far the log is."""
        return max(self.publish_each([lines]))

    def publish_each(self, batches: Iterable[Sequence[bytes]]) -> Iterator[int]:
        """Record batch after batch; yield how far the log is after each."""
        log = open_log(self.database)
        try:
            publisher = Publisher(log, Regions())
            for lines in batches:
                publisher.publish(lines)
                yield log.head()
        finally:
            log.close()

    @contextmanager
    def published_all_the_while(self, seed: int) -> Iterator[None]:
        """Record a few hundred events a second, by a thread, until the block ends."""
        stopping = threading.Event()
        lines = flows(1_000_000, seed=seed, kim=40)

        def publish() -> None:
            for _head in self.publish_each(iter(lambda: list(islice(lines, 20)), [])):
                if stopping.wait(0.05):
                    return

        with ThreadPoolExecutor(1) as thread:
            publishing = thread.submit(publish)
            try:
                yield
            finally:
                stopping.set()
            publishing.result()

    def rows(self) -> list[Row]:
        """Return the whole log."""
        log = open_log(self.database)
        try:
            return list(log.read(0, 10_000_000))
        finally:
            log.close()

    def head(self) -> int:
        """Return how far the log is."""
        with psycopg.connect(self.database) as connection:
            row = connection.execute("SELECT coalesce(max(position), 0) FROM jejak.log").fetchone()
        assert row is not None
        return int(row[0])

    def sent_up_to(self) -> int:
        """Return how far the relay says it has sent the log."""
        with psycopg.connect(self.database) as connection:
            row = connection.execute("SELECT coalesce(max(last_position), 0) FROM jejak.relay").fetchone()
        assert row is not None
        return int(row[0])

    def wait_until_sent(self, position: int) -> None:
        """Wait until the log is sent up to a position."""
        wait_until(lambda: self.sent_up_to() >= position, lambda: self.said("relay"))


def empty_topics(bootstrap: str) -> None:
    """Let the topics of the contract be there, and nothing in them."""
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        there = sorted(set(admin.list_topics()) & set(TOPICS))
        if there:
            admin.delete_topics(there)
            while set(admin.list_topics()) & set(there):
                time.sleep(0.05)
    declare(bootstrap, TOPICS, Shape(PARTITIONS, 1, 3_600_000))


class Message(NamedTuple):
    """A message, and where it lies."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, bytes]]


def messages(bootstrap: str, topic: str) -> list[Message]:
    """Return every committed message of a topic, in order within each partition."""
    consumer: Any = KafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    try:
        partitions = [TopicPartition(topic, one) for one in consumer.partitions_for_topic(topic)]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        found = []
        until = time.monotonic() + SECONDS
        while any(consumer.position(one) < ends[one] for one in partitions):
            assert time.monotonic() < until, "an open transaction holds readers back"
            for batch in consumer.poll(timeout_ms=500).values():
                found += [Message(one.partition, one.offset, one.key, one.value, one.headers) for one in batch]
    finally:
        consumer.close()
    return found


class Count(NamedTuple):
    """What of a log came to Kafka."""

    lost: int
    """Rows that did not come, or came otherwise than they stand in the log."""
    doubled: int
    """Rows that a consumer which skips by position would see twice."""
    overtaken: int
    """Rows that came after a later one of their partition, and not as repeats."""
    broken: int
    """Rows whose `previoussequence` does not name the one before them."""
    repeated: int
    """Messages that such a consumer skips."""


def count(rows: Sequence[Row], found: Sequence[Message], partitions: int = PARTITIONS) -> Count:
    """Compare a log with what lies on the topic of the steps."""
    seen: dict[int, Row] = {}
    at = dict.fromkeys(range(partitions), 0)
    doubled = overtaken = broken = repeated = 0
    for message in found:
        row, previous = decode_step(message.value)
        position = row[0]
        assert message.partition == partition_of(subject_of(row), partitions)
        assert message.key == subject_of(row).encode()
        if position <= at[message.partition]:
            repeated += 1
            overtaken += position not in seen
            continue
        doubled += position in seen
        broken += previous != at[message.partition]
        at[message.partition] = position
        seen[position] = row
    return Count(sum(seen.get(row[0]) != row for row in rows), doubled, overtaken, broken, repeated)


def check_steps(installation: Installation) -> int:
    """Check that all of the log came to Kafka once and in order; return how many repeats a consumer skips."""
    rows = installation.rows()
    counted = count(rows, messages(installation.bootstrap, STEPS))
    assert counted == Count(lost=0, doubled=0, overtaken=0, broken=0, repeated=counted.repeated)
    return counted.repeated
