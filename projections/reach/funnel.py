"""The funnel from addressed to acted on: pairs of an item and a holder, the issuer left out."""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet

from projections.reach.facts import GATHERED, Facts, Pair, addressing, pair_of, receipts
from projections.reach.figure import Evidence
from projections.reach.found import Found, count, ratio


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures of the funnel."""
    addressed = facts.addressed
    nobody: frozenset[str] = frozenset()

    def naming() -> Iterator[Evidence]:
        for row in facts.rows(addressing):
            for holder in facts.named([row]).get(row[0], nobody):
                yield Evidence(row[1], place=facts.reading.registry.region(holder, row[1]), whom=holder)

    def was_addressed(pair: Pair) -> bool:
        return pair[1] in addressed.get(pair[0], nobody)

    wide, note = sum(map(len, addressed.values())), facts.left_out("item.published", "item.revised")
    yield count("funnel.addressed", wide, naming, note)
    both = sum([holder in addressed.get(item, nobody) for item, holder in facts.received])
    yield from _stage(facts, "received", facts.received, wide, both, was_addressed)
    before = facts.received
    for kind, pairs in facts.gathered.items():
        stage = kind.removeprefix("item.")
        yield from _stage(facts, stage, pairs, len(before), len(pairs & before), before.__contains__)
        before = pairs


def _stage(
    facts: Facts,
    stage: str,
    pairs: AbstractSet[Pair],
    before: int,
    both: int,
    was_before: Callable[[Pair], bool],
) -> Iterator[Found]:
    """Yield the figures of a stage: of its pairs, and of those of `both` it and the stage before."""
    kind = f"item.{stage}"
    source, note = GATHERED.get(kind, receipts), facts.left_out(kind)

    def steps() -> Iterator[Evidence]:
        return (Evidence(row[3]) for row in facts.rows(source) if pair_of(row) in pairs)

    def steps_of_both() -> Iterator[Evidence]:
        rows = ((pair_of(row), row[3]) for row in facts.rows(source))
        return (Evidence(position) for pair, position in rows if pair in pairs and was_before(pair))

    yield count(f"funnel.{stage}", len(pairs), steps, note)
    yield ratio(f"funnel.{stage}.closed", both, before, steps_of_both, note)
    yield ratio(f"funnel.{stage}.open", len(pairs), before, steps, note)
