"""A PostgreSQL database for each folder of a test: made once, given to one folder after the other.

Emptying one takes a few milliseconds, making one some hundred. Which one a folder has stands in a file there, so
that another process of the same test finds it.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from infra.migrations import VERSION_TABLE, migrate
from infra.postgresql import COMPUTED, KEPT
from infra.servers.postgresql import create_database, drop_database
from infra.views.postgresql import open_views
from projections.catalogue import PROJECTIONS
from projections.engine import Engine

_FILE: Final = "database"
_STATE: Final = f"""
    SELECT 'table', tablename::text, 0 FROM pg_tables WHERE schemaname = '{COMPUTED}'
    UNION ALL SELECT 'projection', projection || '/' || partition, version FROM {COMPUTED}.checkpoint
"""

_State = set[tuple[str, str, int]]


class Databases:
    """The databases on one server, which a superuser's URL names."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._prepared: _State = set()
        """What stands in the schema of the views once every projection is there."""
        self._names: list[str] = []
        self._free: list[str] = []
        self._taken: dict[Path, str] = {}

    def take(self, folder: Path) -> str:
        """Return the URL of an empty database; it is the folder's until that is gone, or the test over."""
        self._release([each for each in self._taken if not (each / _FILE).exists()])
        if self._free:
            url = self._free.pop()
            self._empty(url)
        else:
            url = self._make()
        self._taken[folder] = url
        return url

    def give_back(self) -> None:
        """Take the databases of all folders back."""
        for folder in self._taken:
            (folder / _FILE).unlink(missing_ok=True)
        self._release(list(self._taken))

    def drop(self) -> None:
        """Drop every database."""
        for name in self._names:
            drop_database(self._server, name)

    def _release(self, folders: list[Path]) -> None:
        self._free += [self._taken.pop(folder) for folder in folders]

    def _make(self) -> str:
        name = f"jejak_test_{secrets.token_hex(8)}"
        url = create_database(self._server, name)
        self._names.append(name)
        migrate(url)
        views = open_views(url)
        Engine(views, PROJECTIONS).prepare()
        views.close()
        with psycopg.connect(url) as connection:
            self._prepared = set(connection.execute(_STATE).fetchall())
        return url

    def _empty(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            tables = connection.execute(
                f"SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('{KEPT}', '{COMPUTED}')"
                f" AND tablename NOT IN ('{VERSION_TABLE}', 'checkpoint', 'label')"
            ).fetchall()
            # Where a test had projections of its own, the tables of the views are left to be made anew.
            as_prepared = set(connection.execute(_STATE).fetchall()) == self._prepared
            statements = [
                sql.SQL("DELETE FROM {}" if as_prepared or schema == KEPT else "DROP TABLE {} CASCADE").format(
                    sql.Identifier(schema, table)
                )
                for schema, table in tables
            ]
            statements.append(
                sql.SQL("UPDATE {} SET position = 0, digest = ''" if as_prepared else "TRUNCATE {}").format(
                    sql.Identifier(COMPUTED, "checkpoint")
                )
            )
            connection.execute(sql.SQL("; ").join(statements))


_databases: Databases | None = None


@contextmanager
def databases_on(server: str) -> Iterator[None]:
    """Give the tests of the distributed mode databases on a server meanwhile."""
    global _databases  # noqa: PLW0603 - one run has one server
    _databases = Databases(server)
    try:
        yield
    finally:
        _databases.drop()
        _databases = None


def database_of(folder: Path) -> str:
    """Return the URL of the folder's database; the first time it is asked for, it is empty."""
    file = folder / _FILE
    if file.exists():
        return file.read_text(encoding="utf-8")
    assert _databases is not None, "only the test itself takes a database: ask for its `mode`"
    folder.mkdir(parents=True, exist_ok=True)
    url = _databases.take(folder)
    file.write_text(url, encoding="utf-8")
    return url


def give_databases_back() -> None:
    """End the use of every database, at the end of a test."""
    if _databases is not None:
        _databases.give_back()
