"""The table of the populations: one row a recorded count, so that each can be read as it ever was."""

from pathlib import Path
from typing import Final

from sqlalchemy import Column, Index, MetaData, Table

from projections.reporting import show
from projections.tables import Position, Text

METADATA: Final = MetaData()
show(METADATA, Path(__file__).with_name("report.sql"))

COUNT: Final = Table(
    "population_count",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("region", Text, nullable=False),
    Column("people", Position, nullable=False),
    Column("counted_at", Position, nullable=False, doc="the first microsecond of its date"),
    Column("occurred_at", Position, nullable=False, doc="microseconds since 1970-01-01T00:00:00Z"),
    Column("recorded_at", Position, nullable=False, doc="microseconds since 1970-01-01T00:00:00Z"),
)

Index("population_count_region", COUNT.c.region)
