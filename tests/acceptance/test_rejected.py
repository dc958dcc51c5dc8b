"""The rejected file under other names, beside other writers, and when a run is stopped."""

import json
import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import Final

import pytest
from filelock import FileLock

from infra.log.sqlite import open_log
from tests.acceptance.cli import SAMPLE, SECONDS, Cli, json_lines
from tests.scenario import Events

EVENTS: Final = Events()
WORLD: Final = [*EVENTS.registry(), EVENTS.published(called="item")]


def record(number: int, event: object) -> bytes:
    """Return a line of a rejected file."""
    return json_lines([{"line": number, "reason": "x", "field": None, "event": event}])


def half_mended(cli: Cli, bad: int = 1) -> None:
    """Write a rejected file of which one line is mended, and so many are not."""
    good = record(1, WORLD[0])
    cli.rejected.write_bytes(good + b"".join(record(2 + each, {"id": f"bad-{each}"}) for each in range(bad)))


def ids(cli: Cli) -> list[str]:
    """Return the ids of the events in the rejected file."""
    return [each["event"]["id"] for each in cli.refused()]


@pytest.mark.parametrize("name", ["itself", "hard link", "link", "redirected"])
def test_under_any_name_it_is_taken_back(cli: Cli, name: str) -> None:
    half_mended(cli, 300)
    other = cli.folder / "other.jsonl"
    if name == "hard link":
        other.hardlink_to(cli.rejected)
    elif name == "link":
        other.symlink_to(cli.rejected)
    path = {"itself": cli.rejected, "redirected": Path("-")}.get(name, other)
    with cli.rejected.open("rb") as stdin:
        process = cli.start("publish", path, "--format", "json", stdin=stdin, JEJAK_BATCH="20")
        out, _ = process.communicate(timeout=SECONDS)
    assert json.loads(out) == {"accepted": 1, "repeated": 0, "refused": 300, "position": 1}
    assert ids(cli) == [f"bad-{each}" for each in range(300)]
    assert not list(cli.folder.glob("jejak.rejected.jsonl.*"))


def test_through_a_pipe_it_is_added_to_once(cli: Cli) -> None:
    half_mended(cli, 3_000)
    pipe = cli.popen(["cat", cli.rejected])
    found = cli.start("publish", "-", "--format", "json", stdin=pipe.stdout, JEJAK_BATCH="20")
    out, _ = found.communicate(timeout=SECONDS)
    pipe.communicate(timeout=SECONDS)
    assert json.loads(out) == {"accepted": 1, "repeated": 0, "refused": 3_000, "position": 1}
    assert len(cli.refused()) == 6_001
    assert not list(cli.folder.glob("jejak.rejected.jsonl.*"))


def test_what_is_left_of_standard_input_is_not_all_of_it(cli: Cli) -> None:
    half_mended(cli)
    before = cli.rejected.read_bytes()
    with cli.rejected.open("rb") as stdin:
        os.lseek(stdin.fileno(), before.index(b"\n") + 1, os.SEEK_SET)
        found = cli.start("publish", "-", stdin=stdin)
        found.communicate(timeout=SECONDS)
    assert cli.rejected.read_bytes().startswith(before)


def test_a_link_stays_a_link(cli: Cli) -> None:
    real = cli.folder / "real.jsonl"
    cli.rejected.symlink_to(real)
    bad = cli.write("bad.jsonl", [{"id": "bad"}])
    assert cli("publish", bad).status == 1
    assert cli("publish", cli.rejected).status == 1
    assert ids(cli) == ["bad"]
    assert cli.rejected.is_symlink()
    real.write_bytes(record(1, WORLD[0]))
    assert cli("publish", cli.rejected).status == 0
    assert cli.rejected.is_symlink()
    assert not real.exists()


def test_after_a_last_line_without_an_end_a_new_one_begins(cli: Cli) -> None:
    cli.rejected.write_bytes(record(1, {"id": "first"}).strip())
    assert cli("publish", cli.write("bad.jsonl", [{"id": "second"}])).status == 1
    assert ids(cli) == ["first", "second"]


