"""The views on PostgreSQL, in the schema `jejak_views`: any number of writers, each with rows of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from infra.language import translate as _
from infra.views import Connection, Views, ViewsError

SCHEMA: Final = "jejak_views"

_ALTERING: Final = int.from_bytes(b"jjkviews")
"""The advisory lock of whoever alters tables; such a lock is a number of 64 bits."""


class PostgreSQLViews(Views):
    """The schema of the views and its connections; `url` is libpq's."""

    def __init__(self, url: str) -> None:
        given = conninfo_to_dict(url)
        options = f"{given.get('options', '')} -c search_path={SCHEMA}"
        self._engine = create_engine(
            "postgresql+psycopg://",
            connect_args={**given, "options": options},
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
            # CREATE TABLE IF NOT EXISTS fails where two do it at once.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ALTERING})")
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:  # noqa: D102 - see Views
        with self._snapshots.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:  # noqa: D102 - see Views
        self._engine.dispose()


def open_views(url: str) -> Views:
    """Open the views in the database that a libpq URL names.

    Raises:
        ViewsError: the database cannot be used, or has no schema for the views.

    """
    try:
        views = PostgreSQLViews(url)
    except psycopg.ProgrammingError:
        # What libpq says would show the URL, and the password in it.
        raise ViewsError(
            _("the setting postgres is no libpq URL; it looks like postgresql://user:password@host/name")
        ) from None
    try:
        with views.reading() as connection:
            known = connection.exec_driver_sql(f"SELECT to_regnamespace('{SCHEMA}')").scalar()
    except SQLAlchemyError as error:
        views.close()
        sentence = _("cannot open the views on PostgreSQL: {error}. Is the server up, and the setting postgres right?")
        raise ViewsError(sentence.format(error=error.__cause__ or error)) from error
    if known is None:
        views.close()
        raise ViewsError(_("the database has no schema {schema} yet: run `jejak migrate`").format(schema=SCHEMA))
    return views
