"""Whatever dies, every event that lies in the inbox is in the log once, or refused on Kafka."""

import json
import signal
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final

import psycopg
import pytest

from infra.kafka.topics import REJECTED
from infra.servers.kafka import Kafka
from infra.servers.kept import free_port
from infra.servers.postgresql import PostgreSQL
from tests.acceptance.cli import Cli
from tests.bench.flows import flows
from tests.faults.inbox import send, token
from tests.faults.logs import ids
from tests.faults.rounds import rounds, tell
from tests.faults.streams import Installation, messages
from tests.health import get, metrics, wait_until_ready
from tests.waiting import SECONDS, wait_until

OFFICE: Final = "diskominfo-18"


def wait_until_recorded(installation: Installation, position: int) -> None:
    wait_until(lambda: installation.head() >= position, lambda: installation.said("inbox"))


def wait_until_rejected(installation: Installation, number: int) -> list[dict[str, Any]]:
    """Wait for so many rejections; return each once, however often it was said."""
    found: dict[tuple[int, int], dict[str, Any]] = {}

    def are_there() -> bool:
        found.update(((one["partition"], one["offset"]), one) for one in rejections(installation))
        return len(found) >= number

    wait_until(are_there, lambda: installation.said("inbox"))
    return list(found.values())


def rejections(installation: Installation) -> list[dict[str, Any]]:
    return [json.loads(one.value) for one in messages(installation.bootstrap, REJECTED)]


