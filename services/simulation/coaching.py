"""Coaching sessions: an office teaches the KIM of a district."""

from itertools import count
from typing import Final

from events.coaching import Held
from events.fields import Origin
from services.simulation.agenda import DAY, HOUR
from services.simulation.organisations import Organisations
from services.simulation.stage import Stage
from services.simulation.words import MATERIALS

_EVERY: Final = 6 * DAY
_MOST_KIM: Final = 6


class Coaching:
    """One session about every six days."""

    def __init__(self, stage: Stage, organisations: Organisations) -> None:
        self._stage = stage
        self._organisations = organisations
        self._numbers = count(1)

    def begin(self) -> None:
        """Plan the first session; each plans the next."""
        self._stage.agenda.plan(9 * HOUR, self._held)

    def _held(self, at: int) -> bytes:
        stage, chance = self._stage, self._stage.chance
        stage.agenda.plan(at + _EVERY, self._held)
        host = chance.one(self._organisations.kim)
        coached = chance.some(host.near, chance.between(2, _MOST_KIM))
        origins = tuple(Origin(kim.region, chance.between(2, 8)) for kim in coached)
        office = host.registrar
        data = Held(
            offices=(office.id, self._organisations.province.id) if chance.happens(0.3) else (office.id,),
            kim=tuple(kim.id for kim in coached),
            venue_region=host.region,
            headcount=sum(origin.headcount for origin in origins) + chance.between(0, 3),
            origins=origins,
            materials=tuple(chance.some(MATERIALS, 2)),
        )
        return stage.line(at, office, f"sim-pembinaan-{next(self._numbers)}", data)
