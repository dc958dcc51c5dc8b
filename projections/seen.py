"""As-of in the tables of a view: the conditions that a query looks at a row."""

from sqlalchemy import ColumnElement, Table

from events.fields import microseconds
from projections.as_of import AsOf


def seen(table: Table, as_of: AsOf) -> list[ColumnElement[bool]]:
    """Return the conditions; `table` has the columns position, occurred_at and recorded_at."""
    conditions: list[ColumnElement[bool]] = []
    if as_of.position is not None:
        conditions.append(table.c.position <= as_of.position)
    if as_of.recorded is not None:
        conditions.append(table.c.recorded_at <= microseconds(as_of.recorded))
    if as_of.occurred is not None:
        conditions.append(table.c.occurred_at <= microseconds(as_of.occurred))
    return conditions
