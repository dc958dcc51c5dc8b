"""What publishing remembers between batches, as long as nobody else writes to the log."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from events.catalogue import Catalogue
from events.fields import EPOCH, Data, microseconds
from events.identity import (
    OF_THE_ITEM,
    aspiration_stream,
    coaching_stream,
    event_id,
    item_stream,
    organisation_stream,
)
from events.recorded import UNREADABLE
from infra.log import Reading, StoredRow, UnreadableRowError
from infra.regions import Regions
from projections.findings.facts import Causes, Step
from services.aggregates import aspiration, coaching, handling, item, organisation
from services.aggregates.aspiration import Aspiration
from services.aggregates.coaching import Coaching
from services.aggregates.handling import Handling
from services.aggregates.item import Item
from services.aggregates.organisation import Organisation
from services.publishing.recorded import state_of, step_and_data

MOST_REMEMBERED: Final = 200_000
"""Entries of each kind; beyond that the memory starts anew, so that it stays small whatever is published."""

_NO_HANDLING: Final = Handling()

Key = TypeVar("Key", str, bytes)
Aggregate = TypeVar("Aggregate")


class Aggregates(dict[Key, Aggregate], Generic[Key, Aggregate]):
    """The aggregates of one kind by their names; one that is missing is folded from its stream in the log."""

    def __init__(
        self,
        rows: Callable[[Collection[bytes]], Iterable[tuple[bytes, Step, Data]]],
        stream: Callable[[Key], bytes],
        new: Callable[[Key], Aggregate],
        evolve: Callable[[Aggregate, Step, Data], Aggregate],
    ) -> None:
        self._rows = rows
        self._stream: Callable[[Key], bytes] = stream
        self._new: Callable[[Key], Aggregate] = new
        self.evolve = evolve

    def __missing__(self, name: Key) -> Aggregate:
        self.read([name])
        return self[name]

    def read(self, names: Iterable[Key]) -> None:
        """Read many at once."""
        streams = {self._stream(name): name for name in names if name not in self}
        if not streams:
            return
        for name in streams.values():
            self[name] = self._new(name)
        for stream, step, data in self._rows(streams):
            name = streams[stream]
            try:
                self[name] = self.evolve(self[name], step, data)
            except UNREADABLE as error:  # such as a day that no calendar has
                raise UnreadableRowError(step.position, error) from error


class Memory:
    """The log as it stands at the head, as far as it was looked at; a `World` and `Links`.

    Aggregates and steps are read from the log when they are first asked for. `begin` a batch, `take` what it
    appends, and `end` it.
    """

    def __init__(self, regions: Regions, catalogue: Catalogue) -> None:
        self.regions = regions
        self._catalogue = catalogue
        self.now = EPOCH
        self.recorded = 0
        self.causes = Causes(self)
        self.head: StoredRow | None = None
        """The last row of the log, once what was decided on is appended."""
        self.versions: dict[bytes, int] = {}
        """The version of the last event of each stream that was looked at."""
        rows = self._rows
        self._organisations = Aggregates(rows, organisation_stream, Organisation, organisation.evolve)
        self._items = Aggregates(rows, item_stream, Item, item.evolve)
        self._aspirations = Aggregates(rows, aspiration_stream, Aspiration, aspiration.evolve)
        self._coachings = Aggregates(rows, coaching_stream, Coaching, coaching.evolve)
        self._handlings = Aggregates[bytes, Handling](rows, bytes, lambda _: _NO_HANDLING, handling.evolve)
        # Of `World`. Not methods: they are asked for several times an event.
        self.organisation = self._organisations.__getitem__
        self.item = self._items.__getitem__
        self.aspiration = self._aspirations.__getitem__
        self.coaching = self._coachings.__getitem__
        self._families: Final[Mapping[str, Aggregates[str, Any]]] = {
            "organisation": self._organisations,
            "aspiration": self._aspirations,
            "coaching": self._coachings,
        }
        self._steps: dict[bytes, Step] = {}
        self._absent: set[bytes] = set()
        self._voided: set[int] = set()
        self._reading: Reading | None = None

    # -- the batch ------------------------------------------------------------------------------------

    def begin(self, reading: Reading, head: StoredRow | None, now: datetime) -> None:
        """Look at a log that ends with `head`; forget everything when that is not where it was left."""
        self._reading = reading
        self.now = now
        self.recorded = microseconds(now)
        if head != self.head or self.is_full:
            self.forget()
        self.head = head

    def forget(self) -> None:
        """Forget everything: the log is not as it was left."""
        for memory in (
            self.versions,
            self._organisations,
            self._items,
            self._handlings,
            self._aspirations,
            self._coachings,
            self._steps,
            self._voided,
            self._absent,
        ):
            memory.clear()
        self.causes.forget()
        self.head = None

    def end(self, head: StoredRow | None) -> None:
        """Leave the log: once the batch is appended, it ends with `head`."""
        self._reading = None
        self.head = head
        self._absent.clear()

    @property
    def is_full(self) -> bool:
        """Whether it starts anew with the next batch."""
        return (
            max(
                len(self._organisations),
                len(self._items),
                len(self._handlings),
                len(self._steps),
                len(self.versions),
                len(self._voided),
                len(self.causes),
            )
            > MOST_REMEMBERED
        )

    @property
    def reading(self) -> Reading:
        """The log."""
        if self._reading is None:
            raise RuntimeError("the log is looked at outside of a batch")
        return self._reading

    # -- what a batch will touch, in one query each -----------------------------------------------------

    def prefetch(
        self,
        *,
        organisations: Iterable[str],
        items: Iterable[str],
        handlings: Iterable[bytes],
        causes: Iterable[bytes],
    ) -> None:
        """Read many aggregates and steps at once."""
        self._organisations.read(organisations)
        self._items.read(items)
        self._handlings.read(handlings)
        self._read_steps([one for one in causes if one not in self._steps])

    # -- World ------------------------------------------------------------------------------------------

    def step(self, source: str, id_: str) -> Step | None:
        """Return the recorded event that its publisher calls so."""
        return self.named(event_id(source, id_))

    # -- Links ------------------------------------------------------------------------------------------

    def cause(self, step: Step) -> Step | None:
        """Return the named cause; None where there is none, or none in the log."""
        event = step.cause
        return None if event is None else self._steps.get(event) or self.named(event)

    def voided(self, step: Step) -> bool:
        """Tell whether the step is taken out."""
        return step.position in self._voided

    # -- what the batch appends ---------------------------------------------------------------------------

    def load(self, kind: str, subject: str, stream: bytes) -> Handling:
        """Make sure that the stream's aggregate is known, and return it where it is a handling."""
        known = self._handlings.get(stream)
        if known is not None:
            return known
        named = self._named(kind)
        if named is None:
            return self._handlings[stream]
        named[subject]
        return _NO_HANDLING

    def take(self, event: bytes, stream: bytes, kind: str, step: Step, data: Data) -> None:
        """Evolve the aggregate of `stream` by an event just accepted; `kind` is that of the step it voids."""
        missing = self.causes.missing
        if step.voids is not None or (missing and event in missing):
            self.causes.forget()
        self._steps[event] = step
        if self._absent:
            self._absent.discard(event)
        handled = self._handlings.get(stream)
        if handled is not None:
            self._handlings[stream] = handling.evolve(handled, step, data)
        else:
            named = self._families.get(kind.partition(".")[0], self._items)
            named[step.subject] = named.evolve(named[step.subject], step, data)
        if step.voids is not None:
            self._voided.add(step.voids)

    def _named(self, kind: str) -> Aggregates[str, Any] | None:
        """Return the aggregates that events of a kind lie in; None where those are handlings.

        The counts of a region, of which nothing is decided by what went before, are kept as an empty handling.
        """
        if kind in OF_THE_ITEM:
            return self._items
        return self._families.get(kind.partition(".")[0])

    # -- reading ------------------------------------------------------------------------------------------

    def named(self, event: bytes | None) -> Step | None:
        """Return the recorded event with this id."""
        if event is None:
            return None
        if event not in self._steps and event not in self._absent:
            self._read_steps([event])
        return self._steps.get(event)

    def names(self, family: str) -> list[str]:
        """Return the ids of the organisations, or of the items, that are remembered and in the log."""
        if family == "item":
            return [name for name, item in self._items.items() if item.issuer is not None]
        return [name for name, organisation in self._organisations.items() if organisation.level is not None]

    def knows(self, events: Iterable[bytes]) -> bool:
        """Tell whether one of these events is among the recorded steps that are remembered."""
        return not self._steps.keys().isdisjoint(events)

    def _read_steps(self, events: Collection[bytes]) -> None:
        """Read the steps of events, and which of them are voided; later voids pass through `take`."""
        if not events:
            return
        self._absent.update(events)
        rows = self.reading.find(events)
        for row in rows:
            if row.event_id is not None:
                self._steps[row.event_id], _ = step_and_data(row, self._catalogue)
                self._absent.discard(row.event_id)
        for row in self.reading.voided({row.originator_id for row in rows}):
            voids = state_of(row).voids
            if voids is not None:
                self._voided.add(voids)

    def _rows(self, streams: Collection[bytes]) -> Iterator[tuple[bytes, Step, Data]]:
        """Yield the events of streams, by position."""
        for row in self.reading.streams(streams):
            self.versions[row.originator_id] = row.originator_version
            yield row.originator_id, *step_and_data(row, self._catalogue)
