"""The funnel from addressed to acted on, and screening: pairs of an item and a holder, the issuer left out."""

from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import partial

from projections.reach.facts import STAGES, Facts
from projections.reach.found import Found, count, ratio
from projections.reach.step import Pair


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures of the funnel and of screening."""
    holders, events = _addressed(facts)
    wide = sum(map(len, holders.values()))
    yield count("funnel.addressed", wide, lambda: events, facts.left_out("item.published", "item.revised"))
    stages = {kind: facts.pairs(kind) for kind in STAGES}
    both = sum(holder in holders.get(item, ()) for item, holder in stages["item.received"])
    before: AbstractSet[Pair] = frozenset()
    for kind, pairs in stages.items():
        if kind != "item.received":
            wide, both = len(before), len(pairs & before)
        stage, note, listed = kind.removeprefix("item."), facts.left_out(kind), partial(facts.events, kind, pairs)
        yield count(f"funnel.{stage}", len(pairs), listed, note)
        yield ratio(f"funnel.{stage}.closed", both, wide, listed, note)
        yield ratio(f"funnel.{stage}.open", len(pairs), wide, listed, note)
        before = pairs
    yield from _screening(facts, stages["item.received"], stages["item.shared"])


def _addressed(facts: Facts) -> tuple[Mapping[str, AbstractSet[str]], list[int]]:
    """Return whom each item was addressed to, and the steps that did so.

    Not the steps of each pair: an item for a province is one of every KIM there.
    """
    found: dict[str, AbstractSet[str]] = {}
    events = []
    for step, holders in facts.addressed:
        if holders:
            known = found.get(step.subject)
            found[step.subject] = holders if known is None else known | holders
            events.append(step.position)
    return found, events


def _screening(facts: Facts, received: AbstractSet[Pair], shared: AbstractSet[Pair]) -> Iterator[Found]:
    """Yield how receivers judged what they received."""
    note, marks = facts.left_out("item.screened"), facts.marks["item.screened"]
    screened = facts.pairs("item.screened") & received
    judged = {pair for pair in screened if any(verdict != "unchecked" for *_, verdict in marks[pair])}
    events = partial(facts.events, "item.screened", judged)
    yield ratio("screening.share", len(judged), len(received), events, note)
    latest = {pair: max(marks[pair]) for pair in screened}
    number = Counter(verdict for *_, verdict in latest.values())
    for verdict in ("verified", "unproven", "hoax"):

        def such(verdict: str = verdict) -> Iterator[int]:
            return (position for _at, position, _cause, found in latest.values() if found == verdict)

        yield count(f"screening.{verdict}", number[verdict], such, note)
    before: list[int] = []
    after: list[int] = []
    for pair in screened & shared:
        hoaxes = [mark for mark in marks[pair] if mark[-1] == "hoax"]
        if hoaxes:
            first = min(hoaxes)
            for share in facts.marks["item.shared"][pair]:
                (before if share < first else after).append(share[1])
    yield count("screening.shared_before_hoax", len(before), lambda: before, note)
    yield count("screening.shared_after_hoax", len(after), lambda: after, note)
