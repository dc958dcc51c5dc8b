"""What must hold of a log and its views, whatever was done to the processes that wrote them."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from events.identity import event_id
from infra.log.sqlite import open_log
from infra.views.sqlite import open_views
from projections.audit_trail import AUDIT_TRAIL
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.follower import Follower
from tests.bench.flows import flows
from tests.scenario import trail_rows


def untidy_flow(events: int, *, seed: int, kim: int = 40) -> list[bytes]:
    """Return a flow in which some steps come long after their effects, and some are voided."""
    random = Random(seed)
    lines: list[bytes] = []
    late: list[bytes] = []
    for line in flows(events, seed=seed, kim=kim):
        event = json.loads(line)
        fate = random.random()
        if event["type"] != "id.jejak.item.received.v1" or fate > 0.1:
            lines.append(line)
        elif fate < 0.05:
            late.append(line)
        else:
            lines.append(line)
            late.append(voiding(event))
        if len(late) > 100:
            lines += late
            late.clear()
    return lines + late


def voiding(event: dict[str, Any]) -> bytes:
    """Return the event that voids another."""
    data = {"source": event["source"], "id": event["id"], "reason": "salah catat"}
    voided = {**event, "id": f"void-{event['id']}", "type": "id.jejak.step.voided.v1", "data": data}
    voided.pop("causationid", None)
    voided.pop("causationsource", None)
    return json.dumps(voided).encode() + b"\n"


def ids(lines: Iterable[bytes]) -> set[bytes]:
    """Return the ids under which the log keeps these events."""
    events = (json.loads(line) for line in lines)
    return {event_id(event["source"], event["id"]) for event in events}


def head(home: Path) -> int:
    """Return the log's last position."""
    log = open_log(home / "log.sqlite")
    try:
        return log.head()
    finally:
        log.close()


def positions(home: Path) -> dict[bytes, int]:
    """Return the position of each event of the log, which is whole: no gap, no id twice, no damage."""
    connection = sqlite3.connect(home / "log.sqlite")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = connection.execute("SELECT event_id, position FROM log ORDER BY position").fetchall()
        streams = connection.execute(
            "SELECT count(*), max(originator_version), min(originator_version) FROM log GROUP BY originator_id"
        ).fetchall()
    finally:
        connection.close()
    assert [position for _, position in rows] == list(range(1, len(rows) + 1))
    assert all(last - first + 1 == count and first == 1 for count, last, first in streams)
    found = dict(rows)
    assert len(found) == len(rows)
    return found


def check_views(home: Path, scratch: Path) -> None:
    """Check that the views have got to the head, and hold what a fold from scratch gives."""
    log, views = open_log(home / "log.sqlite"), open_views(home / "views.sqlite")
    anew = open_views(scratch / f"anew-{hashlib.sha256(str(home).encode()).hexdigest()[:8]}.sqlite")
    try:
        (status,) = [each for each in Engine(views, PROJECTIONS).status() if each.projection == AUDIT_TRAIL.name]
        assert (status.position, status.failed, status.waiting) == (log.head(), 0, 0)
        Follower(log, Engine(anew, PROJECTIONS)).catch_up()
        assert trail_rows(views) == trail_rows(anew)
    finally:
        log.close()
        views.close()
        anew.close()


def tail(home: Path, until: int) -> Iterator[int]:
    """Yield the positions of the log as a reader that tails it sees them, up to position `until`."""
    log = open_log(home / "log.sqlite")
    try:
        after = 0
        while after < until:
            if log.wait(after, 0.2):
                for row in log.read(after, 1_000):
                    yield row[0]
                    after = row[0]
    finally:
        log.close()
