"""The table of the audit trail: one row an event."""

from pathlib import Path
from typing import Final

from sqlalchemy import Column, Index, MetaData, Table

from projections.reporting import show
from projections.tables import Position, Text

METADATA: Final = MetaData()
show(METADATA, Path(__file__).with_name("report.sql"))

STEP: Final = Table(
    "trail_step",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("topic", Text, nullable=False),
    Column("family", Text, nullable=False, doc="what the subject is, such as item or population"),
    Column("subject", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("level", Text),
    Column("region", Text),
    Column("channel", Text),
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("occurred_at", Position, nullable=False, doc="microseconds since 1970-01-01T00:00:00Z"),
    Column("recorded_at", Position, nullable=False, doc="microseconds since 1970-01-01T00:00:00Z"),
    Column("cause_source", Text),
    Column("cause_id", Text),
    Column("cause_position", Position, doc="null where there is no cause, or none in the log yet"),
    Column("voids", Position, doc="of a step.voided: the position that it takes out"),
    Column("trace_id", Text, doc="that of its traceparent; null where it has none"),
    Column("data", Text, nullable=False, doc="what the event says, as JSON, without an item's text"),
)

Index("trail_step_subject", STEP.c.subject, STEP.c.position)
Index(
    "trail_step_voids",
    STEP.c.voids,
    sqlite_where=STEP.c.voids.is_not(None),
    postgresql_where=STEP.c.voids.is_not(None),
)
