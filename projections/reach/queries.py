"""The figures of a selection, for the whole of it or for its parts."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC
from itertools import chain
from typing import Final

from msgspec.structs import replace

from events.fields import in_zone
from infra.regions import Regions
from infra.views import Connection
from projections.reach import activity, cascade, correction, funnel, people, screening, timing
from projections.reach.facts import GATHERED, Facts, Shared, addressing, receipts
from projections.reach.figure import VERSIONS, Evidence, Figure, Period, Selection
from projections.reach.found import Found
from projections.reach.reading import Key, Reading, Source
from projections.reach.view import View

_SOURCES: Final[Sequence[Source]] = (
    receipts,
    *GATHERED.values(),
    people.crowds,
    people.scattered,
    people.origins,
    people.places,
    activity.sessions,
    activity.coached,
    activity.due,
)
"""Whatever has rows in a part makes it appear."""

_NAMING: Final[Sequence[Source]] = (addressing, activity.coached_kim)
"""What names organisations: it makes a part appear where one of them lay in it."""


def figures(
    connection: Connection, selection: Selection, *, regions: Regions, events_of: Collection[str] = ()
) -> list[Figure]:
    """Return every figure of a selection, one of each name for every part that `by` makes of it.

    Sorted by name, item, region, period, channel and topic. Those whose names are in `events_of` list the steps
    behind them, by position.
    """
    reading = Reading(View(connection, selection.as_of), selection, regions, each_step=bool(events_of))
    shared = Shared(reading)
    parts = (_of_part(Facts(reading, shared, key), events_of) for key in _parts(reading, shared))
    return sorted(_once(chain.from_iterable(parts)), key=_order)


def _parts(reading: Reading, shared: Shared) -> set[Key]:
    """Return the parts that something lies in; with regions inside of others, in one of the regions."""
    found = reading.keys(_SOURCES)
    doubtful: dict[Key, set[Key]] = defaultdict(set)
    for key in reading.keys(_NAMING) - found:
        doubtful[reading.wherever(key)].add(key)
    for keys in doubtful.values():
        if any(_names_somebody(Facts(reading, shared, key)) for key in keys):
            found |= keys
    return found


def _names_somebody(facts: Facts) -> bool:
    return any(facts.addressed.values()) or activity.coaches(facts)


def _of_part(facts: Facts, events_of: Collection[str]) -> Iterator[Figure]:
    selection, topic = facts.selection, facts.topic
    item = selection.item

    def figure(found: Found, selection: Selection, topic: str | None = None) -> Figure:
        events = sorted(set(found.events()), key=_listed) if found.name in events_of else ()
        return _figure(found, selection, topic, events)

    found = chain(
        people.figures(facts),
        funnel.figures(facts),
        screening.figures(facts),
        timing.figures(facts),
        activity.figures(facts),
    )
    for each in found:
        yield figure(each, selection, topic)
    if item is not None:
        for each in correction.figures(facts, item):
            yield figure(each, replace(selection, begin=None, end=None))
        for each in cascade.figures(facts.reading.view, item):
            yield figure(each, Selection(item=item))


def _listed(evidence: Evidence) -> tuple[int, str, str]:
    return evidence.position, evidence.place or "", evidence.whom or ""


def _figure(found: Found, selection: Selection, topic: str | None, events: Sequence[Evidence]) -> Figure:
    begin, end = (None if each is None else in_zone(each, UTC) for each in (selection.begin, selection.end))
    return Figure(
        found.name,
        found.value,
        found.numerator,
        found.denominator,
        f"{found.name}@{VERSIONS.get(found.name, 1)}",
        selection.item,
        selection.region,
        None if begin is None and end is None else Period(begin, end),
        selection.channel,
        topic,
        found.note,
        events,
    )


def _order(figure: Figure) -> tuple[str, ...]:
    period = figure.period
    times = (
        ("", "")
        if period is None
        else tuple("" if t is None else t.isoformat() for t in (period.from_, period.to))
    )
    return (
        figure.name,
        figure.item or "",
        figure.region or "",
        "/".join(times),
        figure.channel or "",
        figure.topic or "",
    )


def _once(figures_: Iterator[Figure]) -> list[Figure]:
    """Return the figures, each once: those of an item alone are found in every part that has it."""
    return list({_order(figure): figure for figure in figures_}.values())
