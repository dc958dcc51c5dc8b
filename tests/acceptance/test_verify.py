"""`jejak verify`, and what reads somebody's evidence without touching it."""

import hashlib
import json
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.acceptance.cli import ITEM, SAMPLE, Cli
from tests.acceptance.test_exits import check
from tests.databases import database_of


def execute(cli: Cli, statement: str) -> None:
    """Run SQL on the table of the log, as whoever has the database may but Jejak never does."""
    if cli.mode == "embedded":
        with closing(sqlite3.connect(cli.home / "log.sqlite", isolation_level=None)) as file:
            file.execute(statement.format(log="log"))
    else:
        with psycopg.connect(database_of(cli.home)) as connection:
            connection.execute(statement.format(log="jejak.log").encode())


def broken(cli: Cli) -> dict[str, Any]:
    """Return what `verify` finds broken."""
    found = cli("verify", "--format", "json")
    assert (found.status, found.err) == (1, "")
    told: dict[str, Any] = found.json()["broken"]
    return told


@pytest.mark.usefixtures("mode")
def test_it_says_what_it_looked_at(sample: Cli) -> None:
    found = sample("verify", "--format", "json")
    assert (found.status, found.err) == (0, "")
    document = found.json()
    assert (document["positions"], document["broken"]) == (39, None)
    views = {view["name"]: view for view in document["views"]}
    assert {view["position"] for view in views.values()} == {39}
    assert (views["audit_trail"]["rows"], views["late_causes"]["rows"]) == (39, 0)
    lines = sample("verify", "--format", "jsonl").rows()
    assert lines[0] == {"name": "log", "position": 39, "rows": 39, "broken": None}
    assert [line["name"] for line in lines[1:]] == list(views)
    table = sample("verify", "--lang", "id").out
    assert "Semua janji ditepati" in table


@pytest.mark.usefixtures("mode")
def test_it_names_a_row_that_is_gone_and_so_does_every_reader(sample: Cli) -> None:
    execute(sample, "DELETE FROM {log} WHERE position = 17")
    found = sample("verify")
    assert found.status == 1
    assert "Position 17: it is missing; the next row is at 18." in found.out
    told = broken(sample)
    assert (told["position"], told["promise"], told["view"]) == (17, "position", None)
    execute(sample, "DELETE FROM {log} WHERE position = 39")
    assert broken(sample)["position"] == 17


@pytest.mark.usefixtures("mode")
def test_views_are_compared_with_the_log(sample: Cli) -> None:
    execute(sample, "UPDATE {log} SET state = replace(state, '\"headcount\":30', '\"headcount\":31')")
    told = broken(sample)
    assert (told["promise"], told["view"]) == ("view", "audit_trail")
    assert "another data in trail_step" in told["sentence"]


@pytest.mark.usefixtures("mode")
def test_a_log_without_views_or_rows_is_looked_at_as_well(cli: Cli) -> None:
    assert cli("publish", "-", stdin=b"\n").status == 0  # the log is made
    assert cli("verify", "--format", "json").json()["broken"] is None
    assert cli("publish", SAMPLE).status == 0
    document = cli("verify", "--format", "json").json()
    assert (document["positions"], document["broken"]) == (39, None)
    assert {view["position"] for view in document["views"]} <= {0}


@pytest.mark.usefixtures("mode")
def test_rows_cut_off_at_the_end_show_beside_their_views(sample: Cli) -> None:
    execute(sample, "DELETE FROM {log} WHERE position > 30")
    told = broken(sample)
    assert (told["position"], told["promise"]) == (31, "checkpoint")


# -- read-only ------------------------------------------------------------------------------------------

Seen = dict[str, tuple[int, int, str]]

READERS = (
    ("verify",),
    ("trail", ITEM),
    ("figures", "--item", ITEM, "--format", "json"),
    ("status", "--format", "json"),
)


