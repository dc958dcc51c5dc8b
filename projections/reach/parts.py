"""The parts of a selection: which steps belong to each, by every dimension that it is broken down by."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from events.fields import JAKARTA, moment
from projections.reach import activity
from projections.reach.facts import Common, Facts
from projections.reach.figure import By, Selection
from projections.reach.step import Step


class Part:
    """A part that is not broken down any further: it has facts."""

    def __init__(self, selection: Selection, common: Common, topic: str | None, unchanneled: Counter[str]) -> None:
        self.topic = topic
        self.facts = Facts(selection, common, unchanneled)

    def add(self, steps: Sequence[Step]) -> None:
        """Take in steps."""
        self.facts.add(steps)

    def address(self, steps: Sequence[Step]) -> None:
        """Take in steps that may address a holder."""
        self.facts.addressing += steps

    def leaves(self) -> "Iterator[Part]":
        """Yield the part."""
        yield self


class Dimension(ABC):
    """A part that is broken down: a part for each key that its steps have."""

    def __init__(
        self,
        selection: Selection,
        common: Common,
        topic: str | None,
        unchanneled: Counter[str],
        by: Sequence[By],
    ) -> None:
        self.selection = selection
        self.common = common
        self.topic = topic
        self.unchanneled = unchanneled
        self._by = by
        self._parts: dict[Hashable, Part | Dimension] = {}

    @abstractmethod
    def keys(self, step: Step) -> Iterable[Hashable]:
        """Return the keys of the parts that a step belongs to."""

    def keys_addressed(self, step: Step) -> Iterable[Hashable]:
        """Return the keys of the parts that an addressing step belongs to."""
        return self.keys(step)

    @abstractmethod
    def selection_of(self, key: Any) -> Selection:  # noqa: ANN401 - each dimension has keys of its own
        """Return the selection of a part."""

    def part(self, key: Hashable) -> "Part | Dimension":
        """Return the part of a key."""
        if key not in self._parts:
            topic = self.topic_of(key)
            self._parts[key] = part_of(self.selection_of(key), self.common, topic, self.unchanneled, self._by)
        return self._parts[key]

    def topic_of(self, _key: Any) -> str | None:  # noqa: ANN401 - likewise
        """Return the topic of a part."""
        return self.topic

    def add(self, steps: Sequence[Step]) -> None:
        """Take in steps."""
        for key, some in _grouped(steps, self.keys).items():
            self.part(key).add(some)

    def address(self, steps: Sequence[Step]) -> None:
        """Take in steps that may address a holder."""
        for key, some in _grouped(steps, self.keys_addressed).items():
            self.part(key).address(some)

    def leaves(self) -> "Iterator[Part]":
        """Yield the parts that are not broken down any further."""
        for part in self._parts.values():
            yield from part.leaves()


def part_of(
    selection: Selection, common: Common, topic: str | None, unchanneled: Counter[str], by: Sequence[By]
) -> Part | Dimension:
    """Return an empty part, broken down by what is left."""
    if not by:
        return Part(selection, common, topic, unchanneled)
    return _DIMENSIONS[by[0]](selection, common, topic, unchanneled, by[1:])


def _grouped(steps: Iterable[Step], keys: Callable[[Step], Iterable[Hashable]]) -> dict[Hashable, list[Step]]:
    found: dict[Hashable, list[Step]] = {}
    for step in steps:
        for key in keys(step):
            found.setdefault(key, []).append(step)
    return found


class ByItem(Dimension):
    """A part for each item."""

    def keys(self, step: Step) -> Iterable[Hashable]:  # noqa: D102 - see Dimension
        return (step.subject,) if step.kind.startswith("item.") else ()

    def selection_of(self, key: str) -> Selection:  # noqa: D102 - see Dimension
        return replace(self.selection, item=key)


class ByTopic(Dimension):
    """A part for each topic of items."""

    def keys(self, step: Step) -> Iterable[Hashable]:  # noqa: D102 - see Dimension
        item = self.common.items.get(step.subject)
        return () if item is None or item.topic is None else (item.topic,)

    def selection_of(self, _key: str) -> Selection:  # noqa: D102 - see Dimension
        return self.selection

    def topic_of(self, key: str) -> str | None:  # noqa: D102 - see Dimension
        return key


class ByChannel(Dimension):
    """A part for each channel; steps without one are counted for all of them."""

    def __init__(self, *given: Any) -> None:  # noqa: ANN401 - see Dimension
        super().__init__(*given)
        self.unchanneled = Counter()

    def add(self, steps: Sequence[Step]) -> None:  # noqa: D102 - see Dimension
        self.unchanneled.update(step.kind for step in steps if step.channel is None)
        super().add(steps)

    def keys(self, step: Step) -> Iterable[Hashable]:  # noqa: D102 - see Dimension
        return () if step.channel is None else (step.channel,)

    def selection_of(self, key: str) -> Selection:  # noqa: D102 - see Dimension
        return replace(self.selection, channel=key)


class ByRegion(Dimension):
    """A part for each child of the region."""

    def __init__(self, *given: Any) -> None:  # noqa: ANN401 - see Dimension
        super().__init__(*given)
        children = self.common.regions.children(self.selection.region)
        for child in children:
            self.part(child.code)
        self._length = len(children[0].code) if children else 0

    def keys(self, step: Step) -> Iterable[Hashable]:  # noqa: D102 - see Dimension
        if step.kind == "coaching.held":  # a KIM that it coached may lie anywhere
            return self._parts
        places = self.common.places.get(step.position, ())
        regions = (
            {step.region, step.place, *(place for place, _ in places)} if places or step.place else (step.region,)
        )
        return {region[: self._length] for region in regions if region is not None} & self._parts.keys()

    def keys_addressed(self, _step: Step) -> Iterable[Hashable]:  # noqa: D102 - see Dimension
        return self._parts  # whom it names may lie anywhere

    def selection_of(self, key: str) -> Selection:  # noqa: D102 - see Dimension
        return replace(self.selection, region=key)


class ByPeriod(Dimension):
    """A part for each period of Jakarta's calendar in which something lies, cut to the window."""

    longest: timedelta

    @staticmethod
    @abstractmethod
    def start(time: datetime) -> datetime:
        """Return when the period of a time begins."""

    def keys(self, step: Step) -> Iterable[Hashable]:  # noqa: D102 - see Dimension
        return (self.start(moment(step.at)),)

    def selection_of(self, key: datetime) -> Selection:  # noqa: D102 - see Dimension
        whole, end = self.selection, self.start(key + self.longest + timedelta(hours=1))
        return replace(
            whole,
            begin=key if whole.begin is None else max(key, whole.begin),
            end=end if whole.end is None else min(end, whole.end),
        )

    def leaves(self) -> Iterator[Part]:  # noqa: D102 - see Dimension
        for due in activity.due(self.common.view, self.selection).values():
            self.part(self.start(moment(due)))
        yield from super().leaves()


class ByDay(ByPeriod):
    """A part for each day."""

    longest = timedelta(days=1)

    @staticmethod
    def start(time: datetime) -> datetime:  # noqa: D102 - see ByPeriod
        return time.astimezone(JAKARTA).replace(hour=0, minute=0, second=0, microsecond=0)


class ByMonth(ByPeriod):
    """A part for each month."""

    longest = timedelta(days=31)

    @staticmethod
    def start(time: datetime) -> datetime:  # noqa: D102 - see ByPeriod
        return ByDay.start(time).replace(day=1)


_DIMENSIONS: Final[Mapping[By, type[Dimension]]] = {
    "item": ByItem,
    "region": ByRegion,
    "channel": ByChannel,
    "day": ByDay,
    "month": ByMonth,
    "topic": ByTopic,
}