def check_recorded(installation: Installation, lines: Sequence[bytes]) -> None:
    """Check that exactly these events are in the log, each once, without a gap."""
    with psycopg.connect(installation.database) as connection:
        rows = connection.execute("SELECT position, event_id FROM jejak.log ORDER BY position").fetchall()
    assert [position for position, _ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == len(lines)
    assert {identity.bytes for _, identity in rows} == ids(lines)


def registry_and_steps(number: int, seed: int) -> tuple[list[bytes], list[bytes]]:
    """Return the beginning of a flow, up to its first step, and the steps."""
    lines = list(flows(number, seed=seed, kim=20))
    first = next(index for index, line in enumerate(lines) if b"organisation.registered" not in line)
    return lines[:first], lines[first:]


def test_events_come_in_by_their_principal_and_refusals_say_why(installation: Installation) -> None:
    lines = list(flows(60, seed=1, kim=10))
    installation.publish(lines)
    _, steps = registry_and_steps(60, 1)
    of_operator, of_office = token(installation), token(installation, OFFICE)
    item = json.loads(next(line for line in steps if b"item.published" in line and OFFICE.encode() in line))
    mine = {**item, "id": "mine", "subject": "info-mine"}
    foreign = json.loads(next(line for line in steps if b"item.received" in line))
    foreign = {**foreign, "id": "foreign"}
    wrong = {**item, "id": "wrong", "subject": "info-wrong", "data": {**item["data"], "topic": "helth"}}
    personal = {**foreign, "id": "personal", "participants": ["Siti Aminah"]}
    installation.start("inbox")
    send(installation, [_line(one) for one in (mine, foreign, wrong, personal)], of_office)
    send(installation, [_line({**foreign, "id": "operator"})], of_operator)
    send(installation, [_line({**mine, "id": "nobody"})], None)
    send(installation, [_line({**mine, "id": "stranger"}), b"no JSON"], "jejak_unknown")

    found = wait_until_rejected(installation, 6)
    assert {(one["event"] or {}).get("id"): one["field"] for one in found} == {
        "foreign": "holder",
        "wrong": "data.topic",
        "personal": "participants",
        None: None,
    }
    assert sum("no token that is known here" in one["reason"] for one in found) == 3
    assert not any(b"Siti Aminah" in one.value for one in messages(installation.bootstrap, REJECTED))
    recorded = [json.loads(state)["id"] for _, _, state in installation.rows()[len(lines) :]]
    assert sorted(recorded) == ["mine", "operator"]


def test_a_revoked_token_is_refused_at_once(installation: Installation) -> None:
    lines = list(flows(30, seed=2, kim=10))
    known = token(installation)
    installation.start("inbox")
    send(installation, lines[:1], known)
    wait_until_recorded(installation, 1)
    (listed,) = installation.cli("token", "list", "--format", "json").json()["tokens"]
    assert installation.cli("token", "revoke", listed["id"]).status == 0
    send(installation, lines[1:2], known)
    wait_until_rejected(installation, 1)
    assert installation.head() == 1


def test_tokens_are_made_listed_and_revoked_by_command(installation: Installation) -> None:
    made = installation.cli("token", "add")
    assert made.out.startswith("jejak_")
    assert made.out.strip() not in installation.cli("token", "list").out
    assert "the operator" in installation.cli("token", "list").out
    unknown = installation.cli("token", "add", "kim-bagelan")
    assert (unknown.status, unknown.err) == (2, "jejak: there is no organisation kim-bagelan\n")
    assert installation.cli("token", "revoke", "none").status == 2


@pytest.mark.parametrize("command", [("inbox",), ("token", "list"), ("token", "add")])
def test_the_embedded_mode_takes_nothing_from_afar(cli: Cli, command: tuple[str, ...]) -> None:
    answer = cli(*command)
    assert answer.status == 2
    assert f"jejak {command[0]} belongs to the distributed mode" in answer.err


def test_a_failure_that_does_not_pass_ends_the_process_and_acknowledges_nothing(
    installation: Installation,
) -> None:
    lines = list(flows(30, seed=3, kim=10))
    known = token(installation)
    with psycopg.connect(installation.database, autocommit=True) as connection:
        connection.execute("ALTER TABLE jejak.log RENAME TO away")
        connection.execute("CREATE VIEW jejak.log AS SELECT position, topic FROM jejak.away")
        connection.execute("GRANT SELECT ON jejak.log TO jejak_app")
        send(installation, lines[:1], known)
        assert installation.start("inbox").wait(SECONDS) == 70
        connection.execute("DROP VIEW jejak.log")
        connection.execute("ALTER TABLE jejak.away RENAME TO log")
    installation.start("inbox")
    wait_until_recorded(installation, 1)
    check_recorded(installation, lines[:1])


def test_it_tells_what_it_took_and_whether_it_works(
    tmp_path: Path, frail_postgresql: PostgreSQL, frail_database: str, frail_broker: Kafka
) -> None:
    installation = Installation(tmp_path, frail_database, frail_broker.start().bootstrap)
    registry, steps = registry_and_steps(60, seed=6)
    items = [line for line in steps if b"item.published" in line]
    rest = [line for line in steps if line not in set(items)]
    before = installation.publish([*registry, *items])
    known, port = token(installation), free_port()
    installation.cli.variables |= {"JEJAK_HEALTH_PORT": str(port)}
    installation.start("inbox")
    wait_until_ready(port)
    for some in (rest[:10], [b"no JSON"], rest[:4]):
        send(installation, some, known)
    wait_until(lambda: metrics(port)["jejak_batch_events_sum"] == 15, lambda: metrics(port))
    found = metrics(port)
    assert [found[f"jejak_{each}_events_total"] for each in ("appended", "repeated", "refused")] == [10, 4, 1]
    assert found["jejak_append_seconds_count"] == found["jejak_batch_events_count"] > 0
    assert found["jejak_failed_batches_total"] == 0

    frail_postgresql.kill()
    send(installation, rest[10:], known)
    wait_until(lambda: get(port, "/readyz")[0] == 503, lambda: installation.said("inbox"))
    frail_postgresql.start()
    wait_until_ready(port)
    wait_until_recorded(installation, before + len(rest))
    assert metrics(port)["jejak_appended_events_total"] == len(rest)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_an_inbox_killed_at_any_moment_is_gone_on_with(installation: Installation) -> None:
    random = Random(1)
    kills = rounds(3)
    registry, steps = registry_and_steps(600 * kills, seed=4)
    installation.publish(registry)
    items = [line for line in steps if b"item.published" in line]
    installation.publish(items)
    rest = [line for line in steps if line not in set(items)]
    known = token(installation)
    bad = [_line({"id": f"bad-{number}"}) for number in range(0, len(rest), 10)]
    before = installation.head()
    waiting = iter(rest + bad)
    for _ in range(kills):
        send(installation, islice(waiting, 400), known)
        inbox = installation.start("inbox")
        wait_until_recorded(installation, installation.head() + 1)
        time.sleep(random.uniform(0, 0.1))
        inbox.kill()
        inbox.wait(SECONDS)
    send(installation, waiting, known)
    installation.start("inbox")
    wait_until_recorded(installation, before + len(rest))
    found = wait_until_rejected(installation, len(bad))
    check_recorded(installation, [*registry, *items, *rest])
    assert sorted(one["event"]["id"] for one in found) == sorted(json.loads(line)["id"] for line in bad)
    again = len(rejections(installation)) - len(bad)
    tell(
        f"inbox: {kills} kills, {len(rest):,} events recorded once, {len(bad)} refused, {again} of them said again"
    )


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_servers_are_killed_and_started_under_the_inbox(
    tmp_path: Path, frail_postgresql: PostgreSQL, frail_database: str, frail_broker: Kafka
) -> None:
    random = Random(2)
    installation = Installation(tmp_path, frail_database, frail_broker.start().bootstrap)
    known = token(installation)
    registry, steps = registry_and_steps(1_500 * rounds(1), seed=5)
    items = [line for line in steps if b"item.published" in line]
    installation.publish([*registry, *items])
    rest = [line for line in steps if line not in set(items)]
    inbox = installation.start("inbox")
    waiting = iter(rest)
    send(installation, islice(waiting, 1), known)
    wait_until_recorded(installation, len(registry) + len(items) + 1)
    while some := list(islice(waiting, 500)):
        send(installation, some, known)
        time.sleep(random.uniform(0, 0.5))
        frail_postgresql.kill()
        frail_postgresql.start()
        frail_broker.kill()
        frail_broker.start()
    wait_until_recorded(installation, len(registry) + len(items) + len(rest))
    check_recorded(installation, [*registry, *items, *rest])
    inbox.send_signal(signal.SIGTERM)
    assert inbox.wait(SECONDS) == 0
    tell(
        f"inbox: PostgreSQL and the broker killed {-(-len(rest) // 500)} times, {len(rest):,} events recorded once"
    )


def _line(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()
