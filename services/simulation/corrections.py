"""What becomes of an item that was wrong: it is replaced or retracted, and some of its holders hear of it."""

from collections.abc import Callable
from itertools import count
from typing import Final

from events.item import Corrected, Forwarded, Received, Retracted
from services.simulation.agenda import DAY, HOUR
from services.simulation.channels import WHATSAPP
from services.simulation.item import Item
from services.simulation.organisations import Holder
from services.simulation.stage import Name, Stage

Replace = Callable[[int, Item], Item]
"""Publishes what is right, a little later; returns it."""

_MOST_AT_ONCE: Final = 40
_ONE_IS_RETRACTED_OF: Final = 3
_TOLD: Final = 0.8
_HEARS: Final = 0.7


class Corrections:
    """Corrects and retracts items of one flow."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._numbers = count(1)

    def begin(self, at: int, item: Item, replace: Replace) -> None:
        """Let the issuer find out, some days after the publication, that its item is wrong."""
        chance = self._stage.chance
        found_out = at + chance.between(1, 3) * DAY + chance.between(0, 4) * HOUR
        if next(self._numbers) % _ONE_IS_RETRACTED_OF == 0:
            self._stage.agenda.plan(found_out, self._retracted, item)
        else:
            self._stage.agenda.plan(found_out, self._replaced, item, replace)

    def _replaced(self, at: int, item: Item, replace: Replace) -> None:
        self._stage.agenda.plan(at + HOUR, self._corrected, item, replace(at, item))

    def _corrected(self, at: int, item: Item, replacement: Item) -> bytes:
        name = self._stage.name(item.issuer)
        self._tell(at, item, name)
        data = Corrected(reason="Isinya keliru; lihat penggantinya", replacement=replacement.id)
        return self._stage.line(at, item.issuer, item.id, data, None, name)

    def _retracted(self, at: int, item: Item) -> bytes:
        name = self._stage.name(item.issuer)
        self._tell(at, item, name)
        return self._stage.line(at, item.issuer, item.id, Retracted(reason="Isinya tidak benar"), None, name)

    def _tell(self, at: int, item: Item, cause: Name) -> None:
        """Send the correction to most of those who have the item by now."""
        holders = list(item.holders.values())
        told = self._stage.chance.some(holders, int(len(holders) * _TOLD))
        for first in range(0, len(told), _MOST_AT_ONCE):
            some = told[first : first + _MOST_AT_ONCE]
            self._stage.after(at, HOUR, self._forwarded, item, some, cause)

    def _forwarded(self, at: int, item: Item, to: list[Holder], cause: Name) -> bytes | None:
        name = self._stage.name(item.issuer)
        for one in to:
            if self._stage.chance.happens(_HEARS):
                self._stage.after(at, DAY * one.pace, self._received, item, one, name)
        data = Forwarded(to=tuple(one.id for one in to), channel=WHATSAPP.channel)
        return self._stage.record(at, item.issuer, item.id, data, cause, name)

    def _received(self, at: int, item: Item, holder: Holder, cause: Name) -> bytes | None:
        data = Received(channel=WHATSAPP.channel, from_=item.issuer.id)
        return self._stage.record(at, holder, item.id, data, cause)
