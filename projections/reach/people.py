"""Impressions, unique reach and coverage: how many people and villages information got to."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, case, cast, func

from infra.regions import RegionLevel
from infra.views import among
from projections.reach.dimensions import Where
from projections.reach.facts import GATHERED, Facts, receipts
from projections.reach.found import Found, count, notes, ratio
from projections.reach.reading import PLACES, WHOLE, Reading, Rows
from projections.reach.step import GATHERINGS
from projections.reach.tables import PLACE, STEP
from projections.reach.view import lies_elsewhere, lies_in

_VILLAGE_CODE = len("18.09.01.2007")

_AT_ONE_PLACE = Where(WHOLE, STEP.c.channel, STEP.c.at)
_AT_SEVERAL = Where(PLACE.c.region, STEP.c.channel, STEP.c.at)


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures of people and villages."""
    all_crowds = [Crowd(*row) for row in facts.rows(crowds)]
    yield _impressions(all_crowds)
    yield from _unique_reach(facts, all_crowds)
    yield _coverage(facts)


# -- what is read ---------------------------------------------------------------------------------------


class Crowd(NamedTuple):
    """What steps say whose people are all here: one of them where events are asked for, else all."""

    largest: int | None
    """The largest H of a step."""
    unnamed: int | None
    """The sum of H - |P|."""
    silent: int
    """How many have no H."""
    seen: int | None
    """How often the shares among them were seen."""
    telling: int
    """How many shares say so."""
    shares: int
    named: str | None
    """The pseudonyms of all of them, with spaces between, as often as a step has them."""
    position: int
    """That of one of them."""


def crowds(reading: Reading) -> Rows:
    """Read the crowds that were reached."""
    headcount, is_share = STEP.c.headcount, STEP.c.kind == "item.shared"
    seen = case((is_share, func.coalesce(STEP.c.exposures, headcount)))
    # Pseudonyms lie in the row alone: this way it is not looked up for a step that has none.
    pseudonyms = case((STEP.c.people > 0, STEP.c.pseudonyms))
    return reading.rows(
        (),
        *reading.of_people(*GATHERINGS),
        where=_AT_ONE_PLACE,
        totals=(
            func.max(headcount),
            _sum(headcount - STEP.c.people),
            func.count() - func.count(headcount),
            _sum(seen),
            func.count(seen),
            func.count(case((is_share, 1))),
            func.aggregate_strings(pseudonyms, " "),
            func.min(STEP.c.position),
        ),
    )


def _sum(of: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.sum(of), BigInteger)  # PostgreSQL's own sum is a decimal number


def scattered(reading: Reading) -> Rows:
    """Read position and people at each place of the steps that have others in other parts, or outside."""
    region = reading.selection.region
    if not reading.around:
        return {}
    wider = (among(WHOLE, reading.around), *lies_in(PLACE.c.region, region))
    steps = [[*wider, *conditions] for conditions in reading.of_holders("item.discussed")]
    if region is not None:
        steps.append([*wider, lies_elsewhere(STEP.c.region, region), *reading.away("item.discussed")])
    return reading.rows((STEP.c.position, PLACE.c.headcount), *steps, where=_AT_SEVERAL, joined=PLACES)


def places(reading: Reading) -> Rows:
    """Read the villages, not their holders', where all people of some steps are; and a position."""
    is_village = func.length(STEP.c.place) == _VILLAGE_CODE
    return reading.rows(
        (STEP.c.place,),
        [STEP.c.away, is_village, *reading.inside(STEP.c.place), *reading.chosen(*GATHERINGS)],
        where=_AT_ONE_PLACE,
        totals=(func.min(STEP.c.position),),
    )


def origins(reading: Reading) -> Rows:
    """Read the villages that people of discussions came from, their holders from elsewhere; and a position."""
    is_village = func.length(PLACE.c.region) == _VILLAGE_CODE
    return reading.rows(
        (PLACE.c.region,),
        [is_village, *reading.away("item.discussed")],
        where=_AT_SEVERAL,
        joined=PLACES,
        totals=(func.min(STEP.c.position),),
    )


# -- what it says ---------------------------------------------------------------------------------------


def _impressions(all_crowds: Sequence[Crowd]) -> Found:
    unknown = sum(crowd.shares - crowd.telling for crowd in all_crowds)
    note = f"{unknown} shares say nothing of exposures or people" if unknown else None

    def events() -> Iterator[int]:
        return (crowd.position for crowd in all_crowds if crowd.telling)

    return count("impressions", sum(crowd.seen or 0 for crowd in all_crowds), events, note)


def _unique_reach(facts: Facts, all_crowds: Sequence[Crowd]) -> Iterator[Found]:
    """Yield the bounds of how many people there are behind headcounts and pseudonyms.

    Two key ids are two namespaces: the same person may stand in both, so their numbers are never added below.
    """
    some: Counter[int] = Counter()
    for position, people in facts.rows(scattered):
        some[position] += people
    persons: set[str] = set()
    for crowd in all_crowds:
        persons.update(crowd.named.split(" ") if crowd.named else ())
    named = Counter([one.rpartition(".")[0] for one in persons]).values()
    unnamed = sum(crowd.unnamed or 0 for crowd in all_crowds) + some.total()
    lower = max([0, *named, *some.values(), *(crowd.largest or 0 for crowd in all_crowds)])
    upper = sum(named) + unnamed
    population = facts.reading.population(facts.selection.region, facts.end)
    if population is not None:
        upper = min(population, upper)
    upper = max(lower, upper)
    silent = sum(crowd.silent for crowd in all_crowds)
    note = notes(
        f"{silent} steps without people" if silent else None, facts.left_out("item.discussed", "item.acted_on")
    )

    def events() -> Iterator[int]:
        yield from some
        yield from (crowd.position for crowd in all_crowds if crowd.largest)

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
    reached: dict[str | None, int] = {row[4]: row[3] for row in facts.rows(receipts)}
    for source in GATHERED.values():
        reached |= {row[2]: row[-1] for row in facts.rows(source)}
    for source in (places, origins):
        reached |= dict(facts.rows(source))
    villages = {
        region: position
        for region, position in reached.items()
        if region is not None and len(region) == _VILLAGE_CODE and facts.inside[region]
    }
    total = facts.reading.regions.count(facts.selection.region, RegionLevel.VILLAGE)
    note = facts.left_out("item.discussed", "item.acted_on")
    return ratio("coverage", len(villages), total, villages.values, note)
