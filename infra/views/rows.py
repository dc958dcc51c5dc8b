"""Rows into a table of a view, and out of it: many at once, by the fastest way that the database has."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

Rows = Sequence[tuple[Any, ...]]


def read_rows(connection: Connection, statement: Executable) -> list[tuple[Any, ...]]:
    """Return the rows of a statement as the driver gives them: the library's own take half as long again."""
    result = connection.execute(statement)
    rows = list(result.cursor.fetchall())
    result.close()
    return rows


def insert_rows(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows whose values stand in the order of the table's columns.

    Raises:
        sqlalchemy.exc.DBAPIError: the database refuses them, or cannot be reached.

    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        connection.exec_driver_sql(_insert_statement(table, connection.dialect), list(rows))


@lru_cache(maxsize=100)
def _insert_statement(table: Table, dialect: Dialect) -> str:
    """Return the statement, compiled once: rows as dictionaries through SQLAlchemy take twice as long."""
    return str(table.insert().compile(dialect=dialect))


def _copy(connection: Connection, table: Table, rows: Rows) -> None:
    dialect = connection.dialect
    statement, types = _copy_statement(table, dialect)
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a connection in use has one
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
    except dialect.loaded_dbapi.Error as error:
        # SQLAlchemy has no COPY; to whoever called, this fails like every other statement.
        raise DBAPIError.instance(statement, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error


@lru_cache(maxsize=100)
def _copy_statement(table: Table, dialect: Dialect) -> tuple[str, list[str]]:
    """Return the statement and the types of the columns: binary rows say themselves how wide they are."""
    quote = dialect.identifier_preparer.quote
    columns = ", ".join(quote(column.name) for column in table.columns)
    types = [column.type.compile(dialect=dialect).partition(" ")[0].lower() for column in table.columns]
    return f"COPY {quote(table.name)} ({columns}) FROM STDIN (FORMAT BINARY)", types
