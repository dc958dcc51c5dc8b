"""What the engine keeps beside the views: how far each got, and what could not be folded."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    literal_column,
    select,
)

from infra.views import Connection

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
    Column("moved_at", BigInteger, nullable=False, doc="when it came there, in microseconds since 1970 UTC"),
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


def make_tables(connection: Connection) -> None:
    """Make the tables; checkpoints that an older Jejak kept with other columns are dropped.

    Every view then begins anew. Whoever folds at this moment comes to an end first.
    """
    METADATA.create_all(connection)
    everything: ColumnElement[Any] = literal_column("*")
    found = connection.execute(select(everything).select_from(CHECKPOINT).limit(0))
    if set(found.keys()) != set(CHECKPOINT.columns.keys()):
        CHECKPOINT.drop(connection)
        CHECKPOINT.create(connection)
