"""The event of a coaching session (pembinaan): offices teach KIM."""

from typing import ClassVar

from events.fields import Count, Data, Name, Origin, RegionCode, Text


class Held(Data, frozen=True):
    """A coaching session took place."""

    TOPIC: ClassVar = "id.jejak.coaching.held.v1"
    offices: tuple[Name, ...]
    kim: tuple[Name, ...]
    venue_region: RegionCode
    headcount: Count
    origins: tuple[Origin, ...] = ()
    materials: tuple[Text, ...] = ()
