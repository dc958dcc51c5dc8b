"""Folding the log on PostgreSQL into every view anew, against eventsourcing's ProjectionRunner, and SQLite beside.

The runner's projection writes one row an event, as the library's documentation shows. In each, the
log lies in the same database, view and checkpoint change in one transaction, and all of them wait for the disk.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import ProjectionRunner
from psycopg.sql import SQL, Identifier

from infra.migrations import migrate
from projections.follower import BATCH
from tests.bench.follow import CREATE, TrailProjection
from tests.bench.measure import Bench, Figure, publish, ratio
from tests.bench.publish import save, stock_events
from tests.bench.publish_postgresql import stock_environment
from tests.bench.streams import forget_views, wait_until

NAME: Final = "follow_postgresql"
_EVENTS: Final = 200_000
_PEER_EVENTS: Final = 10_000
_SMALL: Final = 1_000

_PEER: Final = "ProjectionRunner"
_NO_DISK: Final = "ProjectionRunner, not waiting for the disk"
_DISK_NOTE: Final = "it waits for the disk once an event, so a slow or busy disk raises this"


def run(bench: Bench) -> list[Figure]:
    """Measure folding anew, small batches, the peer and SQLite in turn."""
    lines = bench.lines(bench.size(_EVENTS))
    home = bench.home()
    with bench.database() as url, bench.database() as of_peer:
        migrate(url)
        distributed: dict[str, Any] = {"mode": "distributed", "postgres": url}
        publish(bench, lines, **distributed)
        publish(bench, lines, home)
        events = stock_events(bench, bench.size(_PEER_EVENTS))
        with StockEvents(stock_environment(of_peer)) as application:
            save(application, events)
        rates = bench.in_turn(
            {
                NAME: partial(_anew, bench, url, **distributed),
                "small": partial(_fold, bench, url, _SMALL, **distributed),
                _PEER: lambda: _project(of_peer, len(events), "on"),
                _NO_DISK: lambda: _project(of_peer, len(events), "off"),
                "SQLite": partial(_anew, bench, None, home=home),
            }
        )
    ours, small, peer, no_disk, sqlite = rates.values()
    return [
        Figure(NAME, f"every view anew from the log, {BATCH:,} events a batch", "events/s", ours),
        Figure(NAME, f"the same, {_SMALL:,} events a batch", "events/s", small),
        Figure(NAME, "eventsourcing's ProjectionRunner, one row an event", "events/s", peer),
        Figure(NAME, "the same, not waiting for the disk", "events/s", no_disk),
        Figure(NAME, "against ProjectionRunner", "x", ratio(ours, peer), at_least=20, note=_DISK_NOTE),
        Figure(NAME, "against the same, not waiting for the disk", "x", ratio(ours, no_disk)),
        Figure(NAME, "against the same on SQLite", "x", ratio(ours, sqlite)),
    ]


def _anew(bench: Bench, url: str | None, home: Path | None = None, **settings: Any) -> float:  # noqa: ANN401 - of any setting
    """Fold as the product does when there are no views."""
    _forget(url, home)
    with bench.installation(home, **settings) as jejak:
        follower = jejak.follower
        begin = perf_counter()
        position = follower.catch_up()
        return position / (perf_counter() - begin)


def _fold(bench: Bench, url: str, batch: int, **settings: Any) -> float:  # noqa: ANN401 - likewise
    _forget(url)
    with bench.installation(**settings) as jejak:
        log, engine, position = jejak.log, jejak.engine, 0
        engine.prepare()
        begin = perf_counter()
        while rows := log.read(position, batch):
            engine.fold(rows)
            position = rows[-1][0]
        return position / (perf_counter() - begin)


def _forget(url: str | None, home: Path | None = None) -> None:
    if url is not None:
        forget_views(url)
    if home is not None:
        for file in home.glob("views.sqlite*"):
            file.unlink()


class TrailView(PostgresTrackingRecorder):
    """A view of one row an event, written together with its tracking."""

    position = 0
    """Of the last event that was written."""

    def __init__(self, datastore: PostgresDatastore, **given: Any) -> None:  # noqa: ANN401 - the library's
        super().__init__(datastore, **given)
        self.sql_create_statements += [SQL(statement).format() for statement in CREATE]

    def add_step(self, row: Sequence[Any], tracking: Tracking) -> None:
        """Insert the row of an event."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(f"INSERT INTO step VALUES ({','.join(['%s'] * 14)})", row, prepare=True)
        self.position = tracking.notification_id


class StockEvents(Application[UUID]):
    """An application that has nothing of its own."""


def _project(url: str, events: int, synchronous_commit: str) -> float:
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS step, trailprojection_tracking")
        setting = SQL("ALTER DATABASE {} SET synchronous_commit = {}")
        connection.execute(setting.format(Identifier(connection.info.dbname), synchronous_commit))
    begin = perf_counter()
    runner = ProjectionRunner(
        application_class=StockEvents,
        projection_class=TrailProjection,
        view_class=TrailView,
        env=stock_environment(url),
    )
    with runner:
        wait_until(lambda: runner.view.position >= events)
        return events / (perf_counter() - begin)
