"""What all acts of a flow share: chance, the agenda, and how an event becomes a line, at once or later."""

from datetime import datetime, timedelta
from itertools import count
from typing import Final

import msgspec

from events.catalogue import CATALOGUE
from events.envelope import cloud_event_of
from events.fields import Data
from services.simulation.agenda import DAY, HOUR, Act, Agenda
from services.simulation.chance import Chance
from services.simulation.organisations import Holder

Name = tuple[str, str]
"""Source and id of an event."""

_CLOUD_EVENTS: Final = {data: cloud_event_of(topic, data) for topic, data in CATALOGUE.types.items()}
_WAKING: Final = 5 * HOUR
_WITHOUT_CAUSE: Final = 0.04


class Stage:
    """Where a flow takes place; its seconds count from `start` on."""

    def __init__(self, chance: Chance, start: datetime, end: int) -> None:
        self.chance = chance
        self.start = start
        self.agenda = Agenda(end)
        self._ids = count(1)
        self._encode = msgspec.json.Encoder().encode

    def after(self, at: int, seconds: float, act: Act, *about: object) -> None:
        """Plan an act for about so many seconds after `at`; at night people sleep."""
        at += self.chance.about(seconds)
        self.agenda.plan(at if at % DAY >= _WAKING else at + _WAKING, act, *about)

    def name(self, holder: Holder) -> Name:
        """Return a new name for an event that `holder` publishes."""
        return holder.source, str(next(self._ids))

    def day(self, at: int) -> str:
        """Return the day of a time, as events write it."""
        return self.time(at).date().isoformat()

    def time(self, at: int) -> datetime:
        """Return the time of a second of the flow."""
        return self.start + timedelta(seconds=at)

    def line(
        self,
        at: int,
        holder: Holder,
        subject: str,
        data: Data,
        cause: Name | None = None,
        name: Name | None = None,
    ) -> bytes:
        """Return the line of an event."""
        source, id_ = name or self.name(holder)
        causationid = causationsource = None
        if cause is not None:
            causationid = cause[1]
            if cause[0] != source:
                causationsource = cause[0]
        event = _CLOUD_EVENTS[type(data)](
            specversion="1.0",
            id=id_,
            source=source,
            subject=subject,
            time=self.start + timedelta(seconds=at),
            holder=holder.id,
            data=data,
            causationid=causationid,
            causationsource=causationsource,
        )
        return self._encode(event) + b"\n"

    def record(
        self, at: int, holder: Holder, subject: str, data: Data, cause: Name | None, name: Name | None = None
    ) -> bytes | None:
        """Return the line of a step, now and then without its cause; of those who record later it comes then."""
        if cause is not None and self.chance.happens(_WITHOUT_CAUSE):
            cause = None
        line = self.line(at, holder, subject, data, cause, name)
        if not holder.every:
            return line
        period = holder.every * DAY
        self.agenda.plan(at + period - (at - holder.evening) % period, _recorded, line)
        return None


def _recorded(_: int, line: bytes) -> bytes:
    return line
