"""The store of the views: SQLAlchemy Core tables in a file of their own, apart from the log."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, create_engine, event
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from infra.language import translate as _
from infra.sqlite_file import LOCK_SECONDS, settle

__all__ = ["Connection", "OperationalError", "Views", "ViewsError", "insert_rows", "open_views"]


class ViewsError(Exception):
    """The views cannot be used now: the sentence says why and what to do."""


class Views:
    """The database of the views. Everything in it can be computed anew from the log."""

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(url, connect_args={"timeout": LOCK_SECONDS})
        event.listen(self._engine, "connect", _on_connect)
        event.listen(self._engine, "begin", _on_begin)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction of its own, the only one that writes; commit at the end."""
        with self._engine.connect() as connection, connection.execution_options(writing=True).begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the views throughout."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    def create(self, metadata: MetaData) -> None:
        """Make the tables that do not exist yet."""
        with self.writing() as connection:
            metadata.create_all(connection)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    connection.isolation_level = None  # SQLAlchemy's BEGIN is sent below, where it can be IMMEDIATE
    settle(connection)


def _on_begin(connection: Connection) -> None:
    # A writer that begins as a reader fails with SQLITE_BUSY_SNAPSHOT when it comes to write.
    immediate = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@lru_cache(maxsize=100)
def _insert_statement(table: Table, dialect: Dialect) -> str:
    return str(table.insert().compile(dialect=dialect))


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows whose values stand in the order of the table's columns.

    The statement is compiled once: rows as dictionaries through SQLAlchemy take twice as long.
    """
    if rows:
        connection.exec_driver_sql(_insert_statement(table, connection.dialect), list(rows))


def open_views(path: Path) -> Views:
    """Open the views in the file `path`, and make the file where there is none.

    Raises:
        ViewsError: the file cannot be used.

    """
    views = Views(URL.create("sqlite+pysqlite", database=str(path)))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with views.writing():
            pass
    except (OSError, SQLAlchemyError) as error:
        views.close()
        raise ViewsError(
            _(
                "cannot open the views {path}: {error}. They hold nothing that the log does not: move the file"
                " away, and they are made anew"
            ).format(path=path, error=error.__cause__ or error)
        ) from error
    return views
