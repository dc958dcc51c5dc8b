"""Whatever happens to publishers, followers and PostgreSQL under them, every event is recorded and folded once."""

import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Final

import psycopg
import pytest
from pydantic import SecretStr

from infra.migrations import migrate
from infra.servers.postgresql import PostgreSQL, create_database
from infra.settings import Settings
from infra.views.sqlite import open_views
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.follower import Follower
from services.composition import Jejak
from tests.acceptance.cli import SECONDS, Cli, end_what_was_started
from tests.faults.kills import killed
from tests.faults.logs import ids, untidy_flow
from tests.faults.rounds import rounds, tell
from tests.faults.workers import all_of

EVENTS: Final = 3_000
BATCH: Final = "100"
FULL: Final = 17 * 1024 * 1024
"""Bytes that no file may have: more than a segment of the write-ahead log, which is made whole."""
_COPYING: Final = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND query ILIKE 'COPY%%' AND wait_event_type = 'Lock'
"""


@pytest.fixture
def server(servers: Path, tmp_path: Path) -> Iterator[PostgreSQL]:
    """A PostgreSQL that only this test kills."""
    with PostgreSQL(servers / tmp_path.name) as server:
        yield server
        end_what_was_started()  # before the server


class Home:
    """Commands on an empty database."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.database = database
        self.cli = Cli(folder)
        self.cli.variables = {"JEJAK_MODE": "distributed", "JEJAK_POSTGRES": database, "JEJAK_BATCH": BATCH}
        migrate(database)

    def ids(self) -> list[bytes]:
        """Return the ids of the events in the log, by position, which has no gap."""
        with psycopg.connect(self.database) as connection:
            rows = connection.execute("SELECT position, event_id FROM jejak.log ORDER BY position").fetchall()
        assert [position for position, _ in rows] == list(range(1, len(rows) + 1))
        return [event.bytes for _, event in rows]

    def publish_rest(self, file: Path, lines: list[bytes]) -> None:
        """Publish the whole file once more: what is recorded is repeated, the rest accepted, all of it once."""
        before = len(self.ids())
        last = self.cli("publish", file, "--format", "json")
        assert (last.status, last.err) == (0, "")
        assert (last.json()["accepted"], last.json()["repeated"]) == (len(lines) - before, before)
        found = self.ids()
        assert len(found) == len(set(found)) == len(lines)
        assert set(found) == ids(lines)

    def check_views(self) -> None:
        """Let the views get to the head, and check that they hold what a fold from scratch gives."""
        assert self.cli("follow", "--once").status == 0
        settings = Settings(home=self.cli.home, mode="distributed", postgres=SecretStr(self.database))
        with closing(Jejak(settings)) as jejak, closing(open_views(self.folder / "anew.sqlite")) as anew:
            assert jejak.engine.position() == jejak.log.head()
            Follower(jejak.log, Engine(anew, PROJECTIONS)).catch_up()
            assert all_of(jejak.views) == all_of(anew)


def made(folder: Path, database: str, seed: int) -> tuple[Home, list[bytes], Path]:
    """Return a home, and events for it with the file that has them."""
    home = Home(folder, database)
    lines = untidy_flow(EVENTS, seed=seed)
    return home, lines, home.cli.write("events.jsonl", b"".join(lines))


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_publishers_and_followers_killed_at_any_moment_are_gone_on_with(tmp_path: Path, database: str) -> None:
    random = Random(21)
    home, lines, file = made(tmp_path, database, seed=21)
    at_work = 0
    for _ in range(rounds(3)):
        for command in (["publish", file], ["follow"]):
            at_work += killed(home.cli.start(*command), random.uniform(0.4, 1.5))
        assert set(home.ids()) <= ids(lines)
    home.publish_rest(file, lines)
    home.check_views()
    tell(f"PostgreSQL: {at_work} kills of publish and follow at work")
    assert at_work


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_postgresql_is_killed_in_the_middle_of_a_copy(server: PostgreSQL, tmp_path: Path) -> None:
    home, lines, file = made(tmp_path, create_database(server.url, "jejak_test"), seed=22)
    killed = 0
    for turn in range(rounds(1)):
        part = home.cli.write("part.jsonl", b"".join(lines[: (turn + 1) * len(lines) // rounds(1)]))
        with (
            suppress(psycopg.OperationalError),  # as the server is killed
            psycopg.connect(home.database) as held,
            psycopg.connect(home.database, autocommit=True) as looking,
        ):
            held.execute("LOCK TABLE jejak.log IN SHARE MODE")  # who reads goes on, who writes waits in its COPY
            process = home.cli.start("publish", part, stderr=subprocess.PIPE)
            until = time.monotonic() + SECONDS
            while not looking.execute(_COPYING).fetchone():
                assert time.monotonic() < until
                time.sleep(0.02)
            server.kill()
        server.start()
        _, err = process.communicate(timeout=SECONDS)
        # It goes on by itself where PostgreSQL is back by then, else it says what failed; never half.
        assert process.returncode in (0, 3), err
        assert b"Traceback" not in err
        killed += 1
    home.publish_rest(file, lines)
    home.check_views()
    tell(f"PostgreSQL: {killed} kills in the middle of a COPY")


def test_a_full_disk_under_postgresql_loses_nothing_and_is_gone_on_after(
    server: PostgreSQL, tmp_path: Path
) -> None:
    home = Home(tmp_path, create_database(server.url, "jejak_test"))
    lines = [padded(line) for line in untidy_flow(12_000, seed=23)]
    file = home.cli.write("events.jsonl", b"".join(lines))
    server.stop()
    with no_file_beyond(FULL):
        server.start()
    full = home.cli("publish", file, "--format", "json")
    assert full.status == 3
    assert "could not extend file" in full.err
    assert "What was recorded before is whole" in full.err
    assert "Traceback" not in full.err
    before = home.ids()
    assert 0 < len(before) < len(lines)
    server.stop()
    server.start()
    assert home.ids() == before
    home.publish_rest(file, lines)
    home.check_views()


def padded(line: bytes) -> bytes:
    """Return an event that takes more room, and not so much that PostgreSQL would press it together."""
    return line.rstrip()[:-1] + b', "padding": "' + b"x" * 1_200 + b'"}\n'


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Let no file of a program that is started here grow beyond a size, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
