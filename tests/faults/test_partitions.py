"""`jejak partitions`: another number of partitions, the same views, nothing folded twice."""

import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from kafka import KafkaAdminClient

from infra.kafka.topics import INBOX, STEPS, members_of, partitions_of
from infra.servers.kafka import Kafka
from projections.worker import GROUP
from tests.acceptance.cli import Cli
from tests.acceptance.test_exits import check
from tests.faults.logs import untidy_flow
from tests.faults.streams import PARTITIONS
from tests.faults.workers import Workshop, all_of
from tests.waiting import SECONDS, wait_until

LINES = untidy_flow(900, seed=21)


@pytest.fixture
def workshop(tmp_path: Path, database: str, frail_broker: Kafka) -> Iterator[Workshop]:
    """A log that was sent and folded on three partitions; nobody is at work."""
    made = Workshop(tmp_path, database, frail_broker.start().bootstrap)
    made.publish(LINES[:300])
    made.fold_here()
    wait_until(lambda: members_of(made.bootstrap, GROUP) == 0)  # a test before this one may have killed a worker
    yield made
    made.jejak.close()


def fold(workshop: Workshop) -> None:
    """Let a relay and a worker come to the end of the log, and stop them."""
    processes = workshop.begins("worker", "relay")
    workshop.wait_until_sent(workshop.head())
    workshop.folds_up_to_after_following(workshop.head())
    for process in reversed(processes):
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


def test_nothing_is_folded_twice_and_figures_stay(workshop: Workshop) -> None:
    figures = workshop.cli("figures", "--format", "json")
    before = all_of(workshop.jejak.views)
    done = workshop.cli("partitions", 5)
    assert done.status == 0
    assert done.err.splitlines() == [
        "the number of partitions is 5 now",
        "kafka_partitions says 3: set it to 5 everywhere before you start anything again",
    ]
    assert all_of(workshop.jejak.views) == before
    assert (partitions_of(workshop.bootstrap, STEPS), partitions_of(workshop.bootstrap, INBOX)) == (5, PARTITIONS)
    check(workshop.cli("figures"), 3, "on 5 partitions, here are 3", "jejak partitions")
    check(workshop.cli("worker"), 3, "on 5 partitions, here are 3")

    workshop.set_partitions(5)
    assert workshop.cli("migrate").status == 0  # the inbox stays cut as it was
    assert workshop.cli("figures", "--format", "json") == figures
    workshop.publish(LINES[300:600])
    fold(workshop)
    workshop.check_views()
    assert workshop.cli("partitions", 5).err == "the number of partitions was 5 already\n"


def test_to_one_without_kafka_and_back(workshop: Workshop) -> None:
    assert workshop.cli("partitions", 1).status == 0
    workshop.set_partitions(1)
    kafka = workshop.cli.variables.pop("JEJAK_KAFKA")
    workshop.publish(LINES[300:600])
    assert workshop.cli("follow", "--once").status == 0
    workshop.check_views()
    check(workshop.cli("partitions", 4), 2, "JEJAK_KAFKA")
    assert workshop.cli("partitions", 1).err == "the number of partitions was 1 already\n"

    workshop.cli.variables["JEJAK_KAFKA"] = kafka
    assert workshop.cli("partitions", 4).status == 0
    workshop.set_partitions(4)
    workshop.publish(LINES[600:])
    fold(workshop)
    workshop.check_views()


def test_it_refuses_while_somebody_is_at_work_or_behind(workshop: Workshop) -> None:
    (relay,) = workshop.begins("relay")
    check(workshop.cli("partitions", 5), 3, "a relay is at work")
    workshop.publish(LINES[300:600])
    workshop.wait_until_sent(workshop.head())
    relay.send_signal(signal.SIGTERM)
    assert relay.wait(SECONDS) == 0
    check(workshop.cli("partitions", 5), 3, "is not where the relay is")
    (worker,) = workshop.begins("worker")
    check(workshop.cli("partitions", 5), 3, "workers at work: 1")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(SECONDS) == 0
    assert partitions_of(workshop.bootstrap, STEPS) == PARTITIONS
    workshop.check_views()


def test_after_a_crash_in_between_the_same_again_does_the_rest(workshop: Workshop) -> None:
    assert workshop.cli("partitions", 5, JEJAK_KAFKA_REPLICAS="2").status == 3  # the new topic cannot be made
    with KafkaAdminClient(bootstrap_servers=workshop.bootstrap) as admin:
        assert STEPS not in admin.list_topics()
    assert workshop.cli("partitions", 5).err.startswith("the number of partitions is 5 now\n")
    workshop.set_partitions(5)
    assert partitions_of(workshop.bootstrap, STEPS) == 5
    workshop.publish(LINES[300:600])
    workshop.fold_here(5)
    workshop.check_views()


def test_a_worker_of_the_old_number_that_was_overlooked_is_refused(workshop: Workshop) -> None:
    (worker,) = workshop.begins("worker")
    with psycopg.connect(workshop.database) as connection:  # as the command does it
        connection.execute(
            "INSERT INTO jejak_views.checkpoint SELECT projection, 3, version, position, digest, moved_at"
            " FROM jejak_views.checkpoint WHERE partition = 0 AND projection <> 'late_causes'"
        )
    workshop.publish(LINES[300:600])
    workshop.start("relay")
    assert worker.wait(SECONDS) == 70
    assert "on 4 partitions, here are 3" in workshop.said("worker")


def test_the_embedded_mode_has_no_partitions(cli: Cli) -> None:
    check(cli("partitions", 4), 2, "JEJAK_MODE=distributed")
