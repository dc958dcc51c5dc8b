"""Coaching sessions, active KIM, and aspirations answered in time."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import ColumnElement, select

from infra.views import among
from projections.reach.facts import GATHERINGS, Facts
from projections.reach.figure import Selection
from projections.reach.found import Found, count, ratio
from projections.reach.step import Step
from projections.reach.tables import ASPIRATION, STEP
from projections.reach.view import View, lies_in, within

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
    here = [session.position for session in facts.sessions if facts.inside[session.place]]
    yield count("coaching.held", len(here), lambda: here)
    people = {session.position: _people(facts, session) for session in facts.sessions}
    yield count("coaching.people", sum(people.values()), lambda: (at for at, there in people.items() if there))
    villages: dict[str, int] = {}
    for session in facts.sessions:
        for region in _villages(facts, session):
            villages.setdefault(region, session.position)
    yield count("coaching.villages", len(villages), villages.values)


def _people(facts: Facts, session: Step) -> int:
    places = facts.common.places.get(session.position)
    if places is None:
        return session.headcount or 0 if facts.inside[session.region] else 0
    return facts.people_at(places)


def _villages(facts: Facts, session: Step) -> Iterator[str]:
    common = facts.common
    coached = [common.registry.region(kim, session.position) for kim in common.targets.get(session.position, ())]
    for region in (*coached, *(region for region, _ in common.places.get(session.position, ()))):
        if region is not None and len(region) == _VILLAGE_CODE and facts.inside[region]:
            yield region


def _kim(facts: Facts) -> Found:
    kim = facts.common.registry.kim_with_decree(facts.selection.region, facts.end)
    by_holder: Counter[str] = Counter()
    for kind in GATHERINGS:
        for (_item, holder), marks in facts.marks[kind].items():
            by_holder[holder] += len(marks)
    active = {one for one in kim if by_holder[one] >= ACTIVE_STEPS}

    def events() -> Iterator[int]:
        for kind in GATHERINGS:
            yield from facts.events(kind, (pair for pair in facts.marks[kind] if pair[1] in active))

    return ratio("kim.active", len(active), len(kim), events, facts.left_out("item.discussed", "item.acted_on"))


def _aspirations(facts: Facts) -> Found:
    view = facts.common.view
    ends = due(view, facts.selection, ASPIRATION.c.due_until)
    answers = view.steps(among(STEP.c.subject, ends), STEP.c.kind == "aspiration.answered")
    answered = {step.subject: step.position for step in answers if step.at < ends[step.subject]}
    return ratio("aspiration.answered", len(answered), len(ends), answered.values)


def due(view: View, selection: Selection, when: ColumnElement[int] = ASPIRATION.c.due_from) -> dict[str, int]:
    """Return the aspirations due in the window, and when: the first moment of `due`, or another column."""
    statement = select(ASPIRATION.c.aspiration, when).where(
        *lies_in(ASPIRATION.c.region, selection.region),
        *within(ASPIRATION.c.due_from, selection),
        *view.seen(ASPIRATION),
    )
    return dict(view.connection.execute(statement).all())
