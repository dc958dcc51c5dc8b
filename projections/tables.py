"""What the engine keeps beside the views: how far each got, and what could not be folded."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, Table

METADATA: Final = MetaData()

# SQLite has an index for free only under an INTEGER primary key.
Position: Final = BigInteger().with_variant(Integer, "sqlite")

# Compared and sorted byte by byte on every database: a region's code and all below it are one range.
Text: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

CHECKPOINT: Final = Table(
    "checkpoint",
    METADATA,
    Column("projection", Text, primary_key=True),
    Column(
        "partition", Integer, primary_key=True, autoincrement=False, doc="of subjects, as on Kafka; or 0 alone"
    ),
    Column("version", Integer, nullable=False),
    Column("position", Position, nullable=False),
    Column("digest", LargeBinary, nullable=False, doc="SHA-256 of the row of the log at this position"),
)

PARKED: Final = Table(
    "parked",
    METADATA,
    Column("projection", Text, primary_key=True),
    Column("position", Position, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("failed", Boolean, nullable=False, doc="true: it could not be folded; false: it waits behind one"),
    Column("error", Text, nullable=False),
)