@pytest.mark.parametrize("bad", [0, 1])
def test_what_another_run_adds_meanwhile_is_kept(cli: Cli, bad: int) -> None:
    half_mended(cli, bad)
    process = cli.start("publish", cli.rejected, "-", stdin=subprocess.PIPE)
    wait_for(cli, 1)
    assert cli("publish", cli.write("other.jsonl", [{"id": "of another"}])).status == 1
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == bad
    assert b"removed" not in err
    assert ids(cli) == ["bad-0"] * bad + ["of another"]


def wait_for(cli: Cli, position: int) -> None:
    """Wait until the log has got so far."""
    log = open_log(cli.home / "log.sqlite")
    assert log.wait(position - 1, SECONDS)
    log.close()


def test_long_lines_of_two_runs_stay_apart(cli: Cli) -> None:
    process = cli.start("publish", "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"a" * 2_000_000)
    process.stdin.flush()
    assert line_of(process).startswith(b"-:1: ")  # its beginning is being written
    assert cli("publish", cli.write("b.jsonl", b"b" * 2_000_000)).status == 1
    process.communicate(b"a" * 1_000_000, timeout=SECONDS)
    assert [each["event"] for each in cli.refused()] == ["b" * 2_000_000, "a" * 3_000_000]


def line_of(process: "subprocess.Popen[bytes]") -> bytes:
    """Return the next line of what a process says."""
    assert process.stderr is not None
    return process.stderr.readline()


# -- stopped -----------------------------------------------------------------------------------------------


def test_an_interrupt_says_how_far_it_came_and_keeps_what_was_refused(cli: Cli) -> None:
    process = cli.start("publish", SAMPLE, "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b'{"id": "bad"}\n')
    process.stdin.flush()
    assert line_of(process).startswith(b"-:1: ")  # answered; perhaps not put away yet
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err
    for words in (b"stopped", b"39 accepted, 0 repeated, 1 refused", b"position 39", b"again"):
        assert words in err
    assert ids(cli) == ["bad"]
    assert not list(cli.folder.glob("jejak.rejected.jsonl.*"))


def test_a_second_interrupt_loses_nothing(cli: Cli) -> None:
    half_mended(cli)
    before = cli.rejected.read_bytes()
    process = cli.start("publish", cli.rejected, "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert line_of(process).startswith(f"{cli.rejected}:2: ".encode())
    process.stdin.write(b'{"id": "of the pipe"}\n')
    process.stdin.flush()
    assert line_of(process).startswith(b"-:1: ")
    with FileLock(cli.rejected.with_name(cli.rejected.name + ".lock")):  # it has to wait with what it knows
        for _ in range(5):
            process.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.1)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert cli.rejected.read_bytes().startswith(before)
    assert ids(cli)[2:] == ["bad-0", "of the pipe"]


def test_the_file_alone_stays_as_it_was_when_it_is_stopped(cli: Cli) -> None:
    half_mended(cli, 30)
    before = cli.rejected.read_bytes()
    process = cli.start("publish", cli.rejected, JEJAK_BATCH="1")
    line_of(process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert cli.rejected.read_bytes() == before
    assert not list(cli.folder.glob("jejak.rejected.jsonl.*"))


def test_runs_at_once_lose_nothing(cli: Cli) -> None:
    files = [cli.write(f"{each}.jsonl", [{"id": f"{each}-{line}"} for line in range(20)]) for each in range(4)]
    threads = [threading.Thread(target=cli, args=("publish", file)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert sorted(ids(cli)) == sorted(f"{each}-{line}" for each in range(4) for line in range(20))


@pytest.mark.parametrize("content", [SAMPLE.read_bytes(), b"kode;jumlah\n18.09.01.2007;1200\n"])
def test_a_file_of_something_else_is_neither_added_to_nor_taken_back(cli: Cli, content: bytes) -> None:
    own = cli.write("own.jsonl", content)
    for published in (own, SAMPLE):
        found = cli("publish", published, "--rejected", own)
        assert found.status == 3
        assert "it holds something else than refused lines" in found.err
        assert own.read_bytes() == content


def test_plain_events_may_stand_before_the_refused_lines(cli: Cli) -> None:
    cli.rejected.write_bytes(json_lines([WORLD[0]]) + record(2, WORLD[1]))
    assert cli("publish", cli.rejected, "--format", "json").json()["accepted"] == 2
    assert not cli.rejected.exists()
