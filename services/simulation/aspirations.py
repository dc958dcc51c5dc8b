"""Aspirations: what a village asks, which way up it takes, and whether it is answered in time, late or never."""

from itertools import count
from typing import Final

from events.aspiration import Answered, Closed, Forwarded, Raised
from services.simulation.agenda import DAY, HOUR
from services.simulation.item import Item
from services.simulation.organisations import Holder, Kim
from services.simulation.stage import Name, Stage
from services.simulation.words import ASPIRATIONS, REPLIES

_DUE_DAYS: Final = (3, 7, 14)
_FATES: Final = ("sent up",) * 3 + ("in time",) * 9 + ("late",) * 4 + ("never",) * 4
"""What an office does with an aspiration."""


class Aspirations:
    """What comes back up. It is written down at once: those who answer have to know of it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._numbers = count(1)

    def begin(self, at: int, holder: Holder, item: Item, cause: Name) -> None:
        """Let somebody raise an aspiration soon, because of an item."""
        self._stage.after(at, HOUR, self._raised, holder, item, cause)

    def _raised(self, at: int, holder: Holder, item: Item, cause: Name) -> bytes:
        stage, chance = self._stage, self._stage.chance
        subject = f"sim-aspirasi-{next(self._numbers)}"
        kind, summary = chance.one(ASPIRATIONS)
        due = chance.one(_DUE_DAYS) * DAY
        name = stage.name(holder)
        by = holder.parent if isinstance(holder.parent, Kim) else holder
        stage.after(at, DAY, self._forwarded, by, subject, due, name)
        data = Raised(
            kind=kind,
            summary=summary,
            item=item.id if chance.happens(0.8) else None,
            due=stage.day(at + due) if chance.happens(0.85) else None,
        )
        return stage.line(at, holder, subject, data, cause, name)

    def _forwarded(self, at: int, by: Holder, subject: str, due: int, cause: Name) -> bytes:
        """Send it one level up, where it is answered in time, late or never, or sent up once more."""
        stage, chance = self._stage, self._stage.chance
        above = by.registrar
        name = stage.name(by)
        fate = chance.one(_FATES)
        if fate == "sent up" and above.parent is not None:
            stage.after(at, DAY, self._forwarded, above, subject, due, name)
        elif fate == "in time":
            stage.after(at, due / 5, self._answered, above, subject, name)
        elif fate == "late":
            stage.agenda.plan(at + due + chance.between(1, 5) * DAY, self._answered, above, subject, name)
        return stage.line(at, by, subject, Forwarded(to=(above.id,)), cause, name)

    def _answered(self, at: int, by: Holder, subject: str, cause: Name) -> bytes:
        stage, chance = self._stage, self._stage.chance
        name = stage.name(by)
        if chance.happens(0.6):
            stage.after(at, 2 * DAY, self._closed, by, subject, name)
        return stage.line(at, by, subject, Answered(reply=chance.one(REPLIES)), cause, name)

    def _closed(self, at: int, by: Holder, subject: str, cause: Name) -> bytes:
        return self._stage.line(at, by, subject, Closed(resolution="Selesai; warga sudah diberi tahu"), cause)
