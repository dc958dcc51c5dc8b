"""Impressions, unique reach and coverage: how many people and villages information got to."""

from collections import Counter
from collections.abc import Iterator

from infra.regions import RegionLevel
from projections.reach.facts import Facts
from projections.reach.found import Found, count, notes, ratio

_VILLAGE_CODE = len("18.09.01.2007")


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures of people and villages."""
    yield _impressions(facts)
    yield from _unique_reach(facts)
    yield _coverage(facts)


def _impressions(facts: Facts) -> Found:
    known = [seen for _position, seen in facts.impressions if seen is not None]
    unknown = len(facts.impressions) - len(known)
    note = f"{unknown} shares say nothing of exposures or people" if unknown else None

    def events() -> Iterator[int]:
        return (position for position, seen in facts.impressions if seen is not None)

    return count("impressions", sum(known), events, note)


def _unique_reach(facts: Facts) -> Iterator[Found]:
    """Yield the bounds of how many people there are behind headcounts and pseudonyms.

    Two key ids are two namespaces: the same person may stand in both, so their numbers are never added below.
    """
    named = Counter(person.split(".")[1] for person in facts.persons).values()
    lower = max(facts.largest, *named, 0)
    population = facts.common.population(facts.selection.region, facts.end)
    upper = sum(named) + facts.unnamed
    if population is not None:
        upper = min(population, upper)
    upper = max(lower, upper)
    note = notes(
        f"{facts.silent} steps without people" if facts.silent else None,
        facts.left_out("item.discussed", "item.acted_on"),
    )

    def events() -> list[int]:
        return facts.gathered

    yield count("reach.lower", lower, events, note)
    yield count("reach.upper", upper, events, note)
    for name, bound in (("reach.share.lower", lower), ("reach.share.upper", upper)):
        if population is None:
            yield Found(name, None, bound, None, notes("no population", note), events)
        else:
            visitors = "more people than live there (visitors)" if lower > population else None
            yield ratio(name, bound, population, events, notes(visitors, note))


def _coverage(facts: Facts) -> Found:
    """Return the villages that information reached; whoever is only named as a target is not reached."""
    villages = {
        region: position
        for region, position in facts.reached.items()
        if region is not None and len(region) == _VILLAGE_CODE and facts.inside[region]
    }
    total = facts.common.regions.count(facts.selection.region, RegionLevel.VILLAGE)
    note = facts.left_out("item.discussed", "item.acted_on")
    return ratio("coverage", len(villages), total, villages.values, note)
