"""Recording events on PostgreSQL: a file from its bytes to the commit, against two that have less to do.

The peer is eventsourcing as it comes, which saves the same events ready-made. The limit is a bare COPY of the
same rows, ready-made, into the same table. All of them take 1,000 a commit, and wait for the disk.
"""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Final
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from psycopg import conninfo

from infra.log import StoredRow
from infra.migrations import migrate
from tests.bench.measure import Bench, Figure, publish, ratio
from tests.bench.publish import StockEvent, save, stock_event, stored_rows

NAME: Final = "publish_postgresql"
_EVENTS: Final = 100_000
_AT_ONCE: Final = 1_000


def run(bench: Bench) -> list[Figure]:
    """Measure publishing, the peer and the limit in turn."""
    path = bench.lines(bench.size(_EVENTS))
    rows = stored_rows(bench, path)
    events = [stock_event(row) for row in rows]
    rates = bench.in_turn(
        {
            NAME: lambda: _publish(bench, path),
            "app.save": lambda: _save(bench, events),
            "bare COPY": lambda: _copy(bench, rows),
        }
    )
    ours, stock, bare = rates.values()
    return [
        Figure(NAME, f"a file from bytes to commit on PostgreSQL, {_AT_ONCE:,} lines a batch", "events/s", ours),
        Figure(NAME, f"eventsourcing's app.save of the same, ready-made, {_AT_ONCE:,} a save", "events/s", stock),
        Figure(NAME, f"bare COPY of the same rows, {_AT_ONCE:,} a commit", "events/s", bare),
        Figure(NAME, "against app.save", "x", ratio(ours, stock), at_least=2),
        Figure(NAME, "against bare COPY", "x", ratio(ours, bare), at_least=0.3),
    ]


def _publish(bench: Bench, path: Path) -> float:
    with bench.database() as url:
        migrate(url)
        return publish(bench, path, mode="distributed", postgres=url, batch=_AT_ONCE)


def _save(bench: Bench, events: Sequence[StockEvent]) -> float:
    with bench.database() as url:
        stock: Application[UUID] = Application(stock_environment(url))
        with stock as application:
            begin = perf_counter()
            save(application, events)
            seconds = perf_counter() - begin
    return len(events) / seconds


def stock_environment(url: str) -> dict[str, str]:
    """Return what tells eventsourcing to keep what it keeps in a database."""
    parts = conninfo.conninfo_to_dict(url)
    names = ("dbname", "host", "port", "user", "password")
    environment = {f"POSTGRES_{name.upper()}": str(parts[name]) for name in names}
    return {"PERSISTENCE_MODULE": "eventsourcing.postgres", **environment}


def _copy(bench: Bench, rows: Sequence[StoredRow]) -> float:
    slices = [rows[first : first + _AT_ONCE] for first in range(0, len(rows), _AT_ONCE)]
    with bench.database() as url:
        migrate(url)
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            begin = perf_counter()
            for some in slices:
                with cursor.copy("COPY jejak.log FROM STDIN (FORMAT BINARY)") as copy:
                    copy.set_types(("int8", "bytea", "int4", "text", "text", "bytea"))
                    for row in some:
                        copy.write_row(row)
                connection.commit()
            seconds = perf_counter() - begin
    return len(rows) / seconds
