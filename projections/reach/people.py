"""Impressions, unique reach and coverage: how many people and villages information got to."""

from collections.abc import Iterator

from infra.regions import RegionLevel
from projections.reach.facts import GATHERINGS, STAGES, Facts
from projections.reach.found import Found, count, notes, ratio
from projections.reach.view import Step

_VILLAGE_CODE = len("18.09.01.2007")


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures of people and villages."""
    yield _impressions(facts)
    yield from _unique_reach(facts)
    yield _coverage(facts)


def _impressions(facts: Facts) -> Found:
    shares = [step for step in facts.of("item.shared") if facts.inside[step.place or step.region]]
    known = [step for step in shares if step.exposures is not None or step.headcount is not None]
    total = sum(_exposures(step) for step in known)
    unknown = len(shares) - len(known)
    note = f"{unknown} shares say nothing of exposures or people" if unknown else None
    return count("impressions", total, (step.position for step in known), note)


def _exposures(step: Step) -> int:
    return step.exposures if step.exposures is not None else step.headcount or 0


def _unique_reach(facts: Facts) -> Iterator[Found]:
    """Yield the bounds of how many people there are behind headcounts and pseudonyms.

    Two key ids are two namespaces: the same person may stand in both, so their numbers are never added below.
    """
    by_key: dict[str, set[str]] = {}
    largest = unnamed = silent = 0
    events = []
    for step in facts.of(*GATHERINGS):
        if step.headcount is None:
            silent += facts.inside[step.place or step.region]
            continue
        here, persons = facts.people(step)
        if not here:
            continue
        events.append(step.position)
        largest = max(largest, here)
        unnamed += here - len(persons)
        for person in persons:
            by_key.setdefault(person.split(".")[1], set()).add(person)
    named = [len(persons) for persons in by_key.values()]
    lower = max(largest, *named, 0)
    population = facts.common.population(facts.selection.region, facts.end)
    upper = sum(named) + unnamed
    if population is not None:
        upper = min(population, upper)
    upper = max(lower, upper)
    note = notes(
        f"{silent} steps without people" if silent else None, facts.left_out("item.discussed", "item.acted_on")
    )
    yield count("reach.lower", lower, events, note)
    yield count("reach.upper", upper, events, note)
    for name, bound in (("reach.share.lower", lower), ("reach.share.upper", upper)):
        if population is None:
            yield Found(name, None, bound, None, notes("no population", note), tuple(events))
        else:
            visitors = "more people than live there (visitors)" if lower > population else None
            yield ratio(name, bound, population, events, notes(visitors, note))


def _coverage(facts: Facts) -> Found:
    """Return the villages that information reached; whoever is only named as a target is not reached."""
    inside = facts.inside
    villages: dict[str, int] = {}
    for step in facts.of(*STAGES):
        for region in _regions(facts, step):
            if inside[region] and len(region) == _VILLAGE_CODE:
                villages.setdefault(region, step.position)
    total = facts.common.regions.count(facts.selection.region, RegionLevel.VILLAGE)
    note = facts.left_out("item.discussed", "item.acted_on")
    return ratio("coverage", len(villages), total, sorted(set(villages.values())), note)


def _regions(facts: Facts, step: Step) -> Iterator[str]:
    if step.region is not None:
        yield step.region
    if step.place is not None:
        yield step.place
    for region, _ in facts.common.places.get(step.position, ()):
        yield region
