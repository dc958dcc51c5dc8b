"""PostgreSQL as every part of Jejak meets it: its roles, its schemas, and how a connection is made."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import Connection, conninfo, sql

from infra.language import translate as _

APPLICATION: Final = "jejak_app"
"""The group role that Jejak acts as, whoever logs in: it adds to the log, and never changes it."""
READER: Final = "jejak_reader"
"""The group role of reporting jobs: it reads documented SQL views, and nothing else."""

KEPT: Final = "jejak"
"""The schema of what has to be kept: the log, and what later migrations put beside it."""
COMPUTED: Final = "jejak_views"
"""The schema of what is computed from the log, and may be thrown away."""

CONNECT_SECONDS: Final = 10


class PostgresError(Exception):
    """PostgreSQL cannot be used now: the sentence says why and what to do."""


def connect(url: str, setting: str = "postgres") -> "Connection[tuple[Any, ...]]":
    """Connect to the database of a libpq URL, which `setting` names.

    Raises:
        PostgresError: the URL is none, nobody answers there, or whoever does refuses.

    """
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)
    except psycopg.OperationalError as error:
        raise PostgresError(
            _("cannot connect to PostgreSQL: {reason}. See that it runs, and that {variable} is right").format(
                reason=reason(error), variable=f"JEJAK_{setting.upper()}"
            )
        ) from error
    except psycopg.ProgrammingError:
        # Neither the URL nor what libpq says of it: a password may stand in both.
        raise PostgresError(
            _("{variable} is not a libpq URL, such as postgresql://user@host/name").format(
                variable=f"JEJAK_{setting.upper()}"
            )
        ) from None


def read_only(url: str) -> str:
    """Return the same URL for connections in which the server itself refuses every write."""
    try:
        given = conninfo.conninfo_to_dict(url).get("options") or ""
    except psycopg.ProgrammingError:
        return url  # `connect` says what is wrong with it
    return conninfo.make_conninfo(url, options=f"{given} -c default_transaction_read_only=on".strip())


def act_as_application(connection: "Connection[Any]") -> None:
    """Give up every right but the application's, so that the log is safe even from its owner.

    Raises:
        PostgresError: there is no such role yet, or the user may not act as it.

    """
    try:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(APPLICATION)))
    except psycopg.DatabaseError as error:
        if connection.broken:
            raise
        raise PostgresError(
            _("{user} cannot act as {role} in the database {database}: {reason}. Run jejak migrate").format(
                user=connection.info.user,
                role=APPLICATION,
                database=connection.info.dbname,
                reason=reason(error),
            )
        ) from error


@contextmanager
def as_application(url: str) -> "Iterator[Connection[tuple[Any, ...]]]":
    """Give a connection that acts as the application.

    Raises:
        PostgresError: as `connect` and `act_as_application`.

    """
    with connect(url) as connection:
        act_as_application(connection)
        yield connection


def reason(error: BaseException) -> str:
    """Return what the server or libpq says, on one line."""
    return " ".join(str(error).split()).rstrip(".")
