"""One batch, from the publishers' lines to the commit, and an answer to each event."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any, Final, cast

from eventsourcing.persistence import IntegrityError
from msgspec import Struct

from events.envelope import CloudEvent, Reader
from events.fields import Data, is_region_code, microseconds
from events.identity import OF_THE_ITEM, event_id, stream_of
from events.recorded import State, decode_state, encode_state
from events.refusal import RefusedError
from events.step import Voided
from infra.clock import Clock, system_clock
from infra.language import translate as _
from infra.log import Log, NewRow, StoredRow, Writing
from infra.regions import Regions
from projections.findings.facts import Step, particulars
from projections.findings.rules import Finding, Known, Limits, find
from services.aggregates.organisation import Organisation
from services.publishing.answers import Answer, Outcome
from services.publishing.memory import Memory
from services.publishing.proposals import Batch, Proposal, RecentIds, read_batch
from services.publishing.rights import decide
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
        self._ids = RecentIds()
        self._expects_repeats = False

    def publish(self, lines: Sequence[bytes], principal: Principal = OPERATOR) -> list[Answer]:
        """Record a batch of events, one CloudEvent in JSON each; answer them in the same order.

        Raises:
            ClockBehindError: the clock lies too far behind the log; nothing was recorded.
            eventsourcing.persistence.PersistenceError: the log failed; nothing was recorded.

        """
        return self._record(read_batch(lines, self._reader, self._ids), principal)

    def publish_each(
        self, batches: Iterable[Sequence[bytes]], principal: Principal = OPERATOR
    ) -> Iterator[list[Answer]]:
        """Record batch after batch, and read the next one while the disk takes the last.

        For batches that are there already: with those of a publisher who waits for an answer, use `publish`.

        Raises:
            as `publish`: the batches answered are recorded, nothing of the one at work is.

        """
        waiting = iter(batches)

        def read_next() -> Batch | None:
            lines = next(waiting, None)
            return None if lines is None else read_batch(lines, self._reader, self._ids)

        batch = read_next()
        while batch is not None:
            ahead = Ahead(read_next)
            yield self._record(batch, principal, ahead)
            batch = ahead.result()

    def _record(
        self, batch: Batch, principal: Principal, meanwhile: Callable[[], None] | None = None
    ) -> list[Answer]:
        """Record what was read.

        Whether events are recorded already is looked up first only where the last batch had such; elsewhere the
        log itself says so, by its unique event ids, and the batch begins again.
        """
        try:
            try:
                return self._attempt(batch, principal, meanwhile, look_up=self._expects_repeats)
            except (IntegrityError, _RepeatsError):
                if self._expects_repeats:
                    raise
                self._memory.forget()
                return self._attempt(batch, principal, meanwhile, look_up=True)
        except BaseException:
            self._memory.forget()
            raise

    def _attempt(
        self, batch: Batch, principal: Principal, meanwhile: Callable[[], None] | None, *, look_up: bool
    ) -> list[Answer]:
        """Decide on every event of a batch, in order, append what is accepted, and commit.

        Raises:
            _RepeatsError, IntegrityError: without `look_up`, some events are recorded already.

        """
        memory = self._memory
        answers = list(batch.answers)
        with self._log.writing(meanwhile) as writing:
            head = writing.head()
            position = head.position if head else 0
            now = self._now(head)
            memory.begin(writing, position, now)
            self._prefetch(batch.proposals)
            known = _known(batch.proposals, writing) if look_up else {}
            mine: dict[bytes, tuple[int, CloudEvent]] = {}
            latest = microseconds(now + self._limits.clock_skew)
            rows: list[NewRow] = []
            refused: list[Proposal] = []
            repeats = 0
            for proposal in batch.proposals:
                event = proposal.event
                try:
                    if proposal.event_id in mine or proposal.event_id in known:
                        first = self._repeated(proposal, known, mine)
                        answers[proposal.index] = Answer(Outcome.REPEATED, first)
                        repeats += 1
                        continue
                    if proposal.at > latest or proposal.cause_id == proposal.event_id:
                        _refuse_time_or_cause(proposal, now)
                    holder = memory.organisation(event.holder)
                    decide(Request(event, proposal.kind, holder, principal, memory))
                    row, found = self._accept(proposal, holder, position + 1)
                except RefusedError as refusal:
                    answers[proposal.index] = Answer(Outcome.REFUSED, refusal=refusal)
                    refused.append(proposal)
                    continue
                position += 1
                rows.append(row)
                mine[proposal.event_id] = (position, event)
                codes = tuple([finding.code for finding in found]) if found else ()
                answers[proposal.index] = Answer(Outcome.ACCEPTED, position, codes)
            if refused and not look_up and _known(refused, writing):
                raise _RepeatsError
            writing.append(rows)
        memory.end(position)
        self._expects_repeats = repeats > 0
        return [answer for answer in answers if answer is not None]

    def _now(self, head: StoredRow | None) -> datetime:
        """Return recorded_at for this batch: the clock, but never before the head's."""
        now = self._clock()
        if head is None:
            return now
        last = decode_state(head.state).recorded_at
        if last - now > self._limits.clock_behind:
            raise ClockBehindError(
                _(
                    "the clock says {now}, but the log was last written at {last}: set the clock of this machine"
                    " right, then publish again"
                ).format(now=now.isoformat(timespec="seconds"), last=last.isoformat(timespec="seconds"))
            )
        return max(now, last)

    def _prefetch(self, proposals: Sequence[Proposal]) -> None:
        """Read what the batch will touch: causes and streams; one query each."""
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

    def _repeated(
        self, proposal: Proposal, known: dict[bytes, StoredRow], mine: dict[bytes, tuple[int, CloudEvent]]
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
            recorded = (
                self._catalogue.newest(row.topic),
                state.subject,
                state.occurred_at,
                state.holder,
                cause,
                data,
            )
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

    def _accept(self, proposal: Proposal, holder: Organisation, position: int) -> tuple[NewRow, list[Finding]]:
        """Return the row of an event that was decided on, and the findings on it; evolve its aggregate."""
        event, kind, memory = proposal.event, proposal.kind, self._memory
        stream, voids = proposal.stream, None
        if stream is None:
            stream, voids = self._voided_stream(event)
        of_kind = voids.kind if voids else kind
        handling = memory.load(of_kind, event.subject, stream)
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
            proposal.at,
            memory.recorded,
            proposal.cause_id,
            *particulars(kind, event.data),
        )
        if kind.startswith("item."):
            item = memory.item(event.subject)
            known = Known(item.issuer, handling.receipts, handling.verdicts, item.retractions, holder.decrees)
        else:
            known = Known(decrees=holder.decrees)
        versions = memory.versions
        version = versions[stream] = versions.get(stream, 0) + 1
        # First `take`: a step is voided from the voiding's own position on, and no finding rests on it.
        memory.take(proposal.event_id, stream, of_kind, step, event.data, state)
        found = find(step, known, memory.causes, self._limits.findings)
        return (position, stream, version, event.type, encoded.decode(), proposal.event_id), found

    def _voided_stream(self, event: CloudEvent) -> tuple[bytes, Step]:
        """Return the stream of the step that a `step.voided` takes out, and the step."""
        data = cast("Voided", event.data)
        step = self._memory.step(data.source, data.id)
        if step is None:
            raise RuntimeError("a voiding was accepted without the step that it voids")
        return stream_of(step.kind, step.subject, step.holder), step


