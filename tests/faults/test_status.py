"""`jejak status` sees what does not move: who is not there, and who is there and does nothing."""

import gc
import signal
import warnings
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

import psycopg
import pytest
from kafka import KafkaProducer

from infra.kafka.topics import INBOX
from infra.log.postgresql import open_log
from infra.observability.metrics import Metrics
from infra.regions import Regions
from services.publishing.publisher import Publisher
from services.stream import Stream, look_at_stream, measure_inbox
from tests.acceptance.cli import Result
from tests.bench.flows import flows
from tests.faults.streams import PARTITIONS
from tests.faults.workers import Workshop
from tests.integration.services.test_measured import value
from tests.waiting import wait_until

LONG_AGO: Final = timedelta(minutes=3)


@pytest.fixture
def workshop(tmp_path: Path, database: str, broker: str) -> Iterator[Workshop]:
    made = Workshop(tmp_path, database, broker)
    yield made
    made.jejak.close()


def publish_long_ago(workshop: Workshop, first: int, last: int) -> int:
    """Record events of one flow three minutes ago; return where the log ends."""
    with closing(open_log(workshop.database)) as log:
        long_ago = Publisher(log, Regions(), clock=lambda: datetime.now(UTC) - LONG_AGO)
        long_ago.publish(list(islice(flows(400, seed=5, kim=10), first, last)))
        return log.head()


def stand_still(workshop: Workshop) -> None:
    """Let whatever moved have moved an hour before."""
    hour = 3_600_000_000
    workshop.sql(f"UPDATE jejak_views.checkpoint SET moved_at = moved_at - {hour}")
    for table in ("relay", "inbox"):
        workshop.sql(f"UPDATE jejak.{table} SET moved_at = moved_at - interval '1 hour'")


def status(workshop: Workshop) -> Result:
    """Return what the command says, as JSON and, on stderr, what needs a person."""
    found, table = workshop.cli.together(["status", "--format", "json"], ["status"])
    assert "Traceback" not in found.err
    assert (found.status == 1) == bool(found.err), found
    for sentence in found.err.splitlines():
        assert sentence in " ".join(table.out.split())
    return found


def test_a_relay_a_follower_and_a_worker_that_do_not_move_are_named(workshop: Workshop) -> None:
    head = publish_long_ago(workshop, 0, 100)
    stand_still(workshop)
    found = status(workshop)
    assert "no relay is at work" in found.err
    assert f"late_causes has not moved for 3 min though {head} steps wait" in found.err
    document = found.json()
    assert {(each["lag"], each["lag_seconds"] // 60) for each in document["projections"]} == {(head, 3)}
    assert (document["stream"]["lag"], document["stream"]["lag_seconds"] // 60) == (head, 3)

    assert stream_of(workshop).unmoved_seconds >= LONG_AGO.total_seconds()

    workshop.jejak.follower.catch_up()
    workshop.put_down_as_sent()
    stand_still(workshop)
    found = status(workshop)
    assert found.err.splitlines() == ["no worker is at work: views stay behind the log. Start jejak worker"]
    worker = workshop.worker()
    workshop.folds_up_to(head)
    assert status(workshop).err == ""

    # It is there, its heart beats, and nothing is folded any more.
    # Somebody has the right to relay, and does not.
    with workshop.held_in_the_middle(), psycopg.connect(workshop.database) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('jejak.relay', 0))")
        publish_long_ago(workshop, 100, 350)
        workshop.jejak.follower.catch_up()
        workshop.put_down_as_sent()
        publish_long_ago(workshop, 350, 400)
        stand_still(workshop)
        found = status(workshop)
    assert worker.poll() is None
    for partition in range(PARTITIONS):
        assert f"the worker has not moved partition {partition} for 3 min" in found.err
    assert "the relay has not moved for 3 min though 50 steps wait" in found.err
    assert "late_causes has not moved for 3 min though 50 steps wait" in found.err


def stream_of(workshop: Workshop, seconds: float = 0) -> Stream:
    """Return how far the stream is, as somebody sees it who looks so much later."""
    return look_at_stream(
        workshop.jejak.log,
        workshop.database,
        workshop.bootstrap,
        lambda: datetime.now(UTC) + timedelta(seconds=seconds),
    )


def put(workshop: Workshop, partition: int, timestamp_ms: int | None, *, count: int = 1) -> None:
    """Put messages that no event is into a partition of the inbox, with a timestamp of their sender's."""
    with closing(KafkaProducer(bootstrap_servers=workshop.bootstrap)) as producer:
        for _ in range(count):
            producer.send(INBOX, b"{}", partition=partition, timestamp_ms=timestamp_ms)
        producer.flush()


def now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1_000)


def test_what_waits_in_the_inbox_is_counted_and_its_age_told_whatever_a_stranger_writes(
    workshop: Workshop,
) -> None:
    assert stream_of(workshop).inbox is not None
    put(workshop, 0, now_ms() - 100_000, count=3)
    put(workshop, 1, 1, count=2)
    put(workshop, 2, now_ms() + 1_800_000)  # a broker refuses more than an hour
    found = stream_of(workshop).inbox
    assert found is not None
    assert (found.messages, found.seconds is not None and int(found.seconds)) == (6, 100)
    assert int(found.unmoved_seconds) == 100
    assert "no inbox is at work though 6 messages wait" in status(workshop).err

    inbox = workshop.start("inbox")
    wait_until(lambda: no_message_waits(workshop), lambda: workshop.said("inbox"))
    assert status(workshop).err == ""

    inbox.send_signal(signal.SIGSTOP)
    put(workshop, 2, 0)
    put(workshop, 0, None)
    found = stream_of(workshop, 70).inbox
    assert found is not None
    assert (found.messages, found.unmoved_seconds >= 60) == (2, True)
    inbox.send_signal(signal.SIGCONT)
    wait_until(lambda: no_message_waits(workshop), lambda: workshop.said("inbox"))


def no_message_waits(workshop: Workshop) -> bool:
    found = stream_of(workshop).inbox
    return found is not None and found.messages == 0


def test_marks_of_transactions_are_nothing_that_waits(workshop: Workshop) -> None:
    producer = KafkaProducer(bootstrap_servers=workshop.bootstrap, transactional_id="a-publisher")
    with closing(producer):
        producer.init_transactions()
        producer.begin_transaction()
        producer.send(INBOX, b"{}", partition=0)
        producer.commit_transaction()
    found = stream_of(workshop).inbox
    assert found is not None
    assert found.messages > 0
    workshop.start("inbox")
    wait_until(lambda: no_message_waits(workshop), lambda: workshop.said("inbox"))


def test_metrics_of_the_inbox_are_there_while_kafka_is_away(workshop: Workshop) -> None:
    metrics = Metrics()
    put(workshop, 0, now_ms() - 100_000)
    measure_inbox(workshop.database, workshop.bootstrap, metrics)
    assert value(metrics, "jejak_inbox_lag_messages") == 1
    assert (
        int(value(metrics, "jejak_inbox_lag_seconds")) == int(value(metrics, "jejak_inbox_unmoved_seconds")) == 100
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # kafka-python forgets sockets when a broker is away
        measure_inbox(workshop.database, "127.0.0.1:1", metrics)
        gc.collect()
    assert value(metrics, "jejak_inbox_lag_messages") != value(metrics, "jejak_inbox_lag_messages")  # NaN
