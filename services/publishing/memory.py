"""What publishing remembers between batches, as long as nobody else writes to the log."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from events.catalogue import Catalogue
from events.fields import EPOCH, Data, microseconds
from events.identity import (
    aspiration_stream,
    coaching_stream,
    event_id,
    item_stream,
    organisation_stream,
)
from events.recorded import State, StoredState, decode_state
from infra.log import StoredRow, Writing
from infra.regions import Regions
from projections.findings.facts import Causes, Step, step_of
from services.aggregates import aspiration, coaching, handling, item, organisation
from services.aggregates.aspiration import Aspiration
from services.aggregates.coaching import Coaching
from services.aggregates.handling import Handling
from services.aggregates.item import Item
from services.aggregates.organisation import Organisation

MOST_REMEMBERED: Final = 100_000
"""Entries of each kind; beyond that the memory starts anew, so that it stays small whatever is published."""

_NO_HANDLING: Final = Handling()


class Memory:
    """The log as it stands at the head, as far as it was looked at; a `World` and `Links`.

    Aggregates and steps are read from the log when they are first asked for. `begin` a batch with the log
    under its lock, `take` what the batch appends, and `end` it.
    """

    def __init__(self, regions: Regions, catalogue: Catalogue) -> None:
        self.regions = regions
        self._catalogue = catalogue
        self.now = EPOCH
        self.recorded = 0
        self.causes = Causes(self)
        self.head = 0
        self.versions: dict[bytes, int] = {}
        """The version of the last event of each stream that was looked at."""
        self._organisations: dict[str, Organisation] = {}
        self._items: dict[str, Item] = {}
        self._handlings: dict[bytes, Handling] = {}
        self._aspirations: dict[str, Aspiration] = {}
        self._coachings: dict[str, Coaching] = {}
        self._steps: dict[bytes, Step] = {}
        self._absent: set[bytes] = set()
        self._voided: set[int] = set()
        self._writing: Writing | None = None

    # -- the batch ------------------------------------------------------------------------------------

    def begin(self, writing: Writing, head: int, now: datetime) -> None:
        """Look at the log under its lock; forget everything when somebody else wrote to it."""
        self._writing = writing
        self.now = now
        self.recorded = microseconds(now)
        if head != self.head or self._is_full():
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
        self.head = 0

    def end(self, head: int) -> None:
        """Leave the log: the batch is committed, and the log now ends at `head`."""
        self._writing = None
        self.head = head
        self._absent.clear()

    def _is_full(self) -> bool:
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
    def writing(self) -> Writing:
        """The log under its lock."""
        if self._writing is None:
            raise RuntimeError("the log is looked at outside of a batch")
        return self._writing

    # -- what a batch will touch, in one query each -----------------------------------------------------

    def prefetch(
        self,
        *,
        organisations: set[str],
        items: set[str],
        handlings: set[bytes],
        causes: set[bytes],
    ) -> None:
        """Read many aggregates and steps at once."""
        # Not `set - dict.keys()`: that walks through everything remembered, batch after batch.
        wanted_organisations = {
            organisation_stream(one): one for one in organisations if one not in self._organisations
        }
        wanted_items = {item_stream(one): one for one in items if one not in self._items}
        wanted_handlings = [one for one in handlings if one not in self._handlings]
        rows: dict[bytes, list[StoredRow]] = {}
        streams = [*wanted_organisations, *wanted_items, *wanted_handlings]
        for row in self.writing.streams(streams) if streams else ():
            rows.setdefault(row.originator_id, []).append(row)
        for stream, name in wanted_organisations.items():
            self._organisations[name] = self._organisation_from(name, rows.get(stream, ()))
        for stream, name in wanted_items.items():
            self._items[name] = self._item_from(name, rows.get(stream, ()))
        for stream in wanted_handlings:
            self._handlings[stream] = self._handling_from(rows.get(stream, ()))
        self._prefetch_causes({one for one in causes if one not in self._steps})

    def _prefetch_causes(self, causes: set[bytes]) -> None:
        if not causes:
            return
        self._absent |= causes
        self._remember(self.writing.find(causes))

    # -- World ------------------------------------------------------------------------------------------

    def organisation(self, name: str) -> Organisation:
        """Return the organisation; without a level when it is not registered."""
        try:
            return self._organisations[name]
        except KeyError:
            rows = self.writing.streams([organisation_stream(name)])
            found = self._organisations[name] = self._organisation_from(name, rows)
            return found

    def item(self, name: str) -> Item:
        """Return the item; without an issuer when it is not published."""
        try:
            return self._items[name]
        except KeyError:
            found = self._items[name] = self._item_from(name, self.writing.streams([item_stream(name)]))
            return found

    def handling(self, stream: bytes) -> Handling:
        """Return the handling whose stream this is."""
        found = self._handlings.get(stream)
        if found is None:
            found = self._handlings[stream] = self._handling_from(self.writing.streams([stream]))
        return found

    def aspiration(self, name: str) -> Aspiration:
        """Return the aspiration; without a holder when it is not raised."""
        found = self._aspirations.get(name)
        if found is None:
            found = Aspiration(name)
            for step, data in self._read(aspiration_stream(name)):
                found = aspiration.evolve(found, step, data)
            self._aspirations[name] = found
        return found

    def coaching(self, name: str) -> Coaching:
        """Return the coaching session; without a holder when it was not held."""
        found = self._coachings.get(name)
        if found is None:
            found = Coaching(name)
            for step, data in self._read(coaching_stream(name)):
                found = coaching.evolve(found, step, data)
            self._coachings[name] = found
        return found

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

    def take(self, event: bytes, stream: bytes, kind: str, step: Step, data: Data, state: State) -> None:
        """Evolve the aggregate of `stream` by an event just accepted; `kind` is that of the step it voids."""
        missing = self.causes.missing
        if state.voids is not None or (missing and event in missing):
            self.causes.forget()
        self._steps[event] = step
        if self._absent:
            self._absent.discard(event)
        handled = self._handlings.get(stream)
        if handled is not None:
            self._handlings[stream] = handling.evolve(handled, step, state.voids)
        else:
            self._evolve(kind, step, data, state)
        if state.voids is not None:
            self._note_void(state)

    def _evolve(self, kind: str, step: Step, data: Data, state: State) -> None:
        """Evolve an aggregate other than a handling."""
        family = kind.partition(".")[0]
        if family == "organisation":
            self._organisations[step.subject] = organisation.evolve(self.organisation(step.subject), step, data)
        elif family == "aspiration":
            self._aspirations[step.subject] = aspiration.evolve(self.aspiration(step.subject), step, data)
        elif family == "coaching":
            self._coachings[step.subject] = coaching.evolve(self.coaching(step.subject), step, data)
        else:
            self._items[step.subject] = item.evolve(self.item(step.subject), step, data, state.voids)

    # -- reading ------------------------------------------------------------------------------------------

    def named(self, event: bytes | None) -> Step | None:
        """Return the recorded event with this id."""
        if event is None:
            return None
        if event not in self._steps and event not in self._absent:
            self._absent.add(event)
            self._remember(self.writing.find([event]))
        return self._steps.get(event)

    def load(self, kind: str, subject: str, stream: bytes) -> Handling:
        """Make sure that the stream's aggregate is known, and return it where it is a handling."""
        if stream in self._handlings:
            return self._handlings[stream]
        family = kind.partition(".")[0]
        if family == "organisation":
            self.organisation(subject)
        elif family == "aspiration":
            self.aspiration(subject)
        elif family == "coaching":
            self.coaching(subject)
        elif stream == item_stream(subject):
            self.item(subject)
        else:
            return self.handling(stream)
        return _NO_HANDLING

    def _remember(self, rows: Sequence[StoredRow]) -> None:
        """Keep the steps of rows of the log, and which of them are voided; later voids pass through `take`."""
        for row in rows:
            step, _, _ = self._decoded(row)
            if row.event_id is not None:
                self._steps[row.event_id] = step
                self._absent.discard(row.event_id)
        for row in self.writing.voided({row.originator_id for row in rows}):
            self._note_void(decode_state(row.state))

    def _note_void(self, state: State) -> None:
        if state.voids is not None:
            self._voided.add(state.voids)

    def _read(self, stream: bytes) -> list[tuple[Step, Data]]:
        return [(step, data) for step, data, _ in self._decode(self.writing.streams([stream]))]

    def _decode(self, rows: Iterable[StoredRow]) -> Iterable[tuple[Step, Data, StoredState]]:
        for row in rows:
            self.versions[row.originator_id] = row.originator_version
            yield self._decoded(row)

    def _organisation_from(self, name: str, rows: Iterable[StoredRow]) -> Organisation:
        found = Organisation(name)
        for step, data, _ in self._decode(rows):
            found = organisation.evolve(found, step, data)
        return found

    def _item_from(self, name: str, rows: Iterable[StoredRow]) -> Item:
        found = Item(name)
        for step, data, state in self._decode(rows):
            found = item.evolve(found, step, data, state.voids)
        return found

    def _handling_from(self, rows: Iterable[StoredRow]) -> Handling:
        found = Handling()
        for step, _, state in self._decode(rows):
            found = handling.evolve(found, step, state.voids)
        return found

    def _decoded(self, row: StoredRow) -> tuple[Step, Data, StoredState]:
        state = decode_state(row.state)
        data = self._catalogue.decode(row.topic, state.data)
        return step_of(row.position, self._catalogue.kinds[row.topic], state, data), data, state
