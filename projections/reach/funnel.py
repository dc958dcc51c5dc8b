"""The funnel from addressed to acted on: pairs of an item and a holder, the issuer left out."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from projections.reach.facts import GATHERED, Facts, Pair, addressing, pair_of, receipts
from projections.reach.found import Found, count, ratio


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures of the funnel."""
    addressed = facts.addressed

    def naming() -> Iterator[int]:
        return (row[1] for row in facts.rows(addressing) if any(facts.named([row]).values()))

    wide, note = sum(map(len, addressed.values())), facts.left_out("item.published", "item.revised")
    yield count("funnel.addressed", wide, naming, note)
    nobody: frozenset[str] = frozenset()
    both = sum([holder in addressed.get(item, nobody) for item, holder in facts.received])
    yield from _stage(facts, "received", facts.received, wide, both)
    before = facts.received
    for kind, pairs in facts.gathered.items():
        yield from _stage(facts, kind.removeprefix("item."), pairs, len(before), len(pairs & before))
        before = pairs


def _stage(facts: Facts, stage: str, pairs: AbstractSet[Pair], before: int, both: int) -> Iterator[Found]:
    """Yield the figures of a stage: of its pairs, and of those of `both` it and the stage before."""
    kind = f"item.{stage}"
    source, note = GATHERED.get(kind, receipts), facts.left_out(kind)

    def events() -> Iterator[int]:
        return (row[3] for row in facts.rows(source) if pair_of(row) in pairs)

    yield count(f"funnel.{stage}", len(pairs), events, note)
    yield ratio(f"funnel.{stage}.closed", both, before, events, note)
    yield ratio(f"funnel.{stage}.open", len(pairs), before, events, note)
