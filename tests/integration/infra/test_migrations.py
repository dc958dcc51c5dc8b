"""The schema of the database: made once, never altered in silence, and safe from the application."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Final

import psycopg
import pytest
from psycopg import conninfo, sql

from infra.log.postgresql import open_log
from infra.migrations import NEWEST, migrate
from infra.postgresql import APPLICATION, PostgresError
from infra.tokens import Tokens
from infra.views.postgresql import open_views
from services.relay.lease import Lease

PASSWORD = "rahasia-sekali"  # noqa: S105 - of a user that lives as long as a test


@pytest.fixture
def application(database: str) -> Iterator[str]:
    """The URL of a user whom the server does not know yet."""
    name = f"app_{conninfo.conninfo_to_dict(database)['dbname']}"
    yield conninfo.make_conninfo(database, user=name, password=PASSWORD)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))


def schema_is(url: str, version: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE jejak.schema_version SET version_num = %s", [version])


def test_migrating_again_changes_nothing(database: str) -> None:
    assert migrate(database) is None
    assert migrate(database) == NEWEST


def test_two_that_migrate_at_once_do_no_harm(database: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(migrate, [database] * 4))
    assert sorted(found, key=str) == [NEWEST] * 3 + [None]
    open_log(database).close()


def test_a_schema_that_is_missing_older_or_newer_is_named_and_left_alone(database: str) -> None:
    with pytest.raises(PostgresError, match="has no log of Jejak yet: run jejak migrate"):
        open_log(database)
    migrate(database)
    schema_is(database, "0000")
    with pytest.raises(PostgresError, match=f"has schema 0000, this Jejak needs {NEWEST}: run jejak migrate"):
        open_log(database)
    schema_is(database, "9999")
    for use in (open_log, migrate):
        with pytest.raises(PostgresError, match=r"has schema 9999.*use a newer one"):
            use(database)


def test_a_user_without_the_right_to_migrate_is_told(database: str, application: str) -> None:
    migrate(database, application)
    with psycopg.connect(database) as connection:
        connection.execute("DROP SCHEMA jejak CASCADE; DROP SCHEMA jejak_views")
    with pytest.raises(PostgresError, match=r"permission denied.*JEJAK_POSTGRES_ADMIN"):
        migrate(application)


def test_the_application_adds_to_the_log_and_can_do_nothing_else_to_it(database: str, application: str) -> None:
    migrate(database, application)
    open_log(application).close()
    insert = "INSERT INTO jejak.log VALUES (1, gen_random_uuid(), 1, 'x', '{}')"
    denied = (
        "UPDATE jejak.log SET state = ''",
        "DELETE FROM jejak.log",
        "TRUNCATE jejak.log",
        "DROP TABLE jejak.log",
        "ALTER TABLE jejak.log DROP COLUMN state",
        "UPDATE jejak.schema_version SET version_num = '0'",
        "CREATE TABLE jejak.other (x int)",
    )
    with psycopg.connect(application, autocommit=True) as connection:
        connection.execute(insert)
        for statement in denied:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
        connection.execute("CREATE TABLE jejak_views.step (position bigint)")
        assert connection.execute("SELECT count(*) FROM jejak.log").fetchone() == (1,)


WHO: Final = "SELECT current_user"


def in_the_log(url: str) -> tuple[str, ...] | None:
    with closing(open_log(url)) as log, log._connection() as connection:
        return connection.execute(WHO).fetchone()


def in_the_views(url: str) -> tuple[str, ...] | None:
    with closing(open_views(url)) as views, views.writing() as connection:
        return tuple(connection.exec_driver_sql(WHO).one())


def in_the_tokens(url: str) -> tuple[str, ...] | None:
    with closing(Tokens(url)) as tokens:
        return tokens._connection.execute(WHO).fetchone()


def in_the_lease(url: str) -> tuple[str, ...] | None:
    with Lease(url) as lease:
        assert lease.try_to_take()
        return lease._connection.execute(WHO).fetchone()


@pytest.mark.parametrize("user", [in_the_log, in_the_views, in_the_tokens, in_the_lease])
def test_even_the_owner_of_the_database_acts_as_the_application(
    database: str, user: Callable[[str], tuple[str, ...] | None]
) -> None:
    migrate(database)
    assert user(database) == (APPLICATION,)


def test_a_reader_sees_the_events_and_nothing_else(database: str) -> None:
    migrate(database)
    state = (
        '{"source":"urn:x","id":"1","subject":"info-1","holder":"kim-bagelen","occurred_at":"2021-11-23T14:05:00'
        '+07:00","recorded_at":"2021-11-23T07:06:00Z","data":{"channel":"website"},"region":"18.09.01.2007",'
        '"level":"kim"}'
    )
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO jejak.log VALUES (1, gen_random_uuid(), 1, 'id.jejak.item.shared.v1', %s)", [state]
        )
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET ROLE jejak_reader")
        found = connection.execute(
            "SELECT position, subject, holder, region, recorded_at - occurred_at = interval '1 minute',"
            " data ->> 'channel' FROM jejak.events"
        ).fetchall()
        assert found == [(1, "info-1", "kim-bagelen", "18.09.01.2007", True, "website")]
        for statement in (
            "SELECT * FROM jejak.log",
            "SELECT * FROM jejak.relay",
            "SELECT * FROM jejak.token",
            "INSERT INTO jejak.log VALUES (2, gen_random_uuid(), 1, 'x', '{}')",
            "CREATE TABLE jejak_views.mine (x int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_password_of_a_new_user_works_and_is_kept_as_a_hash(database: str, application: str) -> None:
    migrate(database, application)
    open_log(application).close()
    wrong = conninfo.make_conninfo(application, password="salah")  # noqa: S106 - a wrong one
    with pytest.raises(PostgresError) as refused:
        open_log(wrong)
    assert "password authentication failed" in str(refused.value)
    assert "salah" not in str(refused.value)
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT rolpassword LIKE 'SCRAM-SHA-256$%%', rolpassword LIKE %s FROM pg_authid WHERE rolname = %s",
            [f"%{PASSWORD}%", conninfo.conninfo_to_dict(application)["user"]],
        ).fetchone()
    assert found == (True, False)
