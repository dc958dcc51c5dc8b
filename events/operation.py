"""Events by which an installation is run: settings that figures depend on, populations, erasures."""

from typing import ClassVar

import msgspec

from events.fields import Count, Data, Day, Pseudonym, RegionCode, Text, canonical


class ConfigurationSet(Data, frozen=True):
    """A setting that figures or findings depend on has this value from here on."""

    TOPIC: ClassVar = "id.jejak.configuration.set.v1"
    value: Text | int | float | bool
    reason: Text | None = None


class PopulationRecorded(Data, frozen=True):
    """How many people live in a region, by whom counted, and on which day."""

    TOPIC: ClassVar = "id.jejak.population.recorded.v1"
    region: RegionCode
    people: Count
    source: Text
    date: Day


class PersonErased(Data, frozen=True):
    """A person's key was destroyed; what it encrypted can be read no longer."""

    TOPIC: ClassVar = "id.jejak.person.erased.v1"
    person: Pseudonym
    reason: Text

    def __post_init__(self) -> None:
        """Write the pseudonym in the one form that it is counted in."""
        msgspec.structs.force_setattr(self, "person", canonical(self.person))
