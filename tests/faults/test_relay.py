"""Whatever dies, every event of the log comes to Kafka once and in order, but for repeats that show as such."""

import signal
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path
from random import Random
from subprocess import TimeoutExpired
from typing import Any

import psycopg
import pytest

from infra.kafka.topics import STEPS
from infra.kafka.transactions import transactional_producer
from infra.servers.kafka import Kafka
from infra.servers.kept import free_port
from infra.servers.postgresql import PostgreSQL
from services.relay.relay import TRANSACTIONAL_ID
from tests.acceptance.cli import Cli
from tests.bench.flows import flows
from tests.faults.rounds import rounds, tell
from tests.faults.streams import Installation, check_steps, count, messages
from tests.health import get, metrics
from tests.waiting import SECONDS, wait_until


def test_the_log_comes_to_kafka_as_it_grows(installation: Installation) -> None:
    relay = installation.start("relay")
    lines = flows(2_000, seed=1, kim=40)
    for head in installation.publish_each(iter(lambda: list(islice(lines, 200)), [])):
        installation.wait_until_sent(head)
    assert check_steps(installation) == 0
    relay.send_signal(signal.SIGTERM)
    assert relay.wait(SECONDS) == 0
    assert installation.said("relay").endswith("stopped\n")


def test_a_relay_goes_on_where_the_last_one_stopped(installation: Installation) -> None:
    lines = list(flows(600, seed=2, kim=10))
    for part in (lines[:300], lines[300:]):
        head = installation.publish(part)
        relay = installation.start("relay")
        installation.wait_until_sent(head)
        relay.send_signal(signal.SIGINT)
        assert relay.wait(SECONDS) == 0
    assert check_steps(installation) == 0


def test_what_was_sent_but_not_saved_is_sent_again_and_shows_as_a_repeat(installation: Installation) -> None:
    head = installation.publish(list(flows(300, seed=3, kim=10)))
    first = installation.start("relay")
    installation.wait_until_sent(head)
    first.kill()
    first.wait(SECONDS)
    with psycopg.connect(installation.database, autocommit=True) as connection:
        connection.execute("DELETE FROM jejak.relay")
    installation.start("relay")
    installation.wait_until_sent(head)
    assert check_steps(installation) == head


def test_another_installation_on_the_same_kafka_is_named(installation: Installation) -> None:
    relay = installation.start("relay")
    installation.wait_until_said("relay", "relaying from")
    lines = flows(100, seed=11, kim=10)
    with transactional_producer(installation.bootstrap, TRANSACTIONAL_ID):
        head = installation.publish(list(islice(lines, 10)))
        installation.wait_until_said("relay", "relaying from", 2)  # once it may be a relay that was stopped
    installation.wait_until_sent(head)
    status = None
    while status is None:  # the other installation comes again and again
        with transactional_producer(installation.bootstrap, TRANSACTIONAL_ID), suppress(TimeoutExpired):
            installation.publish([next(lines)])
            status = relay.wait(5)
    assert status == 3
    assert "another installation relays to the same Kafka" in installation.said("relay")
    found = messages(installation.bootstrap, STEPS)
    assert len(found) >= head
    assert count(installation.rows(), found)[1:4] == (0, 0, 0)  # doubled, overtaken, broken


def test_a_topic_cut_otherwise_than_the_settings_say_is_named(installation: Installation) -> None:
    installation.cli.variables["JEJAK_KAFKA_PARTITIONS"] = "5"
    assert installation.start("relay").wait(SECONDS) == 3
    assert f"{STEPS} has 3 partitions, and kafka_partitions says 5" in installation.said("relay")


def test_the_embedded_mode_has_nothing_to_relay(cli: Cli) -> None:
    assert cli("relay") == (
        2,
        "",
        "jejak: jejak relay belongs to the distributed mode: set JEJAK_MODE=distributed\n",
    )


def test_migrate_says_when_there_is_no_kafka(installation: Installation) -> None:
    answered = installation.cli("migrate", JEJAK_KAFKA="127.0.0.1:1")
    assert answered.status == 3
    assert "Kafka at 127.0.0.1:1 cannot be used" in answered.err
    assert answered.err.endswith("See that it runs, and that JEJAK_KAFKA is right\n")


