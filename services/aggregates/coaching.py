"""A coaching session (pembinaan)."""

from msgspec import Struct

from events.coaching import Held
from events.fields import Data
from projections.findings.facts import Step


class Coaching(Struct, frozen=True, gc=False):
    """A coaching session; `holder` is None while it was not held."""

    id: str
    holder: str | None = None


def evolve(coaching: Coaching, step: Step, data: Data) -> Coaching:
    """Return the session after one of its events."""
    return Coaching(coaching.id, step.holder) if isinstance(data, Held) else coaching
