"""Reads what figures need out of the database: rows of a selection, by the part of it that they belong to."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import product
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, FromClause, Text, func, literal, or_, select

from events.fields import moment
from infra.regions import Regions
from infra.views import among
from projections.population.queries import Populations
from projections.reach.dimensions import DIMENSIONS, WHEREVER, ByChannel, ByRegion, ByTopic, Where
from projections.reach.figure import Selection
from projections.reach.tables import PLACE, STEP
from projections.reach.view import View, lies_elsewhere, lies_in, within
from projections.registry.queries import Registry

Row = tuple[Any, ...]
Key = tuple[Hashable, ...]
"""Which part: a key of each dimension."""
Rows = Mapping[Key, Sequence[Row]]
Conditions = Sequence[ColumnElement[bool]]

WHOLE: Final = func.coalesce(STEP.c.place, STEP.c.region, type_=Text)
"""The least region that has all people of a step."""

ANYWHERE: Final = literal(WHEREVER, Text)
"""Where a row belongs to the parts of every region."""

PLACES: Final = STEP.join(PLACE, PLACE.c.position == STEP.c.position)
"""The places of steps that have people at several."""

_HOLDERS: Final = Where(STEP.c.region, STEP.c.channel, STEP.c.at)


class Reading:
    """The rows of a selection: each source of them is read once, whole, and split into the parts."""

    def __init__(self, view: View, selection: Selection, regions: Regions, *, each_step: bool = False) -> None:
        self.view = view
        self.selection = selection
        self.regions = regions
        self.registry = Registry(view.connection, selection.as_of)
        self.population = Populations(view.connection, regions, selection.as_of).of
        self.dimensions = [DIMENSIONS[each](selection, view, regions) for each in selection.by]
        self.each_step = each_step
        """Whether rows are read step by step, since the steps behind some figure are asked for."""
        self._read: dict[Source, Rows] = {}

    @cached_property
    def now(self) -> datetime:
        """The newest recorded_at that is looked at."""
        return moment(self.view.now)

    def of(self, source: "Source") -> Rows:
        """Return the rows of a source."""
        if source not in self._read:
            self._read[source] = source(self)
        return self._read[source]

    def keys(self, sources: Sequence["Source"]) -> set[Key]:
        """Return the parts that something lies in, for every child of the region that they are broken down by."""
        found = {key for source in sources for key in self.of(source)}
        by_region = [dimension for dimension in self.dimensions if isinstance(dimension, ByRegion)]
        if len(by_region) == len(self.dimensions):  # these are there though nothing lies in them
            found.add((WHEREVER,) * len(by_region))
        every = [each.children if isinstance(each, ByRegion) else None for each in self.dimensions]
        return {part for key in found for part in product(*map(_options, key, every))}

    def wherever(self, key: Key) -> Key:
        """Return a part without the region that it is of."""
        return tuple(
            WHEREVER if isinstance(dimension, ByRegion) else one
            for one, dimension in zip(key, self.dimensions, strict=True)
        )

    @cached_property
    def around(self) -> Sequence[str]:
        """The regions around every part, the nation among them, which is empty."""
        region = self.selection.region
        above = [] if region is None else ["", *(each.code for each in self.regions.ancestors(region))]
        broken_down = any(isinstance(each, ByRegion) for each in self.dimensions)
        return [*above, region or ""] if broken_down else above

    def keys_of(self, key: Key) -> Collection[Key]:
        """Return under which keys the rows of a part lie: its own, and those of every region or every channel."""
        options = [
            (each, WHEREVER) if isinstance(dimension, ByRegion | ByChannel) else (each,)
            for each, dimension in zip(key, self.dimensions, strict=True)
        ]
        return list(product(*options))

    def part(self, key: Key) -> tuple[Selection, str | None]:
        """Return the selection of a part, and its topic."""
        selection, topic = self.selection, None
        for dimension, one in zip(self.dimensions, key, strict=True):
            selection = dimension.narrowed(selection, one)
            topic = cast("str", one) if isinstance(dimension, ByTopic) else topic
        return selection, topic

    # -- which steps ------------------------------------------------------------------------------------

    def chosen(self, *kinds: str, channel: bool = True) -> list[ColumnElement[bool]]:
        """Return the conditions that a step is of these kinds and of the selection, in whatever region."""
        selection = self.selection
        conditions = [STEP.c.kind.in_(kinds), *within(STEP.c.at, selection), *self.view.live(STEP)]
        if selection.item is not None:
            conditions.append(STEP.c.subject == selection.item)
        if channel and selection.channel is not None:
            conditions.append(STEP.c.channel == selection.channel)
        return conditions

    def inside(self, column: ColumnElement[str]) -> list[ColumnElement[bool]]:
        """Return the conditions that a region lies in that of the selection."""
        item, region = self.selection.item, self.selection.region
        if item is not None or region is None:
            return lies_in(column, region)
        return [among(column, self.regions.within(region))]  # an index leads from each to its own times

    def of_holders(self, *kinds: str, channel: bool = True) -> list[Conditions]:
        """Return the conditions of the steps whose holder lies in the region."""
        return [[*self.inside(STEP.c.region), *self.chosen(*kinds, channel=channel)]]

    def from_elsewhere(self, *kinds: str, channel: bool = True) -> list[Conditions]:
        """Return the conditions of the steps all of whose people are in the region, but not their holder."""
        region = self.selection.region
        if region is None:
            return []
        outside = lies_elsewhere(STEP.c.region, region)
        return [[STEP.c.away, *self.inside(STEP.c.place), outside, *self.chosen(*kinds, channel=channel)]]

    def of_people(self, *kinds: str) -> list[Conditions]:
        """Return the conditions of the steps all of whose people are in the region."""
        region = self.selection.region
        here = [] if region is None else [or_(STEP.c.place.is_(None), *lies_in(STEP.c.place, region))]
        return [[*here, *conditions] for conditions in self.of_holders(*kinds)] + self.from_elsewhere(*kinds)

    def away(self, kind: str) -> Conditions:
        """Return the conditions of places in the region, of steps of this kind, whose holders lie elsewhere."""
        return [
            PLACE.c.away,
            *self.inside(PLACE.c.region),
            *within(PLACE.c.at, self.selection),
            *self.chosen(kind),
        ]

    # -- their rows -------------------------------------------------------------------------------------

    def listed(self, *columns: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
        """Return columns that only lists of steps need: none where no step is asked for."""
        return columns if self.each_step else ()

    def rows(
        self,
        columns: Sequence[ColumnElement[Any]],
        *alternatives: Conditions,
        where: Where = _HOLDERS,
        joined: FromClause = STEP,
        totals: Sequence[ColumnElement[Any]] = (),
    ) -> Rows:
        """Return the rows that meet one of some conditions, each as its columns.

        With totals: a row for all those whose columns are the same; for each step where steps are asked for.
        """
        values = [dimension.value(where).label(f"by_{n}") for n, dimension in enumerate(self.dimensions)]
        told = [column.label(f"told_{n}") for n, column in enumerate(columns)]
        found: dict[Key, list[Row]] = {}
        for conditions in alternatives:
            statement = select(*values, *told, *totals).select_from(joined).where(*conditions)
            if totals:
                statement = statement.group_by(*(each.name for each in (*values, *told)))
                statement = statement.group_by(STEP.c.position) if self.each_step else statement
            self._split(self.view.read(statement), found)
        return found

    def _split(self, rows: list[Row], found: dict[Key, list[Row]]) -> None:
        if not self.dimensions:
            if rows:
                found.setdefault((), []).extend(rows)
            return
        number = len(self.dimensions)
        keys: dict[Row, Key | None] = {}
        for row in rows:
            values = row[:number]
            if values not in keys:
                keys[values] = self._key(values)
            key = keys[values]
            if key is not None:
                found.setdefault(key, []).append(row[number:])

    def _key(self, values: Row) -> Key | None:
        key = tuple(
            None if value is None else dimension.key(value)
            for dimension, value in zip(self.dimensions, values, strict=True)
        )
        return None if None in key else key


Source = Callable[[Reading], Rows]
"""Reads some rows of a selection."""


def _options(one: Hashable, every: Sequence[Hashable] | None) -> Sequence[Hashable]:
    return [one] if every is None else every
