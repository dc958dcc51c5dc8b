"""The beginning of a flow: who is registered, and which decrees the KIM hold."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from events.organisation import DecreeGranted, DecreeRevoked, Registered
from services.simulation.agenda import DAY, MINUTE
from services.simulation.organisations import Kim, Organisations
from services.simulation.stage import Stage

_BEFORE: Final = -30 * DAY
_VALID_DAYS: Final = 3 * 365
_FATES: Final = ("holds",) * 15 + ("ends",) * 4 + ("is over",)


class Registry:
    """Registers everyone before the flow begins; decrees end while it runs."""

    def __init__(self, stage: Stage, organisations: Organisations) -> None:
        self._stage = stage
        self._organisations = organisations

    def lines(self) -> Iterator[bytes]:
        """Yield the registrations, parents first, and the decrees that are granted by then."""
        at = _BEFORE
        for one in self._organisations.all():
            at += MINUTE
            parent = one.parent.id if one.parent else None
            data = Registered(name=one.name, level=one.level, region=one.region, parent=parent)
            yield self._stage.line(at, one.registrar, one.id, data)
            if isinstance(one, Kim) and self._stage.chance.happens(0.9):
                yield self._decree(at + MINUTE, one)

    def _decree(self, at: int, kim: Kim) -> bytes:
        """Grant a decree: most hold beyond the flow, some end or are revoked within it, a few are over."""
        stage = self._stage
        chance, days = stage.chance, stage.agenda.end // DAY
        fate = chance.one(_FATES)
        if fate == "holds":
            last = days + chance.between(30, 700)
        elif fate == "ends":
            last = chance.between(0, days)
            if chance.happens(0.5):
                stage.agenda.plan((last + chance.between(1, 10)) * DAY + DAY // 2, self._renewed, kim)
        else:
            last = -chance.between(3, 25)
        if fate == "holds" and chance.happens(0.06):
            stage.agenda.plan(chance.between(0, days - 1) * DAY + DAY // 2, self._revoked, kim)
        return self._granted(at, kim, last)

    def _granted(self, at: int, kim: Kim, last: int) -> bytes:
        """Grant a decree that is valid until a day of the flow, that day included."""
        to = self._stage.start.date() + timedelta(days=last)
        valid_from = min(to, self._stage.time(at).date()) - timedelta(
            days=self._stage.chance.between(20, _VALID_DAYS)
        )
        data = DecreeGranted(
            number=_number(kim),
            issuer=f"Kepala {kim.name.replace('KIM', 'Desa')}",
            valid_from=valid_from.isoformat(),
            valid_to=to.isoformat(),
        )
        return self._stage.line(at, kim.registrar, kim.id, data)

    def _renewed(self, at: int, kim: Kim) -> bytes:
        return self._granted(at, kim, at // DAY + _VALID_DAYS)

    def _revoked(self, at: int, kim: Kim) -> bytes:
        data = DecreeRevoked(number=_number(kim), reason="Pengurus berganti; SK baru belum terbit")
        return self._stage.line(at, kim.registrar, kim.id, data)


def _number(kim: Kim) -> str:
    return f"SK 141/{kim.region}"
