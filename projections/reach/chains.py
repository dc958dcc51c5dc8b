"""Chains of causes, of any length and with cycles, across items; voided steps are passed through."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from projections.reach.step import CORRECTING, PASSING, Step
from projections.reach.view import View

_PASSING: Final = frozenset(PASSING)
_CORRECTING: Final = frozenset(CORRECTING)
_TURNING: Final = _PASSING | _CORRECTING


class Turn(NamedTuple):
    """A passing or correcting step, at which a chain may end."""

    position: int
    kind: str
    item: str
    at: int


class Chains:
    """The chains from some steps, which are not read again, and from some causes, read when first asked for."""

    def __init__(self, view: View, steps: Iterable[Step] = (), causes: Iterable[int | None] = ()) -> None:
        self._view = view
        self._starts = set(causes)
        self._causes: dict[int, int | None] = {}
        self._turns: dict[int, Turn] = {}
        self._found: dict[tuple[frozenset[str], str, int], Turn | None] = {}
        self._add(steps)
        self._starts |= set(self._causes.values())

    def _add(self, steps: Iterable[Step]) -> None:
        causes, turns = self._causes, self._turns
        for step in steps:
            causes[step.position] = step.cause
            if step.kind in _TURNING and self._view.is_live(step):
                turns[step.position] = Turn(step.position, step.kind, step.subject, step.at)

    def passing(self, cause: int | None, item: str) -> Turn | None:
        """Return the nearest passing step of an item up the chain that begins at a cause."""
        return self._nearest(cause, item, _PASSING)

    def turning(self, cause: int | None, item: str) -> Turn | None:
        """Return the nearest passing or correcting step of an item up the chain that begins at a cause."""
        return self._nearest(cause, item, _TURNING)

    def correcting(self, cause: int | None, item: str) -> Turn | None:
        """Return the nearest corrected or retracted event of an item up the chain that begins at a cause."""
        return self._nearest(cause, item, _CORRECTING)

    def _nearest(self, position: int | None, item: str, kinds: frozenset[str]) -> Turn | None:
        if self._starts:
            missing = self._starts - self._causes.keys()
            self._starts.clear()
            self._add(self._view.chains(cause for cause in missing if cause is not None))
        path: dict[tuple[frozenset[str], str, int], None] = {}
        found: Turn | None = None
        while position is not None and position in self._causes:
            turn = self._turns.get(position)
            if turn is not None and turn.item == item and turn.kind in kinds:
                found = turn
                break
            key = kinds, item, position
            if key in self._found:
                found = self._found[key]
                break
            if key in path:
                break  # a cycle
            path[key] = None
            position = self._causes[position]
        self._found.update(dict.fromkeys(path, found))
        return found
