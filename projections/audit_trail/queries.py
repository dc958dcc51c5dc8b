"""Reads a trail: the steps of one subject, their tree of causes, and the findings on them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, cast

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Row, select

from events.catalogue import CATALOGUE
from events.fields import Data, microseconds, moment
from events.identity import event_id
from events.organisation import DecreeGranted, DecreeRevoked
from events.recorded import UNREADABLE
from events.vocabulary import FindingCode, Level
from infra.views import Connection, among
from projections.as_of import AsOf
from projections.audit_trail.tables import STEP
from projections.audit_trail.tree import depths, without_cycles
from projections.chains import up_the_chains
from projections.findings.decrees import Decrees
from projections.findings.facts import PARTICULAR, Causes, Mark, Step, particulars
from projections.findings.rules import Finding, Known, Limits, find

_DECREES: Final = ("id.jejak.organisation.decree_granted.v1", "id.jejak.organisation.decree_revoked.v1")


class Cause(Struct, frozen=True):
    """The name of the event that a step says caused it."""

    source: str
    id: str


class TrailStep(Struct, frozen=True):
    """One step of a trail, as the contract's `trail --format jsonl` shows it.

    `depth` is that in the tree of causes, whose other links are in `parent` (a position). `lag_seconds` is
    the time between occurred_at and recorded_at. `made_good` are findings that a later event mended. `trace_id`
    is that of the W3C `traceparent` that its publisher sent.
    """

    position: int
    source: str
    id: str
    type: str
    item: str | None
    subject: str
    holder: str
    level: str | None
    region: str | None
    channel: str | None
    occurred_at: datetime
    recorded_at: datetime
    lag_seconds: float
    cause: Cause | None
    depth: int
    parent: int | None
    findings: list[FindingCode]
    made_good: list[dict[str, Any]]
    voided_by: int | None
    trace_id: str | None
    data: msgspec.Raw


class Trail(Struct, frozen=True):
    """The trail of one subject: its steps by position, and the findings by position."""

    family: str
    subject: str
    steps: list[TrailStep]
    findings: dict[int, list[Finding]]


def families(connection: Connection, subject: str) -> list[str]:
    """Return what `subject` is the id of: item, organisation, aspiration, coaching; or nothing."""
    statement = select(STEP.c.family).where(STEP.c.subject == subject).distinct().order_by(STEP.c.family)
    return list(connection.execute(statement).scalars())


def subjects_like(connection: Connection, prefix: str, limit: int = 50_000) -> list[str]:
    """Return ids that share the first letters of `prefix`: what somebody may have meant."""
    start = prefix[:2]
    statement = (
        select(STEP.c.subject)
        .where(STEP.c.subject >= start, STEP.c.subject < start + "\U0010ffff")
        .distinct()
        .limit(limit)
    )
    return list(connection.execute(statement).scalars())


def ids_like(connection: Connection, family: str, name: str, limit: int = 20_000) -> list[str]:
    """Return ids of a family that begin as `name` does; of its steps at most `limit` are looked at."""
    found: list[str] = []
    for length in (len(name) // 2, min(2, len(name) // 3)):
        start = name[:length]
        steps = (
            select(STEP.c.subject)
            .where(STEP.c.subject >= start, STEP.c.subject < start + "\U0010ffff", STEP.c.family == family)
            .limit(limit)
            .subquery()
        )
        found += connection.execute(select(steps.c.subject).distinct()).scalars()
    return found


def steps_at(connection: Connection, positions: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    """Yield position, source, id, type, subject, holder, region and occurred_at of some events."""
    columns = (STEP.c.source, STEP.c.id, STEP.c.topic, STEP.c.subject, STEP.c.holder, STEP.c.region)
    statement = select(STEP.c.position, *columns, STEP.c.occurred_at).where(among(STEP.c.position, positions))
    for *told, at in connection.execute(statement.order_by(STEP.c.position)):
        yield (*told, moment(at))


def trail(
    connection: Connection,
    family: str,
    subject: str,
    as_of: AsOf = AsOf(),
    limits: Limits = Limits(),
) -> Trail:
    """Return the trail of a subject, without steps when there is none.

    Findings are those of the log as it is looked at: a step that came later, or earlier than it was recorded,
    counts. Nothing rests on a voided step, and it has no findings of its own.
    """
    rows = [
        _TrailRow(row)
        for row in _rows(connection, STEP.c.subject == subject, STEP.c.family == family, *_until(as_of))
    ]
    shown = [row for row in rows if as_of.occurred is None or row.step.at <= microseconds(as_of.occurred)]
    links = _Links(connection, rows, shown, as_of)
    causes = Causes(links)
    known = _Surroundings(connection, rows, links, as_of)
    findings = {
        row.step.position: find(row.step, known.of(row.step), causes, limits)
        for row in rows
        if not links.voided(row.step)
    }
    parents = without_cycles({row.step.position: links.parent(row.step) for row in shown})
    depth = depths(parents)
    steps = [
        row.shown(links, depth[row.step.position], parents[row.step.position], findings.get(row.step.position, []))
        for row in shown
    ]
    return Trail(family, subject, steps, findings)


def _until(as_of: AsOf) -> list[ColumnElement[bool]]:
    conditions = []
    if as_of.position is not None:
        conditions.append(STEP.c.position <= as_of.position)
    if as_of.recorded is not None:
        conditions.append(STEP.c.recorded_at <= microseconds(as_of.recorded))
    if as_of.occurred is not None:
        # A voiding counts once it is recorded, whatever its own time says.
        conditions.append((STEP.c.occurred_at <= microseconds(as_of.occurred)) | STEP.c.voids.is_not(None))
    return conditions


def _rows(connection: Connection, *conditions: ColumnElement[bool]) -> Sequence[Row[Any]]:
    return connection.execute(select(STEP).where(*conditions).order_by(STEP.c.position)).all()


class _TrailRow:
    """A row of the trail and the step that rules see in it."""

    def __init__(self, row: Row[Any]) -> None:
        self.row = row
        cause = event_id(row.cause_source, row.cause_id) if row.cause_id is not None else None
        kind = CATALOGUE.kinds.get(row.topic, row.topic)
        data = _data(row) if kind in PARTICULAR else None
        details = () if data is None else particulars(kind, data)
        self.step = Step(
            row.position,
            kind,
            row.subject,
            row.holder,
            row.level,
            row.occurred_at,
            row.recorded_at,
            cause,
            *details,
        )

    def shown(self, links: "_Links", depth: int, parent: int | None, findings: Sequence[Finding]) -> TrailStep:
        row = self.row
        return TrailStep(
            position=row.position,
            source=row.source,
            id=row.id,
            type=row.topic,
            item=row.subject if row.family == "item" else None,
            subject=row.subject,
            holder=row.holder,
            level=row.level,
            region=row.region,
            channel=row.channel,
            occurred_at=moment(row.occurred_at),
            recorded_at=moment(row.recorded_at),
            lag_seconds=(row.recorded_at - row.occurred_at) / 1_000_000,
            cause=None if row.cause_id is None else Cause(row.cause_source, row.cause_id),
            depth=depth,
            parent=parent,
            findings=[one.code for one in findings if one.made_good_by is None],
            made_good=[
                {"code": one.code, "by": one.made_good_by} for one in findings if one.made_good_by is not None
            ],
            voided_by=links.voided_by.get(row.position),
            trace_id=row.trace_id,
            data=msgspec.Raw(row.data.encode()),
        )


class _Links:
    """The steps of a trail and, beyond it, of everything up their chains of causes."""

    def __init__(
        self, connection: Connection, rows: Sequence[_TrailRow], shown: Sequence[_TrailRow], as_of: AsOf
    ) -> None:
        self._own = {row.step.position for row in shown}
        self._steps = {row.step.position: row.step for row in rows}
        self._cause_of = {row.step.position: row.row.cause_position for row in rows}
        self.voided_by = {row.row.voids: row.step.position for row in rows if row.row.voids is not None}
        until = _until(as_of)
        outside = {
            position
            for position in self._cause_of.values()
            if position is not None and position not in self._steps
        }
        if outside:
            self._read_outside(connection, outside, until)

    def _read_outside(
        self, connection: Connection, start: Iterable[int], until: Sequence[ColumnElement[bool]]
    ) -> None:
        positions = connection.execute(up_the_chains(STEP, start)).scalars()
        for row in _rows(connection, among(STEP.c.position, positions), *until):
            if row.position not in self._steps:
                self._steps[row.position] = _TrailRow(row).step
                self._cause_of[row.position] = row.cause_position
        outside = self._steps.keys() - self._own
        voids = select(STEP.c.voids, STEP.c.position).where(among(STEP.c.voids, outside), *until)
        self.voided_by.update(connection.execute(voids).all())

    def cause(self, step: Step) -> Step | None:
        """Return the named cause, as far as the log looked at holds it."""
        position = self._cause_of[step.position]
        return None if position is None else self._steps.get(position)

    def voided(self, step: Step) -> bool:
        """Tell whether the step is taken out."""
        return step.position in self.voided_by

    def parent(self, step: Step) -> int | None:
        """Return the nearest cause that is in the trail itself."""
        seen = {step.position}
        cause = self.cause(step)
        while cause is not None and cause.position not in self._own:
            if cause.position in seen:
                return None
            seen.add(cause.position)
            cause = self.cause(cause)
        return None if cause is None or cause.position == step.position else cause.position


class _Surroundings:
    """What the log holds around the steps of a trail."""

    def __init__(self, connection: Connection, rows: Sequence[_TrailRow], links: _Links, as_of: AsOf) -> None:
        self._issuer: str | None = None
        self._retractions: list[Mark] = []
        self._receipts: dict[str, list[Mark]] = {}
        self._verdicts: dict[str, list[Mark]] = {}
        for row in rows:
            step = row.step
            if links.voided(step):
                continue
            mark = Mark(step.at, step.position, step.verdict)
            if step.kind == "item.published":
                self._issuer = step.holder
            elif step.kind == "item.retracted":
                self._retractions.append(mark)
            elif step.kind == "item.received":
                self._receipts.setdefault(step.holder, []).append(mark)
            elif step.kind == "item.screened":
                self._verdicts.setdefault(step.holder, []).append(mark)
        kim = {row.step.holder for row in rows if row.step.level == Level.KIM}
        self._decrees = _decrees(connection, kim, as_of)

    def of(self, step: Step) -> Known:
        """Return what the rules need around one step."""
        return Known(
            self._issuer,
            self._receipts.get(step.holder, ()),
            self._verdicts.get(step.holder, ()),
            self._retractions,
            self._decrees.get(step.holder, _NO_DECREES),
        )


_NO_DECREES: Final = Decrees()


def _decrees(connection: Connection, holders: Iterable[str], as_of: AsOf) -> dict[str, Decrees]:
    found: dict[str, Decrees] = {}
    for row in _rows(connection, among(STEP.c.subject, holders), STEP.c.topic.in_(_DECREES), *_until(as_of)):
        decrees = found.get(row.subject, _NO_DECREES)
        with suppress(*UNREADABLE):  # the registry has parked it
            data = cast("DecreeGranted | DecreeRevoked", CATALOGUE.decode(row.topic, row.data))
            found[row.subject] = decrees.with_event(_TrailRow(row).step, data)
    return found


def _data(row: Row[Any]) -> Data | None:
    """Return what the event of a row says; None where that does not fit its type."""
    try:
        return CATALOGUE.decode(row.topic, row.data)
    except UNREADABLE:
        return None
