"""The funnel from addressed to acted on, and screening: pairs of an item and a holder, the issuer left out."""

from collections.abc import Iterator, Mapping

from projections.reach.facts import STAGES, Facts, addressed
from projections.reach.found import Found, count, ratio
from projections.reach.view import Step

Pair = tuple[str, str]
"""An item and a holder."""


def figures(facts: Facts) -> Iterator[Found]:
    """Yield the figures of the funnel and of screening."""
    holders, events = _addressed(facts)
    wide = sum(map(len, holders.values()))
    yield count("funnel.addressed", wide, events, facts.left_out("item.published", "item.revised"))
    stages = {kind: _pairs(facts, kind) for kind in STAGES}
    received, shared = stages["item.received"], stages["item.shared"]
    both = sum(holder in holders.get(item, ()) for item, holder in received)
    before = received
    for kind, pairs in stages.items():
        if pairs is not received:
            wide, both = len(before), len(pairs.keys() & before.keys())
        note, events, stage = facts.left_out(kind), _events(pairs), kind.removeprefix("item.")
        yield count(f"funnel.{stage}", len(pairs), events, note)
        yield ratio(f"funnel.{stage}.closed", both, wide, events, note)
        yield ratio(f"funnel.{stage}.open", len(pairs), wide, events, note)
        before = pairs
    yield from _screening(facts, received, shared)


def _addressed(facts: Facts) -> tuple[dict[str, set[str]], list[int]]:
    """Return whom each item was addressed to, and the steps that did so.

    Not the steps of each pair: an item for a province is one of every KIM there.
    """
    found: dict[str, set[str]] = {}
    events = []
    for step in facts.addressing:
        holders = addressed(facts, step)
        if holders:
            found.setdefault(step.subject, set()).update(holders)
            events.append(step.position)
    return found, sorted(events)


def _pairs(facts: Facts, kind: str) -> dict[Pair, list[Step]]:
    found: dict[Pair, list[Step]] = {}
    for step in facts.held(kind):
        if step.holder != facts.issuer(step.subject):
            found.setdefault((step.subject, step.holder), []).append(step)
    return found


def _events(pairs: Mapping[Pair, list[Step]]) -> list[int]:
    return sorted({step.position for steps in pairs.values() for step in steps})


def _screening(
    facts: Facts, received: Mapping[Pair, list[Step]], shared: Mapping[Pair, list[Step]]
) -> Iterator[Found]:
    """Yield how receivers judged what they received."""
    note = facts.left_out("item.screened")
    verdicts = {pair: steps for pair, steps in _pairs(facts, "item.screened").items() if pair in received}
    judged = {pair: steps for pair, steps in verdicts.items() if any(s.verdict != "unchecked" for s in steps)}
    yield ratio("screening.share", len(judged), len(received), _events(judged), note)
    latest = {pair: max(steps, key=_moment) for pair, steps in verdicts.items()}
    for verdict in ("verified", "unproven", "hoax"):
        such = [step.position for step in latest.values() if step.verdict == verdict]
        yield count(f"screening.{verdict}", len(such), sorted(such), note)
    before: list[int] = []
    after: list[int] = []
    for pair, steps in verdicts.items():
        hoaxes = [step for step in steps if step.verdict == "hoax"]
        if hoaxes:
            first = _moment(min(hoaxes, key=_moment))
            for share in shared.get(pair, ()):
                (before if _moment(share) < first else after).append(share.position)
    yield count("screening.shared_before_hoax", len(before), sorted(before), note)
    yield count("screening.shared_after_hoax", len(after), sorted(after), note)


def _moment(step: Step) -> tuple[int, int]:
    return step.at, step.position
