"""Rows that fit no type, put into the log behind Jejak's back, end no command in a traceback."""

import contextlib
import io
import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.catalogue import CATALOGUE
from services.cli.app import run
from tests.acceptance.cli import ITEM, SAMPLE
from tests.faults.rounds import rounds, tell

pytestmark = pytest.mark.usefixtures("garbage_collector_as_it_was")

ROWS: Final = 39
COMMANDS: Final = (
    ("trail", ITEM),
    ("trail", ITEM, "--format", "jsonl", "--layout", "list"),
    ("trail", "kim-bagelen"),
    ("figures", "--by", "month", "--by", "region"),
    ("figures", "--item", ITEM),
    ("status",),
    ("verify",),
    ("publish", SAMPLE),
)

TIMES: Final = st.sampled_from(
    [
        "0001-01-01T00:00:00+23:59",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999-23:59",
        "9999-12-31T23:59:59Z",
        "2021-11-23T14:05:00",
        "2021-11-23",
        "kemarin",
        0,
        -1e300,
    ]
)
NUMBERS: Final = st.sampled_from([0, -1, 39, 40, 10**9, 2**63 - 1, 2**63, 10**30, -(10**30), 1.5, 1e308])
TEXTS: Final = st.sampled_from(
    ["", "\0", "a\0b", "\ud800", "\udfff", "\u202e", "18.09", "x" * 70_000, "kim-bagelen"]
)


NESTED: Final = "nested 700 deep"
"""Stands for what no test framework can print."""

JUNK: Final = st.one_of(
    TIMES, NUMBERS, TEXTS, st.just(NESTED), st.none(), st.booleans(), st.just([]), st.just({}), st.just([{}])
)
TOPICS: Final = st.one_of(
    st.sampled_from(sorted(CATALOGUE.types)),
    st.sampled_from(["", "id.jejak.item.shared.v9", "\0", "item.shared", "id.jejak.v1"]),
)
RAW: Final = st.sampled_from(
    ["", "{", "[]", "null", "1", "\0", '{"a":' * 700 + "1" + "}" * 700, b"\xff\xfe", b"{}", 5, "\ufeff{}"]
)
DAYS: Final = st.sampled_from(["9999-99-99", "2021-02-30", "0001-01-01", "9999-12-31", "2021-01-01Tx", "1-1-1"])


KEYS: Final = st.sampled_from(
    [
        *("source", "id", "subject", "holder", "occurred_at", "recorded_at", "data", "region", "level"),
        *("causationid", "causationsource", "causeposition", "voids", "extensions"),
    ]
)
FIELDS: Final = st.sampled_from(
    [
        *("channel", "headcount", "exposures", "verdict", "participants", "to", "from", "origins", "region"),
        *(
            "due",
            "valid_from",
            "valid_to",
            "title",
            "text",
            "sha256",
            "topic",
            "intended",
            "kim",
            "name",
            "reason",
        ),
    ]
)
CHANGES: Final = st.lists(
    st.one_of(
        st.tuples(st.just("state"), KEYS, JUNK),
        st.tuples(st.just("data"), FIELDS, JUNK | DAYS),
        st.tuples(st.just("topic"), st.none(), TOPICS),
        st.tuples(st.just("raw"), st.none(), RAW),
        st.tuples(st.just("bytes"), st.none(), st.just(b'"\xed\xa0\x80caf\xe9')),
        st.tuples(st.just("version"), st.none(), st.sampled_from([0, -5, 10**12, "x", 2**63 - 1])),
        st.tuples(st.just("event_id"), st.none(), st.sampled_from([None, b"", "text", 7])),
        st.tuples(st.just("position"), st.none(), st.sampled_from([0, -1, 41, 10**12, 2**63 - 1])),
        st.tuples(st.just("delete"), st.none(), st.none()),
    ),
    min_size=1,
    max_size=3,
)


@pytest.fixture(scope="module")
def log() -> Iterator[Path]:
    """The file of a log of the sample; to be copied."""
    with tempfile.TemporaryDirectory() as directory:
        assert said(Path(directory), "publish", SAMPLE)[0] == 0
        yield Path(directory) / "log.sqlite"


