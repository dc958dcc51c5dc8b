"""SQL views for reporting jobs, on PostgreSQL: what a projection shows of its tables (docs/reporting.md)."""

import re
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, MetaData, event

_VIEW: Final = re.compile(r"^CREATE OR REPLACE VIEW (\w+)", re.MULTILINE)


def show(metadata: MetaData, file: Path) -> None:
    """Make the SQL views of a file together with the tables that they read, and drop them with these."""
    statements = file.read_text(encoding="utf-8")
    views = ", ".join(_VIEW.findall(statements))

    def make(_metadata: MetaData, connection: Connection, *, tables: list[Any], **_options: object) -> None:
        if tables and connection.dialect.name == "postgresql":
            connection.exec_driver_sql(statements)

    def drop(_metadata: MetaData, connection: Connection, **_options: object) -> None:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"DROP VIEW IF EXISTS {views}")

    event.listen(metadata, "after_create", make)
    event.listen(metadata, "before_drop", drop)
