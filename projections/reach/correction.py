"""Whether a correction reached those who had the original, and how long it took."""

from collections.abc import Iterator

from infra.views import among
from projections.reach.chains import Chains
from projections.reach.facts import Facts
from projections.reach.figure import Evidence
from projections.reach.found import Found, in_seconds, ratio, times_of_all
from projections.reach.step import CORRECTING, Step
from projections.reach.tables import STEP


def figures(facts: Facts, item: str) -> Iterator[Found]:
    """Yield the figures of an item's correction; none where it was neither corrected nor retracted."""
    view, channel = facts.reading.view, facts.selection.channel
    steps = view.steps(STEP.c.subject == item, STEP.c.kind.in_(("item.received", *CORRECTING)))
    corrections = [step for step in steps if step.kind in CORRECTING]
    if not corrections:
        return
    begin = min(step.at for step in corrections)
    issuer = facts.issuer(item)
    receipts = [
        step
        for step in steps
        if step.kind == "item.received" and step.holder != issuer and channel in (None, step.channel)
    ]
    chains = Chains(view, steps)
    corrected = [step for step in receipts if chains.correcting(step.cause, item) is not None]
    passed = {step.position for step in corrected}
    original = {step.holder for step in receipts if step.position not in passed and facts.inside[step.region]}
    corrected += _replacements(facts, item, {step.position for step in corrections})
    first: dict[str, Step] = {}
    for step in corrected:
        known = first.get(step.holder)
        if step.holder in original and (known is None or (step.at, step.position) < (known.at, known.position)):
            first[step.holder] = step
    took = sorted(step.at - begin for step in first.values())

    def receiving() -> Iterator[Evidence]:
        return (Evidence(step.position) for step in corrected if step.holder in original)

    def timing() -> Iterator[Evidence]:
        return (Evidence(step.position, in_seconds(step.at - begin)) for step in first.values())

    yield ratio("correction.reach", len(first), len(original), receiving)
    yield from times_of_all("correction.time", took, len(original), timing)


def _replacements(facts: Facts, item: str, corrections: set[int]) -> list[Step]:
    """Return the receipts of the items that replace an item."""
    view, channel = facts.reading.view, facts.selection.channel
    told = view.told([item]).get(item, [])
    names = {each.replacement for each in told if each.replacement is not None and each.position in corrections}
    receipts = view.steps(among(STEP.c.subject, names), STEP.c.kind == "item.received")
    return [step for step in receipts if channel in (None, step.channel)]
