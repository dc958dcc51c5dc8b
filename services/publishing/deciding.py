"""A batch decided on, event by event, in memory: what is accepted, repeated or refused, and the rows to append."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from events.catalogue import CATALOGUE, Catalogue
from events.envelope import SIMULATED, CloudEvent
from events.fields import Data, is_region_code, microseconds
from events.identity import OF_THE_ITEM, event_id, stream_of
from events.recorded import State, encode_state
from events.refusal import RefusedError
from events.step import Voided
from infra.clock import Clock
from infra.language import translate as _
from infra.log import NewRow, Reading, StoredRow, stored
from projections.findings.facts import Step, particulars
from projections.findings.rules import Finding, Known, Limits, find
from services.aggregates.organisation import Organisation
from services.publishing.answers import Answer, Outcome, refused_with
from services.publishing.memory import Memory
from services.publishing.proposals import Batch, Proposal
from services.publishing.recorded import state_and_data, state_of
from services.publishing.rights import decide
from services.world import Request

MOST_STATE_BYTES: Final = 60 * 1024

_ACCEPTED: Final = Outcome.ACCEPTED  # looking into an enum takes time, and this is for every event


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


# The kinds whose aggregate is a handling; that of a region's counts stays an empty one.
_IN_A_HANDLING: Final = frozenset(
    kind
    for kind in CATALOGUE.kinds.values()
    if kind == "population.recorded" or (kind.startswith("item.") and kind not in OF_THE_ITEM)
)


class Draft(Struct, frozen=True):
    """What becomes of a batch, if the log still ends with `head` when its rows are appended."""

    head: StoredRow | None
    rows: list[NewRow]
    answers: list[Answer]
    last: StoredRow | None
    """The last row once they are."""
    repeats: bool
    """Whether some of its events were recorded before."""


class RepeatsError(Exception):
    """Some of the events that were refused are recorded already: they are repeats, and not to be refused."""


class Decider:
    """Decides on batches, each as if the one before it were recorded already."""

    def __init__(self, memory: Memory, catalogue: Catalogue, clock: Clock, limits: PublishingLimits) -> None:
        self._memory = memory
        self._catalogue = catalogue
        self._clock = clock
        self._limits = limits
        self._begun_by: str | None = None
        """The source of the log's first event, where it is known."""

    def draft(self, batch: Batch, reading: Reading, head: StoredRow | None, *, look_up: bool) -> Draft:
        """Decide on every event of a batch, in order, on a log that ends with `head`.

        Without `look_up`, events that are recorded already are taken for new: the log's unique event ids will
        show them when the rows are appended.

        Raises:
            RepeatsError: without `look_up`, an event that would be refused is recorded already.
            ClockBehindError: the clock lies too far behind the log.

        """
        memory = self._memory
        answers = list(batch.answers)
        position = head.position if head else 0
        now = self._now(head)
        if head is None or head != memory.head:
            self._begun_by = None
        memory.begin(reading, head, now)
        self._prefetch(batch.proposals)
        known = _known(batch.proposals, reading) if look_up else {}
        mine: dict[bytes, tuple[int, CloudEvent]] = {}
        latest = microseconds(now + self._limits.clock_skew)
        rows: list[NewRow] = []
        refused: list[Proposal] = []
        repeats = False
        for proposal in batch.proposals:
            event = proposal.event
            try:
                if proposal.event_id in mine or proposal.event_id in known:
                    first = self._repeated(proposal, known, mine)
                    answers[proposal.index] = Answer(Outcome.REPEATED, first)
                    repeats = True
                    continue
                if proposal.at > latest or proposal.cause_id == proposal.event_id:
                    _refuse_time_or_cause(proposal, now)
                if event.source.startswith(SIMULATED) and not proposal.principal.simulates:
                    self._refuse_beside_real_events(reading)
                holder = memory.organisation(event.holder)
                decide(Request(event, proposal.kind, holder, proposal.principal, memory))
                row, found = self._accept(proposal, holder, position + 1)
            except RefusedError as refusal:
                answers[proposal.index] = refused_with(refusal)
                refused.append(proposal)
                continue
            position += 1
            if position == 1:
                self._begun_by = event.source
            rows.append(row)
            mine[proposal.event_id] = (position, event)
            codes = tuple([finding.code for finding in found]) if found else ()
            answers[proposal.index] = Answer(_ACCEPTED, position, codes)
        if refused and not look_up and self._is_known(refused, reading):
            raise RepeatsError
        last = stored(rows[-1]) if rows else head
        memory.end(last)
        return Draft(head, rows, [answer for answer in answers if answer is not None], last, repeats)

    def _refuse_beside_real_events(self, reading: Reading) -> None:
        """Refuse a simulated event in a log that a real one began."""
        if self._begun_by is None:
            first = reading.first()
            self._begun_by = first and state_of(first).source
        if self._begun_by is not None and not self._begun_by.startswith(SIMULATED):
            raise RefusedError(
                "the log holds real events; a simulated one, as its source says, is taken among them only by"
                " publish --allow-simulated",
                field="source",
            )

    def _is_known(self, proposals: Sequence[Proposal], reading: Reading) -> bool:
        """Tell whether one of these events is recorded already."""
        # The batch before may be on its way into the log still; what is remembered has it already.
        remembered = self._memory.knows([proposal.event_id for proposal in proposals])
        return remembered or bool(_known(proposals, reading))

    def _now(self, head: StoredRow | None) -> datetime:
        """Return recorded_at for this batch: the clock, but never before the head's."""
        now = self._clock()
        if head is None:
            return now
        last = state_of(head).recorded_at
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
        organisations = {each.event.holder for each in proposals}
        items = {each.event.subject for each in proposals if each.kind.startswith("item.")}
        handlings = {each.stream for each in proposals if each.kind in _IN_A_HANDLING}
        causes = {each.cause_id for each in proposals}
        for proposal in proposals:
            event, kind = proposal.event, proposal.kind
            fields = _ORGANISATIONS_IN.get(kind)
            if fields is not None:
                for field in fields:
                    named = getattr(event.data, field)
                    if isinstance(named, str):
                        organisations.add(named)
                    elif named:
                        organisations.update(named)
            if kind.startswith("organisation."):
                organisations.add(event.subject)
            elif kind == "step.voided":
                voided: Voided = event.data
                causes.add(event_id(voided.source, voided.id))
        causes.difference_update([each.event_id for each in proposals])
        self._memory.prefetch(
            organisations={one for one in organisations if not is_region_code(one)},
            items=items,
            handlings={each for each in handlings if each is not None},
            causes={each for each in causes if each is not None},
        )

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
            state, data = state_and_data(row, self._catalogue)
            cause = _cause(state.source, state.causationsource, state.causationid)
            recorded = (
                self._catalogue.newest(row.topic),
                state.subject,
                _milliseconds(state.occurred_at),
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
        subject, data, stream, voids = event.subject, event.data, proposal.stream, None
        if stream is None:
            stream, voids = self._voided_stream(event)
        of_kind = voids.kind if voids else kind
        handling = memory.load(of_kind, subject, stream)
        cause = memory.named(proposal.cause_id)
        state = State(
            event.source,
            event.id,
            subject,
            holder.id,
            event.time,
            memory.now,
            data,
            holder.region or None,
            holder.level,
            event.causationid,
            event.causationsource,
            cause.position if cause else None,
            voids.position if voids else None,
            event.extensions,
        )
        encoded = encode_state(state)
        if len(encoded) > MOST_STATE_BYTES:
            raise RefusedError(
                "the event takes {size} bytes in the log, more than {most}: link to a long text instead",
                field="data",
                size=len(encoded),
                most=MOST_STATE_BYTES,
            )
        giver, to, verdict = particulars(kind, data)
        step = Step(
            position,
            kind,
            subject,
            holder.id,
            holder.level,
            proposal.at,
            memory.recorded,
            proposal.cause_id,
            giver,
            to,
            verdict,
            state.voids,
        )
        if kind.startswith("item."):
            item = memory.item(subject)
            known = Known(item.issuer, handling.receipts, handling.verdicts, item.retractions, holder.decrees)
        else:
            known = Known(decrees=holder.decrees)
        versions = memory.versions
        version = versions[stream] = versions.get(stream, 0) + 1
        # First `take`: a step is voided from the voiding's own position on, and no finding rests on it.
        memory.take(proposal.event_id, stream, of_kind, step, data)
        found = find(step, known, memory.causes, self._limits.findings)
        return (position, stream, version, event.type, encoded, proposal.event_id), found

    def _voided_stream(self, event: CloudEvent) -> tuple[bytes, Step]:
        """Return the stream of the step that a `step.voided` takes out, and the step."""
        data: Voided = event.data
        step = self._memory.step(data.source, data.id)
        if step is None:
            raise RuntimeError("a voiding was accepted without the step that it voids")
        return stream_of(step.kind, step.subject, step.holder), step


def _known(proposals: Iterable[Proposal], reading: Reading) -> dict[bytes, StoredRow]:
    """Return the rows of the events that are recorded already, by their ids."""
    ids = {proposal.event_id for proposal in proposals}
    return {row.event_id: row for row in reading.find(ids) if row.event_id is not None}


def _refuse_time_or_cause(proposal: Proposal, now: datetime) -> None:
    if proposal.cause_id == proposal.event_id:
        raise RefusedError("an event cannot be its own cause", field="causationid")
    time = proposal.event.time
    raise RefusedError(
        "{value} lies in the future: it is {now} now",
        field="time",
        value=time.isoformat(),
        now=now.astimezone(time.tzinfo).isoformat(timespec="seconds"),
    )


_Content = tuple[str, str, int, str, tuple[str, str] | None, Data]
_CONTENT: Final = ("type", "subject", "time", "holder", "causationid", "data")


def _content(event: CloudEvent) -> _Content:
    cause = _cause(event.source, event.causationsource, event.causationid)
    return (event.type, event.subject, _milliseconds(event.time), event.holder, cause, event.data)


def _milliseconds(time: datetime) -> int:
    """Return a time as whole milliseconds: some libraries cut what is finer, and send the same event again."""
    return microseconds(time) // 1000


def _cause(source: str, causationsource: str | None, causationid: str | None) -> tuple[str, str] | None:
    return None if causationid is None else (causationsource or source, causationid)