def said(home: Path, *words: object) -> tuple[int, str]:
    """Run a command in this process; return its exit status and all that it said."""
    out = io.StringIO()
    more = ["--rejected", str(home / "rejected")] if words[0] == "publish" else []
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = run([*map(str, words), *more, "--home", str(home), "--lang", "en"])
    return status, out.getvalue()


def tamper(file: Path, position: int, change: tuple[str, Any, Any]) -> None:
    """Change one row, if it is there and SQLite takes it."""
    what, key, value = change
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as connection,
        contextlib.suppress(sqlite3.IntegrityError),
    ):
        row = connection.execute("SELECT CAST(state AS BLOB) FROM log WHERE position = ?", [position]).fetchone()
        if row is None or what == "delete":
            connection.execute("DELETE FROM log WHERE position = ?", [position])
            return
        column = {"version": "originator_version", "raw": "state", "bytes": "state", "data": "state"}.get(
            what, what
        )
        if what in ("state", "data"):
            try:
                state = json.loads(row[0])
                (state if what == "state" else state["data"])[key] = value
            except (TypeError, ValueError, KeyError):  # another change came before
                return
            value = json.dumps(state).replace(json.dumps(NESTED), "[" * 700 + "]" * 700)
        placed = "CAST(? AS TEXT)" if what == "bytes" else "?"
        connection.execute(f"UPDATE log SET {column} = {placed} WHERE position = ?", [value, position])


_COUNTS: Final[Counter[str]] = Counter()


@pytest.mark.soak
@settings(
    max_examples=rounds(12),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(changes=st.lists(st.tuples(st.integers(1, ROWS), CHANGES), min_size=1, max_size=3))
def test_no_row_ends_a_command_in_a_traceback(
    log: Path, changes: list[tuple[int, list[tuple[str, Any, Any]]]]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        shutil.copyfile(log, home / "log.sqlite")
        for position, some in changes:
            for each in some:
                tamper(home / "log.sqlite", position, each)
        for words in COMMANDS:
            status, told = said(home, *words)
            assert status in (0, 1, 2, 3), (words, told)
            assert told.strip(), words
            _COUNTS[f"{words[0]} {status}"] += 1


def test_how_the_commands_ended() -> None:
    tell(f"commands on logs with odd rows ended with: {dict(sorted(_COUNTS.items()))}")


def test_a_step_whose_data_fits_no_type_is_shown(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shutil.copyfile(log, tmp_path / "log.sqlite")
    with closing(sqlite3.connect(log)) as connection:
        rows = connection.execute("SELECT position FROM log WHERE topic LIKE '%received%'").fetchall()
    position = rows[0][0]
    tamper(tmp_path / "log.sqlite", position, ("data", "from", 5))
    status, told = said(tmp_path, "trail", ITEM)
    assert status == 0
    assert "what it says cannot be read" in told
    status, told = said(tmp_path, "verify")
    assert status == 1
    assert f"Position {position}: its data is not that of id.jejak.item.received.v1" in told


def test_a_state_that_is_no_utf8_hides_no_other(log: Path, tmp_path: Path) -> None:
    shutil.copyfile(log, tmp_path / "log.sqlite")
    tamper(tmp_path / "log.sqlite", 38, ("bytes", None, b'"caf\xe9'))
    status, told = said(tmp_path, "trail", ITEM, "--format", "jsonl")
    assert status == 0
    assert json.loads(told.splitlines()[-1])["position"] == 37
    status, told = said(tmp_path, "verify")
    assert status == 1
    assert "Position 38: its state is damaged" in told


@pytest.mark.parametrize("words", [("trail", ITEM), ("figures",), ("status",), ("follow", "--once")], ids=str)
def test_a_row_that_is_gone_is_told_everywhere(log: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    shutil.copyfile(log, tmp_path / "log.sqlite")
    tamper(tmp_path / "log.sqlite", 17, ("delete", None, None))
    status, told = said(tmp_path, *words)
    assert status == 3
    assert "position 17 is missing in the log" in told
    assert "jejak verify" in told


def test_publishing_on_a_damaged_row_says_so(log: Path, tmp_path: Path) -> None:
    shutil.copyfile(log, tmp_path / "log.sqlite")
    tamper(tmp_path / "log.sqlite", ROWS, ("raw", None, "{"))
    status, told = said(tmp_path, "publish", SAMPLE)
    assert status == 3
    assert f"position {ROWS} of the log cannot be read" in told
