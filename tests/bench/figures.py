"""Computing figures inside the process: of an item, of a province for a month, and of large cascades."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Final

from projections.reach import queries
from projections.reach.facts import GATHERED, receipts, verdicts
from projections.reach.figure import Figure as Answer
from projections.reach.figure import Selection
from projections.reach.reading import Reading
from projections.reach.view import View
from services.composition import Jejak
from tests.bench.flows import FIRST_ITEM, PROVINCE, bush, chain
from tests.bench.measure import YEAR, Bench, Figure, publish

NAME: Final = "figures"
_FEW: Final = 10_000
_KIM: Final = 1_000
_MONTH: Final = timedelta(days=30)
_ITEM_MS: Final = 50
_MONTH_MS: Final = 500
_CASCADE_MS: Final = 1_000
_ITEM_REPEATS: Final = 25
_REPEATS: Final = 10
_WIDE: Final = 20_000
_DEEP: Final = 10_000


def run(bench: Bench) -> list[Figure]:
    """Measure each selection in its short log and in its long one in turn, then the cascades."""
    return [*_item(bench), *_month(bench), *_cascades(bench)]


def _item(bench: Bench) -> list[Figure]:
    million = bench.million
    homes = {_FEW: _home(bench, bench.lines(_FEW, kim=_KIM)), million.events: million.home}
    item = Selection(item=FIRST_ITEM)
    asked = {
        f"an item of {{steps:,}} steps, {events:,} events in the log": (home, item)
        for events, home in homes.items()
    }
    return _measured(bench, asked, _ITEM_MS, _ITEM_REPEATS)


def _month(bench: Bench) -> list[Figure]:
    million = bench.million_of_a_year
    homes = {_FEW: _home(bench, bench.lines(_FEW, kim=_KIM, days=YEAR)), million.events: million.home}
    begin = datetime.now(UTC) - timedelta(days=YEAR / 2)
    month = Selection(region=PROVINCE, begin=begin, end=begin + _MONTH)
    asked = {
        f"a province for a month, {{steps:,}} steps, {events:,} events of a year in the log": (home, month)
        for events, home in homes.items()
    }
    return _measured(bench, asked, _MONTH_MS, _REPEATS)


def _cascades(bench: Bench) -> list[Figure]:
    start = datetime.now(UTC) - timedelta(days=1)
    wide, deep = bench.size(_WIDE), bench.size(_DEEP)
    made: dict[str, Iterator[bytes]] = {
        "an item shared {steps:,} times, because of its publication or of each other": bush(wide, start=start),
        "an item shared {steps:,} times, each because of the time before": chain(deep, start=start),
    }
    asked = {}
    for number, (what, lines) in enumerate(made.items()):
        path = bench.directory / f"cascade-{number}.jsonl"
        with path.open("wb") as file:
            file.writelines(lines)
        asked[what] = _home(bench, path), Selection(item=FIRST_ITEM)
    return _measured(bench, asked, _CASCADE_MS, _REPEATS)


def _home(bench: Bench, lines: Path) -> Path:
    home = bench.home()
    publish(bench, lines, home)
    return home


def _measured(
    bench: Bench, asked: dict[str, tuple[Path, Selection]], at_most: float, repeats: int
) -> list[Figure]:
    """Measure in turn what is asked of each home; `what` is told how many steps the figures are of."""
    processor: dict[str, list[float]] = {what: [] for what in asked}
    steps: dict[str, int] = {}
    contestants = {}
    with ExitStack() as opened:
        for what, (home, selection) in asked.items():
            jejak = opened.enter_context(bench.installation(home))
            jejak.follower.catch_up()
            steps[what] = _steps(jejak, selection)
            contestants[what] = _asker(jejak, selection, processor[what])
        took = bench.in_turn(contestants, repeats)
    return [
        Figure(
            NAME,
            what.format(steps=steps[what]),
            "ms",
            took[what],
            at_most=at_most,
            note=f"of it, {median(processor[what]):.0f} ms of processor",
        )
        for what in asked
    ]


def _steps(jejak: Jejak, selection: Selection) -> int:
    with jejak.views.reading() as connection:
        reading = Reading(View(connection, selection.as_of), selection, jejak.regions)
        rows = [reading.of(source) for source in (receipts, verdicts, *GATHERED.values())]
    return sum(len(of_part) for each in rows for of_part in each.values())


def _asker(jejak: Jejak, selection: Selection, processor: list[float]) -> Callable[[], float]:
    def ask() -> list[Answer]:
        with jejak.views.reading() as connection:
            return queries.figures(connection, selection, regions=jejak.regions)

    def timed() -> float:
        begin, busy = perf_counter(), process_time()
        ask()
        processor.append((process_time() - busy) * 1_000)
        return (perf_counter() - begin) * 1_000

    ask()  # whatever is loaded or prepared once
    return timed
