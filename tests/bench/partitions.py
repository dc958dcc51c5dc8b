"""One and two workers on one and on four partitions, and what a million events take of the processor."""

from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Final

from infra.servers.kafka import Kafka
from tests.bench.measure import Bench, Figure
from tests.bench.streams import Folded, Stream, Workers

NAME: Final = "partitions"
_EVENTS: Final = 100_000
_PARTITIONS: Final = (1, 4)
_WORKERS: Final = (1, 2)


def run(bench: Bench) -> list[Figure]:
    """Measure one and two workers in turn, on each number of partitions."""
    figures = []
    with bench.database() as url, Kafka(bench.directory / f"kafka-{NAME}") as kafka:
        stream = Stream(bench, url, kafka, bench.size(_EVENTS))
        for partitions in _PARTITIONS:
            with stream.cut_into(partitions) as workers:
                figures += _measured(bench, partitions, workers)
    return figures


def _measured(bench: Bench, partitions: int, workers: Workers) -> list[Figure]:
    folded: dict[int, list[Folded]] = {number: [] for number in _WORKERS}

    def fold(number: int) -> float:
        folded[number].append(workers.fold(number))
        return folded[number][-1].events_a_second

    contestants: dict[str, Callable[[], float]] = {str(number): partial(fold, number) for number in _WORKERS}
    rates = bench.in_turn(contestants)
    figures = []
    for number in _WORKERS:
        what = f"{_count(number, 'worker')} on {_count(partitions, 'partition')}"
        of_postgresql = median(each.of_postgresql for each in folded[number])
        figures += [
            Figure(NAME, what, "events/s", rates[str(number)]),
            Figure(
                NAME,
                f"{what}: processor for a million events",
                "s",
                [each.processor for each in folded[number]],
                note=f"and {of_postgresql:.0f} s of PostgreSQL",
            ),
        ]
    return figures


def _count(number: int, of: str) -> str:
    return f"{number} {of}" if number == 1 else f"{number} {of}s"
