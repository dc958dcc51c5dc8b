"""Coaching sessions, active KIM, and aspirations answered in time."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import ColumnElement, select

from infra.views import among
from projections.reach.facts import GATHERINGS, Facts
from projections.reach.found import Found, count, ratio
from projections.reach.tables import ASPIRATION, STEP
from projections.reach.view import Step, lies_in, within

ACTIVE_STEPS = 1
"""The k of `kim.active@1`: so many steps make a KIM active."""

_VILLAGE_CODE = len("18.09.01.2007")


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures that are of no item."""
    if facts.selection.channel is None:
        yield from _coaching(facts)
        yield _aspirations(facts)
    yield _kim(facts)


def _coaching(facts: Facts) -> Iterator[Found]:
    sessions = facts.of("coaching.held")
    here = [step.position for step in sessions if facts.inside[step.place]]
    yield count("coaching.held", len(here), sorted(here))
    people = {step.position: _people(facts, step) for step in sessions}
    yield count("coaching.people", sum(people.values()), sorted(each for each, there in people.items() if there))
    villages: dict[str, int] = {}
    for step in sessions:
        for region in _villages(facts, step):
            villages.setdefault(region, step.position)
    yield count("coaching.villages", len(villages), sorted(set(villages.values())))


def _people(facts: Facts, step: Step) -> int:
    places = facts.common.places.get(step.position)
    if places is None:
        return step.headcount or 0 if facts.inside[step.region] else 0
    return sum(people for region, people in places if facts.inside[region])


def _villages(facts: Facts, step: Step) -> Iterator[str]:
    registry = facts.common.registry
    coached = [registry.region(kim, step.position) for kim in facts.common.targets.get(step.position, ())]
    for region in (*coached, *(region for region, _ in facts.common.places.get(step.position, ()))):
        if region is not None and len(region) == _VILLAGE_CODE and facts.inside[region]:
            yield region


def _kim(facts: Facts) -> Found:
    kim = facts.common.registry.kim_with_decree(facts.selection.region, facts.end)
    steps = facts.held(*GATHERINGS)
    by_holder = Counter(step.holder for step in steps)
    active = {one for one in kim if by_holder[one] >= ACTIVE_STEPS}
    events = sorted(step.position for step in steps if step.holder in active)
    return ratio("kim.active", len(active), len(kim), events, facts.left_out("item.discussed", "item.acted_on"))


def _aspirations(facts: Facts) -> Found:
    ends = due(facts, ASPIRATION.c.due_until)
    answers = facts.common.view.steps(among(STEP.c.subject, ends), STEP.c.kind == "aspiration.answered")
    answered = {step.subject: step.position for step in answers if step.at < ends[step.subject]}
    return ratio("aspiration.answered", len(answered), len(ends), sorted(answered.values()))


def due(facts: Facts, when: ColumnElement[int] = ASPIRATION.c.due_from) -> dict[str, int]:
    """Return the aspirations due in the window, and when: the first moment of `due`, or another column."""
    view, selection = facts.common.view, facts.selection
    statement = select(ASPIRATION.c.aspiration, when).where(
        *lies_in(ASPIRATION.c.region, selection.region),
        *within(ASPIRATION.c.due_from, selection),
        *view.seen(ASPIRATION),
    )
    return dict(view.connection.execute(statement).all())
