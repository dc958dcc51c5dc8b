"""How long information took to its intended holders, and from hand to hand."""

from collections.abc import Iterator, Mapping
from math import ceil

from projections.reach.facts import Facts
from projections.reach.found import Found, nearest_rank, seconds
from projections.reach.step import Mark, Pair

_SHARES = (("p50", 50), ("p90", 90), ("p100", 100))


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures of time."""
    first = {
        pair: marks[0] if len(marks) == 1 else min(marks) for pair, marks in facts.marks["item.received"].items()
    }
    yield from _time_to_reach(facts, first)
    yield from _latency(facts, first)


def _time_to_reach(facts: Facts, first: Mapping[Pair, Mark]) -> Iterator[Found]:
    """Yield how long it took until so many of the intended holders had it; not reached yet is never zero."""
    intended = {
        step.subject: holders
        for step, holders in facts.addressed
        if step.kind in ("item.published", "item.revised") and step.position == facts.in_force(step.subject)
    }
    number = sum(map(len, intended.values()))
    reached = []
    # Far fewer have it than it is intended for, where that is every KIM of a province.
    for (item, holder), (at, position, *_) in first.items():
        if holder in intended.get(item, ()):
            published = facts.common.items[item].at
            if published is not None:
                reached.append((at - published, position))
    reached.sort()
    note = facts.left_out("item.published", "item.revised")
    missing = "not reached yet" if number else "none"

    def events() -> Iterator[int]:
        return (position for _took, position in reached)

    for name, percent in _SHARES:
        rank = ceil(number * percent / 100)
        value = reached[rank - 1][0] if number and rank <= len(reached) else None
        yield seconds(f"time_to_reach.{name}", value, len(reached), number, events, note, missing)


def _latency(facts: Facts, first: Mapping[Pair, Mark]) -> Iterator[Found]:
    passing = facts.common.chains.passing
    took, events = [], []
    for (item, _holder), (at, position, cause, _verdict) in first.items():
        passed = passing(cause, item)
        if passed is not None:
            took.append(at - passed.at)
            events.append(position)
    took.sort()
    lost = len(first) - len(took)
    note = f"{lost} first receipts lead to no passing step" if lost else None
    for name, percent in (("p50", 50), ("p90", 90), ("max", 100)):
        yield seconds(f"latency.{name}", nearest_rank(took, percent), len(took), None, lambda: events, note)
