"""Coaching sessions, active KIM, and aspirations answered in time: figures that are of no item."""

from collections import Counter
from collections.abc import Iterator
from operator import itemgetter

from sqlalchemy import ColumnElement, and_, select

from infra.views import among
from projections.reach.dimensions import Where
from projections.reach.facts import GATHERED, Facts
from projections.reach.figure import Evidence
from projections.reach.found import Found, count, ratio
from projections.reach.reading import ANYWHERE, PLACES, WHOLE, Reading, Rows
from projections.reach.tables import ASPIRATION, COACHED, PLACE, SESSION, STEP
from projections.reach.view import lies_in, within

ACTIVE_STEPS = 1
"""The k of `kim.active@2`: so many steps make a KIM active."""

_COACHING = "coaching.held"
_VILLAGE_CODE = len("18.09.01.2007")


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures that are of no item."""
    if facts.selection.item is not None or facts.topic is not None:
        return
    if facts.selection.channel is None:
        yield from _coaching(facts)
        yield _aspirations(facts)
    yield _kim(facts)


def _takes_it(reading: Reading) -> bool:
    """Tell whether these figures are asked for: coaching and aspirations have neither items nor channels."""
    selection = reading.selection
    return (
        selection.item is None
        and selection.channel is None
        and {"item", "topic", "channel"}.isdisjoint(selection.by)
    )


# -- coaching -------------------------------------------------------------------------------------------


def _held(reading: Reading) -> list[ColumnElement[bool]]:
    """Return the conditions of the sessions, few enough to look at all of the window."""
    in_window = select(SESSION.c.position).where(*within(SESSION.c.at, reading.selection))
    return [STEP.c.position.in_(in_window), *reading.chosen(_COACHING)]


def sessions(reading: Reading) -> Rows:
    """Read position and venue of each session whose venue lies in the region."""
    if not _takes_it(reading):
        return {}
    here = [*_held(reading), *lies_in(WHOLE, reading.selection.region)]
    return reading.rows((STEP.c.position, WHOLE), here, where=Where(WHOLE, ANYWHERE, STEP.c.at))


def coached(reading: Reading) -> Rows:
    """Read position, region and number of the people of sessions."""
    if not _takes_it(reading):
        return {}
    here = [*_held(reading), *lies_in(PLACE.c.region, reading.selection.region)]
    columns = (STEP.c.position, PLACE.c.region, PLACE.c.headcount)
    return reading.rows(columns, here, where=Where(PLACE.c.region, ANYWHERE, STEP.c.at), joined=PLACES)


def coached_kim(reading: Reading) -> Rows:
    """Read position and KIM of the sessions that coached one that ever lay in the region."""
    if not _takes_it(reading):
        return {}
    region = reading.selection.region
    names = [] if region is None else [among(COACHED.c.kim, reading.registry.ever_in(region))]
    return reading.rows(
        (STEP.c.position, COACHED.c.kim),
        [*names, *within(COACHED.c.at, reading.selection), *reading.chosen(_COACHING)],
        where=Where(ANYWHERE, ANYWHERE, STEP.c.at),
        joined=COACHED.join(STEP, STEP.c.position == COACHED.c.position),
    )


def _coaching(facts: Facts) -> Iterator[Found]:
    held = list(facts.rows(sessions))
    people = list(facts.rows(coached))
    region_of = facts.reading.registry.region

    def by_place() -> Iterator[Evidence]:
        return (Evidence(position, number, region) for position, region, number in people)

    villages = [
        each
        for each in (
            *(Evidence(position, place=region) for position, region, _people in people),
            *(Evidence(position, 1, region_of(kim, position), kim) for position, kim in facts.rows(coached_kim)),
        )
        if each.place is not None and len(each.place) == _VILLAGE_CODE and facts.inside[each.place]
    ]
    yield count("coaching.held", len(held), lambda: (Evidence(position, 1, venue) for position, venue in held))
    yield count("coaching.people", sum(row[2] for row in people), by_place)
    yield count("coaching.villages", len({each.place for each in villages}), lambda: villages)


def coaches(facts: Facts) -> bool:
    """Tell whether a session coached a KIM of the region."""
    region_of = facts.reading.registry.region
    return any(facts.inside[region_of(kim, position)] for position, kim in facts.rows(coached_kim))


# -- KIM ------------------------------------------------------------------------------------------------


def _kim(facts: Facts) -> Found:
    kim = facts.reading.registry.kim_with_decree(facts.selection.region, facts.end)
    steps: Counter[str] = Counter()
    for source in GATHERED.values():
        steps.update(map(itemgetter(1), facts.rows(source)))
    active = {one for one in kim if steps[one] >= ACTIVE_STEPS}

    def events() -> Iterator[Evidence]:
        rows = (row for source in GATHERED.values() for row in facts.rows(source))
        return (Evidence(row[3]) for row in rows if row[1] in active)

    return ratio("kim.active", len(active), len(kim), events, facts.left_out("item.discussed", "item.acted_on"))


# -- aspirations ----------------------------------------------------------------------------------------


def due(reading: Reading) -> Rows:
    """Read the aspirations due in the window, and the position of an answer that came in time, or null."""
    if not _takes_it(reading):
        return {}
    answered = and_(
        STEP.c.subject == ASPIRATION.c.aspiration,
        STEP.c.kind == "aspiration.answered",
        STEP.c.at < ASPIRATION.c.due_until,
        *reading.view.live(STEP),
    )
    return reading.rows(
        (ASPIRATION.c.aspiration, STEP.c.position),
        [
            *lies_in(ASPIRATION.c.region, reading.selection.region),
            *within(ASPIRATION.c.due_from, reading.selection),
            *reading.view.seen(ASPIRATION),
        ],
        where=Where(ASPIRATION.c.region, ANYWHERE, ASPIRATION.c.due_from),
        joined=ASPIRATION.outerjoin(STEP, answered),
    )


def _aspirations(facts: Facts) -> Found:
    answers = list(facts.rows(due))
    asked = {aspiration for aspiration, _position in answers}
    answered = {aspiration for aspiration, position in answers if position is not None}

    def events() -> Iterator[Evidence]:
        return (Evidence(position) for _aspiration, position in answers if position is not None)

    return ratio("aspiration.answered", len(answered), len(asked), events)
