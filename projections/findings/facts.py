"""What the rules know of a step and of the log around it."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol

from msgspec import Struct

from events.fields import Data, microseconds
from events.identity import event_id
from events.item import Forwarded, Received, Screened
from events.recorded import State

PASSING: Final = frozenset({"item.published", "item.forwarded", "item.shared"})
"""The kinds of step that pass an item on (nodes of its cascade)."""

CORRECTING: Final = frozenset({"item.corrected", "item.retracted"})


class Step(Struct, frozen=True, gc=False):
    """One recorded event, as far as findings depend on it.

    `at` and `recorded` are microseconds since 1970-01-01T00:00:00Z. `cause` is the id (16 bytes) of the event
    that it names as its cause. `giver`, `to` and `verdict` are of the kinds that have them; `voids` is the
    position that a `step.voided` takes out.
    """

    position: int
    kind: str
    subject: str
    holder: str
    level: str | None
    at: int
    recorded: int
    cause: bytes | None = None
    giver: str | None = None
    to: tuple[str, ...] = ()
    verdict: str | None = None
    voids: int | None = None


def step_of(position: int, kind: str, state: State, data: Data) -> Step:
    """Return the step that a state of the log records at `position`."""
    cause = None
    if state.causationid is not None:
        cause = event_id(state.causationsource or state.source, state.causationid)
    return Step(
        position,
        kind,
        state.subject,
        state.holder,
        state.level,
        microseconds(state.occurred_at),
        microseconds(state.recorded_at),
        cause,
        *particulars(kind, data),
        state.voids,
    )


PARTICULAR: Final = frozenset({"item.received", "item.forwarded", "item.screened"})
"""The kinds of which a rule looks at more than every event has."""


def particulars(
    kind: str,
    data: Any,  # noqa: ANN401 - of the class of its kind
) -> tuple[str | None, tuple[str, ...], str | None]:
    """Return giver, to and verdict, as far as the kind has them."""
    if kind == "item.received":
        received: Received = data
        return received.from_, (), None
    if kind == "item.forwarded":
        forwarded: Forwarded = data
        return None, forwarded.to, None
    if kind == "item.screened":
        screened: Screened = data
        return None, (), screened.verdict
    return _NO_PARTICULARS


_NO_PARTICULARS: Final = (None, (), None)


class Mark(NamedTuple):
    """When a step happened, and where it lies: "before" and "after" compare exactly this."""

    at: int
    position: int
    verdict: str | None = None


class Links(Protocol):
    """How to get from a step to the step that it names as its cause."""

    def cause(self, step: Step) -> Step | None:
        """Return the named cause; None where there is none, or none in the log."""

    def voided(self, step: Step) -> bool:
        """Tell whether the step is taken out."""


class Way(NamedTuple):
    """A cause found at some distance; `known` is the position from which on the log shows the whole way to it."""

    cause: Step
    known: int


class Causes:
    """Walks up chains of causes, of any length and with cycles, and remembers what it found.

    A voided step is passed through. What was found is forgotten with `forget`, when a step is voided or a
    cause arrives that was missing.
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self.named = links.cause
        """The cause that a step names, voided or not. Not a method: it is asked for with every event."""
        self._passing: dict[tuple[str, int], Way | None] = {}
        self._correcting: dict[tuple[str, int], Way | None] = {}
        self._retracting: dict[tuple[str, int], Way | None] = {}
        self._live: dict[tuple[str, int], Way | None] = {}
        self.missing: set[bytes] = set()

    def forget(self) -> None:
        """Forget everything found so far."""
        for memory in (self._passing, self._correcting, self._retracting, self._live):
            memory.clear()
        self.missing.clear()

    def __len__(self) -> int:
        return len(self._passing) + len(self._correcting) + len(self._retracting) + len(self._live)

    def nearest(self, step: Step, named: Step) -> Step | None:
        """Return the nearest cause that is not voided, of a step that names the cause `named`."""
        if not self._links.voided(named):
            return named
        way = self._walk(step, lambda _: True, self._live, "")
        return None if way is None else way.cause

    def nearest_passing(self, step: Step, named: Step) -> Step | None:
        """Return the nearest passing step of its item among the causes of a step that names the cause `named`."""
        item = step.subject
        if named.kind in PASSING and named.subject == item and not self._links.voided(named):
            return named
        way = self._walk(step, lambda cause: cause.kind in PASSING and cause.subject == item, self._passing, item)
        return None if way is None else way.cause

    def correction(self, step: Step) -> Way | None:
        """Return the way to the nearest correction or retraction of the step's item among its causes."""
        item = step.subject
        return self._walk(
            step, lambda cause: cause.kind in CORRECTING and cause.subject == item, self._correcting, item
        )

    def retraction(self, step: Step) -> Way | None:
        """Return the way to the nearest retraction of the step's item among its causes."""
        item = step.subject
        return self._walk(
            step,
            lambda cause: cause.kind == "item.retracted" and cause.subject == item,
            self._retracting,
            item,
        )

    def _walk(
        self,
        step: Step,
        wanted: Callable[[Step], bool],
        memory: dict[tuple[str, int], Way | None],
        subject: str,
    ) -> Way | None:
        """Return the way to the nearest wanted cause; `memory` holds, by position, that from there on."""
        found: Way | None = None
        path: dict[tuple[str, int], None] = {}
        while True:
            cause = self._links.cause(step)
            if cause is None:
                if step.cause is not None:
                    self.missing.add(step.cause)
                break
            key = (subject, cause.position)
            if key in memory:
                found = memory[key]
                break
            if key in path:  # a cycle of causes
                break
            path[key] = None
            if wanted(cause) and not self._links.voided(cause):
                found = Way(cause, cause.position)
                break
            step = cause
        for key in reversed(path):
            if found is not None and key[1] > found.known:
                found = Way(found.cause, key[1])
            memory[key] = found
        return found
