"""Reading the trail of an item with about a thousand steps, as JSON, from a short log and from a long one."""

from collections.abc import Callable
from contextlib import ExitStack
from statistics import median
from time import perf_counter, process_time
from typing import Final

import msgspec

from projections.audit_trail.queries import trail
from services.composition import Jejak
from tests.bench.flows import FIRST_ITEM
from tests.bench.measure import Bench, Figure, publish

NAME: Final = "trail"
_FEW: Final = 10_000
_KIM: Final = 1_000
_REPEATS: Final = 25
_MOST_MS: Final = 50
_NO_SLOWER: Final = 1.1
"""Ten per cent for the machine's own unrest."""


def run(bench: Bench) -> list[Figure]:
    """Measure the trail in both logs in turn."""
    short = bench.home()
    publish(bench, bench.lines(_FEW, kim=_KIM), short)
    homes = {_FEW: short, bench.million.events: bench.million.home}
    steps: dict[int, int] = {}
    processor: dict[int, list[float]] = {events: [] for events in homes}
    with ExitStack() as opened:
        contestants = {
            str(events): _reader(opened.enter_context(bench.installation(home)), events, steps, processor[events])
            for events, home in homes.items()
        }
        took = bench.in_turn(contestants, _REPEATS)
    few, many = (took[str(events)] for events in homes)
    figures = [
        Figure(
            NAME,
            f"{steps[events]:,} steps, {events:,} events in the log",
            "ms",
            took[str(events)],
            at_most=_MOST_MS,
            note=f"of it, {median(processor[events]):.0f} ms of processor",
        )
        for events in homes
    ]
    per_step = [
        (of_many / steps[bench.million.events]) / (of_few / steps[_FEW])
        for of_many, of_few in zip(many, few, strict=True)
    ]
    return [*figures, Figure(NAME, "a step in the long log, against the short", "x", per_step, at_most=_NO_SLOWER)]


def _reader(jejak: Jejak, events: int, steps: dict[int, int], processor: list[float]) -> Callable[[], float]:
    jejak.follower.catch_up()
    encode = msgspec.json.Encoder().encode

    def read() -> float:
        begin, busy = perf_counter(), process_time()
        with jejak.views.reading() as connection:
            found = trail(connection, "item", FIRST_ITEM)
        encode(found.steps)
        processor.append((process_time() - busy) * 1_000)
        milliseconds = (perf_counter() - begin) * 1_000
        steps[events] = len(found.steps)
        return milliseconds

    read()  # whatever is loaded or prepared once
    return read
