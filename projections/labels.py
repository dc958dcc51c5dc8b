"""What people call the codes of the contract, as a table: for whoever reads the views in SQL."""

from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, Table, delete, select

from events.vocabulary import Code
from infra.views import insert_rows
from projections.reporting import show
from projections.tables import METADATA, Text

LABEL: Final = Table(
    "label",
    METADATA,
    Column("vocabulary", Text, primary_key=True, doc="such as channel or kind"),
    Column("code", Text, primary_key=True),
    Column("indonesian", Text, nullable=False),
    Column("english", Text, nullable=False),
)
show(METADATA, Path(__file__).with_suffix(".sql"))


def keep_labels(connection: Connection) -> None:
    """Bring the table in step with the vocabulary."""
    labels = {
        (vocabulary.__name__.lower(), str(code), code.indonesian, code.english)
        for vocabulary in Code.__subclasses__()
        for code in vocabulary
    }
    if {tuple(row) for row in connection.execute(select(LABEL))} != labels:
        connection.execute(delete(LABEL))
        insert_rows(connection, LABEL, sorted(labels))
