"""One event an acknowledgement: callers in threads of their own; each waits until its event is durable."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter
from typing import Any, Final

from tests.bench.measure import Bench, Figure, ratio

NAME: Final = "group"
_EVENTS: Final = 10_000
_ALONE: Final = 1_000
"""Events of a caller who shares no commit."""
_CALLERS: Final = (16, 64)
KIM: Final = 200
BEFOREHAND: Final = 300
"""The registrations of organisations among them, so that hardly anything waits for the event before it."""


def run(bench: Bench) -> list[Figure]:
    """Measure one caller and many in turn."""
    lines = bench.lines(BEFOREHAND + bench.size(_EVENTS), kim=KIM).read_bytes().splitlines()
    contestants = {"1": partial(record, bench, lines[: BEFOREHAND + bench.size(_ALONE)], 1)}
    contestants |= {str(callers): partial(record, bench, lines, callers) for callers in _CALLERS}
    rates = bench.in_turn(contestants)
    figures = [
        Figure(NAME, f"one event an acknowledgement, {callers} callers", "events/s", found)
        for callers, found in rates.items()
    ]
    most = str(max(_CALLERS))
    return [*figures, Figure(NAME, f"{most} callers against one", "x", ratio(rates[most], rates["1"]))]


def record(bench: Bench, lines: Sequence[bytes], callers: int, **settings: Any) -> float:  # noqa: ANN401 - of any setting
    """Record lines by so many callers, each taking the next one; return how many a second."""
    with bench.installation(**settings) as jejak, ThreadPoolExecutor(callers) as pool:
        jejak.publisher.publish(lines[:BEFOREHAND])
        group, waiting = jejak.group, iter(lines[BEFOREHAND:])
        begin = perf_counter()
        calls = [pool.submit(lambda: [group.publish([line]) for line in waiting]) for _ in range(callers)]
        answers = [answer for call in calls for (answer,) in call.result()]
        seconds = perf_counter() - begin
    if any(answer.outcome != "accepted" for answer in answers):
        raise RuntimeError("an event was not accepted")
    return len(answers) / seconds
