"""The handling of one item by one holder: when it received the item, and what it found."""

from msgspec import Struct

from events.fields import Data
from projections.findings.facts import Mark, Step


class Handling(Struct, frozen=True, gc=False):
    """What the findings on a holder's steps depend on; voided steps are left out."""

    receipts: tuple[Mark, ...] = ()
    verdicts: tuple[Mark, ...] = ()


def evolve(handling: Handling, step: Step, _: Data) -> Handling:
    """Return the handling after one of its steps."""
    kind = step.kind
    if kind == "item.received":
        return Handling((*handling.receipts, Mark(step.at, step.position)), handling.verdicts)
    if kind == "item.screened":
        mark = Mark(step.at, step.position, step.verdict)
        return Handling(handling.receipts, (*handling.verdicts, mark))
    if step.voids is not None:
        return Handling(without(handling.receipts, step.voids), without(handling.verdicts, step.voids))
    return handling


def without(marks: tuple[Mark, ...], position: int) -> tuple[Mark, ...]:
    """Return the marks but for the one at `position`."""
    return tuple(mark for mark in marks if mark.position != position)
