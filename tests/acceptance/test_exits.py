"""Exit statuses: 2 for what is asked wrongly, 3 for a home that cannot be used; stdout stays empty then."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import eventsourcing.persistence
import pytest
import sqlalchemy.exc
from eventsourcing.persistence import InterfaceError

import projections.engine
from services.cli import exits
from services.cli.app import run
from tests.acceptance.cli import ITEM, ROOT, SAMPLE, Cli, Result


def check(found: Result, status: int, *words: str) -> None:
    """Check that a command failed as it should, with a sentence that has these words."""
    assert found.status == status, found
    assert found.out == ""
    assert "Traceback" not in found.err
    for word in words:
        assert word in found.err, found.err


WRONG: Final[list[tuple[list[str], str]]] = [
    (["frobnicate"], "frobnicate"),
    (["--frobnicate"], "--frobnicate"),
    (["trial", ITEM], "trail"),
    (["trail"], "--subject"),
    (["trail", ITEM, "--frobnicate"], "--frobnicate"),
    (["trail", ITEM, "extra"], "extra"),
    (["trail", ITEM, "--format", "xml"], "xml"),
    (["trail", ITEM, "--layout", "circle"], "circle"),
    (["trail", ITEM, "--as-of-position", "last"], "last"),
    (["trail", ITEM, "--as-of-recorded", "yesterday"], "yesterday"),
    (["trail", ITEM, "--as-of-occurred", "2021-13-45"], "2021-13-45"),
    (["trail", "no-such-item"], "no-such-item"),
    (["publish"], "at least one file"),
    (["publish", "nowhere.jsonl"], "nowhere.jsonl"),
    (["publish", "."], "."),
    (["publish", "--frobnicate", "x.jsonl"], "--frobnicate"),
    (["publish", "-", "--format", "yaml"], "yaml"),
    (["status", "extra"], "extra"),
    (["status", "--lang", "de"], "de"),
    (["demo", "extra"], "extra"),
    (["follow", "--twice"], "--twice"),
    (["record"], "item.received"),
    (["record", "item.shared", ITEM], "--holder"),
    (["record", "item.shred", ITEM, "--holder", "kim-bagelen"], "item.shared"),
    (["record", "item.shared", ITEM, "--holder", "kim-bagelen", "--chanel", "print"], "--channel"),
    (["record", "item.shared", ITEM, "--holder", "kim-bagelen", "--time", "noon"], "noon"),
]


def test_what_is_asked_wrongly_is_status_2(cli: Cli) -> None:
    for found, (_, word) in zip(cli.together(*(command for command, _ in WRONG)), WRONG, strict=True):
        check(found, 2, word)


@pytest.mark.parametrize(
    ("variable", "value", "word"),
    [
        ("JEJAK_MODE", "clustered", "mode"),
        ("JEJAK_BATCH", "0", "batch"),
        ("JEJAK_BATCH", "many", "batch"),
        ("JEJAK_LANG", "de", "lang"),
        ("JEJAK_CLOCK_SKEW", "soon", "clock_skew"),
    ],
)
def test_a_setting_that_cannot_be_is_status_2(cli: Cli, variable: str, value: str, word: str) -> None:
    cli.variables[variable] = value
    check(cli("status"), 2, word, value)


@pytest.mark.parametrize(
    ("line", "word"), [("batch = 0", "batch"), ("batch =", "jejak.toml"), ("bach = 5", "bach")]
)
def test_a_line_of_jejak_toml_that_cannot_be_is_status_2(cli: Cli, line: str, word: str) -> None:
    cli.home.mkdir()
    (cli.home / "jejak.toml").write_text(line)
    check(cli("publish", SAMPLE), 2, word)


def test_the_flags_of_every_command_may_stand_before_it(cli: Cli) -> None:
    status = cli("--lang", "id", "--home=elsewhere", "status")
    assert (status.status, status.err) == (0, "")
    assert "Log di elsewhere berakhir" in status.out
    assert cli("--lang", "id").out == cli("--help", "--lang", "id").out


@pytest.mark.parametrize("path", [".", "events.jsonl/refused", "/dev/full"])
def test_a_rejected_file_that_cannot_be_written_is_status_3_before_anything_is_recorded(
    cli: Cli, path: str
) -> None:
    mixed = cli.write("events.jsonl", SAMPLE.read_bytes() + b"nonsense\n")
    check(cli("publish", mixed, "--rejected", path), 3, path, "--rejected")
    assert not cli.home.exists()
    assert list(cli.folder.iterdir()) == [mixed]


def test_a_rejected_file_that_is_not_needed_is_not_made(cli: Cli) -> None:
    assert cli("publish", SAMPLE, "--rejected", "folder/refused.jsonl").status == 0
    assert list(cli.folder.iterdir()) == [cli.home]


@pytest.mark.parametrize("what", ["", "log.sqlite", "views.sqlite"])
def test_a_home_that_cannot_be_written_is_named(
    sample: Cli, what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Not by the rights themselves: they do not bind every user.
    monkeypatch.setattr(os, "access", lambda path, _mode: path != sample.home / what)
    assert run(["trail", ITEM, "--home", str(sample.home), "--lang", "en"]) == 3
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.startswith(f"jejak: {sample.home / what} cannot be written.")
    assert f"its home {sample.home}," in found.err


def test_every_failure_of_the_database_and_the_views_has_a_status() -> None:
    for error in (
        InterfaceError("unable to open database file"),
        eventsourcing.persistence.DatabaseError("malformed"),
        sqlalchemy.exc.DatabaseError("SELECT", None, Exception("malformed")),
    ):
        status, _sentence = exits.explain(error) or (None, "")
        assert status == 3
    classes = [each for each in vars(projections.engine).values() if isinstance(each, type)]
    own = [each for each in classes if each.__module__ == "projections.engine" and each.__name__[0] != "_"]
    errors = [each for each in own if issubclass(each, Exception)]
    assert len(errors) == 6
    for each in errors:
        assert exits.explain(each.__new__(each)), each


def a_file(home: Path) -> None:
    """Make a file where the folder should be."""
    home.write_text("not a folder")


def no_database(home: Path) -> None:
    """Make a log that is a text."""
    home.mkdir()
    (home / "log.sqlite").write_text("not a database, but long enough to be one\n" * 50)


def another_program(home: Path) -> None:
    """Make a log that is a database of another program."""
    home.mkdir()
    with sqlite3.connect(home / "log.sqlite") as connection:
        connection.execute("PRAGMA application_id=7")
        connection.execute("CREATE TABLE log (position)")
    connection.close()


def newer(home: Path) -> None:
    """Make a log whose schema is of a newer Jejak."""
    home.mkdir()
    with sqlite3.connect(home / "log.sqlite") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA user_version=99")
    connection.close()


def cut_off(home: Path) -> None:
    """Make a log of which only the beginning is there."""
    home.mkdir()
    path = home / "log.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE log (position)")
        connection.executemany("INSERT INTO log VALUES (?)", [("x" * 1000,)] * 50)
    connection.close()
    path.write_bytes(path.read_bytes()[:5000] + b"garbage" * 500)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (a_file, "home"),
        (no_database, "not a database"),
        (another_program, "another program"),
        (newer, "use a newer one"),
        (cut_off, "database"),
    ],
)
def test_a_home_that_cannot_be_used_is_status_3(cli: Cli, make: Callable[[Path], None], word: str) -> None:
    make(cli.home)
    before = {path: path.read_bytes() for path in cli.home.glob("*.sqlite")}
    for found in cli.together(("publish", SAMPLE), ("trail", ITEM)):
        check(found, 3, word)
    assert {path: path.read_bytes() for path in before} == before


def test_every_command_says_so(cli: Cli) -> None:
    no_database(cli.home)
    for found in cli.together(
        ("status",),
        ("follow", "--once"),
        ("record", "item.shared", ITEM, "--holder", "kim-bagelen", "--channel", "print"),
    ):
        check(found, 3, "not a database")


def test_views_that_are_no_database_are_named_and_made_anew_once_moved_away(sample: Cli) -> None:
    views = sample.home / "views.sqlite"
    before = sample("trail", ITEM, "--format", "jsonl")
    for path in sample.home.glob("views.sqlite*"):
        path.unlink()
    views.write_text("not a database, but long enough to be one\n" * 50)
    check(sample("trail", ITEM), 3, str(views), "move the file away")
    views.unlink()
    assert sample("trail", ITEM, "--format", "jsonl") == before


@pytest.mark.parametrize("lines", [1, 39])
def test_views_of_another_log_are_told_from_this_one(sample: Cli, lines: int) -> None:
    for path in sample.home.glob("log.sqlite*"):
        path.unlink()
    again = b"\n".join(SAMPLE.read_bytes().splitlines()[:lines])
    assert sample("publish", "-", stdin=again).status == 0
    check(sample("trail", ITEM), 3, "position 39", "do not belong to this log", "Move the file")
    for path in sample.home.glob("views.sqlite*"):
        path.unlink()
    assert sample("status").status == 0


def test_a_home_named_by_a_flag_or_the_environment_is_made(cli: Cli) -> None:
    flag = cli.folder / "by flag" / "deep"
    assert cli("publish", SAMPLE, "--home", flag).status == 0
    assert (flag / "log.sqlite").is_file()
    assert not cli.home.exists()
    status = cli("status", "--format", "json", JEJAK_HOME=str(flag)).json()
    assert (status["home"], status["position"]) == (str(flag), 39)


def test_a_home_that_is_no_text_is_not_the_current_folder(cli: Cli) -> None:
    for flag in (("--home", ""), ("--home=",)):
        found = cli("publish", SAMPLE, *flag)
        assert (found.status, found.out) == (2, "")
        assert found.err == "jejak: --home is given without a value\n"
    assert not list(cli.folder.glob("*.sqlite"))


_INTERRUPTED_EARLY: Final = """
import sys
from services.cli import main

class Interrupt:
    def find_spec(self, name, path, target=None):
        if name == "services.cli.app":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
main(["status"])
"""


def test_ctrl_c_while_the_program_is_loaded_shows_no_traceback() -> None:
    found = subprocess.run([sys.executable, "-c", _INTERRUPTED_EARLY], cwd=ROOT, capture_output=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (130, b"", b"")
