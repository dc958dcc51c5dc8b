"""How much of the log a reader looks at: what was asked for, and where the log ended."""

from msgspec import Struct
from sqlalchemy import select

from events.fields import microseconds
from infra.views import Connection
from projections.as_of import AsOf
from projections.audit_trail.tables import STEP
from projections.engine import Folded


class LookedAt(Struct, frozen=True):
    """Which log is looked at, in one state of the views.

    `position` is the last one that is looked at, and `head` where the log ended. `beyond_end`: more was asked for,
    a position above the head, or a time after the last recorded_at.
    """

    asked: AsOf
    position: int
    head: int
    beyond_end: bool
    as_of: AsOf
    """What to ask views for: at the most a position and an occurred_at."""


def look(connection: Connection, asked: AsOf, folded: Folded) -> LookedAt:
    """Find out which log is looked at."""
    head = position = folded.complete
    if asked.position is not None:
        position = min(position, asked.position)
    if asked.recorded is not None:
        position = min(position, _recorded_by(connection, microseconds(asked.recorded), head))
    # Where nothing lies above it, nothing has to be compared.
    until = None if position == folded.farthest else position
    return LookedAt(asked, position, head, _beyond(connection, asked, head), AsOf(until, None, asked.occurred))


def _beyond(connection: Connection, asked: AsOf, head: int) -> bool:
    moments = [microseconds(each) for each in (asked.recorded, asked.occurred) if each is not None]
    if moments and max(moments) > _recorded_at(connection, head):
        return True
    return asked.position is not None and asked.position > head


def _recorded_at(connection: Connection, position: int) -> int:
    """Return when the log took the newest step up to a position, in microseconds; 0 where there is none."""
    newest = select(STEP.c.recorded_at).where(STEP.c.position <= position).order_by(STEP.c.position.desc())
    return connection.execute(newest.limit(1)).scalar() or 0


def _recorded_by(connection: Connection, moment: int, head: int) -> int:
    """Return the last position that was recorded by a moment; recorded_at never decreases along the log."""
    low, high = 0, head  # what lies at or below `low` was recorded by then
    while low < high:
        middle = (low + high + 1) // 2
        if _recorded_at(connection, middle) <= moment:
            low = middle
        else:
            high = middle - 1
    return low
