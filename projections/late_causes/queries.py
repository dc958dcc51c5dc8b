"""Tells the causes of events, the late ones included, to the views that keep their positions."""

from collections.abc import Callable, Sequence

from sqlalchemy import select

from events.recorded import RecordedEvent
from infra.views import Connection, among
from projections.late_causes.tables import FOUND


def causes_of(events: Sequence[RecordedEvent], connection: Connection) -> Callable[[RecordedEvent], int | None]:
    """Return what tells the position of the cause that an event names, as far as it is known by now.

    It is in the event where the cause was recorded before it; otherwise it may have been found since.
    """
    late: dict[int, int] = {}
    missing = [
        event.position
        for event in events
        if event.state.causationid is not None and event.state.causeposition is None
    ]
    if missing:
        statement = select(FOUND.c.position, FOUND.c.cause_position).where(among(FOUND.c.position, missing))
        late = dict(connection.execute(statement).all())
    return lambda event: event.state.causeposition or late.get(event.position)
