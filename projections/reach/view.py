"""The tables of reach as one query looks at them: up to a position, and only what had happened by a time."""

from collections.abc import Iterable, Iterator
from itertools import chain, starmap
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, ColumnElement, Executable, Table, and_, not_, or_, select

from events.fields import microseconds
from infra.views import Connection, among
from projections.as_of import AsOf
from projections.chains import up_the_chains
from projections.reach.figure import Selection
from projections.reach.step import COLUMNS, Step
from projections.reach.tables import ITEM, PERSON, PLACE, STEP, TARGET

Row = tuple[Any, ...]

_AT_ONCE: Final = 2_000


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
        return list(chain.from_iterable(self.in_parts(*conditions)))

    def in_parts(self, *conditions: ColumnElement[bool]) -> Iterator[list[Step]]:
        """Yield the steps that are not voided, so many at once as stay near the processor."""
        live = or_(STEP.c.voided_by.is_(None), STEP.c.voided_by > self.until)
        result = self.connection.execute(select(*COLUMNS).where(live, *conditions, *self.seen(STEP)))
        # Plain tuples: the library's own rows take half as long again.
        while rows := result.cursor.fetchmany(_AT_ONCE):
            yield list(starmap(Step, rows))
        result.close()

    def positions(
        self, table: Table, column: Column[str], values: Iterable[str], *conditions: ColumnElement[bool]
    ) -> set[int]:
        """Return the positions of the rows of a table whose `column` has one of these values."""
        statement = select(table.c.position).where(among(column, values), *conditions)
        return set(self.connection.execute(statement).scalars())

    def chains(self, start: Iterable[int]) -> list[Step]:
        """Return the steps at these positions and everything up their chains of causes, voided ones too."""
        positions = self.connection.execute(up_the_chains(STEP, start)).scalars()
        steps = select(*COLUMNS).where(among(STEP.c.position, positions), *self.seen(STEP))
        return list(starmap(Step, self.read(steps)))

    def is_live(self, step: Step) -> bool:
        """Tell whether a step is not voided."""
        return step.voided_by is None or step.voided_by > self.until

    def read(self, statement: Executable) -> list[Row]:
        """Return the rows of a statement, as plain tuples."""
        result = self.connection.execute(statement)
        rows = list(result.cursor.fetchall())
        result.close()
        return rows

    def seen(self, table: Table) -> list[ColumnElement[bool]]:
        """Return the conditions that a row is looked at."""
        seen: list[ColumnElement[bool]] = [table.c.position <= self.until]
        return seen if self._happened is None else [*seen, table.c.at <= self._happened]

    # -- what steps have several of ---------------------------------------------------------------------

    def places(self, positions: Iterable[int]) -> dict[int, list[tuple[str, int]]]:
        """Return where the people of steps with origins are: regions and headcounts, by position."""
        found: dict[int, list[tuple[str, int]]] = {}
        statement = select(PLACE.c.position, PLACE.c.region, PLACE.c.headcount)
        for position, region, headcount in self.read(statement.where(among(PLACE.c.position, positions))):
            found.setdefault(position, []).append((region, headcount))
        return found

    def persons(self, positions: Iterable[int]) -> dict[int, list[str]]:
        """Return the pseudonyms of steps, by position."""
        return self._several(PERSON.c.position, PERSON.c.pseudonym, positions)

    def targets(self, positions: Iterable[int]) -> dict[int, list[str]]:
        """Return whom events name, by position."""
        return self._several(TARGET.c.position, TARGET.c.target, positions)

    def _several(self, at: Column[int], column: Column[str], positions: Iterable[int]) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for position, value in self.read(select(at, column).where(among(at, positions))):
            found.setdefault(position, []).append(value)
        return found

    def told(self, items: Iterable[str]) -> dict[str, list[Told]]:
        """Return what was said of items, by position, the publication first."""
        found: dict[str, list[Told]] = {}
        statement = select(ITEM).where(among(ITEM.c.item, items), *self.seen(ITEM))
        for told in starmap(Told, self.read(statement.order_by(ITEM.c.item, ITEM.c.position))):
            found.setdefault(told.item, []).append(told)
        return found
