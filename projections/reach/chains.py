"""Chains of causes, of any length and with cycles, across items; voided steps are passed through."""

from collections.abc import Iterable
from itertools import chain

from projections.reach.view import Step, View

PASSING = frozenset({"item.published", "item.forwarded", "item.shared"})
CORRECTING = frozenset({"item.corrected", "item.retracted"})


class Chains:
    """The steps up the chains of some steps; those that are known already are not read again."""

    def __init__(self, view: View, steps: Iterable[Step], known: Iterable[Step] = ()) -> None:
        self._view = view
        self._steps: dict[int, Step] = {step.position: step for step in known}
        below = chain(steps, self._steps.values())
        missing = {step.cause for step in below if step.cause is not None} - self._steps.keys()
        self._steps.update(view.chains(missing))
        self._found: dict[tuple[frozenset[str], str, int], Step | None] = {}

    def passing(self, step: Step) -> Step | None:
        """Return the nearest passing step of its item up the chain of a step."""
        return self._nearest(step, PASSING)

    def turning(self, step: Step) -> Step | None:
        """Return the nearest passing or correcting step of its item up the chain of a step."""
        return self._nearest(step, PASSING | CORRECTING)

    def correcting(self, step: Step) -> Step | None:
        """Return the nearest corrected or retracted event of its item up the chain of a step."""
        return self._nearest(step, CORRECTING)

    def _nearest(self, step: Step, kinds: frozenset[str]) -> Step | None:
        item = step.subject
        path: dict[tuple[frozenset[str], str, int], None] = {}
        found: Step | None = None
        position = step.cause
        while position is not None and position in self._steps:
            key = kinds, item, position
            if key in self._found:
                found = self._found[key]
                break
            if key in path:
                break  # a cycle
            path[key] = None
            cause = self._steps[position]
            if cause.kind in kinds and cause.subject == item and self._view.is_live(cause):
                found = cause
                break
            position = cause.cause
        self._found.update(dict.fromkeys(path, found))
        return found
