"""Recording events: a file from its bytes to the commit, against two that have less to do.

The peer is eventsourcing as it comes, which saves the same events ready-made. The limit is SQLite's bare
`executemany` of the same rows, ready-made, into the same table through the same connection settings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from uuid import UUID

import msgspec
from eventsourcing.application import Application

from events.recorded import decode_state
from infra.log import StoredRow
from infra.log.sqlite import open_log
from infra.settings import Settings
from tests.bench.measure import Bench, Figure, publish, ratio

NAME: Final = "publish"
_EVENTS: Final = 200_000
_AT_ONCE: Final = 1_000
_DEFAULT_BATCH: Final[int] = Settings.model_fields["batch"].default


def run(bench: Bench) -> list[Figure]:
    """Measure publishing, the peer and the limit in turn."""
    path = bench.lines(bench.size(_EVENTS))
    rows = stored_rows(bench, path)
    events = [stock_event(row) for row in rows]
    same, small, stock = f"bare executemany, {_DEFAULT_BATCH:,} a commit", "bare executemany", "app.save"
    rates = bench.in_turn(
        {
            NAME: lambda: publish(bench, path),
            stock: lambda: _save(bench, events),
            small: lambda: _insert(bench, rows, _AT_ONCE),
            same: lambda: _insert(bench, rows, _DEFAULT_BATCH),
        }
    )
    ours = rates[NAME]
    return [
        Figure(NAME, f"a file from bytes to commit, {_DEFAULT_BATCH:,} lines a batch", "events/s", ours),
        Figure(
            NAME,
            f"eventsourcing's app.save of the same, ready-made, {_AT_ONCE:,} a save",
            "events/s",
            rates[stock],
        ),
        Figure(NAME, f"bare executemany of the same rows, {_AT_ONCE:,} a commit", "events/s", rates[small]),
        Figure(NAME, f"the same, {_DEFAULT_BATCH:,} a commit", "events/s", rates[same]),
        Figure(NAME, "against app.save", "x", ratio(ours, rates[stock]), at_least=1.2),
        Figure(NAME, f"against executemany, {_AT_ONCE:,} a commit", "x", ratio(ours, rates[small]), at_least=0.5),
        Figure(NAME, f"against executemany, {_DEFAULT_BATCH:,} a commit", "x", ratio(ours, rates[same])),
    ]


def _insert(bench: Bench, rows: Sequence[StoredRow], at_once: int) -> float:
    log = open_log(bench.home() / "log.sqlite")
    slices = [rows[first : first + at_once] for first in range(0, len(rows), at_once)]
    # Only the connection and its settings are ours.
    with log.datastore.get_connection(commit=True) as pooled:
        connection = pooled._sqlite_conn
        begin = perf_counter()
        for some in slices:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", some)
            connection.execute("COMMIT")
        seconds = perf_counter() - begin
    log.close()
    return len(rows) / seconds


@dataclass(frozen=True)
class StockEvent:
    """An event as the library's examples write them, with what Jejak records."""

    originator_id: UUID
    originator_version: int
    timestamp: datetime
    occurred_at: datetime
    source: str
    id: str
    subject: str
    holder: str
    data: Mapping[str, Any]
    region: str | None
    level: str | None
    causationid: str | None
    causationsource: str | None


def stock_application(path: Path) -> Application[UUID]:
    """Return an application of eventsourcing on SQLite, as it comes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return Application({"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)})


def save(application: Application[UUID], events: Sequence[StockEvent]) -> None:
    """Save events, so many at once as pays."""
    for first in range(0, len(events), _AT_ONCE):
        application.save(*events[first : first + _AT_ONCE])


def _save(bench: Bench, events: Sequence[StockEvent]) -> float:
    with stock_application(bench.home() / "stock.sqlite") as application:
        begin = perf_counter()
        save(application, events)
        seconds = perf_counter() - begin
    return len(events) / seconds


def stock_events(bench: Bench, events: int) -> list[StockEvent]:
    """Return so many events as the library's examples would write them."""
    return [stock_event(row) for row in stored_rows(bench, bench.lines(events))]


def stored_rows(bench: Bench, path: Path) -> list[StoredRow]:
    """Return the rows of the log that a file becomes."""
    home = bench.home()
    publish(bench, path, home)
    log = open_log(Settings(home=home).log_path)
    with log._connection() as connection:
        rows = connection.execute(f"SELECT {', '.join(StoredRow._fields)} FROM log ORDER BY position").fetchall()
    log.close()
    return rows


def stock_event(row: StoredRow) -> StockEvent:
    _, stream, version, _, text, _ = row
    state = decode_state(text)
    return StockEvent(
        UUID(bytes=stream),
        version,
        state.recorded_at,
        state.occurred_at,
        state.source,
        state.id,
        state.subject,
        state.holder,
        msgspec.json.decode(state.data),
        state.region,
        state.level,
        state.causationid,
        state.causationsource,
    )
