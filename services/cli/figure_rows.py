"""Figures as rows that readers of CSV take as they are: a part by its code, its name and its local days."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from events.fields import JAKARTA
from infra.regions import Regions
from projections.reach.figure import Figure, Period, Selection

OF_ONE_ITEM: Final = ("cascade.", "correction.")
"""How the figures begin whose names only an item has."""
_OF_NO_ITEM: Final = ("coaching.", "kim.", "aspiration.")
_OF_NO_CHANNEL: Final = ("coaching.", "aspiration.")
_TOLD: Final = ("name", "value", "numerator", "denominator", "formula", "note")

Row = dict[str, object]


class Part(NamedTuple):
    """What a figure is of."""

    item: str | None
    region: str | None
    period: Period | None
    channel: str | None
    topic: str | None

    @classmethod
    def of(cls, figure: Figure) -> "Part":
        """Return the part that a figure is of."""
        return cls(figure.item, figure.region, figure.period, figure.channel, figure.topic)

    def cells(self, regions: Regions) -> Row:
        """Return the part as the cells of a row; the window in days of Jakarta, as it is asked for."""
        begin, end = (None, None) if self.period is None else (self.period.from_, self.period.to)
        return {
            "item": self.item,
            "region": self.region,
            "region_name": None if self.region is None else regions.get(self.region).name,
            "from": _day(begin),
            "to": _day(end),
            "channel": self.channel,
            "topic": self.topic,
        }


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(JAKARTA).date().isoformat()


def part_columns(selection: Selection) -> list[str]:
    """Return the columns that tell the parts of a selection: those that can ever hold something."""
    by = set(selection.by)
    has = {
        ("item",): selection.item is not None or "item" in by,
        ("region", "region_name"): selection.region is not None or "region" in by,
        ("from", "to"): bool(selection.begin or selection.end or by & {"day", "month"}),
        ("channel",): selection.channel is not None or "channel" in by,
        ("topic",): "topic" in by,
    }
    return [column for columns, is_there in has.items() if is_there for column in columns]


# -- a row for each figure -----------------------------------------------------------------------------


def long_columns(selection: Selection) -> list[str]:
    """Return the columns of a row for each figure."""
    return [*part_columns(selection), *_TOLD]


def long_rows(figures: Iterable[Figure], regions: Regions) -> Iterator[Row]:
    """Yield a row for each figure."""
    for figure in figures:
        yield {**Part.of(figure).cells(regions), **{name: getattr(figure, name) for name in _TOLD}}


# -- a row for each part -------------------------------------------------------------------------------


def names_of(selection: Selection, names: Iterable[str]) -> list[str]:
    """Return those figures' names that the parts of a selection can have."""
    by = set(selection.by)
    of_items = selection.item is not None or "item" in by
    leaves_out: tuple[str, ...] = () if of_items else OF_ONE_ITEM
    if of_items or "topic" in by:
        leaves_out += _OF_NO_ITEM
    elif selection.channel is not None or "channel" in by:
        leaves_out += _OF_NO_CHANNEL
    return [name for name in names if not name.startswith(leaves_out)]


def wide_rows(figures: Sequence[Figure], names: Sequence[str]) -> Iterator[tuple[Part, Mapping[str, Figure]]]:
    """Yield each part and its figures by name.

    What is of the item whatever the window, as its cascade, stands in each of its parts.
    """
    by_part: dict[Part, dict[str, Figure]] = defaultdict(dict)
    for figure in figures:
        by_part[Part.of(figure)][figure.name] = figure
    for part, own in by_part.items():
        if "coverage" not in own:
            continue
        wider = (part._replace(period=None, topic=None), Part(part.item, None, None, None, None))
        found = dict(own)
        for each in wider:
            found = {**by_part.get(each, {}), **found} if each != part else found
        yield part, {name: found[name] for name in names if name in found}


def wide_row(part: Part, named: Mapping[str, Figure], regions: Regions, names: Sequence[str]) -> Row:
    """Return the row of a part: the value of each figure, and what their notes say."""
    values = {name: named[name].value if name in named else None for name in names}
    return {**part.cells(regions), **values, "note": _note(named.values())}


def _note(figures: Iterable[Figure]) -> str | None:
    """Return what notes say, each with the figures that it is on."""
    told: dict[str, list[str]] = defaultdict(list)
    for figure in figures:
        for note in figure.note.split("; ") if figure.note else ():
            told[note].append(figure.name)
    return "; ".join(f"{note}: {' '.join(names)}" for note, names in told.items()) or None
