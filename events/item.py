"""Events of an item of information, from its publication to what people did with it."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from events.fields import (
    HAS_SMALL_BASE32,
    Count,
    Data,
    Day,
    Name,
    Origin,
    Pseudonym,
    RegionCode,
    Sha256,
    Text,
    canonical,
)
from events.vocabulary import Channel, KipClass, NeedHorizon, Topic, Verdict

Holders = Annotated[tuple[Name, ...], Meta(min_length=1)]


class Published(Data, frozen=True):
    """An item exists; `intended` names holders, and regions meaning every KIM in or below them."""

    TOPIC: ClassVar = "id.jejak.item.published.v1"
    title: Text
    sha256: Sha256
    topic: Topic
    need_horizon: NeedHorizon
    kip_class: KipClass
    text: Text | None = None
    link: Text | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    intended: tuple[Name, ...] = ()


class Revised(Data, frozen=True):
    """Each field given replaces the item's old one."""

    TOPIC: ClassVar = "id.jejak.item.revised.v1"
    reason: Text
    title: Text | None = None
    text: Text | None = None
    link: Text | None = None
    sha256: Sha256 | None = None
    topic: Topic | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    intended: tuple[Name, ...] | None = None


class Corrected(Data, frozen=True):
    """The item was wrong; `replacement` is the item that holds instead, where there is one."""

    TOPIC: ClassVar = "id.jejak.item.corrected.v1"
    reason: Text
    replacement: Name | None = None


class Retracted(Data, frozen=True):
    """The item holds no longer and should not be passed on."""

    TOPIC: ClassVar = "id.jejak.item.retracted.v1"
    reason: Text


class Forwarded(Data, frozen=True):
    """A holder passes the item to other holders."""

    TOPIC: ClassVar = "id.jejak.item.forwarded.v1"
    to: Holders
    channel: Channel


class Received(Data, frozen=True, rename={"from_": "from"}):
    """A holder has the item; `from_` (in JSON `from`) is who handed it over."""

    TOPIC: ClassVar = "id.jejak.item.received.v1"
    channel: Channel
    from_: Name | None = None


class Screened(Data, frozen=True):
    """A holder judged whether the item is true, and on what basis."""

    TOPIC: ClassVar = "id.jejak.item.screened.v1"
    verdict: Verdict
    basis: Text


class _WithPeople(Data, frozen=True):
    """What people take part in. However a pseudonym is written, here it has the one form that it is counted in."""

    def __post_init__(self) -> None:
        people: tuple[str, ...] = self.participants  # type: ignore[attr-defined]  # of each class below
        if people and HAS_SMALL_BASE32(" ".join(people)):  # looked at all at once: this is a hot path
            msgspec.structs.force_setattr(self, "participants", tuple(map(canonical, people)))


class Discussed(_WithPeople, frozen=True):
    """A gathering talked the item over."""

    TOPIC: ClassVar = "id.jejak.item.discussed.v1"
    headcount: Count | None = None
    venue_region: RegionCode | None = None
    origins: tuple[Origin, ...] = ()
    participants: tuple[Pseudonym, ...] = ()
    outcome: Text | None = None


class Shared(_WithPeople, frozen=True):
    """A holder passes the item on to people, and perhaps to holders (`to`)."""

    TOPIC: ClassVar = "id.jejak.item.shared.v1"
    channel: Channel
    headcount: Count | None = None
    exposures: Count | None = None
    region: RegionCode | None = None
    to: tuple[Name, ...] = ()
    participants: tuple[Pseudonym, ...] = ()


class Evidence(Data, frozen=True):
    """A photo or paper that shows what was done, by its SHA-256."""

    sha256: Sha256
    media_type: Text
    link: Text | None = None


class ActedOn(_WithPeople, frozen=True):
    """People put the item to use."""

    TOPIC: ClassVar = "id.jejak.item.acted_on.v1"
    action: Text
    headcount: Count | None = None
    participants: tuple[Pseudonym, ...] = ()
    region: RegionCode | None = None
    evidence: tuple[Evidence, ...] = ()
