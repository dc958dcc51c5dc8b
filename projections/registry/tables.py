"""The tables of the registry: one row an event of an organisation, so that it can be read as it ever was."""

from pathlib import Path
from typing import Final

from sqlalchemy import Boolean, Column, Index, MetaData, Table

from projections.reporting import show
from projections.tables import Position, Text

METADATA: Final = MetaData()
show(METADATA, Path(__file__).with_name("report.sql"))

# What an event leaves as it was is null: rows tell what changed, and need no other row to be written.
CHANGE: Final = Table(
    "registry_change",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("organisation", Text, nullable=False),
    Column("level", Text, doc="of a registration alone: no event changes it"),
    Column("name", Text),
    Column("region", Text),
    Column("parent", Text),
    Column("registrar", Text, doc="of a registration alone: who registered it, for ever"),
    Column("closed", Boolean, nullable=False),
    Column("occurred_at", Position, nullable=False, doc="microseconds since 1970-01-01T00:00:00Z"),
    Column("recorded_at", Position, nullable=False, doc="microseconds since 1970-01-01T00:00:00Z"),
)

DECREE: Final = Table(
    "registry_decree",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("organisation", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("valid_from", Position, doc="the first microsecond of its validity; null: this revokes the decree"),
    Column("valid_until", Position, doc="the first microsecond after it; null: for ever"),
    Column("occurred_at", Position, nullable=False, doc="microseconds since 1970-01-01T00:00:00Z"),
    Column("recorded_at", Position, nullable=False, doc="microseconds since 1970-01-01T00:00:00Z"),
)

Index("registry_change_region", CHANGE.c.region)
Index("registry_change_organisation", CHANGE.c.organisation)
Index("registry_decree_organisation", DECREE.c.organisation)
