"""Folds the steps of partitions as Kafka delivers them; what it lacks is read from the log."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from infra.kafka.partition import partition_of
from infra.kafka.seldom import Seldom
from infra.kafka.steps import UnreadableStepError, subject_of
from infra.log import Log, Row
from projections.engine import Engine

_AT_ONCE: Final = 20_000

_warnings: Final = Seldom(logging.getLogger(__name__))

Step = tuple[Row, int]
"""A row of the log, and the position before it on its partition; 0 for none."""


class Partitions:
    """Folds each step once, whatever Kafka delivers twice, out of order or not at all.

    How far a partition is, the checkpoints say: another process may fold the same one for a moment. None moves
    back, so a partition is where it was left here, or further.
    """

    def __init__(
        self, log: Log, engine: Engine, number: int, holes_filled: Callable[[int], None] = lambda _: None
    ) -> None:
        self._log = log
        self._engine = engine
        self._number = number
        self._holes_filled = holes_filled
        self._left_at: dict[int, int] = {}
        self._head = 0

    def positions(self) -> dict[int, int]:
        """Return how far each partition is."""
        return self._engine.positions()

    def fold(self, steps: Mapping[int, Sequence[Step]]) -> None:
        """Fold steps of partitions, of each in their order; first those before them that were never delivered.

        Raises:
            as `Engine.fold_partitions`.

        """
        filled: dict[int, int] = {}
        while holes := self._fold_up_to_holes(steps, filled):
            self.fill(holes)
            filled |= holes  # also where a step names one before it that the log does not have there

    def _fold_up_to_holes(self, steps: Mapping[int, Sequence[Step]], filled: Mapping[int, int]) -> dict[int, int]:
        """Fold steps, and return up to where the first hole of each partition reaches that has any.

        `filled` is up to where each was filled from the log already.
        """
        if not steps.keys() <= self._left_at.keys():
            self._left_at |= self._engine.positions()
        holes: dict[int, int] = {}
        rows: dict[int, list[Row]] = {}
        at = {partition: self._left_at[partition] for partition in steps}
        for partition, its_steps in steps.items():
            its_rows = rows[partition] = []
            for row, previous in its_steps:
                if row[0] <= at[partition]:
                    continue  # delivered again
                if previous > max(at[partition], filled.get(partition, 0)):
                    holes[partition] = previous
                    break
                its_rows.append(row)
                at[partition] = row[0]
        self._engine.fold_partitions(rows, self._left_at, self._as_recorded)
        self._left_at |= at
        return holes

    def has(self, position: int) -> bool:
        """Tell whether the log reaches up to a position."""
        if position > self._head:
            self._head = self._log.head()
        return position <= self._head

    def fill(self, until: Mapping[int, int]) -> None:
        """Catch up with what should have been delivered, and was not."""
        self._holes_filled(self.catch_up(until))

    def catch_up(self, until: Mapping[int, int]) -> int:
        """Fold from the log what partitions have up to a position of each; return how many events that were."""
        self._left_at |= self._engine.positions()
        folded = 0
        position, end = min(self._left_at[partition] for partition in until), max(until.values())
        while position < end:
            read = self._log.read(position, min(_AT_ONCE, end - position))
            if not read:  # the log was restored from an older copy, and more was sent of the one before
                break
            position = read[-1][0]
            rows: dict[int, list[Row]] = {}
            for row in read:
                partition = partition_of(subject_of(row), self._number)
                if self._left_at[partition] < row[0] <= until.get(partition, 0):
                    rows.setdefault(partition, []).append(row)
            self._engine.fold_partitions(rows, self._left_at)
            self._left_at |= {partition: some[-1][0] for partition, some in rows.items()}
            folded += sum(map(len, rows.values()))
        return folded

    def _as_recorded(self, rows: Mapping[int, Sequence[Row]]) -> dict[int, list[Row]]:
        """Return what the log holds at the positions of rows of partitions, and on these."""
        delivered = {row[0]: (partition, row) for partition, some in rows.items() for row in some}
        found: dict[int, list[Row]] = {partition: [] for partition in rows}
        position, end = min(delivered) - 1, max(delivered)
        while position < end and (read := self._log.read(position, min(_AT_ONCE, end - position))):
            position = read[-1][0]
            for row in read:
                partition, as_delivered = delivered.get(row[0], (None, row))
                if partition is None:
                    continue
                if row != as_delivered:
                    _warnings.warn(
                        "forged", "what Kafka delivered as position %d is not what the log holds", row[0]
                    )
                if self._is_on(partition, row):
                    found[partition].append(row)
        return found

    def _is_on(self, partition: int, row: Row) -> bool:
        try:
            return partition_of(subject_of(row), self._number) == partition
        except UnreadableStepError:  # nobody knows; it is parked where it was delivered
            return True
