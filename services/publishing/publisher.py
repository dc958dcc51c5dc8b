"""One batch, from the publishers' lines to the commit, and an answer to each event."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from msgspec import Struct

from events.envelope import AnyEvent, Reader
from events.fields import Data, is_region_code, microseconds
from events.identity import OF_THE_ITEM, event_id, stream_of
from events.recorded import State, decode_state, encode_state
from events.refusal import RefusedError
from events.step import Voided
from events.vocabulary import FindingCode
from infra.clock import Clock, system_clock
from infra.log import Log, NewRow, StoredRow, Writing
from infra.regions import Regions
from projections.findings.facts import Step, particulars
from projections.findings.rules import Known, Limits, find
from services.publishing.answers import Answer, Outcome
from services.publishing.memory import Memory
from services.publishing.rights import NOT_YET_TAKEN, decide
from services.world import OPERATOR, Principal, Request

MOST_STATE_BYTES: Final = 60 * 1024


class PublishingLimits(Struct, frozen=True):
    """The limits of publishing, as configured."""

    clock_skew: timedelta = timedelta(minutes=5)
    """How far in the future occurred_at may lie."""
    clock_behind: timedelta = timedelta(minutes=10)
    """How far the clock may lie behind the newest recorded_at."""
    findings: Limits = Limits()


class ClockBehindError(Exception):
    """The clock lies further behind the log than the limit: set it right, then publish again."""


class _Proposal(Struct, frozen=True, gc=False):
    """An event that was read, with its place in the batch and the ids that it goes by."""

    index: int
    event: AnyEvent
    kind: str
    event_id: bytes
    cause_id: bytes | None
    stream: bytes | None
    """The stream that the event goes into; None for `step.voided`, which goes where its step is."""


# `step.voided` gets one only when its step is known; what is not taken needs none.
_WITHOUT_A_STREAM: Final = NOT_YET_TAKEN | {"step.voided"}

# Fields of the data that name organisations and items which a decision will look at.
_ORGANISATIONS_IN: Final = {
    "organisation.registered": ("parent",),
    "organisation.changed": ("parent",),
    "item.published": ("intended",),
    "item.revised": ("intended",),
    "item.forwarded": ("to",),
    "item.received": ("from_",),
    "item.shared": ("to",),
    "aspiration.forwarded": ("to",),
    "coaching.held": ("offices", "kim"),
}


class Publisher:
    """Takes batches of events into the log. One of them serves one thread at a time."""

    def __init__(
        self,
        log: Log,
        regions: Regions,
        *,
        clock: Clock = system_clock,
        limits: PublishingLimits = PublishingLimits(),
        reader: Reader | None = None,
    ) -> None:
        self._log = log
        self._clock = clock
        self._limits = limits
        self._reader = reader or Reader()
        self._catalogue = self._reader.catalogue
        self._memory = Memory(regions, self._catalogue)

    def publish(self, lines: Sequence[bytes], principal: Principal = OPERATOR) -> list[Answer]:
        """Record a batch of events, one CloudEvent in JSON each; answer them in the same order.

        Raises:
            ClockBehindError: the clock lies too far behind the log; nothing was recorded.
            eventsourcing.persistence.PersistenceError: the log failed; nothing was recorded.

        """
        answers: list[Answer | None] = [None] * len(lines)
        proposals = self._read(lines, answers)
        if proposals:
            try:
                self._record(proposals, principal, answers)
            except BaseException:
                self._memory.forget()
                raise
        return [answer for answer in answers if answer is not None]

    def _read(self, lines: Sequence[bytes], answers: list[Answer | None]) -> list[_Proposal]:
        proposals = []
        read, kinds = self._reader.read, self._catalogue.kinds
        for index, line in enumerate(lines):
            try:
                event = read(line)
            except RefusedError as refusal:
                answers[index] = Answer(Outcome.REFUSED, refusal=refusal)
                continue
            cause = None
            if event.causationid is not None:
                cause = event_id(event.causationsource or event.source, event.causationid)
            kind = kinds[event.type]
            stream = None if kind in _WITHOUT_A_STREAM else stream_of(kind, event.subject, event.holder)
            proposals.append(_Proposal(index, event, kind, event_id(event.source, event.id), cause, stream))
        return proposals

    def _record(self, proposals: Sequence[_Proposal], principal: Principal, answers: list[Answer | None]) -> None:
        memory = self._memory
        with self._log.writing() as writing:
            head = writing.head()
            position = head.position if head else 0
            now = self._now(head)
            memory.begin(writing, position, now)
            known = self._prefetch(proposals, writing)
            mine: dict[bytes, tuple[int, AnyEvent]] = {}
            latest = now + self._limits.clock_skew
            rows: list[NewRow] = []
            for proposal in proposals:
                event = proposal.event
                try:
                    if proposal.event_id in mine or proposal.event_id in known:
                        first = self._repeated(proposal, known, mine)
                        answers[proposal.index] = Answer(Outcome.REPEATED, first)
                        continue
                    _check_time_and_cause(proposal, now, latest)
                    holder = memory.organisation(event.holder)
                    decide(Request(event, proposal.kind, holder, principal, memory))
                    row, findings = self._accept(proposal, position + 1)
                except RefusedError as refusal:
                    answers[proposal.index] = Answer(Outcome.REFUSED, refusal=refusal)
                    continue
                position += 1
                rows.append(row)
                mine[proposal.event_id] = (position, event)
                answers[proposal.index] = Answer(Outcome.ACCEPTED, position, findings)
            writing.append(rows)
        memory.end(position)

    def _now(self, head: StoredRow | None) -> datetime:
        """Return recorded_at for this batch: the clock, but never before the head's."""
        now = self._clock()
        if head is None:
            return now
        last = decode_state(head.state).recorded_at
        if last - now > self._limits.clock_behind:
            raise ClockBehindError(
                f"the clock says {now.isoformat(timespec='seconds')}, but the log was last written at"
                f" {last.isoformat(timespec='seconds')}: set the clock of this machine right, then publish again"
            )
        return max(now, last)

    def _prefetch(self, proposals: Sequence[_Proposal], writing: Writing) -> dict[bytes, StoredRow]:
        """Read what the batch will touch: known ids, causes, and streams; one query each."""
        ids: set[bytes] = set()
        causes: set[bytes] = set()
        organisations: set[str] = set()
        items: set[str] = set()
        handlings: set[bytes] = set()
        for proposal in proposals:
            event, kind, data = proposal.event, proposal.kind, proposal.event.data
            ids.add(proposal.event_id)
            if proposal.cause_id is not None:
                causes.add(proposal.cause_id)
            organisations.add(event.holder)
            if kind.startswith("item."):
                items.add(event.subject)
                if kind not in OF_THE_ITEM and proposal.stream is not None:
                    handlings.add(proposal.stream)
            elif kind.startswith("organisation."):
                organisations.add(event.subject)
            elif isinstance(data, Voided):
                causes.add(event_id(data.source, data.id))
            for field in _ORGANISATIONS_IN.get(kind, ()):
                value = getattr(data, field)
                if isinstance(value, str):
                    organisations.add(value)
                elif value:
                    organisations.update(name for name in value if not is_region_code(name))
        self._memory.prefetch(organisations=organisations, items=items, handlings=handlings, causes=causes - ids)
        return {row.event_id: row for row in writing.find(ids) if row.event_id is not None}

    def _repeated(
        self, proposal: _Proposal, known: dict[bytes, StoredRow], mine: dict[bytes, tuple[int, AnyEvent]]
    ) -> int:
        """Return the position at which an event of this name is recorded already.

        Raises:
            RefusedError: it has other content.

        """
        if proposal.event_id in mine:
            position, first = mine[proposal.event_id]
            recorded = _content(first)
        else:
            row = known[proposal.event_id]
            position = row.position
            state = decode_state(row.state)
            data = self._catalogue.decode(row.topic, state.data)
            cause = _cause(state.source, state.causationsource, state.causationid)
            recorded = (row.topic, state.subject, state.occurred_at, state.holder, cause, data)
        for name, one, other in zip(_CONTENT, recorded, _content(proposal.event), strict=True):
            if one != other:
                raise RefusedError(
                    "another event of this source and id is recorded at position {position}; {field_name} differs:"
                    " a correction of it needs an id of its own",
                    field=name,
                    position=position,
                    field_name=name,
                )
        return position

    def _accept(self, proposal: _Proposal, position: int) -> tuple[NewRow, tuple[FindingCode, ...]]:
        """Return the row of an event that was decided on, and the findings on it; evolve its aggregate."""
        event, kind, memory = proposal.event, proposal.kind, self._memory
        holder = memory.organisation(event.holder)
        stream, voids = proposal.stream, None
        if stream is None:
            stream, voids = self._voided_stream(event)
        handling = memory.load(voids.kind if voids else kind, event.subject, stream)
        cause = memory.named(proposal.cause_id)
        state = State(
            source=event.source,
            id=event.id,
            subject=event.subject,
            holder=event.holder,
            occurred_at=event.time,
            recorded_at=memory.now,
            data=event.data,
            region=holder.region or None,
            level=holder.level,
            causationid=event.causationid,
            causationsource=event.causationsource,
            causeposition=cause.position if cause else None,
            voids=voids.position if voids else None,
            extensions=event.extensions,
        )
        encoded = encode_state(state)
        if len(encoded) > MOST_STATE_BYTES:
            raise RefusedError(
                "the event takes {size} bytes in the log, more than {most}: link to a long text instead",
                field="data",
                size=len(encoded),
                most=MOST_STATE_BYTES,
            )
        step = Step(
            position,
            kind,
            event.subject,
            event.holder,
            holder.level,
            microseconds(event.time),
            memory.recorded,
            proposal.cause_id,
            *particulars(kind, event.data),
        )
        if kind.startswith("item."):
            item = memory.item(event.subject)
            known = Known(item.issuer, handling.receipts, handling.verdicts, item.retractions, holder.decrees)
        else:
            known = Known(decrees=holder.decrees)
        version = memory.version(stream) + 1
        findings = tuple(each.code for each in find(step, known, memory.causes, self._limits.findings))
        memory.take(proposal.event_id, stream, step, event.data, state)
        memory.versions[stream] = version
        return (position, stream, version, event.type, encoded.decode(), proposal.event_id), findings

    def _voided_stream(self, event: AnyEvent) -> tuple[bytes, Step]:
        """Return the stream of the step that a `step.voided` takes out, and the step."""
        data = cast("Voided", event.data)
        step = self._memory.step(data.source, data.id)
        if step is None:
            raise RuntimeError("a voiding was accepted without the step that it voids")
        return stream_of(step.kind, step.subject, step.holder), step


def _check_time_and_cause(proposal: _Proposal, now: datetime, latest: datetime) -> None:
    if proposal.event.time > latest:
        raise RefusedError(
            "{value} lies in the future: it is {now} now",
            field="time",
            value=proposal.event.time.isoformat(),
            now=now.isoformat(timespec="seconds"),
        )
    if proposal.cause_id == proposal.event_id:
        raise RefusedError("an event cannot be its own cause", field="causationid")


_Content = tuple[str, str, Any, str, tuple[str, str] | None, Data]
_CONTENT: Final = ("type", "subject", "time", "holder", "causationid", "data")


def _content(event: AnyEvent) -> _Content:
    cause = _cause(event.source, event.causationsource, event.causationid)
    return (event.type, event.subject, event.time, event.holder, cause, event.data)


def _cause(source: str, causationsource: str | None, causationid: str | None) -> tuple[str, str] | None:
    return None if causationid is None else (causationsource or source, causationid)
