"""The decrees (SK) of a KIM, and which of them is in force at a moment."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Final, NamedTuple

from events.fields import JAKARTA, ends, microseconds, starts
from events.organisation import DecreeGranted, DecreeRevoked
from projections.findings.facts import Mark, Step

_LAST_DAY: Final = datetime.combine(date.max, time.min, JAKARTA)
"""A decree that ends within the last day of the calendar, often written for "for ever", does not end."""


class Decree(NamedTuple):
    """A decree of a KIM: valid from `start` until before `end`, in microseconds; granted at `mark`."""

    number: str
    start: int
    end: int | None
    mark: Mark


class Revocation(NamedTuple):
    """The end of the decrees of a number before their time."""

    number: str
    mark: Mark

    def ends(self, decree: Decree) -> bool:
        """Tell whether it ends a decree: one that was granted before it, or was valid by then.

        Grants are written down late, and a decree that is renewed may keep its number: so what was granted
        later holds where its validity begins after the revocation, and only there.
        """
        return self.number == decree.number and (decree.mark < self.mark or decree.start <= self.mark.at)


def term(data: DecreeGranted) -> tuple[int, int | None]:
    """Return the first microsecond of a decree's validity, and the first one after it; None: it never ends."""
    end = ends(data.valid_to) if data.valid_to else None
    return microseconds(starts(data.valid_from)), microseconds(end) if end and end <= _LAST_DAY else None


class Decrees(NamedTuple):
    """Every decree that a KIM ever had."""

    granted: tuple[Decree, ...] = ()
    revoked: tuple[Revocation, ...] = ()

    def valid(self, here: tuple[int, int], recorded_before: int | None = None) -> list[Decree]:
        """Return the decrees in force at a step (time and position), as the log knew them before a position."""
        return [decree for decree in self._known(recorded_before) if self._holds(decree, here, recorded_before)]

    def ever(self, recorded_before: int | None = None) -> bool:
        """Tell whether there was any decree, as the log knew before a position."""
        return any(True for _ in self._known(recorded_before))

    def with_event(self, step: Step, data: DecreeGranted | DecreeRevoked) -> "Decrees":
        """Return the decrees after one was granted or revoked."""
        mark = Mark(step.at, step.position)
        if isinstance(data, DecreeRevoked):
            return self.with_revocation(Revocation(data.number, mark))
        return self.with_decree(Decree(data.number, *term(data), mark))

    def with_decree(self, decree: Decree) -> "Decrees":
        """Return the decrees after one was granted."""
        return Decrees((*self.granted, decree), self.revoked)

    def with_revocation(self, revocation: Revocation) -> "Decrees":
        """Return the decrees after one was revoked."""
        return Decrees(self.granted, (*self.revoked, revocation))

    def _known(self, recorded_before: int | None) -> Iterator[Decree]:
        return (one for one in self.granted if recorded_before is None or one.mark.position < recorded_before)

    def _holds(self, decree: Decree, here: tuple[int, int], recorded_before: int | None) -> bool:
        at = here[0]
        if at < decree.start or (decree.end is not None and at >= decree.end):
            return False
        return not any(
            revocation.mark < here and revocation.ends(decree)
            for revocation in self.revoked
            if recorded_before is None or revocation.mark.position < recorded_before
        )
