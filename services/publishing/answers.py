"""What a publisher is told of each event that it sent."""

from enum import StrEnum

from msgspec import Struct

from events.refusal import RefusedError
from events.vocabulary import FindingCode


class Outcome(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    REFUSED = "refused"


class Answer(Struct, frozen=True, gc=False):
    """The answer to one event: its position in the log with its findings, or why it was refused."""

    outcome: Outcome
    position: int | None = None
    findings: tuple[FindingCode, ...] = ()
    refusal: RefusedError | None = None


def refused_with(refusal: RefusedError) -> Answer:
    """Return the answer to an event that is refused."""
    # What led to it holds the lines of the whole batch, in a circle that nobody collects for long.
    refusal.__traceback__ = refusal.__cause__ = refusal.__context__ = None
    return Answer(Outcome.REFUSED, refusal=refusal)
