"""An aspiration: what the community sends back up."""

from msgspec import Struct
from msgspec.structs import replace

from events.aspiration import Raised
from events.fields import Data
from projections.findings.facts import Step


class Aspiration(Struct, frozen=True, gc=False):
    """An aspiration as its events left it; `holder` is None while it is not raised."""

    id: str
    holder: str | None = None


def evolve(aspiration: Aspiration, step: Step, data: Data) -> Aspiration:
    """Return the aspiration after one of its events."""
    return replace(aspiration, holder=step.holder) if isinstance(data, Raised) else aspiration
