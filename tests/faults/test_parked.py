"""A projection that fails on an event: it is parked with those behind it, and the rest goes on."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from events.recorded import RecordedEvent
from infra.views import Connection
from projections.audit_trail.fold import AuditTrail
from projections.engine import Status
from tests.acceptance.cli import ITEM, SAMPLE, Cli
from tests.scenario import KIM, OTHER_KIM, Scenario

Rows = list[tuple[Any, ...]]


def break_fold(monkeypatch: pytest.MonkeyPatch, position: int) -> None:
    """Make the fold of the trail fail on the event at one position."""
    fold = AuditTrail.fold

    def broken(self: AuditTrail, events: Sequence[RecordedEvent], connection: Connection) -> None:
        fold(self, events, connection)  # what it wrote before it failed must not stay
        if any(event.position == position for event in events):
            raise ZeroDivisionError("broken on purpose")

    monkeypatch.setattr(AuditTrail, "fold", broken)


def status(scenario: Scenario) -> Status:
    """Return how far the trail has got."""
    (found,) = [each for each in scenario.engine.status() if each.projection == AuditTrail.name]
    return found


def test_an_event_that_fails_is_parked_with_those_behind_it(
    lampung: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    lampung.given(lampung.published(), lampung.published(subject="info-2"))
    break_fold(monkeypatch, 11)
    steps = [lampung.received(KIM), lampung.received(KIM, subject="info-2")]
    more = [lampung.screened(KIM), lampung.received(OTHER_KIM), lampung.shared(KIM, subject="info-2")]
    lampung.given(*steps)
    lampung.follower.catch_up()
    lampung.given(*more)
    lampung.follower.catch_up()
    found = status(lampung)
    assert (found.position, found.failed, found.waiting) == (15, 1, 2)
    assert found.errors == ("ZeroDivisionError: broken on purpose",)
    shown = [row[0] for row in lampung.trail_rows()]
    assert shown == [*range(1, 11), 12, 15]

    # A restart changes nothing, and what comes later waits behind it too.
    lampung.restart().given(lampung.acted_on(KIM), lampung.acted_on(KIM, subject="info-2"))
    lampung.follower.catch_up()
    assert (status(lampung).failed, status(lampung).waiting) == (1, 3)
    assert [row[0] for row in lampung.trail_rows()] == [*range(1, 11), 12, 15, 17]

    # A version in which it is mended folds everything anew.
    monkeypatch.undo()
    monkeypatch.setattr(AuditTrail, "version", AuditTrail.version + 1)
    lampung.restart()
    lampung.follower.catch_up()
    assert (status(lampung).position, status(lampung).failed, status(lampung).waiting) == (17, 0, 0)
    assert [row[0] for row in lampung.trail_rows()] == list(range(1, 18))


def test_however_the_log_is_cut_the_same_events_are_parked(
    lampung: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    lampung.given(lampung.published(), lampung.published(subject="info-2"))
    break_fold(monkeypatch, 12)
    for _ in range(5):
        lampung.given(lampung.received(KIM), lampung.received(KIM, subject="info-2"))
    parked: list[tuple[Status, Rows]] = []
    for size in (1, 3, 1_000):
        monkeypatch.setattr("projections.follower.BATCH", size)
        lampung.restart_without_views()
        lampung.follower.catch_up()
        # But when each checkpoint moved.
        parked.append((replace(status(lampung), checkpoints=()), lampung.trail_rows()))
    assert parked[0] == parked[1] == parked[2]
    assert (parked[0][0].failed, parked[0][0].waiting) == (1, 4)


def test_what_is_parked_does_not_make_the_rest_slow(lampung: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    lampung.given(lampung.published(), lampung.published(subject="info-2"))
    break_fold(monkeypatch, 11)
    lampung.given(lampung.received(KIM))
    lampung.follower.catch_up()
    lampung.given(*(lampung.shared(KIM, subject=subject) for subject in ("info-1", "info-2") for _ in range(50)))
    fold, sizes = AuditTrail.fold, list[int]()

    def counted(self: AuditTrail, events: Sequence[RecordedEvent], connection: Connection) -> None:
        sizes.append(len(events))
        fold(self, events, connection)

    monkeypatch.setattr(AuditTrail, "fold", counted)
    lampung.follower.catch_up()
    assert sizes == [50]
    assert (status(lampung).failed, status(lampung).waiting) == (1, 50)


def rewrite(cli: Cli, position: int, state: str) -> None:
    """Write another state into a row of the log."""
    connection = sqlite3.connect(cli.home / "log.sqlite")
    with connection:
        connection.execute("UPDATE log SET state = ? WHERE position = ?", (state, position))
    connection.close()


def state_of(cli: Cli, position: int) -> dict[str, Any]:
    """Return the state in a row of the log."""
    connection = sqlite3.connect(cli.home / "log.sqlite")
    (state,) = connection.execute("SELECT state FROM log WHERE position = ?", (position,)).fetchone()
    connection.close()
    found: dict[str, Any] = json.loads(state)
    return found


def test_status_says_what_is_parked_and_asks_for_a_person(cli: Cli) -> None:
    assert cli("publish", SAMPLE).status == 0
    state = state_of(cli, 23)
    rewrite(cli, 23, json.dumps({**state, "data": {**state["data"], "channel": 5}}))
    assert cli("follow", "--once").status == 1
    found = cli("status", "--format", "json")
    assert (found.status, found.err) == (1, "")
    (trail,) = [each for each in found.json()["projections"] if each["name"] == "audit_trail"]
    behind = [each for each in range(24, 40) if state_of(cli, each)["subject"] == state["subject"]]
    assert (trail["position"], trail["lag"], trail["failed"], trail["waiting"]) == (39, 0, 1, len(behind))
    assert "channel" in trail["errors"][0]
    table = cli("status")
    assert table.status == 1
    assert "could not fold 1 " in table.out
    assert trail["errors"][0] in table.out
    # Everything else is there, up to the one that failed of this subject.
    assert [row["position"] for row in cli("trail", ITEM, "--format", "jsonl").rows()] == [
        each for each in range(12, 23) if state_of(cli, each)["subject"] == ITEM
    ]
    assert cli("trail", "pembinaan-2021-11-23").status == 0


@pytest.mark.parametrize("state", ["{ broken", "[]", "", '{"source": "urn:x"}'])
def test_a_state_that_cannot_be_read_is_parked_alone(cli: Cli, state: str) -> None:
    assert cli("publish", SAMPLE).status == 0
    rewrite(cli, 38, state)
    found = cli("status", "--format", "json")
    assert found.status == 1
    (trail,) = [each for each in found.json()["projections"] if each["name"] == "audit_trail"]
    assert (trail["position"], trail["failed"], trail["waiting"]) == (39, 1, 0)
