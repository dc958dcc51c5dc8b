"""Following the log: the engine writes every view, against a projection of eventsourcing, as its docs show.

The library's ProjectionRunner takes events from a subscription, which its SQLite recorder does not have. Its
loop is therefore driven here by reading the log in sections: each event is mapped and given to the projection's
`process_event` with its tracking, as the runner does it, but without the runner's threads.
"""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from uuid import UUID

import msgspec
from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection
from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder

from tests.bench.measure import Bench, Figure, publish, ratio
from tests.bench.publish import StockEvent, save, stock_application, stock_events

NAME: Final = "follow"
_EVENTS: Final = 200_000
_PEER_EVENTS: Final = 5_000
_AT_ONCE: Final = 1_000
_PEER: Final = "projection"
_NO_DISK: Final = "projection, not waiting for the disk"
_DISK_NOTE: Final = (
    "it waits for the disk once an event, so a slow or busy disk raises this; the row below does not"
)
_NOTE: Final = "its runner's loop over select_notifications: SQLite's recorder has no subscribe()"

CREATE: Final = (
    """
    CREATE TABLE IF NOT EXISTS step (
        position INTEGER PRIMARY KEY, topic TEXT, subject TEXT, holder TEXT, level TEXT, region TEXT, channel TEXT,
        source TEXT, id TEXT, occurred_at TEXT, recorded_at TEXT, cause_source TEXT, cause_id TEXT, data TEXT
    )
    """,
    "CREATE INDEX IF NOT EXISTS step_subject ON step (subject, position)",
)


def run(bench: Bench) -> list[Figure]:
    """Measure following and the peer in turn."""
    home, peer = bench.home(), bench.home()
    publish(bench, bench.lines(bench.size(_EVENTS)), home)
    with stock_application(peer / "stock.sqlite") as application:
        save(application, stock_events(bench, bench.size(_PEER_EVENTS)))
    rates = bench.in_turn(
        {
            NAME: lambda: _follow(bench, home),
            _PEER: lambda: _project(peer, "FULL"),
            _NO_DISK: lambda: _project(peer, "OFF"),
        }
    )
    ours, theirs, no_disk = rates[NAME], rates[_PEER], rates[_NO_DISK]
    return [
        Figure(NAME, "trail, registry, population and reach together, with their checkpoints", "events/s", ours),
        Figure(NAME, "eventsourcing's Projection, one like row an event", "events/s", theirs, note=_NOTE),
        Figure(NAME, "the same, its view with synchronous=OFF", "events/s", no_disk),
        Figure(NAME, "against eventsourcing's Projection", "x", ratio(ours, theirs), at_least=10, note=_DISK_NOTE),
        Figure(NAME, "against the same, its view with synchronous=OFF", "x", ratio(ours, no_disk)),
    ]


def _follow(bench: Bench, home: Path) -> float:
    for file in home.glob("views.sqlite*"):
        file.unlink()
    with bench.installation(home) as jejak:
        follower = jejak.follower
        begin = perf_counter()
        position = follower.catch_up()
        return position / (perf_counter() - begin)


class TrailView(SQLiteTrackingRecorder):
    """A view of one row an event, written together with its tracking."""

    def construct_create_table_statements(self) -> list[str]:
        """Return the statements of the library's own table and of the view's."""
        return [*super().construct_create_table_statements(), *CREATE]

    def add_step(self, row: Sequence[Any], tracking: Tracking) -> None:
        """Insert the row of an event."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(f"INSERT INTO step VALUES ({','.join('?' * 14)})", row)


class TrailProjection(Projection[Any]):
    """Writes a row for each event into a view that has `add_step`."""

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ANN401 - the library's signature
        """Process an event of another class: there is none."""
        raise NotImplementedError

    @process_event.register
    def step(self, event: StockEvent, tracking: Tracking) -> None:
        """Process an event."""
        row = (
            tracking.notification_id,
            type(event).__qualname__,
            event.subject,
            event.holder,
            event.level,
            event.region,
            event.data.get("channel"),
            event.source,
            event.id,
            event.occurred_at.isoformat(),
            event.timestamp.isoformat(),
            event.causationsource,
            event.causationid,
            msgspec.json.encode(event.data).decode(),
        )
        self.view.add_step(row, tracking)


def _project(peer: Path, synchronous: str) -> float:
    for file in peer.glob("view.sqlite*"):
        file.unlink()
    # One connection, so that the setting holds for every transaction; FULL is the library's own.
    view = TrailView(SQLiteDatastore(str(peer / "view.sqlite"), pool_size=1, max_overflow=0))
    view.create_table()
    with view.datastore.get_connection(commit=True) as pooled:
        pooled._sqlite_conn.execute(f"PRAGMA synchronous={synchronous}")
    projection = TrailProjection(view)
    with stock_application(peer / "stock.sqlite") as application:
        begin = perf_counter()
        position = _run(application, projection)
        seconds = perf_counter() - begin
    view.datastore.close()
    return position / seconds


def _run(application: Application[UUID], projection: TrailProjection) -> int:
    position = 0
    while True:
        section = application.recorder.select_notifications(position, _AT_ONCE, inclusive_of_start=False)
        if not section:
            return position
        for notification in section:
            event = application.mapper.to_domain_event(notification)
            projection.process_event(event, Tracking(application.name, notification.id))
        position = section[-1].id
