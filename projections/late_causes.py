"""Fills in causes that were recorded after their effects; every view that joins steps by cause does it here."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Table, select, update

from events.identity import event_id
from events.recorded import RecordedEvent, StoredState
from infra.views import Connection, among


def awaited(state: StoredState) -> bytes | None:
    """Return the id of a cause that is not in the log yet; None where there is none, or it is there."""
    if state.causationid is None or state.causeposition is not None:
        return None
    return event_id(state.causationsource or state.source, state.causationid)


def fill_in(events: Sequence[RecordedEvent], table: Table, connection: Connection) -> None:
    """Give the rows that wait for one of these events its position.

    `table` has the columns position, cause_position and cause_awaited, and an index over the last where it is set.
    """
    columns = table.c
    # In the order of its index: PostgreSQL would else look for one through the whole table.
    waiting = select(columns.cause_awaited).where(columns.cause_awaited.is_not(None))
    if connection.execute(waiting.order_by(columns.cause_awaited).limit(1)).scalar() is None:
        return
    here = {event_id(event.state.source, event.state.id): event.position for event in events}
    for position, cause in _waiting(here, table, connection):
        connection.execute(
            update(table)
            .where(columns.position == position)
            .values(cause_position=here[cause], cause_awaited=None)
        )


def _waiting(causes: Iterable[bytes], table: Table, connection: Connection) -> list[tuple[int, bytes]]:
    waits = (table.c.cause_awaited.is_not(None), among(table.c.cause_awaited, causes))
    rows = connection.execute(select(table.c.position, table.c.cause_awaited).where(*waits))
    return sorted((row.position, row.cause_awaited) for row in rows)
