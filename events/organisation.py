"""Events of an organisation: who takes part, where, under whom, and by which decree."""

from typing import ClassVar

from events.fields import Data, Day, Name, RegionCode, Text
from events.vocabulary import Level


class Registered(Data, frozen=True):
    """An organisation takes part from now on; `parent` is who registered it."""

    TOPIC: ClassVar = "id.jejak.organisation.registered.v1"
    name: Text
    level: Level
    region: RegionCode
    parent: Name | None = None


class Changed(Data, frozen=True):
    """An organisation has another name, region or parent."""

    TOPIC: ClassVar = "id.jejak.organisation.changed.v1"
    name: Text | None = None
    region: RegionCode | None = None
    parent: Name | None = None


class Closed(Data, frozen=True):
    """An organisation exists no longer."""

    TOPIC: ClassVar = "id.jejak.organisation.closed.v1"
    reason: Text


class DecreeGranted(Data, frozen=True):
    """A KIM holds a decree (SK); without `valid_to` it holds until revoked."""

    TOPIC: ClassVar = "id.jejak.organisation.decree_granted.v1"
    number: Text
    issuer: Text
    valid_from: Day
    valid_to: Day | None = None


class DecreeRevoked(Data, frozen=True):
    """A decree is void from this event's time on."""

    TOPIC: ClassVar = "id.jejak.organisation.decree_revoked.v1"
    number: Text
    reason: Text


class KeyRegistered(Data, frozen=True):
    """An organisation signs with this key (Ed25519 public key, base64)."""

    TOPIC: ClassVar = "id.jejak.organisation.key_registered.v1"
    key_id: Name
    public_key: Text
