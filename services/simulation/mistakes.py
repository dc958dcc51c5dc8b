"""What goes wrong when steps are written down: wrong headcounts, and steps reported twice."""

from typing import Final

from msgspec.structs import replace

from events.item import ActedOn, Discussed, Shared
from events.step import EventName, Voided
from services.simulation.agenda import HOUR, MINUTE
from services.simulation.organisations import Holder
from services.simulation.stage import Name, Stage

_WRONG: Final = 0.006
_TWICE: Final = 0.004


class Mistakes:
    """Records steps of people, and makes the mistakes that people make."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def record(
        self,
        at: int,
        holder: Holder,
        subject: str,
        data: Discussed | Shared | ActedOn,
        cause: Name | None,
        name: Name,
    ) -> bytes | None:
        """Record a step; now and then with a zero too many, which is voided later, or a second time."""
        stage, drawn = self._stage, self._stage.chance.random()
        if drawn < _WRONG and data.headcount:
            stage.after(at, 6 * HOUR, self._voided, holder, subject, data, cause, name)
            data = replace(data, headcount=data.headcount * 10)
        elif drawn > 1 - _TWICE:
            later = at + stage.chance.between(1, 50) * MINUTE
            stage.agenda.plan(later, self._again, holder, subject, data, cause)
        return stage.record(at, holder, subject, data, cause, name)

    def _voided(
        self,
        at: int,
        holder: Holder,
        subject: str,
        data: Discussed | Shared | ActedOn,
        cause: Name | None,
        wrong: Name,
    ) -> bytes | None:
        """Void the wrong step, and let the right one follow."""
        stage = self._stage
        right = stage.name(holder)
        stage.agenda.plan(at + MINUTE, stage.record, holder, subject, data, cause, right)
        void = Voided(
            source=wrong[0],
            id=wrong[1],
            reason="Salah ketik: jumlah orangnya kelebihan satu nol",
            replacement=EventName(source=right[0], id=right[1]),
        )
        return stage.record(at, holder, subject, void, wrong)

    def _again(
        self, at: int, holder: Holder, subject: str, data: Discussed | Shared | ActedOn, cause: Name | None
    ) -> bytes:
        """Report the step anew, from the office's spreadsheet."""
        source = holder.source.replace(holder.id, "sim-rekap")
        return self._stage.line(at, holder, subject, data, cause, (source, self._stage.name(holder)[1]))
