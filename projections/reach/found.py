"""What a formula found, before it is known which selection it belongs to."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil

from msgspec import Struct

from projections.reach.figure import Evidence

Events = Callable[[], Iterable[Evidence]]
"""Gives what the steps behind a figure stand for, in any order and some of it twice, where it is asked for."""


def _none() -> Iterable[Evidence]:
    return ()


class Found(Struct, frozen=True):
    """One figure of a selection: as `Figure`, without the selection."""

    name: str
    value: float | None
    numerator: int | None = None
    denominator: int | None = None
    note: str | None = None
    events: Events = _none


def notes(*told: str | None) -> str | None:
    """Return several notes as one."""
    return "; ".join(each for each in told if each) or None


def count(name: str, number: int, events: Events = _none, note: str | None = None) -> Found:
    """Return a figure that counts something."""
    return Found(name, number, number, None, note, events)


def ratio(name: str, numerator: int, denominator: int, events: Events = _none, note: str | None = None) -> Found:
    """Return one division of two whole numbers; over 0 there is none."""
    if not denominator:
        return Found(name, None, numerator, denominator, notes("none", note), events)
    return Found(name, numerator / denominator, numerator, denominator, note, events)


def nearest_rank(values: Sequence[int], percent: int) -> int | None:
    """Return the percentile of sorted values by nearest rank; None where there are none."""
    return values[max(ceil(len(values) * percent / 100), 1) - 1] if values else None


def seconds(
    name: str,
    microseconds: int | None,
    numerator: int,
    denominator: int | None,
    events: Events = _none,
    note: str | None = None,
    missing: str = "none",
) -> Found:
    """Return a duration; without one the note says what is `missing`."""
    if microseconds is None:
        return Found(name, None, numerator, denominator, notes(missing, note), events)
    return Found(name, in_seconds(microseconds), numerator, denominator, note, events)


def in_seconds(microseconds: int) -> float:
    """Return a duration as figures show it."""
    return microseconds / 1_000_000


def times_of_all(
    name: str, took: Sequence[int], number: int, events: Events = _none, note: str | None = None
) -> Iterator[Found]:
    """Yield within which times half, nine of ten and all of a number were reached, from the sorted times so far.

    Whoever is not reached yet is later than all that are: a quantile that falls on such a one is not known.
    """
    missing = "not reached yet" if number else "none"
    for quantile, percent in (("p50", 50), ("p90", 90), ("p100", 100)):
        rank = ceil(number * percent / 100)
        value = took[rank - 1] if number and rank <= len(took) else None
        yield seconds(f"{name}.{quantile}", value, len(took), number, events, note, missing)
