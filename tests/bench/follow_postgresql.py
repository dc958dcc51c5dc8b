"""Folding the log into every view on PostgreSQL, view and checkpoint in one transaction, against SQLite beside it.

The log lies in the same database; both wait for the disk.
"""

from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from infra.migrations import migrate
from tests.bench.measure import Bench, Figure, publish, ratio

NAME: Final = "follow_postgresql"
_EVENTS: Final = 200_000
_BATCHES: Final = (1_000, 10_000)


def run(bench: Bench) -> list[Figure]:
    """Measure each size of batch on both databases in turn."""
    lines = bench.lines(bench.size(_EVENTS))
    rates = bench.in_turn(
        {
            f"{mode}, {batch:,} a batch": partial(_fold, bench, lines, mode, batch)
            for mode in ("embedded", "distributed")
            for batch in _BATCHES
        }
    )
    figures = []
    for batch in _BATCHES:
        beside, ours = (rates[f"{mode}, {batch:,} a batch"] for mode in ("embedded", "distributed"))
        what = f"every view on PostgreSQL, {batch:,} events a batch"
        figures += [
            Figure(NAME, what, "events/s", ours),
            Figure(NAME, "against the same on SQLite", "x", ratio(ours, beside)),
        ]
    return figures


def _fold(bench: Bench, lines: Path, mode: str, batch: int) -> float:
    if mode == "embedded":
        return _fold_into(bench, lines, batch)
    with bench.database() as url:
        migrate(url)
        return _fold_into(bench, lines, batch, mode=mode, postgres=url)


def _fold_into(bench: Bench, lines: Path, batch: int, **settings: Any) -> float:  # noqa: ANN401 - of any setting
    home = bench.home()
    publish(bench, lines, home, **settings)
    with bench.installation(home, **settings) as jejak:
        log, engine, position = jejak.log, jejak.engine, 0
        engine.prepare()
        begin = perf_counter()
        while rows := log.read(position, batch):
            engine.fold(rows)
            position = rows[-1][0]
        return position / (perf_counter() - begin)
