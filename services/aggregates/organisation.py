"""An organisation: level, region, parent, registrar, decrees."""

from msgspec import Struct
from msgspec.structs import replace

from events.fields import Data
from events.organisation import Changed, DecreeGranted, DecreeRevoked, Registered
from events.vocabulary import Level
from projections.findings.decrees import Decrees
from projections.findings.facts import Step


class Organisation(Struct, frozen=True, gc=False):
    """An organisation as its events left it; `level` is None while it is not registered."""

    id: str
    level: Level | None = None
    region: str = ""
    parent: str | None = None
    registrar: str | None = None
    founded: bool = False
    """Registered by the operator, without a parent."""
    decrees: Decrees = Decrees()


def evolve(organisation: Organisation, step: Step, data: Data) -> Organisation:
    """Return the organisation after one of its events."""
    if isinstance(data, Registered):
        return Organisation(
            organisation.id, data.level, data.region, data.parent, step.holder, founded=data.parent is None
        )
    if isinstance(data, Changed):
        return replace(
            organisation,
            region=data.region or organisation.region,
            parent=data.parent or organisation.parent,
        )
    if isinstance(data, DecreeGranted | DecreeRevoked):
        return replace(organisation, decrees=organisation.decrees.with_event(step, data))
    return organisation