def test_it_tells_how_far_behind_it_is_and_whether_it_works(
    installation: Installation, frail_broker: Kafka
) -> None:
    port = free_port()
    installation.cli.variables |= {"JEJAK_HEALTH_PORT": str(port)}
    head = installation.publish(list(flows(300, seed=12, kim=10)))
    installation.start("relay")
    installation.wait_until_sent(head)
    assert get(port, "/readyz") == (200, "ready\n")
    assert metrics(port)["jejak_relay_lag_positions"] == metrics(port)["jejak_relay_lag_seconds"] == 0
    frail_broker.kill()
    head = installation.publish(list(flows(310, seed=12, kim=10)))
    wait_until(lambda: get(port, "/readyz")[0] == 503, lambda: get(port, "/readyz"))
    assert metrics(port)["jejak_relay_lag_positions"] == head - 300


def test_a_lost_event_would_be_seen(installation: Installation) -> None:
    head = installation.publish(list(flows(300, seed=4, kim=10)))
    installation.start("relay")
    installation.wait_until_sent(head)
    rows, found = installation.rows(), messages(installation.bootstrap, STEPS)
    counted = count(rows, found[:10] + found[11:])
    assert (counted.lost, counted.broken) == (1, 1)
    swapped = [*found[:10], found[11], found[10], *found[12:]]
    assert count(rows, swapped).overtaken == 1


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_a_relay_killed_at_any_moment_is_gone_on_with(installation: Installation) -> None:
    random = Random(1)
    kills, at_work = rounds(3), 0
    with installation.published_all_the_while(seed=5):
        for turn in range(kills):
            relay = installation.start("relay")
            installation.wait_until_said("relay", "relaying from", turn + 1)
            time.sleep(random.uniform(0, 0.3))
            relay.kill()
            relay.wait(SECONDS)
            at_work += installation.sent_up_to() < installation.head()
    head = installation.head()
    installation.start("relay")
    installation.wait_until_sent(head)
    repeated = check_steps(installation)
    tell(f"relay: {kills} kills, {at_work} of them at work, {head:,} events, {repeated:,} sent again")
    assert at_work


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_a_standby_takes_over_within_five_seconds(installation: Installation) -> None:
    slowest = 0.0
    lines = list(flows(400 * rounds(2), seed=6, kim=40))
    active = installation.start("relay")
    installation.wait_until_said("relay", "relaying from")
    for turn in range(rounds(2)):
        standby = installation.start("relay")
        installation.wait_until_said("relay", "standing by", turn + 1)
        active.kill()
        begin = time.monotonic()
        head = installation.publish(lines[400 * turn : 400 * (turn + 1)])
        installation.wait_until_sent(head)
        slowest = max(slowest, time.monotonic() - begin)
        active = standby
    check_steps(installation)
    tell(f"a standby took over from a killed relay within {slowest:.1f} s, {rounds(2)} times")
    assert slowest < 5


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_a_zombie_that_wakes_up_is_fenced(installation: Installation) -> None:
    random = Random(2)
    turns, slowest = rounds(2), 0.0
    zombie = installation.start("relay")
    installation.wait_until_said("relay", "relaying from")
    with installation.published_all_the_while(seed=7):
        for turn in range(turns):
            standby = installation.start("relay")
            installation.wait_until_said("relay", "standing by", 2 * turn + 1)
            time.sleep(random.uniform(0, 0.2))
            zombie.send_signal(signal.SIGSTOP)  # in the middle of anything
            begin = time.monotonic()
            installation.wait_until_said("relay", "relaying from", turn + 2)
            installation.wait_until_sent(installation.sent_up_to() + 1)
            slowest = max(slowest, time.monotonic() - begin)
            zombie.send_signal(signal.SIGCONT)
            installation.wait_until_said("relay", "standing by", 2 * turn + 2)
            installation.wait_until_sent(installation.head())
            zombie.kill()
            zombie.wait(SECONDS)
            zombie = standby
    installation.wait_until_sent(installation.head())
    repeated = check_steps(installation)
    tell(
        f"a standby took over from a stopped relay within {slowest:.1f} s, {turns} times; {repeated:,} sent again"
    )
    assert slowest < 5


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_the_broker_is_killed_and_started_under_load(installation: Installation, frail_broker: Kafka) -> None:
    random = Random(3)
    installation.start("relay")
    installation.wait_until_said("relay", "relaying from")
    with installation.published_all_the_while(seed=8):
        for _ in range(rounds(1)):
            time.sleep(random.uniform(0.2, 1))
            frail_broker.kill()
            time.sleep(random.uniform(0, 1))
            frail_broker.start()
            installation.wait_until_sent(installation.head())
    head = installation.head()
    installation.wait_until_sent(head)
    repeated = check_steps(installation)
    tell(f"broker: {rounds(1)} kills, {head:,} events, {repeated:,} sent again")


