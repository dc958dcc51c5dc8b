"""What the benches of the stream share: the messages of a log, and workers that fold them beside the bench."""

import re
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any, Final, NamedTuple

import psutil  # type: ignore[import-untyped]  # it comes without types
import psycopg
from kafka import KafkaAdminClient, KafkaProducer

from infra.kafka.partition import partition_of
from infra.kafka.sent import FORGET, Sent, save_sent
from infra.kafka.steps import HEADERS, encode_step, subject_of
from infra.kafka.topics import STEPS, Shape, make_anew, members_of
from infra.kafka.transactions import IN_BULK
from infra.log import Row
from infra.migrations import migrate
from infra.servers.kafka import Kafka
from projections.worker import GROUP
from services.composition import Jejak
from tests.bench.measure import MILLION, Bench, publish, start_jejak

RETENTION_MS: Final = 3_600_000
_LOOK_SECONDS: Final = 0.01
_MOST_SECONDS: Final = 300
_DROPS: Final = """
    SELECT format('DROP TABLE jejak_views.%I CASCADE', tablename) FROM pg_tables WHERE schemaname = 'jejak_views'
"""
_PARTITIONS_OF: Final = re.compile("folding the partitions (.*)").findall


class Message(NamedTuple):
    """What the relay sends of a row."""

    partition: int
    key: bytes
    value: bytes


def messages(rows: Sequence[Row], partitions: int) -> list[Message]:
    """Return what the relay sends of a log from its first row on."""
    found = []
    last: Sent = {}
    for row in rows:
        subject = subject_of(row)
        partition = partition_of(subject, partitions)
        found.append(Message(partition, subject.encode(), encode_step(row, last.get(partition, 0))))
        last[partition] = row[0]
    return found


def produce(sent: Sequence[Message], bootstrap: str, topic: str, **how: int) -> None:
    """Send messages by a bare kafka-python producer, and return when Kafka has them."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", **how)
    for partition, key, value in sent:
        producer.send(topic, value, key, HEADERS, partition)
    producer.flush()
    producer.close()


class Stream:
    """A log in a database, and all of it on the topic of the steps.

    As long as nobody puts down that it was sent, a worker takes it from Kafka, as what comes while it is at work.
    """

    def __init__(self, bench: Bench, url: str, kafka: Kafka, events: int) -> None:
        self.url = url
        self.events = events
        self.bootstrap = kafka.bootstrap
        self.bench = bench
        migrate(url)
        publish(bench, bench.lines(events), mode="distributed", postgres=url)

    @contextmanager
    def cut_into(self, partitions: int) -> Iterator["Workers"]:
        """Put the log on so many partitions, and give what folds it from there."""
        forget_views(self.url)
        settings: dict[str, Any] = {
            "mode": "distributed",
            "postgres": self.url,
            "kafka": self.bootstrap,
            "kafka_partitions": partitions,
        }
        with self.bench.installation(**settings) as jejak:
            sent = messages(jejak.log.read(0, self.events), partitions)
            make_anew(self.bootstrap, STEPS, Shape(partitions, 1, RETENTION_MS))
            produce(sent, self.bootstrap, STEPS, **IN_BULK)
            yield Workers(self, settings, jejak)


class Folded(NamedTuple):
    """How fast workers folded, and the seconds of processor that a million events took them and PostgreSQL."""

    events_a_second: float
    processor: float
    of_postgresql: float


class Workers:
    """Workers, each a process of its own, that fold what lies on the topic."""

    def __init__(self, stream: Stream, settings: dict[str, Any], jejak: Jejak) -> None:
        self._stream = stream
        self._settings = settings
        self._jejak = jejak
        rows = jejak.log.read(0, stream.events)
        self._last = {partition_of(subject_of(row), settings["kafka_partitions"]): row[0] for row in rows}

    def fold(self, number: int, *, sent: bool = False) -> Folded:
        """Let so many workers fold all of it anew, from the first that any has folded after all are at work.

        Where a relay has put down that it was `sent`, they read it from the log: from when they are at work.
        """
        forget_views(self._stream.url)
        forget_group(self._stream.bootstrap, GROUP)
        self._jejak.engine.prepare()
        with ExitStack() as started, psycopg.connect(self._stream.url, autocommit=True) as connection:
            connection.execute(FORGET)
            if sent:
                save_sent(connection, self._last)
            logs = [self._stream.bench.home().with_suffix(".log") for _ in range(number)]
            workers = [started.enter_context(self._worker(log)) for log in logs]
            wait_until(
                lambda: _dealt_out(logs) == sorted(self._last) and (sent or any(self._positions().values()))
            )
            server = psutil.Process(connection.info.backend_pid).parent()
            busy, of_server, begin = sum(map(_processor, workers)), _processor_of_all(server), perf_counter()
            already = connection.execute("SELECT count(*) FROM jejak_views.trail_step").fetchone()
            wait_until(lambda: self._positions().items() >= self._last.items())
            seconds = perf_counter() - begin
            busy, of_server = sum(map(_processor, workers)) - busy, _processor_of_all(server) - of_server
        events = self._stream.events - (already[0] if already else 0)
        return Folded(events / seconds, busy / events * MILLION, of_server / events * MILLION)

    def _positions(self) -> dict[int, int]:
        return self._jejak.partitioned_engine.positions()

    @contextmanager
    def _worker(self, log: Path) -> Iterator[psutil.Process]:
        with log.open("wb") as said:
            process = start_jejak(
                "worker", home=log.with_suffix(""), settings=self._settings, stdout=said, stderr=said
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _dealt_out(logs: Sequence[Path]) -> list[int]:
    """Return the partitions that workers say they have; none of one that has not said."""
    said = (_PARTITIONS_OF(log.read_text(encoding="utf-8")) for log in logs)
    return sorted(int(each) for found in said if found for each in re.findall(r"\d+", found[-1]))


def _processor(process: psutil.Process) -> float:
    """Return how many seconds the processor was at work for a process."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _processor_of_all(server: psutil.Process) -> float:
    """Return the same for a server, its processes and those that have ended."""
    times = server.cpu_times()
    ended = float(times.children_user + times.children_system)
    return ended + sum(map(_processor, [server, *server.children()]))


def wait_until(something_holds: Callable[[], bool]) -> None:
    """Wait until something holds.

    Raises:
        TimeoutError: it does not.

    """
    until = monotonic() + _MOST_SECONDS
    while not something_holds():
        if monotonic() > until:
            raise TimeoutError
        sleep(_LOOK_SECONDS)


def forget_views(url: str) -> None:
    """Throw the views of a database away."""
    with psycopg.connect(url, autocommit=True) as connection:
        for (statement,) in connection.execute(_DROPS).fetchall():
            connection.execute(statement)


def forget_group(bootstrap: str, group: str) -> None:
    """Let a group of consumers begin anew, once nobody is in it."""
    wait_until(lambda: members_of(bootstrap, group) == 0)
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        admin.delete_groups([group])
