"""Follows the one order of the log for causes that come after their effects, and tells the views of them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import MetaData, Table, bindparam, delete, select, update

from events.identity import event_id
from events.recorded import RecordedEvent, StoredState
from infra.views import Connection, among, insert_rows
from projections.checkpoints import checkpoints
from projections.late_causes.tables import AWAITED, FOUND, METADATA


class LateCausesFold:
    """The projection of late causes.

    A step and its cause may be of different subjects, which are folded apart from each other. So this one is
    folded in the order of the log. The views whose `tables` have the columns position and cause_position are told
    when a cause is found, and ask for those that were found before (`causes_of`) when they write a step.
    """

    name = "late_causes"
    version = 1
    metadata: MetaData = METADATA
    partitioned = False

    def __init__(self, tables: Iterable[Table]) -> None:
        self._tables = tuple(tables)

    def fold(self, events: Sequence[RecordedEvent], connection: Connection) -> None:
        """Write down who waits for which cause, and give every cause that has come to those who waited."""
        waiting = [(cause, event.position) for event in events if (cause := awaited(event.state)) is not None]
        insert_rows(connection, AWAITED, list(dict.fromkeys(waiting)))
        # In the order of its index: PostgreSQL would else look for one through the whole table.
        anyone = select(AWAITED.c.cause).order_by(AWAITED.c.cause).limit(1)
        if connection.execute(anyone).first() is None:
            return
        here = {event_id(event.state.source, event.state.id): event.position for event in events}
        those = among(AWAITED.c.cause, here)
        found = sorted((row.position, here[row.cause]) for row in connection.execute(select(AWAITED).where(those)))
        if not found:
            return
        connection.execute(delete(AWAITED).where(those))
        # Whoever writes one of these steps now has either asked already, and is waited for, or will ask later.
        checkpoints(connection, locked=True)
        insert_rows(connection, FOUND, found)
        for table in self._tables:
            connection.execute(
                update(table)
                .where(table.c.position == bindparam("step"))
                .values(cause_position=bindparam("cause")),
                [{"step": position, "cause": cause} for position, cause in found],
            )


def awaited(state: StoredState) -> bytes | None:
    """Return the id of a cause that is not in the log yet; None where there is none, or it is there."""
    if state.causationid is None or state.causeposition is not None:
        return None
    return event_id(state.causationsource or state.source, state.causationid)
