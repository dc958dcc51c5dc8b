"""The views on PostgreSQL, in a schema of their own: any number of writers, each with rows of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from sqlalchemy import create_engine

from infra.migrations import check_schema
from infra.postgresql import COMPUTED, CONNECT_SECONDS, act_as_application, connect
from infra.views import Connection, Views

_ALTERING: Final = "SELECT pg_advisory_xact_lock(hashtextextended('jejak.views', 0))"

# Compiling a statement (jit) takes longer than any statement here runs: 200 ms of 240.
_SETTINGS: Final = f"SET search_path = {COMPUTED}; SET jit = off"


class PostgreSQLViews(Views):
    """The schema of the views in the database of a libpq URL, and its connections."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: _connect(url),
            pool_pre_ping=True,  # the server may have been started again since
            use_native_hstore=False,
        )
        self._snapshots = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @contextmanager
    def writing(self) -> Iterator[Connection]:  # noqa: D102 - see Views
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def altering(self) -> Iterator[Connection]:  # noqa: D102 - see Views
        with self.writing() as connection:
            connection.exec_driver_sql(_ALTERING)  # two that make the same table at once both fail
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:  # noqa: D102 - see Views
        with self._snapshots.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:  # noqa: D102 - see Views
        self._engine.dispose()


def _connect(url: str) -> "psycopg.Connection[Any]":
    connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)
    act_as_application(connection)
    connection.execute(_SETTINGS)
    connection.autocommit = False  # SQLAlchemy says when a transaction ends
    return connection


def open_views(url: str) -> Views:
    """Open the views in the database of a libpq URL; `infra.migrations.migrate` makes their schema.

    Raises:
        PostgresError: the database cannot be used, or its schema is not of this Jejak.

    """
    # Looked at by a connection of its own, which says what is wrong in a sentence.
    with connect(url) as connection:
        check_schema(connection)
        act_as_application(connection)
    return PostgreSQLViews(url)
