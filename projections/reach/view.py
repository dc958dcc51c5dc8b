"""The tables of reach as one query looks at them: up to a position, and only what had happened by a time."""

from collections.abc import Iterable
from itertools import starmap
from typing import Any, Final, NamedTuple

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Table, and_, not_, or_, select

from events.fields import microseconds
from infra.views import Connection, among
from projections.as_of import AsOf
from projections.chains import up_the_chains
from projections.reach.figure import Selection
from projections.reach.tables import ITEM, PERSON, PLACE, STEP, TARGET


class Step(Struct, frozen=True, gc=False):
    """A step, as far as figures depend on it; times are in microseconds since 1970-01-01T00:00:00Z."""

    position: int
    kind: str
    subject: str
    holder: str
    region: str | None
    place: str | None
    channel: str | None
    at: int
    headcount: int | None
    people: int
    exposures: int | None
    verdict: str | None
    cause: int | None
    voided_by: int | None


_COLUMNS: Final = (
    STEP.c.position,
    STEP.c.kind,
    STEP.c.subject,
    STEP.c.holder,
    STEP.c.region,
    STEP.c.place,
    STEP.c.channel,
    STEP.c.at,
    STEP.c.headcount,
    STEP.c.people,
    STEP.c.exposures,
    STEP.c.verdict,
    STEP.c.cause_position,
    STEP.c.voided_by,
)


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
        live = or_(STEP.c.voided_by.is_(None), STEP.c.voided_by > self.until)
        return self._steps(select(*_COLUMNS).where(live, *conditions))

    def positions(
        self, table: Table, column: ColumnElement[str], values: Iterable[str], window: Selection
    ) -> list[int]:
        """Return the positions of the rows, in a window, of a table whose `column` has one of these values."""
        statement = select(table.c.position).where(among(column, values), *within(table.c.at, window))
        return sorted(set(self.connection.execute(statement).scalars()))

    def chains(self, start: Iterable[int]) -> dict[int, Step]:
        """Return the steps at these positions and everything up their chains of causes, voided ones too."""
        positions = self.connection.execute(up_the_chains(STEP, start)).scalars()
        steps = self._steps(select(*_COLUMNS).where(among(STEP.c.position, positions)))
        return {step.position: step for step in steps}

    def is_live(self, step: Step) -> bool:
        """Tell whether a step is not voided."""
        return step.voided_by is None or step.voided_by > self.until

    def _steps(self, statement: Select[Any]) -> list[Step]:
        # All at once, for rows that are fetched one by one take half as long again.
        return list(starmap(Step, self.connection.execute(statement.where(*self.seen(STEP))).all()))

    def seen(self, table: Table) -> list[ColumnElement[bool]]:
        """Return the conditions that a row is looked at."""
        seen: list[ColumnElement[bool]] = [table.c.position <= self.until]
        return seen if self._happened is None else [*seen, table.c.at <= self._happened]

    # -- what steps have several of ---------------------------------------------------------------------

    def places(self, positions: Iterable[int]) -> dict[int, list[tuple[str, int]]]:
        """Return where the people of steps with origins are: regions and headcounts, by position."""
        found: dict[int, list[tuple[str, int]]] = {}
        statement = select(PLACE.c.position, PLACE.c.region, PLACE.c.headcount)
        rows = self.connection.execute(statement.where(among(PLACE.c.position, positions))).all()
        for position, region, headcount in rows:
            found.setdefault(position, []).append((region, headcount))
        return found

    def persons(self, positions: Iterable[int]) -> dict[int, list[str]]:
        """Return the pseudonyms of steps, by position."""
        found: dict[int, list[str]] = {}
        statement = select(PERSON.c.position, PERSON.c.pseudonym).where(among(PERSON.c.position, positions))
        for position, pseudonym in self.connection.execute(statement).all():
            found.setdefault(position, []).append(pseudonym)
        return found

    def targets(self, positions: Iterable[int]) -> dict[int, list[str]]:
        """Return whom events name, by position."""
        found: dict[int, list[str]] = {}
        statement = select(TARGET.c.position, TARGET.c.target).where(among(TARGET.c.position, positions))
        for position, target in self.connection.execute(statement).all():
            found.setdefault(position, []).append(target)
        return found

    def told(self, items: Iterable[str]) -> dict[str, list[Told]]:
        """Return what was said of items, by position, the publication first."""
        found: dict[str, list[Told]] = {}
        statement = select(ITEM).where(among(ITEM.c.item, items), *self.seen(ITEM))
        for row in self.connection.execute(statement.order_by(ITEM.c.item, ITEM.c.position)).all():
            found.setdefault(row.item, []).append(Told(*row))
        return found
