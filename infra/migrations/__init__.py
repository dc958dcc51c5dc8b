"""The schema of the PostgreSQL database: brought up to date by `jejak migrate`, and by nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import Connection, conninfo, sql

from infra.language import translate as _
from infra.postgresql import APPLICATION, KEPT, PostgresError, connect, reason

if TYPE_CHECKING:
    import sqlalchemy

VERSION_TABLE: Final = "schema_version"
_FOLDER: Final = Path(__file__).parent
NEWEST: Final = max(path.name[1:5] for path in (_FOLDER / "versions").glob("v*.py"))
"""The version of the schema that this Jejak works with: the number of its last migration."""

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('jejak.migrate', 0))"


def check_schema(connection: "Connection[Any]") -> None:
    """See that the schema is the one that this Jejak works with.

    Raises:
        PostgresError: there is none, or it is an older or a newer one.

    """
    try:
        row = connection.execute(f"SELECT version_num FROM {KEPT}.{VERSION_TABLE}").fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege):
        row = None
    if row is None:
        raise PostgresError(
            _("the database {database} has no log of Jejak yet: run jejak migrate").format(
                database=connection.info.dbname
            )
        )
    (version,) = row
    if version < NEWEST:
        raise PostgresError(
            _("the database has schema {version}, this Jejak needs {newest}: run jejak migrate").format(
                version=version, newest=NEWEST
            )
        )
    if version > NEWEST:
        raise _newer(version)


def migrate(admin: str, application: str | None = None, *, setting: str = "postgres_admin") -> str | None:
    """Bring the schema up to date, as the user of the URL `admin`; return the version that there was before.

    The user of the URL `application` may act as the application then, and is made where there is none.
    Whoever comes while another one migrates waits for him, and finds nothing left to do.

    Raises:
        PostgresError: the database cannot be used, has a newer schema, or the user may not change it.

    """
    import sqlalchemy  # noqa: PLC0415 - every command looks at the version, and only this one changes it

    connection = connect(admin, setting)
    connection.autocommit = False
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: connection, poolclass=sqlalchemy.NullPool
    )
    try:
        with engine.begin() as transaction:
            transaction.exec_driver_sql(_LOCK)
            transaction.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {KEPT}")
            before = _upgrade(transaction)
            _let_in(connection, application or admin)
    except (psycopg.Error, sqlalchemy.exc.DBAPIError) as error:
        raise PostgresError(
            _("the schema cannot be brought up to date: {reason}. {variable} names a user who may do that").format(
                reason=reason(getattr(error, "orig", error)), variable="JEJAK_POSTGRES_ADMIN"
            )
        ) from error
    return before


def _upgrade(transaction: "sqlalchemy.Connection") -> str | None:
    from alembic import command  # noqa: PLC0415 - likewise
    from alembic.config import Config  # noqa: PLC0415 - likewise
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - likewise

    options = {"version_table": VERSION_TABLE, "version_table_schema": KEPT}
    before = MigrationContext.configure(transaction, opts=options).get_current_revision()
    if before is not None and before > NEWEST:
        raise _newer(before)
    config = Config(attributes={"connection": transaction})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    command.upgrade(config, "head")
    return before


def _let_in(connection: "Connection[Any]", url: str) -> None:
    """Let the user of a URL act as the application; make him where there is none."""
    parts = conninfo.conninfo_to_dict(url)
    name = str(parts.get("user") or connection.info.user)
    user, group = sql.Identifier(name), sql.Identifier(APPLICATION)
    found = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    if found is None:
        # Hashed here, so that the password itself stands in no log of the server.
        password = str(parts.get("password") or "")
        hashed = (
            connection.pgconn.encrypt_password(password.encode(), name.encode()).decode() if password else None
        )
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(user, sql.Literal(hashed)))
    if found is None or not found[0]:
        connection.execute(sql.SQL("GRANT {} TO {}").format(group, user))


def _newer(version: str) -> PostgresError:
    return PostgresError(
        _("the database has schema {version}, this Jejak knows {newest}: use a newer one").format(
            version=version, newest=NEWEST
        )
    )
