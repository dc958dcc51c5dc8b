"""Events of an aspiration: what the community sends back up, and what became of it."""

from typing import ClassVar

from events.fields import Data, Day, Name, Text
from events.item import Holders
from events.vocabulary import AspirationKind


class Person(Data, frozen=True):
    """Who asks. Never kept in plain text (Law 27/2022)."""

    name: Text
    contact: Text


class Raised(Data, frozen=True):
    """The community wishes, complains, asks or suggests something."""

    TOPIC: ClassVar = "id.jejak.aspiration.raised.v1"
    kind: AspirationKind
    summary: Text
    item: Name | None = None
    due: Day | None = None
    person: Person | None = None


class Forwarded(Data, frozen=True):
    """The aspiration goes to other holders."""

    TOPIC: ClassVar = "id.jejak.aspiration.forwarded.v1"
    to: Holders


class Answered(Data, frozen=True):
    """Somebody answered it."""

    TOPIC: ClassVar = "id.jejak.aspiration.answered.v1"
    reply: Text


class Closed(Data, frozen=True):
    """Nothing more will come of it."""

    TOPIC: ClassVar = "id.jejak.aspiration.closed.v1"
    resolution: Text
