"""Puts a flow together, and yields its lines."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from events.fields import JAKARTA
from infra.regions import Regions
from services.simulation.agenda import DAY
from services.simulation.chance import Chance
from services.simulation.coaching import Coaching
from services.simulation.organisations import Organisations, draw, villages_of
from services.simulation.publications import Publications
from services.simulation.registry import Registry
from services.simulation.stage import Stage

REGION: Final = "18.09"
UNTIL: Final = date(2021, 12, 31)


class TooManyVillagesError(ValueError):
    """A region has fewer villages than were asked for."""

    def __init__(self, asked: int, there_are: int) -> None:
        super().__init__(asked, there_are)
        self.asked = asked
        self.there_are = there_are


def flow(
    regions: Regions,
    *,
    region: str = REGION,
    villages: int | None = None,
    items: int | None = None,
    days: int = 30,
    seed: int = 1,
    until: date = UNTIL,
) -> Iterator[bytes]:
    """Return the lines of a flow; the same arguments, the same lines. Only what is still to come is held.

    Without `villages` all of the region take part, without `items` there is one a day.

    Raises:
        UnknownRegionError: there is no such region.
        TooManyVillagesError: it has fewer villages.

    """
    there_are = villages_of(regions, region)
    if villages is None:
        villages = len(there_are)
    if villages > len(there_are):
        raise TooManyVillagesError(villages, len(there_are))
    chance = Chance(seed)
    start = datetime.combine(until - timedelta(days=days - 1), time.min, JAKARTA)
    stage = Stage(chance, start, days * DAY)
    organisations = Organisations(chance, regions, draw(chance, there_are, villages), seed)
    return _lines(stage, organisations, days if items is None else items)


def _lines(stage: Stage, organisations: Organisations, items: int) -> Iterator[bytes]:
    yield from Registry(stage, organisations).lines()
    Coaching(stage, organisations).begin()
    Publications(stage, organisations, items).begin()
    yield from stage.agenda.lines()
