"""The tables of reach as one query looks at them: up to a position, and only what had happened by a time."""

from collections.abc import Iterable
from itertools import starmap
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Executable, FromClause, and_, not_, or_, select

from events.fields import microseconds
from infra.views import Connection, among, read_rows
from projections.as_of import AsOf
from projections.chains import up_the_chains
from projections.reach.figure import Selection
from projections.reach.step import COLUMNS, Step
from projections.reach.tables import ITEM, STEP

Row = tuple[Any, ...]


class Told(NamedTuple):
    """What a published, revised or corrected event says of its item."""

    item: str
    position: int
    kind: str
    issuer: str
    at: int
    topic: str | None
    intends: bool
    replacement: str | None


def within(at: ColumnElement[int], window: Selection) -> list[ColumnElement[bool]]:
    """Return the conditions that a time lies in the window of a selection."""
    begin = [] if window.begin is None else [at >= microseconds(window.begin)]
    return begin if window.end is None else [*begin, at < microseconds(window.end)]


def lies_in(column: ColumnElement[str], region: str | None) -> list[ColumnElement[bool]]:
    """Return the conditions that a region lies in another one; "/" is the character after "."."""
    if region is None:
        return []
    return [or_(column == region, and_(column > f"{region}.", column < f"{region}/"))]


def lies_elsewhere(column: ColumnElement[str], region: str) -> ColumnElement[bool]:
    """Return the condition that a region does not lie in another one, or that there is none."""
    return or_(column.is_(None), not_(*lies_in(column, region)))


class View:
    """Reads the tables of reach."""

    def __init__(self, connection: Connection, as_of: AsOf) -> None:
        self.connection = connection
        self.as_of = as_of
        last = connection.execute(select(STEP.c.position).order_by(STEP.c.position.desc()).limit(1)).scalar() or 0
        self.until = last if as_of.position is None else min(last, as_of.position)
        """The last position that is looked at."""
        if as_of.recorded is not None:
            self.until = self._recorded_by(microseconds(as_of.recorded))
        self._happened = None if as_of.occurred is None else microseconds(as_of.occurred)

    @property
    def now(self) -> int:
        """The newest recorded_at that is looked at, 0 in an empty log."""
        newest = select(STEP.c.recorded_at).where(STEP.c.position <= self.until)
        return self.connection.execute(newest.order_by(STEP.c.position.desc()).limit(1)).scalar() or 0

    def _recorded_by(self, moment: int) -> int:
        """Return the last position recorded by a moment; recorded_at never decreases along the log."""
        low, high = 0, self.until  # what lies at or below `low` was recorded by then
        while low < high:
            middle = (low + high + 1) // 2
            first = select(STEP.c.position, STEP.c.recorded_at).where(STEP.c.position >= middle)
            row = self.connection.execute(first.order_by(STEP.c.position).limit(1)).one()
            if row.recorded_at <= moment:
                low = row.position
            else:
                high = middle - 1
        return min(low, self.until)

    # -- steps ------------------------------------------------------------------------------------------

    def steps(self, *conditions: ColumnElement[bool]) -> list[Step]:
        """Return the steps that are not voided."""
        return list(starmap(Step, self.read(select(*COLUMNS).where(*conditions, *self.live(STEP)))))

    def live(self, step: FromClause) -> list[ColumnElement[bool]]:
        """Return the conditions that a step is looked at and not voided; `step` is the table or an alias."""
        voided_by = step.c.voided_by
        return [or_(voided_by.is_(None), voided_by > self.until), *self.seen(step)]

    def chains(self, start: Iterable[int]) -> list[Step]:
        """Return the steps at these positions and everything up their chains of causes, voided ones too."""
        chains = STEP.c.position.in_(up_the_chains(STEP, start))
        return list(starmap(Step, self.read(select(*COLUMNS).where(chains, *self.seen(STEP)))))

    def is_live(self, step: Step) -> bool:
        """Tell whether a step is not voided."""
        return step.voided_by is None or step.voided_by > self.until

    def read(self, statement: Executable) -> list[Row]:
        """Return the rows of a statement."""
        return read_rows(self.connection, statement)

    def seen(self, table: FromClause) -> list[ColumnElement[bool]]:
        """Return the conditions that a row is looked at."""
        seen: list[ColumnElement[bool]] = [table.c.position <= self.until]
        return seen if self._happened is None else [*seen, table.c.at <= self._happened]

    def told(self, items: Iterable[str]) -> dict[str, list[Told]]:
        """Return what was said of items, by position, the publication first."""
        found: dict[str, list[Told]] = {}
        statement = select(ITEM).where(among(ITEM.c.item, items), *self.seen(ITEM))
        for told in starmap(Told, self.read(statement.order_by(ITEM.c.item, ITEM.c.position))):
            found.setdefault(told.item, []).append(told)
        return found
