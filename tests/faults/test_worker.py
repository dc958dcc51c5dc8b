"""Whatever dies, and whatever is delivered twice, late or never, workers fold every event once."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from infra.kafka.partition import partition_of
from infra.kafka.steps import encode_step, subject_of
from infra.kafka.topics import STEPS
from infra.log import Row
from infra.servers.kafka import Kafka
from infra.servers.kept import free_port
from infra.servers.postgresql import PostgreSQL
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.worker import GROUP
from projections.worker.partitions import Partitions
from tests.faults.logs import untidy_flow
from tests.faults.rounds import rounds, tell
from tests.faults.streams import PARTITIONS
from tests.faults.workers import IN_THE_MIDDLE, Workshop
from tests.health import get, metrics, wait_until_ready
from tests.waiting import SECONDS, wait_until

BY_PARTITION: Final = [each for each in PROJECTIONS if each.partitioned]


@pytest.fixture
def workshop(tmp_path: Path, database: str, frail_broker: Kafka) -> Iterator[Workshop]:
    """Workers with nothing to do yet."""
    made = Workshop(tmp_path, database, frail_broker.start().bootstrap)
    yield made
    made.jejak.close()


def send(workshop: Workshop, rows: list[Row], *, without: set[int] = frozenset()) -> None:  # type: ignore[assignment]
    """Send rows as the relay does, and say that all were sent; those at some positions are not."""
    sent: dict[int, int] = {}
    producer: Any = KafkaProducer(bootstrap_servers=workshop.bootstrap)
    for row in rows:
        partition = partition_of(subject_of(row), PARTITIONS)
        if row[0] not in without:
            key = subject_of(row).encode()
            producer.send(STEPS, encode_step(row, sent.get(partition, 0)), key, partition=partition)
        sent[partition] = row[0]
    producer.close()
    workshop.put_down_as_sent()


def failed(workshop: Workshop) -> int:
    """Return how many events could not be folded, in all views."""
    return sum(status.failed for status in workshop.jejak.engine.status())


def test_a_poison_event_among_many_is_parked_and_the_rest_goes_on(workshop: Workshop) -> None:
    head = workshop.publish(untidy_flow(1_000, seed=1))
    workshop.sql(
        "UPDATE jejak.log SET state = jsonb_set(state::jsonb, '{data,channel}', '5')::text WHERE position ="
        " (SELECT min(position) FROM jejak.log WHERE topic = 'id.jejak.item.received.v1')"
    )
    workshop.start("relay")
    port = free_port()
    workshop.cli.variables |= {"JEJAK_HEALTH_PORT": str(port)}
    worker = workshop.worker()
    workshop.wait_until_sent(head)
    workshop.check_views()
    assert failed(workshop) == 2  # of the trail and of the reach
    parked = [metrics(port)[f'jejak_parked_events{{projection="{each.name}"}}'] for each in BY_PARTITION]
    assert [number > 0 for number in parked] == [each.name in {"audit_trail", "reach"} for each in BY_PARTITION]
    assert worker.poll() is None


def test_a_message_that_is_no_step_is_left_out_and_the_rest_goes_on(workshop: Workshop) -> None:
    worker = workshop.worker()
    producer: Any = KafkaProducer(bootstrap_servers=workshop.bootstrap)
    for partition in range(PARTITIONS):
        producer.send(STEPS, b"{}", b"x", partition=partition)
    producer.close()
    head = workshop.publish(untidy_flow(300, seed=2))
    workshop.start("relay")
    workshop.wait_until_sent(head)
    workshop.check_views()
    assert "is not a step" in workshop.said("worker")
    assert worker.poll() is None


def test_a_passing_fault_of_the_database_is_tried_again_in_place(workshop: Workshop) -> None:
    worker = workshop.worker()
    workshop.start("relay")
    lines = untidy_flow(900, seed=3)
    for turn in range(3):
        with workshop.held_in_the_middle():
            workshop.publish(lines[300 * turn : 300 * (turn + 1)])
            workshop.waits(workshop.waiting_workers)
            workshop.sql(f"SELECT pg_terminate_backend(pid, 5000) {IN_THE_MIDDLE}")
    workshop.check_views()
    assert "trying again" in workshop.said("worker")
    assert (worker.poll(), failed(workshop)) == (None, 0)


def test_any_other_failure_ends_the_worker_and_the_batch_is_delivered_again(workshop: Workshop) -> None:
    worker = workshop.worker()
    head = workshop.publish(untidy_flow(300, seed=4))
    workshop.start("relay")
    workshop.wait_until_sent(head)
    workshop.check_views()
    workshop.sql("ALTER TABLE jejak_views.trail_step RENAME TO away")
    workshop.publish(untidy_flow(600, seed=4)[300:])
    assert worker.wait(SECONDS) == 70
    assert "this process cannot go on" in workshop.said("worker")
    workshop.sql("ALTER TABLE jejak_views.away RENAME TO trail_step")
    workshop.worker()
    workshop.check_views()


def test_what_is_delivered_again_is_folded_once(workshop: Workshop) -> None:
    head = workshop.publish(untidy_flow(600, seed=5))
    workshop.start("relay")
    workshop.wait_until_sent(head)
    worker = workshop.worker()
    workshop.check_views()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(SECONDS) == 0
    with KafkaAdminClient(bootstrap_servers=workshop.bootstrap) as admin:
        beginning = OffsetAndMetadata(0, "", -1)
        admin.alter_group_offsets(GROUP, {TopicPartition(STEPS, one): beginning for one in range(PARTITIONS)})
    workshop.worker()
    workshop.publish(untidy_flow(900, seed=5)[600:])
    workshop.check_views()
    assert failed(workshop) == 0


def test_holes_in_the_stream_are_filled_from_the_log(workshop: Workshop) -> None:
    lines = untidy_flow(900, seed=6)
    workshop.publish(lines[:300])
    send(workshop, workshop.rows())
    with KafkaAdminClient(bootstrap_servers=workshop.bootstrap) as admin:  # all that was sent before it came
        admin.delete_records({TopicPartition(STEPS, one): -1 for one in range(PARTITIONS)})
    workshop.worker()
    workshop.check_views()
    head = workshop.publish(lines[300:])
    chance = Random(6)
    holes = {position for position in range(301, head + 1) if chance.random() < 0.2}
    send(workshop, workshop.rows(), without=holes | set(range(head - 50, head + 1)))
    workshop.check_views()  # the last ones, too, although nothing follows them


def test_it_tells_how_far_behind_it_is_and_whether_it_works(workshop: Workshop) -> None:
    port = free_port()
    workshop.cli.variables |= {"JEJAK_HEALTH_PORT": str(port)}
    worker = workshop.worker()
    wait_until_ready(port)
    before = metrics(port)
    lags = [f'jejak_projection_lag_positions{{projection="{each.name}"}}' for each in BY_PARTITION]
    ages = [f'jejak_projection_lag_seconds{{projection="{each.name}"}}' for each in BY_PARTITION]
    assert before["jejak_rebalances_total"] == 1
    assert before["jejak_holes_filled_events_total"] == 0
    head = workshop.publish(untidy_flow(300, seed=13))
    assert [metrics(port)[lag] for lag in lags] == [head] * len(lags)
    assert all(metrics(port)[age] > 0 for age in ages)
    holes = set(range(7, head, 11))
    send(workshop, workshop.rows(), without=holes)
    workshop.check_views()
    after = metrics(port)
    assert [after[name] for name in lags + ages] == [0] * len(lags + ages)
    assert after["jejak_holes_filled_events_total"] == len(holes)
    assert get(port, "/readyz") == (200, "ready\n")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(SECONDS) == 0


def test_it_is_not_ready_before_kafka_deals_out(workshop: Workshop) -> None:
    port = free_port()
    workshop.cli.variables |= {"JEJAK_HEALTH_PORT": str(port), "JEJAK_KAFKA": "127.0.0.1:1"}
    workshop.worker()
    wait_until(lambda: get(port, "/healthz") == (200, "ok\n"), lambda: workshop.said("worker"))
    assert get(port, "/readyz") == (503, "Kafka has not dealt out any partitions yet\n")


def test_partitions_are_dealt_out_anew_while_a_batch_is_written(workshop: Workshop) -> None:
    workshop.worker()
    workshop.start("relay")
    workshop.wait_until_said("worker", "folding the partitions 0, 1, 2")
    with workshop.held_in_the_middle():
        head = workshop.publish(untidy_flow(900, seed=12))
        workshop.waits(workshop.waiting_workers)
        workshop.wait_until_sent(head)
        workshop.worker()
        # All of what the first one is at is delivered again, to one of the two.
        workshop.waits(lambda: workshop.said("worker").count("folding the partitions") >= 3)
        workshop.publish(untidy_flow(1_200, seed=12)[900:])
        time.sleep(1)
    workshop.check_views()
    assert failed(workshop) == 0


def test_workers_come_and_go_under_load(workshop: Workshop) -> None:
    first = workshop.worker()
    with workshop.load(40_000, seed=7):
        for _ in range(rounds(2)):
            second = workshop.worker()
            workshop.folds_up_to(workshop.head() + 500)
            first.send_signal(signal.SIGTERM)
            assert first.wait(SECONDS) == 0
            workshop.folds_up_to(workshop.head() + 100)
            first = second
    workshop.check_views()


def test_several_fold_one_partition_at_once(workshop: Workshop) -> None:
    workshop.worker()
    log, views = workshop.jejak.log, workshop.jejak.views

    def fold(_: int) -> None:
        another = Partitions(log, Engine(views, BY_PARTITION, PARTITIONS), PARTITIONS)
        for _turn in range(40):
            another.catch_up(dict.fromkeys(range(PARTITIONS), log.head()))

    with workshop.load(20_000, seed=8), ThreadPoolExecutor(2) as others:
        list(others.map(fold, range(2)))
    workshop.check_views()
    assert failed(workshop) == 0


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_workers_killed_at_any_moment_lose_and_double_nothing(workshop: Workshop) -> None:
    random = Random(9)
    kills, at_work = rounds(2), 0
    workers = [workshop.worker(), workshop.worker()]
    with workshop.load(20_000 * kills, seed=9):
        for _ in range(kills):
            workshop.folds_up_to(workshop.head())
            time.sleep(random.uniform(0, 0.5))
            killed = workers.pop(0)
            killed.kill()
            killed.wait(SECONDS)
            at_work += workshop.position() < workshop.head()
            workers.append(workshop.worker())
    workshop.check_views()
    tell(f"workers: {kills} kills, {at_work} of them at work, {workshop.head():,} events")


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_the_broker_is_killed_and_started_under_load(workshop: Workshop, frail_broker: Kafka) -> None:
    worker = workshop.worker()
    with workshop.load(20_000 * rounds(1), seed=10):
        for _ in range(rounds(1)):
            workshop.folds_up_to(workshop.head())
            frail_broker.kill()
            time.sleep(1)
            frail_broker.start()
            workshop.folds_up_to(workshop.head())
    workshop.check_views()
    tell(f"broker: {rounds(1)} kills under workers, {workshop.head():,} events")
    assert worker.poll() is None


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_postgresql_is_killed_in_the_middle_of_a_transaction(
    tmp_path: Path, frail_postgresql: PostgreSQL, frail_database: str, frail_broker: Kafka
) -> None:
    lines = untidy_flow(1_000 * rounds(1), seed=11)
    workshop = Workshop(tmp_path, frail_database, frail_broker.start().bootstrap)
    workshop.start("relay")
    worker = workshop.worker()
    for turn in range(rounds(1)):
        with workshop.held_in_the_middle():
            workshop.publish(lines[1_000 * turn : 1_000 * (turn + 1)])
            workshop.waits(workshop.waiting_workers)
            frail_postgresql.kill()
        frail_postgresql.start()
    workshop.check_views()
    assert (worker.poll(), failed(workshop)) == (None, 0)
    workshop.jejak.close()
    tell(f"PostgreSQL: {rounds(1)} kills under workers, {len(lines):,} events")
