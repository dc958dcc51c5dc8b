"""The tables of late causes."""

from typing import Final

from sqlalchemy import Column, LargeBinary, MetaData, Table

from projections.tables import Position

METADATA: Final = MetaData()

AWAITED: Final = Table(
    "late_cause_awaited",
    METADATA,
    Column("cause", LargeBinary, primary_key=True, doc="the UUID of an event that is not in the log yet"),
    Column("position", Position, primary_key=True, autoincrement=False, doc="of the step that names it"),
    sqlite_with_rowid=False,
)

FOUND: Final = Table(
    "late_cause",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False, doc="of the step that names the cause"),
    Column("cause_position", Position, nullable=False, doc="higher than that of the step"),
)
