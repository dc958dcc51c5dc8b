"""`jejak publish`: files and pipes of events, once and again."""

import csv
import io
import subprocess
import sys
from typing import Final

import pytest

from tests.acceptance.cli import ITEM, PROGRAM, SAMPLE, SECONDS, Cli
from tests.scenario import Events

pytestmark = pytest.mark.usefixtures("mode")
LINES = SAMPLE.read_bytes().splitlines(keepends=True)


def test_the_sample_twice_changes_nothing_the_second_time(cli: Cli) -> None:
    first = cli("publish", SAMPLE, "--format", "json")
    before = cli("trail", ITEM, "--format", "jsonl")
    again = cli("publish", SAMPLE, "--format", "json")
    after = cli("trail", ITEM, "--format", "jsonl")
    assert (first.status, again.status) == (0, 0)
    assert first.json() == {"accepted": 39, "repeated": 0, "refused": 0, "position": 39}
    assert again.json() == {"accepted": 0, "repeated": 39, "refused": 0, "position": 39}
    assert before.out
    assert before.out == after.out
    assert not cli.rejected.exists()


def test_json_is_the_summary_and_nothing_else(cli: Cli) -> None:
    mixed = cli.write("mixed.jsonl", LINES[0] + b"nonsense\n")
    found = cli("publish", mixed, "--format", "json")
    assert found.status == 1
    assert found.out == '{"accepted":1,"repeated":0,"refused":1,"position":1}\n'
    assert found.err.startswith(f"{mixed}:2: ")


@pytest.mark.parametrize("layout", ["jsonl", "csv"])
def test_each_line_is_answered_by_itself(cli: Cli, layout: str) -> None:
    mixed = cli.write("mixed.jsonl", LINES[0] + b"nonsense\n" + LINES[0])
    found = cli("publish", mixed, "--format", layout)
    rows = found.rows() if layout == "jsonl" else list(csv.DictReader(io.StringIO(found.out, newline="")))
    answers = [(str(row["line"]), row["outcome"]) for row in rows]
    assert answers == [("1", "accepted"), ("2", "refused"), ("3", "repeated")]
    assert list(rows[0]) == ["file", "line", "outcome", "position", "findings", "reason", "field"]


def test_the_table_counts_and_names_the_findings(cli: Cli) -> None:
    found = cli("publish", SAMPLE)
    assert (found.status, found.err) == (0, "")
    words = [line.split() for line in found.out.splitlines()]
    assert ["accepted", "39"] in words
    assert ["refused", "0"] in words
    assert "(recorded_late)" in found.out


def test_standard_input_and_several_files_in_their_order(cli: Cli) -> None:
    one = cli.write("one.jsonl", b"".join(LINES[:10]))
    three = cli.write("three.jsonl", b"".join(LINES[20:]))
    found = cli("publish", one, "-", three, "--format", "jsonl", stdin=b"".join(LINES[10:20]))
    assert found.status == 0
    rows = found.rows()
    assert [row["position"] for row in rows] == list(range(1, 40))
    assert [row["file"] for row in rows] == [str(one)] * 10 + ["-"] * 10 + [str(three)] * 19
    assert [row["line"] for row in rows[10:20]] == list(range(1, 11))


def test_a_slow_pipe_is_recorded_while_it_trickles(cli: Cli) -> None:
    process = cli.start("publish", "-", "--format", "json", stdin=subprocess.PIPE)
    assert process.stdin is not None
    with cli.stores() as (log, _):
        for number, line in enumerate(LINES[:3]):
            # What follows the last end of a line is not taken for a line yet.
            for part, head in ((line, number + 1), (LINES[number + 1][:20], number + 1)):
                process.stdin.write(part[20:] if number and part is line else part)
                process.stdin.flush()
                assert log.wait(head - 1, SECONDS)
                assert log.head() == head
    out, err = process.communicate(LINES[3][20:], timeout=SECONDS)
    assert (process.returncode, err) == (0, b"")
    assert out == b'{"accepted":4,"repeated":0,"refused":0,"position":4}\n'


def test_a_file_that_says_nothing_records_nothing(cli: Cli) -> None:
    empty = cli.write("empty.jsonl", b"")
    blank = cli.write("blank.jsonl", b"\n \t\n\r\n")
    found = cli("publish", empty, blank, "-", "--format", "json")
    assert (found.status, found.err) == (0, "")
    assert found.json() == {"accepted": 0, "repeated": 0, "refused": 0, "position": 0}
    listed = cli("publish", empty, "--format", "jsonl")
    assert (listed.status, listed.out) == (0, "")


@pytest.mark.parametrize("layout", ["jsonl", "table"])
def test_a_closed_output_is_no_failure(sample: Cli, layout: str) -> None:
    process = sample.start("trail", ITEM, "--format", layout)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(SECONDS) == 0
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


def test_a_full_output_is_one(sample: Cli) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - it is no path of ours
        process = sample.start("trail", ITEM, stdout=full)
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 3
    assert err == b"jejak: the disk is full\n"


@pytest.mark.parametrize("gone", ["2> >(true)", "2>/dev/full", "2>&-", "> >(true)", ">&-", "> >(true) 2>&1"])
def test_whoever_reads_or_does_not_everything_is_recorded_and_the_status_is_true(cli: Cli, gone: str) -> None:
    mixed = cli.write("mixed.jsonl", b"nonsense\n" * 30 + SAMPLE.read_bytes())
    for status in (1, 0):
        command = f'wait_for_it() {{ sleep 0.3; exec "$@"; }}; (wait_for_it "$@") {gone}'
        process = cli.popen(["bash", "-c", command, "bash", PROGRAM, "publish", mixed], stderr=subprocess.PIPE)
        process.communicate(timeout=SECONDS)
        assert process.returncode == status
        with cli.stores() as (log, _):
            assert log.head() == 39
        mixed = SAMPLE
    assert len(cli.refused()) == 30


def test_many_refused_lines_are_counted_and_the_first_are_named(cli: Cli) -> None:
    events = Events()
    registered = [events.registered(f"kim-{number}", "kim", parent="nobody", region="18") for number in range(50)]
    path = cli.write("events.jsonl", registered)
    found = cli("publish", path)
    assert found.status == 1
    named = [line for line in found.err.splitlines() if line.startswith(f"{path}:")]
    assert len(named) == 20
    assert "and 30 more" in found.err
    assert "50 refused" in found.err
    assert len(cli.refused()) == 50


def test_a_batch_is_as_large_as_it_is_set(cli: Cli) -> None:
    assert cli("publish", SAMPLE, JEJAK_BATCH="7").status == 0
    with cli.stores() as (log, _):
        stamps = [row[2].split('"recorded_at":"')[1][:27] for row in log.read(0, 100)]
    assert len(set(stamps)) == 6
    assert stamps == sorted(stamps)


_PEAK: Final = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_long_lines_are_held_in_little_memory(cli: Cli) -> None:
    long = cli.write("long.jsonl", (b'{"id": "' + b"x" * 900_000 + b'"}\n') * 120)
    process = cli.popen([sys.executable, "-c", _PEAK, PROGRAM, "publish", long], stderr=subprocess.DEVNULL)
    out, _ = process.communicate(timeout=SECONDS)
    assert int(out.split()[-1]) < 200_000
