"""Changes into how many partitions the subjects are cut; nothing is folded anew.

A partition that was folded to the last position that was sent on it lacks nothing up to the last position that was
sent on any. Where all are so far, that position stands for all of them, however they are cut.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert

from infra.kafka.sent import BEGIN_AT, FORGET, READ
from infra.language import translate as _
from infra.views import Connection, Views, ViewsError
from projections.checkpoints import checkpoints, reached
from projections.engine import Projection
from projections.tables import CHECKPOINT, make_tables


class BehindError(ViewsError):
    """Some partition lacks what was sent on it, or has what the relay did not put down."""

    def __init__(self, projection: str) -> None:
        super().__init__(
            _(
                "the view {projection} is not where the relay is: run jejak relay and jejak worker until jejak"
                " status shows no lag, stop both, then run this again"
            ).format(projection=projection)
        )


def repartition(views: Views, projections: Sequence[Projection], number: int) -> bool:
    """Cut what these projections have folded into another number of partitions; tell whether it was another.

    It is one transaction. Nobody may relay or fold meanwhile: whoever does all the same is refused from then on.

    Raises:
        BehindError: something that was sent is not folded yet.

    """
    with views.altering() as connection:
        make_tables(connection)
        own = CHECKPOINT.c.projection.in_([each.name for each in projections if each.partitioned])
        rows = checkpoints(connection, own, locked=True)
        by_projection: dict[str, list[Any]] = {}
        for row in rows:
            by_projection.setdefault(row.projection, []).append(row)
        if all(len(some) == number for some in by_projection.values()):
            return False
        sent: dict[int, int] = dict(connection.exec_driver_sql(READ).all())
        complete = {name: _complete(name, some, sent) for name, some in by_projection.items()}
        position = max(row.position for row in complete.values())
        for name, row in complete.items():
            if row.position != position:
                raise BehindError(name)
        connection.execute(delete(CHECKPOINT).where(own))
        connection.execute(
            insert(CHECKPOINT),
            [row._asdict() | {"partition": one} for row in complete.values() for one in range(number)],
        )
        _begin_at(connection, number, position)
    return True


def _complete(projection: str, rows: Sequence[Any], sent: Mapping[int, int]) -> Any:  # noqa: ANN401 - a row
    """Return the checkpoint that stands for all partitions of a projection."""
    last = max(rows, key=lambda row: row.position)
    far = {row.partition: row.position for row in rows}
    # A single one was folded in the one order of the log, whatever was sent.
    is_where_the_relay_is = len(rows) == 1 or (
        all(far[partition] >= position for partition, position in sent.items() if partition in far)
        and reached(far, sent) == last.position
    )
    if not is_where_the_relay_is:
        raise BehindError(projection)
    return last


def _begin_at(connection: Connection, number: int, position: int) -> None:
    """Let the relay go on behind a position."""
    connection.exec_driver_sql(FORGET)
    if position:
        connection.exec_driver_sql(BEGIN_AT, (number, position))
