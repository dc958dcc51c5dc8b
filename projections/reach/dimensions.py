"""The dimensions that a selection is broken down by: which part a row belongs to, and what a part is asked of."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from msgspec.structs import replace
from sqlalchemy import ColumnElement, select

from events.fields import EPOCH, JAKARTA
from infra.regions import Regions
from projections.reach.figure import By, Selection
from projections.reach.tables import ITEM, STEP
from projections.reach.view import View

_DAY: Final = timedelta(days=1) // timedelta(microseconds=1)
_FIRST_DAY: Final = (EPOCH - datetime.combine(date.min, time.min, JAKARTA)) // timedelta(microseconds=1) + _DAY
"""So many microseconds lie between the day before 0001-01-01 in Jakarta and 1970-01-01T00:00:00Z."""

WHEREVER: Final = "*"
"""The key of what belongs to the parts of every region, or of every channel."""


class Where(NamedTuple):
    """What a row says of where and when it is."""

    region: ColumnElement[Any]
    channel: ColumnElement[Any]
    at: ColumnElement[int]


class Dimension(ABC):
    """Tells the parts of a selection apart."""

    def __init__(self, selection: Selection, view: View, regions: Regions) -> None:
        self._selection = selection
        self._view = view
        self._regions = regions

    @abstractmethod
    def value(self, where: Where) -> ColumnElement[Any]:
        """Return what rows are told apart by, in the database."""

    def key(self, value: Any) -> Hashable | None:  # noqa: ANN401 - each dimension has values of its own
        """Return the part that a value belongs to; None where it belongs to none, as every null does."""
        found: Hashable | None = value
        return found

    @abstractmethod
    def narrowed(self, selection: Selection, key: Any) -> Selection:  # noqa: ANN401 - likewise
        """Return the selection of a part."""


class ByItem(Dimension):
    """A part for each item."""

    def value(self, where: Where) -> ColumnElement[Any]:  # noqa: ARG002, D102 - see Dimension
        return STEP.c.subject

    def narrowed(self, selection: Selection, key: str) -> Selection:  # noqa: D102 - see Dimension
        return replace(selection, item=key)


class ByTopic(Dimension):
    """A part for each topic of items, the newest that was told of each."""

    def value(self, where: Where) -> ColumnElement[Any]:  # noqa: ARG002, D102 - see Dimension
        told = (ITEM.c.item == STEP.c.subject, ITEM.c.topic.is_not(None), *self._view.seen(ITEM))
        newest = select(ITEM.c.topic).where(*told).order_by(ITEM.c.position.desc()).limit(1)
        return newest.correlate(STEP).scalar_subquery()

    def narrowed(self, selection: Selection, key: str) -> Selection:  # noqa: ARG002, D102 - see Dimension
        return selection


class ByChannel(Dimension):
    """A part for each channel."""

    def value(self, where: Where) -> ColumnElement[Any]:  # noqa: D102 - see Dimension
        return where.channel

    def narrowed(self, selection: Selection, key: str) -> Selection:  # noqa: D102 - see Dimension
        return replace(selection, channel=key)


class ByRegion(Dimension):
    """A part for each child of the region."""

    def __init__(self, selection: Selection, view: View, regions: Regions) -> None:
        super().__init__(selection, view, regions)
        self.children = [child.code for child in regions.children(selection.region)]
        self._known = {WHEREVER, *self.children}
        self._length = max(map(len, self.children), default=0)

    def value(self, where: Where) -> ColumnElement[Any]:  # noqa: D102 - see Dimension
        return where.region

    def key(self, value: str) -> Hashable | None:  # noqa: D102 - see Dimension
        child = value[: self._length]
        return child if child in self._known else None

    def narrowed(self, selection: Selection, key: str) -> Selection:  # noqa: D102 - see Dimension
        return replace(selection, region=key)


class ByDay(Dimension):
    """A part for each day of Jakarta's calendar in which something lies, cut to the window.

    What lies before the first day or after the last one, by its offset, belongs to these.
    """

    def value(self, where: Where) -> ColumnElement[Any]:  # noqa: D102 - see Dimension
        return (where.at + _FIRST_DAY) // _DAY

    def key(self, value: int) -> Hashable | None:  # noqa: D102 - see Dimension
        return self.day(value)

    @staticmethod
    def day(value: int) -> date:
        """Return the day of a value."""
        return date.fromordinal(min(max(value, 1), date.max.toordinal()))

    def narrowed(self, selection: Selection, key: date) -> Selection:  # noqa: D102 - see Dimension
        begin = _midnight(key)
        try:
            end = _midnight(self.following(key))
        except OverflowError:  # the calendar ends with this part
            end = None
        ends = [each for each in (end, selection.end) if each is not None]
        return replace(
            selection,
            begin=begin if selection.begin is None else max(begin, selection.begin),
            end=min(ends, default=None),
        )

    def following(self, key: date) -> date:
        """Return the first day after a part.

        Raises:
            OverflowError: the calendar has none.

        """
        return key + timedelta(days=1)


class ByMonth(ByDay):
    """A part for each month."""

    def key(self, value: int) -> Hashable | None:  # noqa: D102 - see Dimension
        return self.day(value).replace(day=1)

    def following(self, key: date) -> date:  # noqa: D102 - see ByDay
        return (key + timedelta(days=31)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, JAKARTA)


DIMENSIONS: Final[Mapping[By, type[Dimension]]] = {
    "item": ByItem,
    "region": ByRegion,
    "channel": ByChannel,
    "day": ByDay,
    "month": ByMonth,
    "topic": ByTopic,
}
