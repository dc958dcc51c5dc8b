"""Folds the steps of partitions as Kafka delivers them; what it lacks is read from the log."""

from collections.abc import Callable, Sequence
from typing import Final

from infra.kafka.partition import partition_of
from infra.kafka.steps import subject_of
from infra.log import Log, Row
from projections.engine import Engine

_AT_ONCE: Final = 20_000

Step = tuple[Row, int]
"""A row of the log, and the position before it on its partition; 0 for none."""


class Partitions:
    """Folds each step once, whatever Kafka delivers twice, out of order or not at all.

    How far a partition is, the checkpoints say, and nothing else: another process may fold the same one for a
    moment.
    """

    def __init__(
        self, log: Log, engine: Engine, number: int, holes_filled: Callable[[int], None] = lambda _: None
    ) -> None:
        self._log = log
        self._engine = engine
        self._number = number
        self._holes_filled = holes_filled

    def positions(self) -> dict[int, int]:
        """Return how far each partition is."""
        return self._engine.positions()

    def fold(self, partition: int, steps: Sequence[Step]) -> None:
        """Fold steps of a partition in their order; first those before them that were never delivered.

        Raises:
            as `Engine.fold`.

        """
        after = self._engine.position(partition)
        rows: list[Row] = []
        at = after
        for row, previous in steps:
            if row[0] <= at:
                continue  # delivered again
            if previous > at:
                self._engine.fold(rows, partition=partition, after=after)
                self.fill(partition, previous)
                rows, after = [], self._engine.position(partition)
            rows.append(row)
            at = row[0]
        self._engine.fold(rows, partition=partition, after=after)

    def fill(self, partition: int, until: int) -> None:
        """Catch up with what should have been delivered, and was not."""
        self._holes_filled(self.catch_up(partition, until))

    def catch_up(self, partition: int, until: int) -> int:
        """Fold from the log what a partition has up to a position; return how many events that were."""
        folded = 0
        at = after = self._engine.position(partition)
        while at < until:
            rows = self._log.read(at, min(_AT_ONCE, until - at))
            at = rows[-1][0]
            mine = [row for row in rows if partition_of(subject_of(row), self._number) == partition]
            self._engine.fold(mine, partition=partition, after=after)
            after = mine[-1][0] if mine else after
            folded += len(mine)
        return folded
