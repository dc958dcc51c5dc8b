"""How far each projection got, on each partition of the subjects."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from infra.views import Connection
from projections.tables import CHECKPOINT


def checkpoints(
    connection: Connection, *conditions: ColumnElement[bool], locked: bool = False
) -> Sequence[Row[Any]]:
    """Return the checkpoints; while they are locked, nobody else folds what they stand for."""
    # In one order, so that two who lock them never wait for each other.
    statement = select(CHECKPOINT).where(*conditions).order_by(CHECKPOINT.c.projection, CHECKPOINT.c.partition)
    return connection.execute(statement.with_for_update() if locked else statement).all()


HowFarSent = Callable[[Connection], Mapping[int, int]]
"""Reads, in the transaction of a reader, the last position that was sent to whoever folds each partition."""


def reached(partitions: Mapping[int, int], sent: Mapping[int, int]) -> int:
    """Return the position up to which everything is folded, from how far each partition is.

    The log is sent in its order. So a partition that was folded to the last that was sent on it has nothing more
    up to the last that was sent on any.
    """
    behind = [position for partition, position in partitions.items() if position < sent.get(partition, 0)]
    return max(min(partitions.values()), min(behind, default=max(sent.values(), default=0)))
