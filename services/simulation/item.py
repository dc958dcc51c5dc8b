"""An item of the flow, and who has it."""

from dataclasses import dataclass, field

from infra.regions import Regions
from services.simulation.organisations import Holder
from services.simulation.words import Wording


@dataclass(eq=False, slots=True)
class Item:
    """An item; `pull` is how much more than others it is passed on from KIM to KIM."""

    id: str
    issuer: Holder
    wording: Wording
    places: tuple[str, ...]
    """Where it is meant to arrive."""
    pull: float = 1.0
    wrong: bool = False
    holders: dict[str, Holder] = field(default_factory=dict)
    """Who received it, in that order."""

    def is_for(self, region: str) -> bool:
        """Tell whether it is meant to arrive there."""
        return any(Regions.contains(place, region) for place in self.places)