class _RepeatsError(Exception):
    """Some of the events that were refused are recorded already: they are repeats, and not to be refused."""


class Ahead:
    """Work that is done while the log commits; what it gives or raises is kept until it is asked for."""

    def __init__(self, work: Callable[[], Batch | None]) -> None:
        self._work = work
        self._done: Future[Batch | None] = Future()

    def __call__(self) -> None:
        """Do the work."""
        try:
            self._done.set_result(self._work())
        except BaseException as error:  # noqa: BLE001 - raised again by `result`, after the commit
            self._done.set_exception(error)

    def result(self) -> Batch | None:
        """Return what the work gave, doing it now when there was no commit to do it in."""
        if not self._done.done():
            self()
        return self._done.result()


def _known(proposals: Iterable[Proposal], writing: Writing) -> dict[bytes, StoredRow]:
    """Return the rows of the events that are recorded already, by their ids."""
    ids = {proposal.event_id for proposal in proposals}
    return {row.event_id: row for row in writing.find(ids) if row.event_id is not None}


def _refuse_time_or_cause(proposal: Proposal, now: datetime) -> None:
    if proposal.cause_id == proposal.event_id:
        raise RefusedError("an event cannot be its own cause", field="causationid")
    raise RefusedError(
        "{value} lies in the future: it is {now} now",
        field="time",
        value=proposal.event.time.isoformat(),
        now=now.isoformat(timespec="seconds"),
    )


_Content = tuple[str, str, Any, str, tuple[str, str] | None, Data]
_CONTENT: Final = ("type", "subject", "time", "holder", "causationid", "data")


def _content(event: CloudEvent) -> _Content:
    cause = _cause(event.source, event.causationsource, event.causationid)
    return (event.type, event.subject, event.time, event.holder, cause, event.data)


def _cause(source: str, causationsource: str | None, causationid: str | None) -> tuple[str, str] | None:
    return None if causationid is None else (causationsource or source, causationid)
