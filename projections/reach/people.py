"""Impressions, unique reach and coverage: how many people and villages information got to."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from operator import attrgetter, itemgetter
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, case, cast, func

from infra.regions import RegionLevel
from infra.views import among
from projections.reach.dimensions import Where
from projections.reach.facts import GATHERED, Facts, receipts
from projections.reach.figure import Evidence
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
    """What steps say whose people are all here: one of them where steps are asked for, else all."""

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
    place: str | None = None
    """Where steps are asked for: the least region that has all of its people."""


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
            *reading.listed(func.min(WHOLE)),
        ),
    )


def gathered(reading: Reading) -> Rows:
    """Read position, place and people there of the crowds that have people at several places."""
    columns = (STEP.c.position, PLACE.c.region, PLACE.c.headcount)
    return reading.rows(columns, *reading.of_people("item.discussed"), where=_AT_ONE_PLACE, joined=PLACES)


def _sum(of: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.sum(of), BigInteger)  # PostgreSQL's own sum is a decimal number


def scattered(reading: Reading) -> Rows:
    """Read position, place and people there of the steps that have others in other parts, or outside."""
    region = reading.selection.region
    if not reading.around:
        return {}
    columns = (STEP.c.position, PLACE.c.region, PLACE.c.headcount)
    wider = (among(WHOLE, reading.around), *lies_in(PLACE.c.region, region))
    steps = [[*wider, *conditions] for conditions in reading.of_holders("item.discussed")]
    if region is not None:
        steps.append([*wider, lies_elsewhere(STEP.c.region, region), *reading.away("item.discussed")])
    return reading.rows(columns, *steps, where=_AT_SEVERAL, joined=PLACES)


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

    def events() -> Iterator[Evidence]:
        return (Evidence(each.position, each.seen or 0, each.place) for each in all_crowds if each.telling)

    return count("impressions", sum(crowd.seen or 0 for crowd in all_crowds), events, note)


def _unique_reach(facts: Facts, all_crowds: Sequence[Crowd]) -> Iterator[Found]:
    """Yield the bounds of how many people there are behind headcounts and pseudonyms.

    Two key ids are two namespaces: the same person may stand in both, so their numbers are never added below.
    """
    some: Counter[int] = Counter()
    for position, _place, people in facts.rows(scattered):
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

    largest, unnamed_ones = partial(_steps, facts, all_crowds), partial(_steps, facts, all_crowds, named=False)
    yield count("reach.lower", lower, largest, note)
    yield count("reach.upper", upper, unnamed_ones, note)
    for name, bound, steps in (("reach.share.lower", lower, largest), ("reach.share.upper", upper, unnamed_ones)):
        if population is None:
            yield Found(name, None, bound, None, notes("no population", note), steps)
        else:
            visitors = "more people than live there (visitors)" if lower > population else None
            yield ratio(name, bound, population, steps, notes(visitors, note))


def _steps(facts: Facts, crowds: Sequence[Crowd], *, named: bool = True) -> Iterator[Evidence]:
    """Yield the people of each step where they are, those behind its pseudonyms among them or not.

    And the pseudonyms of each key id that no step before has, where all people of the step are.
    """
    yield from (Evidence(position, people, place) for position, place, people in facts.rows(scattered))
    at_several: dict[int, list[tuple[str | None, int]]] = {}
    for position, place, people in facts.rows(gathered):
        at_several.setdefault(position, []).append((place, people))
    known: set[str] = set()
    for crowd in sorted(crowds, key=attrgetter("position")):
        persons = set(crowd.named.split(" ") if crowd.named else ())
        if crowd.largest is not None:
            there = at_several.get(crowd.position)
            if there is None or (persons and not named):  # nobody knows at which of them a pseudonym is
                there = [(crowd.place, crowd.largest if named else crowd.unnamed or 0)]
            yield from (Evidence(crowd.position, people, place) for place, people in there)
        for key, number in Counter(one.rpartition(".")[0] for one in persons - known).items():
            yield Evidence(crowd.position, number, crowd.place, key)
        known |= persons


_REACHING: Final = (
    (receipts, itemgetter(4), itemgetter(3)),
    *((source, itemgetter(2), itemgetter(-1)) for source in GATHERED.values()),
    (places, itemgetter(0), itemgetter(1)),
    (origins, itemgetter(0), itemgetter(1)),
)
"""The sources of steps that reach villages, and how to get region and position from their rows."""


def _coverage(facts: Facts) -> Found:
    """Return the villages that information reached; whoever is only named as a target is not reached."""
    reached: set[str | None] = set()
    for source, region, _position in _REACHING:
        reached.update(map(region, facts.rows(source)))
    villages = {
        region
        for region in reached
        if region is not None and len(region) == _VILLAGE_CODE and facts.inside[region]
    }

    def reaching() -> Iterator[Evidence]:
        for source, region, position in _REACHING:
            rows = (row for row in facts.rows(source) if region(row) in villages)
            yield from (Evidence(position(row), place=region(row)) for row in rows)

    total = facts.reading.regions.count(facts.selection.region, RegionLevel.VILLAGE)
    note = facts.left_out("item.discussed", "item.acted_on")
    return ratio("coverage", len(villages), total, reaching, note)