@pytest.mark.soak
def test_kafka_may_be_away_while_publishing_goes_on(installation: Installation, frail_broker: Kafka) -> None:
    away = 10 * rounds(1)
    lines = list(flows(6_000, seed=9, kim=40))
    installation.start("relay")
    installation.wait_until_said("relay", "relaying from")
    frail_broker.kill()
    begin = time.monotonic()
    head = installation.publish(lines)
    assert head == len(lines)
    published = time.monotonic() - begin
    time.sleep(max(0, away - published))
    frail_broker.start()
    begin = time.monotonic()
    installation.wait_until_sent(head)
    check_steps(installation)
    tell(
        f"Kafka was away for {away} s, in which {head:,} events were published in {published:.1f} s;"
        f" all were sent {time.monotonic() - begin:.1f} s after it was back"
    )


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_postgresql_is_killed_and_started_under_the_relay(
    tmp_path: Path, frail_postgresql: PostgreSQL, frail_database: str, frail_broker: Kafka
) -> None:
    random = Random(4)
    installation = Installation(tmp_path, frail_database, frail_broker.start().bootstrap)
    head = installation.publish(list(flows(4_000 * rounds(1), seed=10, kim=40)))
    installation.start("relay")
    for turn in range(rounds(1)):
        installation.wait_until_said("relay", "relaying from", turn + 1)
        time.sleep(random.uniform(0, 0.2))
        frail_postgresql.kill()
        frail_postgresql.start()
    installation.wait_until_sent(head)
    repeated = check_steps(installation)
    tell(f"PostgreSQL: {rounds(1)} kills under the relay, {head:,} events, {repeated:,} sent again")


def test_status_tells_who_is_at_work_on_the_stream_and_who_is_missed(installation: Installation) -> None:
    def stream() -> dict[str, Any]:
        found = installation.cli("status", "--format", "json").json()["stream"]
        return {name: found[name] for name in ("relayed", "lag", "relays", "workers", "inboxes", "trouble")}

    installation.publish(list(flows(500, seed=1, kim=20)))
    nobody = {"relayed": 0, "lag": 500, "relays": 0, "workers": 0, "inboxes": 0, "trouble": None}
    assert stream() == nobody
    missed = installation.cli("status")
    assert missed.status == 1
    assert "no relay is at work" in missed.out
    assert "no worker is at work" in missed.out

    parts = [installation.start(part) for part in ("relay", "relay", "worker", "inbox")]
    everybody = {"relayed": 500, "lag": 0, "relays": 2, "workers": 1, "inboxes": 1, "trouble": None}
    wait_until(lambda: stream() == everybody, stream)
    assert installation.cli("follow", "--once").status == 0
    wait_until(lambda: installation.cli("status").status == 0, lambda: installation.cli("status").out)
    for part in parts:
        part.terminate()
        part.wait(SECONDS)

    installation.cli.variables["JEJAK_KAFKA"] = "127.0.0.1:1"
    away = installation.cli("status")
    assert away.status == 1
    assert "127.0.0.1:1" in away.out
