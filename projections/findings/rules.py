"""The rules: each looks at one step and what the log holds around it.

"Before" and "after" compare (occurred_at, position). Each finding names the events that make it, and the one
that made it good, where that came later. A rule that changes gets a new version.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from events.vocabulary import OFFICES, FindingCode, Level, Severity
from projections.findings.decrees import Decrees
from projections.findings.facts import Causes, Mark, Step


class Rule(Struct, frozen=True):
    """How much a finding matters, and the version of its rule."""

    severity: Severity
    version: int = 1


RULES: Final = {
    FindingCode.NO_RECEIPT: Rule(Severity.WARNING),
    FindingCode.UNKNOWN_SOURCE: Rule(Severity.WARNING),
    FindingCode.MISSING_CAUSE: Rule(Severity.WARNING),
    FindingCode.CAUSE_LATER: Rule(Severity.WARNING),
    FindingCode.SHARED_AFTER_HOAX: Rule(Severity.SERIOUS),
    FindingCode.AFTER_RETRACTION: Rule(Severity.SERIOUS),
    FindingCode.UNSCREENED: Rule(Severity.WARNING),
    FindingCode.RECORDED_LATE: Rule(Severity.NOTE),
    FindingCode.DECREE_EXPIRED: Rule(Severity.WARNING, version=2),
}


class Finding(Struct, frozen=True, gc=False):
    """One finding on one step: `events` are the positions that it rests on, besides the step itself.

    `made_good_by` is the position of the event that mended it; it then counts no longer.
    """

    code: FindingCode
    events: tuple[int, ...] = ()
    made_good_by: int | None = None


class Limits(Struct, frozen=True):
    """The limits of the rules, as configured."""

    recorded_late: int = int(timedelta(days=7).total_seconds()) * 1_000_000
    """Microseconds between occurred_at and recorded_at."""


class Known(Struct, frozen=True, gc=False):
    """What the log holds around a step: the handling of its holder, the item, and the KIM's decrees.

    Voided steps are left out of it.
    """

    issuer: str | None = None
    receipts: Sequence[Mark] = ()
    verdicts: Sequence[Mark] = ()
    retractions: Sequence[Mark] = ()
    decrees: Decrees = Decrees()


_NEED_A_RECEIPT: Final = frozenset(
    {"item.screened", "item.discussed", "item.shared", "item.forwarded", "item.acted_on"}
)
_PASS_ON: Final = frozenset({"item.shared", "item.forwarded"})
_END_WITH_RETRACTION: Final = frozenset({"item.received", "item.shared", "item.forwarded", "item.acted_on"})
_KIM: Final = Level.KIM  # looking into an enum takes time, and this is for every event
_SCREENERS: Final = frozenset({*OFFICES, _KIM})
_RECORDED_LATE: Final = Finding(FindingCode.RECORDED_LATE)


def find(step: Step, known: Known, causes: Causes, limits: Limits) -> list[Finding]:
    """Return the findings on `step`, those made good included."""
    found: list[Finding] = []
    kind = step.kind
    named = None
    if step.cause is not None:
        named = causes.named(step)
        _cause(step, named, causes, found)
    if kind == "item.received":
        _source(step, named, causes, found)
    elif kind in _NEED_A_RECEIPT:
        own = step.holder == known.issuer
        if not own:
            _receipt(step, known.receipts, found)
        if kind in _PASS_ON:
            _hoax(step, known.verdicts, causes, found)
            if not own and step.level in _SCREENERS:
                _screening(step, known.verdicts, found)
    if known.retractions and kind in _END_WITH_RETRACTION and step.holder != known.issuer:
        _retraction(step, known.retractions, causes, found)
    if step.recorded - step.at > limits.recorded_late:
        found.append(_RECORDED_LATE)
    if known.decrees.granted and step.level == _KIM and kind.startswith(("item.", "aspiration.")):
        _decree(step, known.decrees, found)
    return found


def _cause(step: Step, named: Step | None, causes: Causes, found: list[Finding]) -> None:
    if named is None:
        found.append(Finding(FindingCode.MISSING_CAUSE))
        return
    if named.position > step.position:
        found.append(Finding(FindingCode.MISSING_CAUSE, made_good_by=named.position))
    nearest = causes.nearest(step, named)
    if nearest is not None and nearest.at > step.at:
        found.append(Finding(FindingCode.CAUSE_LATER, (nearest.position,)))


def _source(step: Step, named: Step | None, causes: Causes, found: list[Finding]) -> None:
    if step.cause is None and step.giver is None:
        found.append(Finding(FindingCode.UNKNOWN_SOURCE))
    if named is None:
        return
    passing = causes.nearest_passing(step, named)
    if passing is not None and passing.kind == "item.forwarded" and step.holder not in passing.to:
        found.append(Finding(FindingCode.UNKNOWN_SOURCE, (passing.position,)))


def _receipt(step: Step, receipts: Sequence[Mark], found: list[Finding]) -> None:
    first = _first_before(step, receipts)
    if first is None:
        found.append(Finding(FindingCode.NO_RECEIPT))
    elif first > step.position:
        found.append(Finding(FindingCode.NO_RECEIPT, made_good_by=first))


def _first_before(step: Step, marks: Sequence[Mark]) -> int | None:
    """Return the lowest position among the marks before a step, a verdict `unchecked` being none."""
    here = (step.at, step.position)
    first = None
    for mark in marks:
        if mark < here and mark.verdict != "unchecked" and (first is None or mark.position < first):
            first = mark.position
    return first


def _hoax(step: Step, verdicts: Sequence[Mark], causes: Causes, found: list[Finding]) -> None:
    for mark in verdicts:
        if mark.verdict == "hoax":
            break
    else:
        return
    here = (step.at, step.position)
    before = [mark for mark in verdicts if mark < here]
    latest = max(before, default=None)
    if latest is None:
        return
    then = max((mark for mark in before if mark.position < step.position), default=None)
    is_hoax, was_hoax = latest.verdict == "hoax", then is not None and then.verdict == "hoax"
    if not is_hoax and not was_hoax:
        return
    correction = causes.correction(step)
    if correction is None and is_hoax:
        found.append(Finding(FindingCode.SHARED_AFTER_HOAX, (latest.position,)))
    elif then is not None and was_hoax and (correction is None or correction.known > step.position):
        goods = [] if is_hoax else [latest.position]
        good = min(goods if correction is None else [*goods, correction.known])
        found.append(Finding(FindingCode.SHARED_AFTER_HOAX, (then.position,), made_good_by=good))


def _screening(step: Step, verdicts: Sequence[Mark], found: list[Finding]) -> None:
    first = _first_before(step, verdicts)
    if first is None:
        found.append(Finding(FindingCode.UNSCREENED))
    elif first > step.position:
        found.append(Finding(FindingCode.UNSCREENED, made_good_by=first))


def _retraction(step: Step, retractions: Sequence[Mark], causes: Causes, found: list[Finding]) -> None:
    here = (step.at, step.position)
    before = [mark for mark in retractions if mark < here]
    if not before:
        return
    way = causes.retraction(step)
    if way is None:
        found.append(Finding(FindingCode.AFTER_RETRACTION, (min(before).position,)))
    elif way.known > step.position:
        then = min((mark for mark in before if mark.position < step.position), default=None)
        if then is not None:
            found.append(Finding(FindingCode.AFTER_RETRACTION, (then.position,), made_good_by=way.known))


def _decree(step: Step, decrees: Decrees, found: list[Finding]) -> None:
    here = (step.at, step.position)
    valid = decrees.valid(here)
    if not valid:
        found.append(Finding(FindingCode.DECREE_EXPIRED, tuple(one.mark.position for one in decrees.granted)))
    elif decrees.ever(step.position) and not decrees.valid(here, step.position):
        good = min(one.mark.position for one in valid)
        found.append(Finding(FindingCode.DECREE_EXPIRED, made_good_by=good))
