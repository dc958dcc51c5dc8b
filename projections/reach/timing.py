"""How long information took to its intended holders, and from hand to hand."""

from collections.abc import Iterator
from math import ceil

from projections.reach.facts import Facts, addressed
from projections.reach.found import Found, nearest_rank, seconds
from projections.reach.view import Step

_SHARES = (("p50", 50), ("p90", 90), ("p100", 100))


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures of time."""
    first = _first_receipts(facts)
    yield from _time_to_reach(facts, first)
    yield from _latency(facts, first)


_Receipts = dict[str, dict[str, Step]]
"""The first receipt of each item by each holder."""


def _first_receipts(facts: Facts) -> _Receipts:
    found: _Receipts = {}
    for step in facts.held("item.received"):
        of_item = found.setdefault(step.subject, {})
        known = of_item.get(step.holder)
        if known is None or (step.at, step.position) < (known.at, known.position):
            of_item[step.holder] = step
    return found


def _time_to_reach(facts: Facts, first: _Receipts) -> Iterator[Found]:
    """Yield how long it took until so many of the intended holders had it; not reached yet is never zero."""
    took, events, intended = [], [], 0
    for step in _in_force(facts):
        published = facts.common.items[step.subject].at
        holders = addressed(facts, step)
        intended += len(holders)
        # Far fewer have it than it is intended for, where that is every KIM of a province.
        for holder, receipt in first.get(step.subject, {}).items():
            if holder in holders and published is not None:
                took.append(receipt.at - published)
                events.append(receipt.position)
    took.sort()
    note = facts.left_out("item.published", "item.revised")
    missing = "not reached yet" if intended else "none"
    for name, percent in _SHARES:
        rank = ceil(intended * percent / 100)
        value = took[rank - 1] if intended and rank <= len(took) else None
        yield seconds(f"time_to_reach.{name}", value, len(took), intended, events, note, missing)


def _in_force(facts: Facts) -> list[Step]:
    """Return, of each item, the event whose `intended` is in force, where it may name a holder in the region."""
    newest = {facts.in_force(item) for item in {step.subject for step in facts.addressing}}
    return [step for step in facts.addressing if step.position in newest]


def _latency(facts: Facts, first: _Receipts) -> Iterator[Found]:
    receipts = [receipt for of_item in first.values() for receipt in of_item.values()]
    took, events = [], []
    for receipt in receipts:
        passing = facts.common.chains.passing(receipt)
        if passing is not None:
            took.append(receipt.at - passing.at)
            events.append(receipt.position)
    took.sort()
    lost = len(receipts) - len(took)
    note = f"{lost} first receipts lead to no passing step" if lost else None
    for name, percent in (("p50", 50), ("p90", 90), ("max", 100)):
        yield seconds(f"latency.{name}", nearest_rank(took, percent), len(took), None, events, note)
