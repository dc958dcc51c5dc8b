"""Figures from the steps that they list, as "What stands behind a figure" in docs/figures.md says."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

Value = tuple[float | None, int | None]
"""Value and numerator."""


class Line(NamedTuple):
    """A row of a listing, as a reader has it."""

    position: int
    subject: str
    holder: str
    place: str | None
    whom: str | None
    value: float


class Listing(NamedTuple):
    """The steps behind a figure, and what no listing can tell."""

    name: str
    lines: Sequence[Line]
    denominator: int | None
    inhabitants: int | None
    """How many people live in the region: the denominator of the shares of reach."""
    lower: int
    """The lower bound of reach, which the upper one is never below."""


def recount(listing: Listing) -> Value:
    """Return value and numerator of a figure."""
    return next(each for prefix, each in RECOUNTS.items() if listing.name.startswith(prefix))(listing)


def _of(number: int, listing: Listing) -> Value:
    """Return a number that was counted; of a ratio, its division."""
    if listing.denominator is None:
        return None if listing.name.startswith("reach.share.") else number, number
    return number / listing.denominator if listing.denominator else None, number


def _distinct(of: Callable[[Line], Hashable]) -> Callable[[Listing], Value]:
    def recounted(listing: Listing) -> Value:
        assert all(line.value == 1 for line in listing.lines)
        return _of(len({of(line) for line in listing.lines}), listing)

    return recounted


def _sum(listing: Listing) -> Value:
    return _of(_total(listing), listing)


def _total(listing: Listing) -> int:
    return int(sum(line.value for line in listing.lines))


def _lower(listing: Listing) -> Value:
    """Take the step with the most people, or the key id with the most pseudonyms."""
    people: Counter[Hashable] = Counter()
    for line in listing.lines:
        people[line.position if line.whom is None else line.whom] += int(line.value)
    return _of(max(people.values(), default=0), listing)


def _upper(listing: Listing) -> Value:
    most = _total(listing)
    if listing.inhabitants is not None:
        most = min(listing.inhabitants, most)
    return _of(max(listing.lower, most), listing)


def _greatest(listing: Listing) -> Value:
    return _of(max((int(line.value) for line in listing.lines), default=0), listing)


def _most_alike(listing: Listing) -> Value:
    return _of(max(Counter(line.value for line in listing.lines).values(), default=0), listing)


def _virality(listing: Listing) -> Value:
    nodes = len(listing.lines)
    assert listing.denominator == nodes * (nodes - 1)
    return _of(2 * _total(listing), listing)


QUANTILES: Final = {"p50": Fraction(1, 2), "p90": Fraction(9, 10), "p100": Fraction(1), "max": Fraction(1)}


def _time(listing: Listing) -> Value:
    ranked = sorted(line.value for line in listing.lines)
    number = len(ranked) if listing.denominator is None else listing.denominator
    rank = math.ceil(QUANTILES[listing.name.rpartition(".")[2]] * number)
    return (ranked[rank - 1] if 0 < rank <= len(ranked) else None), len(ranked)


_steps: Final = _distinct(lambda line: line.position)
_places: Final = _distinct(lambda line: line.place)
_holders: Final = _distinct(lambda line: line.holder)
_pairs: Final = _distinct(lambda line: (line.subject, line.whom or line.holder))

RECOUNTS: Final[Mapping[str, Callable[[Listing], Value]]] = {
    "impressions": _sum,
    "reach.lower": _lower,
    "reach.share.lower": _lower,
    "reach.": _upper,
    "coverage": _places,
    "funnel.": _pairs,
    "time_to_reach.": _time,
    "latency.": _time,
    "cascade.depth": _greatest,
    "cascade.width": _most_alike,
    "cascade.virality": _virality,
    "cascade.": _steps,
    "correction.reach": _holders,
    "correction.time.": _time,
    "screening.shared_": _steps,
    "screening.": _pairs,
    "coaching.held": _steps,
    "coaching.people": _sum,
    "coaching.villages": _places,
    "kim.active": _holders,
    "aspiration.answered": _distinct(lambda line: line.subject),
}
"""By the beginning of a figure's name; the first that fits counts."""
