"""What a decision may look at: the log as it stands just before the event's position."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from events.envelope import CloudEvent
from infra.regions import Regions
from projections.findings.facts import Step
from services.aggregates.aspiration import Aspiration
from services.aggregates.coaching import Coaching
from services.aggregates.item import Item
from services.aggregates.organisation import Organisation


class Principal(Struct, frozen=True):
    """Who speaks: an organisation, or the operator (None), who may speak for every one."""

    organisation: str | None = None
    simulates: bool = False
    """Whether simulated events may come into a log that holds real ones."""


OPERATOR = Principal()


class World(Protocol):
    """The log at one position, as decisions see it."""

    regions: Regions
    now: datetime

    def organisation(self, name: str) -> Organisation:
        """Return the organisation; without a level when it is not registered."""

    def item(self, name: str) -> Item:
        """Return the item; without an issuer when it is not published."""

    def aspiration(self, name: str) -> Aspiration:
        """Return the aspiration; without a holder when it is not raised."""

    def coaching(self, name: str) -> Coaching:
        """Return the coaching session; without a holder when it was not held."""

    def step(self, source: str, id_: str) -> Step | None:
        """Return the recorded event that its publisher calls so."""

    def voided(self, step: Step) -> bool:
        """Tell whether a step is voided."""


class Request(Struct, frozen=True, gc=False):
    """An event to decide on, its holder, who sends it, and the world it meets."""

    event: CloudEvent
    kind: str
    holder: Organisation
    principal: Principal
    world: World


Decide = Callable[[Request], None]
"""A decision: it raises RefusedError, or the event is recorded as it is."""
