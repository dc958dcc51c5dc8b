"""The event that takes a wrong step out of every figure."""

from typing import ClassVar

from events.fields import Data, Text


class EventName(Data, frozen=True):
    """The name of an event for ever: CloudEvents `source` and `id`."""

    source: Text
    id: Text


class Voided(Data, frozen=True):
    """The step named by `source` and `id` was wrong and leaves every figure."""

    TOPIC: ClassVar = "id.jejak.step.voided.v1"
    source: Text
    id: Text
    reason: Text
    replacement: EventName | None = None
