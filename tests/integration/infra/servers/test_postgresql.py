"""A PostgreSQL of one's own: it starts, keeps what it was given whatever ends it, and lets nobody else in."""

import os
from pathlib import Path

import psycopg
import pytest

from infra.servers.postgresql import PostgreSQL, create_database, of_wheel
from infra.servers.server import ServerError


def number_of_rows(url: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert found is not None
    count: int = found[0]
    return count


@pytest.mark.parametrize("binaries", [None, *of_wheel()], ids=["of this machine", "of the wheel"])
def test_what_was_committed_outlives_a_kill_and_a_stop(
    servers: Path, tmp_path: Path, binaries: Path | None
) -> None:
    server = PostgreSQL(servers / tmp_path.name, binaries=binaries)
    with server:
        url = create_database(server.url, "jejak")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
        writing = psycopg.connect(url)
        writing.execute("INSERT INTO kept VALUES (1001)")

        server.kill()
        with pytest.raises(psycopg.OperationalError):
            writing.execute("SELECT 1")
        writing.close()

        server.start()
        assert create_database(server.url, "jejak") == url
        assert number_of_rows(url) == 1000

        server.stop()
        server.start()
        assert number_of_rows(url) == 1000


def test_a_database_is_empty_and_of_a_superuser(database: str) -> None:
    with psycopg.connect(database) as connection:
        assert connection.execute("SHOW is_superuser").fetchone() == ("on",)
        assert connection.execute("SELECT FROM pg_tables WHERE schemaname = 'public'").fetchone() is None


@pytest.mark.skipif("JEJAK_TEST_POSTGRES" in os.environ, reason="a server that others set up has its own rules")
def test_who_does_not_know_the_password_is_not_let_in(postgresql: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgresql, password="guessed")  # noqa: S106 - a wrong one


def test_only_this_machine_reaches_it(postgresql: str) -> None:
    with psycopg.connect(postgresql) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)


def test_a_port_that_is_taken_is_told(servers: Path, tmp_path: Path) -> None:
    first, second = (PostgreSQL(servers / f"{tmp_path.name}-{each}", durable=False) for each in "ab")
    with first:
        second.directory.mkdir()
        (second.directory / "port").write_text((first.directory / "port").read_text())
        with pytest.raises(ServerError, match="could not bind"):
            second.start()


def test_a_folder_that_was_left_half_made_is_made_anew(servers: Path, tmp_path: Path) -> None:
    server = PostgreSQL(servers / tmp_path.name, durable=False)
    unfinished = server.directory / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("1")
    with server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
