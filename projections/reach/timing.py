"""How long information took to its intended holders, and from hand to hand."""

from collections.abc import Iterator

from projections.reach.facts import Facts
from projections.reach.figure import Evidence
from projections.reach.found import Found, in_seconds, nearest_rank, seconds, times_of_all


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures of time."""
    yield from _time_to_reach(facts)
    yield from _latency(facts)


def _time_to_reach(facts: Facts) -> Iterator[Found]:
    """Yield how long it took until so many of the intended holders had it; not reached yet is never zero."""
    number = sum(map(len, facts.intended.values()))
    published, intended = facts.shared.published, facts.intended
    nobody: frozenset[str] = frozenset()
    # Far fewer have it than it is intended for, where that is every KIM of a province.
    reached = [
        (row[2], row[3], published[row[0]])
        for row in facts.first_receipts.values()
        if row[1] in intended.get(row[0], nobody) and row[0] in published
    ]
    took = sorted([at - begin for at, _position, begin in reached])

    def events() -> Iterator[Evidence]:
        return (Evidence(position, in_seconds(at - begin)) for at, position, begin in reached)

    yield from times_of_all(
        "time_to_reach", took, number, events, facts.left_out("item.published", "item.revised")
    )


def _latency(facts: Facts) -> Iterator[Found]:
    """Yield how long a hop took, from the nearest passing step up the chain of causes to the first receipt."""
    firsts, passing = facts.first_receipts.values(), facts.shared.chains.passing
    took: list[int] = []
    lost: set[int] = set()
    for item, _holder, at, position, _region, cause, passed in firsts:
        if passed is not None:
            took.append(at - passed)
        elif (turn := passing(cause, item)) is not None:
            took.append(at - turn.at)
        else:
            lost.add(position)
    ranked = sorted(took)

    def events() -> Iterator[Evidence]:
        hops = (row[3] for row in firsts if row[3] not in lost)
        return map(Evidence, hops, map(in_seconds, took))

    note = f"{len(lost)} first receipts lead to no passing step" if lost else None
    for name, percent in (("p50", 50), ("p90", 90), ("max", 100)):
        yield seconds(f"latency.{name}", nearest_rank(ranked, percent), len(took), None, events, note)
