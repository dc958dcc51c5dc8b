"""Reads how many people live in a region, by the newest count before a moment."""

from bisect import bisect_left
from datetime import datetime

from sqlalchemy import select

from events.fields import microseconds
from infra.regions import Regions
from infra.views import Connection
from projections.as_of import AsOf
from projections.population.tables import COUNT
from projections.seen import seen

_Counts = dict[str, list[tuple[int, int, int]]]
"""The counts of each region: date, position, people; in this order."""


class Populations:
    """The populations as they were, loaded for one query: each province when it is first asked for."""

    def __init__(self, connection: Connection, regions: Regions, as_of: AsOf = AsOf()) -> None:
        self._connection = connection
        self._regions = regions
        self._as_of = as_of
        self._counts: dict[str, _Counts] = {}

    def of(self, region: str | None, before: datetime) -> int | None:
        """Return N of docs/figures.md; None where it is not known.

        It is the region's own newest count dated before `before`, by date, then by position; else the sum of its
        children's, where each has one in the same way. Of None, which is the nation, it is that of the provinces.
        """
        return self._of(region, microseconds(before))

    def _of(self, region: str | None, before: int) -> int | None:
        if region is not None:
            counts = self._counts_in(region.partition(".")[0])
            own = counts.get(region, [])
            if dated_before := bisect_left(own, (before,)):
                return own[dated_before - 1][2]
            if not counts or region not in self._regions:
                return None
        total = None
        for child in self._regions.children(region):
            people = self._of(child.code, before)
            if people is None:
                return None
            total = (total or 0) + people
        return total

    def _counts_in(self, province: str) -> _Counts:
        if province not in self._counts:
            # "/" is the character after ".".
            here = (COUNT.c.region >= province, COUNT.c.region < f"{province}/")
            columns = (COUNT.c.region, COUNT.c.counted_at, COUNT.c.position, COUNT.c.people)
            statement = select(*columns).where(*here, *seen(COUNT, self._as_of))
            found: _Counts = {}
            ordered = statement.order_by(COUNT.c.counted_at, COUNT.c.position)
            for region, date, position, people in self._connection.execute(ordered):
                found.setdefault(region, []).append((date, position, people))
            self._counts[province] = found
        return self._counts[province]
