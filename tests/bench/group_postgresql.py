"""One event an acknowledgement on PostgreSQL: 64 callers in threads of one process, against 4 processes of stock.

The peer is eventsourcing as it comes: each of its processes saves ready-made events one by one. All of them wait
for the disk.
"""

from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from time import perf_counter
from typing import Final
from uuid import UUID

from eventsourcing.application import Application

from infra.migrations import migrate
from tests.bench.group import BEFOREHAND, KIM, record
from tests.bench.measure import Bench, Figure, ratio
from tests.bench.publish import StockEvent, stock_event, stored_rows
from tests.bench.publish_postgresql import stock_environment

NAME: Final = "group_postgresql"
_EVENTS: Final = 10_000
_SAVED: Final = 4_000
_CALLERS: Final = 64
_PROCESSES: Final = 4


def run(bench: Bench) -> list[Figure]:
    """Measure callers that share commits, and the processes of the peer, in turn."""
    path = bench.lines(BEFOREHAND + bench.size(_EVENTS), kim=KIM)
    lines = path.read_bytes().splitlines()
    events = [stock_event(row) for row in stored_rows(bench, path)[: bench.size(_SAVED)]]
    rates = bench.in_turn({NAME: lambda: _record(bench, lines), "app.save": lambda: _save(bench, events)})
    ours, stock = rates[NAME], rates["app.save"]
    return [
        Figure(NAME, f"one event an acknowledgement on PostgreSQL, {_CALLERS} callers", "events/s", ours),
        Figure(NAME, f"eventsourcing's app.save of one event, {_PROCESSES} processes", "events/s", stock),
        Figure(NAME, "against app.save", "x", ratio(ours, stock), at_least=5),
    ]


def _record(bench: Bench, lines: Sequence[bytes]) -> float:
    with bench.database() as url:
        migrate(url)
        return record(bench, lines, _CALLERS, mode="distributed", postgres=url)


def _save(bench: Bench, events: Sequence[StockEvent]) -> float:
    """Save the events by all processes at once; return how many a second, from the first to the last."""
    context = get_context("spawn")
    with bench.database() as url, context.Manager() as shared:
        environment = stock_environment(url)
        with Application[UUID](environment):  # which makes the tables, once
            pass
        ready = shared.Barrier(_PROCESSES)
        with context.Pool(_PROCESSES) as pool:
            shares = [(environment, events[first::_PROCESSES], ready) for first in range(_PROCESSES)]
            spans = pool.starmap(_save_each, shares, chunksize=1)
    begin, end = min(span[0] for span in spans), max(span[1] for span in spans)
    return len(events) / (end - begin)


def _save_each(environment: dict[str, str], events: Sequence[StockEvent], ready: Barrier) -> tuple[float, float]:
    with Application[UUID](environment) as application:
        ready.wait()
        begin = perf_counter()
        for event in events:
            application.save(event)
        return begin, perf_counter()
