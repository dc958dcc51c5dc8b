"""Who takes part: offices, KIM and communities of real regions, and how each of them is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from events.envelope import SIMULATED
from events.vocabulary import Level
from infra.regions import Region, RegionLevel, Regions
from services.simulation.agenda import DAY, HOUR
from services.simulation.chance import Chance

_PEOPLE: Final = 40
_PACES: Final = (0.3, 0.6, 1.0, 1.0, 1.6, 5.0)
_RECORDS_EVERY: Final = (0,) * 12 + (1, 1, 1, 3, 5, 8)
_REGENCY: Final = len("18.09")
_DISTRICT: Final = len("18.09.01")


@dataclass(eq=False, slots=True)
class Holder:
    """An organisation, and what it is like."""

    id: str
    name: str
    level: Level
    region: str
    source: str
    parent: "Holder | None" = None
    pace: float = 1.0
    """How many times as long as others it takes."""
    every: int = 0
    """After how many days it records what happened, in one go; 0: each step at once."""
    evening: int = 0
    """When it does so for the first time, in seconds of the flow."""
    silent: bool = False
    """It never records anything."""

    @property
    def registrar(self) -> "Holder":
        """Who registers it: its parent, or itself where it has none."""
        return self.parent or self


@dataclass(eq=False, slots=True)
class Office(Holder):
    """A provincial or regency office, and the KIM or offices that it forwards to."""

    kim: list["Kim"] = field(default_factory=list)
    offices: list["Office"] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Kim(Holder):
    """The KIM of a village."""

    community: Holder | None = None
    people: Sequence[str] = ()
    """The pseudonyms of those who come to its gatherings; the first ones come most often."""
    near: list["Kim"] = field(default_factory=list)
    """The KIM of its district, itself included."""


class Organisations:
    """Everyone who takes part in one flow."""

    def __init__(self, chance: Chance, regions: Regions, villages: Sequence[Region], seed: int) -> None:
        self._source = f"{SIMULATED}{seed}:"
        self._chance = chance
        self.province = self._office(regions.get(villages[0].code[:2]), Level.PROVINCIAL_OFFICE, None)
        self.kim: list[Kim] = []
        offices: dict[str, Office] = {}
        near: dict[str, list[Kim]] = {}
        for village in villages:
            regency = regions.get(village.code[:_REGENCY])
            office = offices.get(regency.code)
            if office is None:
                office = offices[regency.code] = self._office(regency, Level.REGENCY_OFFICE, self.province)
            kim = self._kim(village, office, near.setdefault(village.code[:_DISTRICT], []))
            kim.near.append(kim)
            office.kim.append(kim)
            self.kim.append(kim)
        self.province.offices = self.regencies = list(offices.values())

    def all(self) -> Iterator[Holder]:
        """Yield everyone, parents first."""
        yield self.province
        yield from self.regencies
        yield from self.kim
        yield from (kim.community for kim in self.kim if kim.community is not None)

    def _office(self, region: Region, level: Level, parent: Office | None) -> Office:
        word = "Provinsi " if level is Level.PROVINCIAL_OFFICE else ""
        id_ = f"sim-diskominfo-{region.code}"
        return Office(id_, f"Diskominfo {word}{region.name}", level, region.code, self._source + id_, parent)

    def _kim(self, village: Region, office: Office, near: list[Kim]) -> Kim:
        chance = self._chance
        id_ = f"sim-kim-{village.code}"
        kim = Kim(id_, f"KIM {village.name}", Level.KIM, village.code, self._source + id_, office, near=near)
        kim.pace = chance.one(_PACES)
        kim.every = chance.one(_RECORDS_EVERY)
        kim.evening = chance.between(0, kim.every) * DAY + chance.between(18 * HOUR, 22 * HOUR)
        kim.silent = chance.happens(0.1)
        # Two Jejak have a key each: nobody can say whether pseudonyms of both name the same person.
        key = "k1" if chance.happens(0.7) else "k2"
        kim.people = [chance.pseudonym(key) for _ in range(_PEOPLE)]
        if chance.happens(0.75):
            id_, name = f"sim-masyarakat-{village.code}", f"Masyarakat {village.name}"
            kim.community = Holder(id_, name, Level.COMMUNITY, village.code, self._source + id_, kim, kim.pace)
            kim.community.every, kim.community.evening = kim.every, kim.evening
            kim.community.silent = kim.silent
        return kim


def villages_of(regions: Regions, code: str) -> list[Region]:
    """Return the villages in a region, by code; UnknownRegionError where there is no such region."""
    region = regions.get(code)
    if region.level is RegionLevel.VILLAGE:
        return [region]
    return [village for child in regions.children(code) for village in villages_of(regions, child.code)]


def draw(chance: Chance, villages: Sequence[Region], count: int) -> list[Region]:
    """Return so many of the villages, by code."""
    return sorted(chance.some(villages, count))
