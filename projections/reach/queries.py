"""The figures of a selection, for the whole of it or for its parts."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from operator import itemgetter
from typing import Final

from msgspec.structs import replace

from events.fields import JAKARTA, moment
from infra.regions import Regions
from infra.views import Connection
from projections.population.queries import Populations
from projections.reach import activity, cascade, correction, funnel, people, timing
from projections.reach.facts import Facts, read
from projections.reach.figure import VERSIONS, By, Figure, Period, Selection
from projections.reach.found import Found
from projections.reach.view import View


def figures(connection: Connection, selection: Selection, *, regions: Regions) -> list[Figure]:
    """Return every figure of a selection, one of each name for every part that `by` makes of it.

    Sorted by name, item, region, period, channel and topic.
    """
    view = View(connection, selection.as_of)
    population = Populations(connection, regions, selection.as_of).of
    parts: list[tuple[Facts, str | None]] = [(read(view, selection, regions, population), None)]
    for by in selection.by:
        parts = [part for whole in parts for part in _SPLIT[by](*whole)]
    return sorted(_once(chain.from_iterable(_of_part(facts, topic) for facts, topic in parts)), key=_order)


def _of_part(facts: Facts, topic: str | None) -> Iterator[Figure]:
    selection = facts.selection
    item = selection.item
    found = chain(
        people.figures(facts),
        funnel.figures(facts),
        timing.figures(facts),
        activity.figures(facts) if item is None and topic is None else (),
    )
    for each in found:
        yield _figure(each, selection, topic)
    if item is not None:
        for each in correction.figures(facts, item):
            yield _figure(each, replace(selection, begin=None, end=None), None)
        for each in cascade.figures(facts.common.view, item):
            yield _figure(each, Selection(item=item), None)


def _figure(found: Found, selection: Selection, topic: str | None) -> Figure:
    begin, end = (None if each is None else each.astimezone(UTC) for each in (selection.begin, selection.end))
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
        found.events,
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


# -- the parts of a selection ---------------------------------------------------------------------------

Parts = Iterator[tuple[Facts, str | None]]


def _by_item(facts: Facts, topic: str | None) -> Parts:
    parts = facts.split(lambda step: step.subject if step.kind.startswith("item.") else None)
    for item, part in parts.items():
        yield part.of_selection(item=item), topic


def _by_topic(facts: Facts, _: str | None) -> Parts:
    topics = {name: item.topic for name, item in facts.common.items.items()}
    for topic, part in facts.split(lambda step: topics.get(step.subject)).items():
        yield part, topic


def _by_channel(facts: Facts, topic: str | None) -> Parts:
    for channel in sorted(
        {step.channel for step in (*facts.steps, *facts.addressing) if step.channel is not None}
    ):
        yield facts.in_channel(channel), topic


def _by_region(facts: Facts, topic: str | None) -> Parts:
    for child in facts.common.regions.children(facts.selection.region):
        yield facts.in_region(child.code), topic


def _by_day(facts: Facts, topic: str | None) -> Parts:
    return _by_period(facts, topic, _midnight, timedelta(days=1))


def _by_month(facts: Facts, topic: str | None) -> Parts:
    return _by_period(facts, topic, lambda time: _midnight(time).replace(day=1), timedelta(days=31))


def _by_period(
    facts: Facts, topic: str | None, start: Callable[[datetime], datetime], longest: timedelta
) -> Parts:
    """Yield a part for each period of Jakarta's calendar in which something lies, cut to the window."""
    selection = facts.selection
    parts = facts.split(lambda step: start(moment(step.at)))
    nothing = facts.of_steps((), ())
    for begin in {start(moment(due)) for due in activity.due(facts).values()} - parts.keys():
        parts[begin] = nothing
    for begin, part in sorted(parts.items(), key=itemgetter(0)):
        end = start(begin + longest + timedelta(hours=1))
        yield (
            part.of_selection(
                begin=begin if selection.begin is None else max(begin, selection.begin),
                end=end if selection.end is None else min(end, selection.end),
            ),
            topic,
        )


def _midnight(time: datetime) -> datetime:
    return time.astimezone(JAKARTA).replace(hour=0, minute=0, second=0, microsecond=0)


_SPLIT: Final[Mapping[By, Callable[[Facts, str | None], Parts]]] = {
    "item": _by_item,
    "region": _by_region,
    "channel": _by_channel,
    "day": _by_day,
    "month": _by_month,
    "topic": _by_topic,
}
