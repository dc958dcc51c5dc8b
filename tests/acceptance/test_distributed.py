"""The distributed mode as an operator meets it: what is missing is named, and `jejak migrate` mends it."""

import json
from contextlib import closing

import psycopg
import pytest
from psycopg import conninfo

from infra.log.postgresql import open_log
from infra.migrations import NEWEST
from tests.acceptance.cli import SAMPLE, Cli
from tests.acceptance.test_exits import check
from tests.waiting import SECONDS

SECRET = "rahasia-sekali"  # noqa: S105 - of a user that there is not


@pytest.fixture
def distributed(cli: Cli, database: str) -> Cli:
    """The program in the distributed mode, with an empty database."""
    cli.variables |= {"JEJAK_MODE": "distributed", "JEJAK_POSTGRES": database}
    return cli


def test_there_is_nothing_to_migrate_in_the_embedded_mode(cli: Cli) -> None:
    done = cli("migrate")
    assert (done.status, done.out) == (0, "")
    assert "nothing to migrate" in done.err
    assert not cli.home.exists()


def test_a_database_that_cannot_be_used_is_status_3(distributed: Cli, database: str) -> None:
    unknown = conninfo.make_conninfo(database, user="nobody_of_this_name", password=SECRET)
    for url, words in {
        "": ("needs a database", "JEJAK_POSTGRES"),
        f"postgresql://jejak:{SECRET}@127.0.0.1:1/jejak": ("cannot connect", "refused", "JEJAK_POSTGRES"),
        f"postgresql://jejak:{SECRET}@host/jejak?nonsense=1": ("not a libpq URL", "JEJAK_POSTGRES"),
        unknown: ("cannot connect", "authentication failed"),
        database: ("run jejak migrate",),
    }.items():
        distributed.variables["JEJAK_POSTGRES"] = url
        found = distributed("publish", SAMPLE)
        check(found, 3, *words)
        assert SECRET not in found.err


def test_a_log_is_published_to_once_it_is_migrated(distributed: Cli, database: str) -> None:
    assert f"{NEWEST} now" in distributed("migrate").err
    assert "was up to date" in distributed("migrate").err
    first = distributed("publish", SAMPLE, "--format", "json").json()
    again = distributed("publish", SAMPLE, "--format", "json").json()
    assert first == {"accepted": 39, "repeated": 0, "refused": 0, "position": 39}
    assert again == {"accepted": 0, "repeated": 39, "refused": 0, "position": 39}
    with closing(open_log(database)) as log:
        states = [json.loads(state) for _, _, state in log.read(0, 100)]
    assert [state["id"] for state in states] == [
        json.loads(line)["id"] for line in SAMPLE.read_bytes().splitlines()
    ]
    assert not (distributed.home / "log.sqlite").exists()


def test_the_demo_stays_on_this_machine(distributed: Cli, database: str) -> None:
    distributed("migrate")
    assert distributed("demo").status == 0
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM jejak.log").fetchone() == (0,)


def test_follow_ends_where_it_has_no_right_to_the_views(distributed: Cli, database: str) -> None:
    distributed("migrate")
    follow = distributed.start("follow")
    assert follow.stderr is not None
    assert follow.stderr.readline()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("REVOKE ALL ON SCHEMA jejak_views FROM jejak_app")
        assert distributed("publish", SAMPLE).status == 0
        _out, said = follow.communicate(timeout=SECONDS)
    assert follow.returncode == 3
    assert b"the database failed" in said  # as if the tables were not there, PostgreSQL says
    assert b"trying again" not in said
