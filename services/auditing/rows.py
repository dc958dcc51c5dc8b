"""The promises that the rows of the log keep by themselves, looked at in one pass."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import msgspec

from events.catalogue import CATALOGUE
from events.diagnosis import diagnose
from events.fields import Data
from events.identity import event_id, stream_of
from events.item import Published, Revised
from events.organisation import Changed, Registered
from events.recorded import StoredState, decode_state
from events.step import Voided
from infra.language import translate as _
from infra.log import StoredRow
from projections.findings.facts import step_of
from services.aggregates.organisation import Organisation, evolve
from services.auditing.broken import Broken, BrokenError

Find = Callable[[Collection[bytes]], Iterable[StoredRow]]
"""Returns the rows of events by their ids, as `infra.log.Reading` does."""


class _Event(NamedTuple):
    """A row that could be read, and the ids of the events that it names."""

    row: StoredRow
    kind: str
    state: StoredState
    data: Data
    cause: bytes | None
    voided: bytes | None


class Rows:
    """Looks at the rows of a log in their order, however they are cut into batches.

    It remembers the last version of each stream and the region of each organisation: some 200 bytes a stream.
    """

    def __init__(self) -> None:
        self.position = 0
        """The last position up to which every promise is kept."""
        self._recorded_at: datetime | None = None
        self._versions: dict[bytes, int] = {}
        self._organisations: dict[str, Organisation] = {}

    def look_at(self, rows: Sequence[StoredRow], find: Find) -> Broken | None:
        """Return the first promise that is broken in the rows that follow; None where every one is kept."""
        events: list[_Event] = []
        broken = None
        try:
            for expected, row in enumerate(rows, self.position + 1):
                events.append(_read(row, expected))
        except BrokenError as error:
            broken = error.broken
        named = {each for event in events for each in (event.cause, event.voided) if each is not None}
        found = {row.event_id: row for row in find(named) if row.event_id is not None} if named else {}
        try:
            for event in events:
                self._check(event, found)
                self.position = event.row.position
        except BrokenError as error:
            return error.broken
        return broken

    def _check(self, event: _Event, found: dict[bytes, StoredRow]) -> None:
        row, state = event.row, event.state
        here, before = state.recorded_at, self._recorded_at
        if before is not None and here < before:
            raise BrokenError(
                row.position,
                "recorded_at",
                _("it was recorded at {here}, the row before it at {before}: recorded_at never decreases").format(
                    here=here.isoformat(), before=before.isoformat()
                ),
            )
        if row.event_id != event_id(state.source, state.id):
            raise BrokenError(row.position, "event_id", _("its event_id is not that of its source and id"))
        cause = None if event.cause is None else _before(row, found.get(event.cause))
        _points("causeposition", row, state.causeposition, cause)
        voided = None if event.voided is None else _before(row, found.get(event.voided))
        _points("voids", row, state.voids, voided)
        self._check_stream(event, voided)
        self._check_holder(event)
        self._recorded_at = here

    def _check_stream(self, event: _Event, voided: StoredRow | None) -> None:
        row = event.row
        if event.voided is None:
            stream = stream_of(event.kind, event.state.subject, event.state.holder)
        else:
            stream = row.originator_id if voided is None else voided.originator_id
        if row.originator_id != stream:
            raise BrokenError(row.position, "stream", _("its originator_id is not the stream of its event"))
        version = self._versions.get(stream, 0) + 1
        if row.originator_version != version:
            raise BrokenError(
                row.position,
                "version",
                _("its originator_version is {version}; the next of its stream is {next}").format(
                    version=row.originator_version, next=version
                ),
            )
        self._versions[stream] = version

    def _check_holder(self, event: _Event) -> None:
        """See that region and level are the holder's just before the row; then take what the row changes."""
        state, data, organisations = event.state, event.data, self._organisations
        holder = organisations.get(state.holder) or Organisation(state.holder)
        if (state.region, state.level) != (holder.region or None, holder.level):
            raise BrokenError(
                event.row.position,
                "holder",
                _(
                    "it has its holder {holder} in the region {region} at the level {level}; the log has it just"
                    " before in {its_region} at {its_level}"
                ).format(
                    holder=state.holder,
                    region=_told(state.region),
                    level=_told(state.level),
                    its_region=holder.region or "-",
                    its_level=_told(holder.level),
                ),
            )
        if isinstance(data, Registered | Changed):
            organisation = organisations.get(state.subject) or Organisation(state.subject)
            step = step_of(event.row.position, event.kind, state, data)
            organisations[state.subject] = evolve(organisation, step, data)


def _read(row: StoredRow, expected: int) -> _Event:
    """Return the event of a row that should lie at the position `expected`.

    Raises:
        BrokenError: it lies elsewhere, or its state, its topic or its data are none.

    """
    if row.position > expected:
        raise BrokenError(
            expected, "position", _("it is missing; the next row is at {position}").format(position=row.position)
        )
    if row.position < expected:
        raise BrokenError(row.position, "position", _("there is a row, and the first position is 1"))
    state = _state_of(row)
    kind = CATALOGUE.kinds.get(row.topic)
    if kind is None:
        raise BrokenError(row.position, "topic", _("there is no event type {topic}").format(topic=row.topic))
    data = _data_of(row, kind, state)
    cause = voided = None
    if state.causationid is not None:
        cause = event_id(state.causationsource or state.source, state.causationid)
    if isinstance(data, Voided):
        voided = event_id(data.source, data.id)
    return _Event(row, kind, state, data, cause, voided)


def _state_of(row: StoredRow) -> StoredState:
    if not isinstance(row.state, str):  # SQLite keeps a value of any type in any column
        raise BrokenError(row.position, "state", _("its state is no text"))
    try:
        return decode_state(row.state)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BrokenError(row.position, "state", _("its state is damaged, and cannot be read")) from error


def _in_words(row: StoredRow, state: StoredState, error: Exception) -> str:
    """Return what is wrong with data, as its publisher would have been told."""
    shape = CATALOGUE.types.get(row.topic)
    if shape is None or not isinstance(error, msgspec.ValidationError):
        return ""
    data = msgspec.json.decode(state.data)
    return f": {diagnose(error, data, shape).reason(_)}" if isinstance(data, dict) else ""


def _data_of(row: StoredRow, kind: str, state: StoredState) -> Data:
    try:
        data = CATALOGUE.decode(row.topic, state.data)
        if not isinstance(data, Voided):
            stream_of(kind, state.subject, state.holder)
    except (msgspec.MsgspecError, RecursionError, LookupError, TypeError, ValueError, AttributeError) as error:
        sentence = _("its data is not that of {topic}").format(topic=row.topic)
        raise BrokenError(row.position, "data", f"{sentence}{_in_words(row, state, error)}") from error
    if isinstance(data, Published | Revised) and data.text and data.sha256:
        digest = sha256(data.text.encode()).hexdigest()
        if digest != data.sha256.lower():
            raise BrokenError(row.position, "data", _("its text does not have the SHA-256 that it states"))
    return data


def _before(row: StoredRow, named: StoredRow | None) -> StoredRow | None:
    return named if named is not None and named.position < row.position else None


def _points(key: str, row: StoredRow, given: int | None, named: StoredRow | None) -> None:
    """See that a key of the state holds where the event that it names lies, if that is before the row."""
    if given != (None if named is None else named.position):
        raise BrokenError(
            row.position,
            key,
            _("its {key} is {given}; the event that it names lies at {position}").format(
                key=key, given=_told(given), position=_told(None if named is None else named.position)
            ),
        )


def _told(value: object) -> object:
    return "-" if value is None else value
