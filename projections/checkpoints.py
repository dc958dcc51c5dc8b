"""How far each projection got, on each partition of the subjects."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

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


class Sent(NamedTuple):
    """How far the log was sent: all up to `position`; of each partition that has any, `last` is the last of it."""

    position: int
    last: Mapping[int, int]


HowFarSent = Callable[[Connection], Sent]
"""Reads, in the transaction of a reader, how far the log was sent to those who fold partitions of it."""


def reached(partitions: Mapping[int, int], sent: Sent | None) -> int:
    """Return the position up to which everything is folded, from how far each partition is.

    A partition that has nothing more to fold is as far as the log was sent.
    """
    if sent is None:
        return min(partitions.values())
    behind = [position for partition, position in partitions.items() if position < sent.last.get(partition, 0)]
    return min(behind, default=sent.position)