def seen(folder: Path) -> Seen:
    """Return size, time and hash of every file of a folder."""
    return {
        each.name: (each.stat().st_size, each.stat().st_mtime_ns, hashlib.sha256(each.read_bytes()).hexdigest())
        for each in folder.iterdir()
    }


@pytest.fixture
def evidence(sample: Cli) -> Iterator[Cli]:
    """A home whose newest rows lie in the write-ahead log still, and in no view; nobody has it open."""
    live = sample.home.with_name("live")
    shutil.copytree(sample.home, live)
    with closing(sqlite3.connect(live / "log.sqlite", isolation_level=None)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint=0")
        ((topic, state),) = writer.execute("SELECT topic, state FROM log WHERE position = 39").fetchall()
        changed = json.dumps({**json.loads(state), "id": "later"})
        writer.execute("INSERT INTO log VALUES (40, zeroblob(16), 1, ?, ?, NULL)", [topic, changed])
        for name in ("log.sqlite", "log.sqlite-wal"):
            shutil.copyfile(live / name, sample.home / name)
    (sample.home / "jejak.toml").write_text('lang = "id"\n')
    yield sample
    sample.home.chmod(stat.S_IRWXU)


def test_read_only_leaves_the_home_as_it_is(evidence: Cli) -> None:
    before = seen(evidence.home)
    assert "log.sqlite-wal" in before
    evidence.home.chmod(stat.S_IRUSR | stat.S_IXUSR)
    folder = evidence.home.stat().st_mtime_ns
    for words in READERS:
        found = evidence(*words, "--read-only")
        assert (found.status, found.err) == (1 if words == ("verify",) else 0, ""), found
    assert seen(evidence.home) == before
    assert evidence.home.stat().st_mtime_ns == folder
    document = evidence("status", "--format", "json", "--read-only").json()
    assert (document["position"], document["home"]) == (40, str(evidence.home))
    assert {view["position"] for view in document["projections"]} == {40}
    assert "Posisi 40: event_id-nya" in evidence("verify", "--read-only").out


def test_read_only_beside_somebody_who_writes(sample: Cli) -> None:
    with closing(sqlite3.connect(sample.home / "log.sqlite")) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE log SET topic = '' WHERE position = 1")
        for words in READERS:
            assert sample(*words, "--read-only").status == 0
        writer.rollback()


def test_read_only_makes_no_home(cli: Cli) -> None:
    found = cli("verify", "--read-only")
    assert (found.status, found.out) == (3, "")
    assert "there is no log in" in found.err
    assert not cli.home.exists()


@pytest.mark.usefixtures("mode")
def test_read_only_views_are_told_to_be_behind_or_brought_up_to_date_in_a_copy(cli: Cli) -> None:
    assert cli("publish", SAMPLE).status == 0
    assert cli("follow", "--once").status == 0
    more = [json.loads(line) for line in SAMPLE.read_bytes().splitlines() if b"received" in line][:1]
    assert cli("publish", cli.write("more.jsonl", [{**more[0], "id": "later"}])).status == 0
    found = cli("trail", ITEM, "--read-only", "--format", "json")
    assert found.status == 0
    assert found.json()["position"] == (40 if cli.mode == "embedded" else 39)
    assert ("39 of 40" in found.err) == (cli.mode == "distributed")
    assert cli.checkpoint() == 39


@pytest.mark.usefixtures("mode")
def test_a_gap_is_told_by_whoever_folds(cli: Cli) -> None:
    assert cli("publish", SAMPLE).status == 0
    execute(cli, "DELETE FROM {log} WHERE position = 17")
    for words in (("figures",), ("trail", ITEM), ("status",), ("follow", "--once")):
        check(cli(*words), 3, "position 17 is missing in the log", "jejak verify")
    again = cli("publish", SAMPLE, "--format", "json")  # what is gone is new, and goes on at the end of the log
    assert again.json()["position"] == 40
