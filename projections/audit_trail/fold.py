"""Folds the log into the trail: one row an event, written once; only a late cause is told afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import MetaData, select

from events.recorded import RecordedEvent, StoredState
from infra.observability.trace import trace_of
from infra.views import Connection, insert_rows
from projections.audit_trail.tables import METADATA, STEP
from projections.late_causes.queries import causes_of

_WITH_TEXT: Final = frozenset({"item.published", "item.revised"})


class _Channel(msgspec.Struct):
    channel: str | None = None


_decode_channel = msgspec.json.Decoder(_Channel).decode


class AuditTrail:
    """The projection of the audit trail."""

    name = "audit_trail"
    version = 3
    metadata: MetaData = METADATA
    partitioned = True

    def fold(self, events: Sequence[RecordedEvent], connection: Connection) -> None:
        """Write a row for each event."""
        families = {event.position: event.kind.partition(".")[0] for event in events}
        cause_of = causes_of(events, connection)
        insert_rows(connection, STEP, [_row(event, cause_of(event), families, connection) for event in events])


def _row(
    event: RecordedEvent, cause: int | None, families: Mapping[int, str], connection: Connection
) -> tuple[Any, ...]:
    state = event.state
    family = families[event.position]
    if state.voids is not None:  # a step.voided belongs to what it voids
        family = families.get(state.voids) or _folded_family(state.voids, connection)
    cause_source = None if state.causationid is None else state.causationsource or state.source
    data = bytes(state.data)
    return (
        event.position,
        event.topic,
        family,
        state.subject,
        state.holder,
        None if state.level is None else str(state.level),  # SQLite binds plain text faster
        state.region,
        _decode_channel(data).channel if b'"channel"' in data else None,
        state.source,
        state.id,
        event.occurred_at,
        event.recorded_at,
        cause_source,
        state.causationid,
        cause,
        state.voids,
        trace_of(state),
        (_without_text(state) if event.kind in _WITH_TEXT else data).decode(),
    )


def _without_text(state: StoredState) -> bytes:
    data = msgspec.json.decode(state.data)
    data.pop("text", None)
    return msgspec.json.encode(data)


def _folded_family(position: int, connection: Connection) -> str:
    return str(connection.execute(select(STEP.c.family).where(STEP.c.position == position)).scalar_one())
