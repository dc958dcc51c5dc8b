"""kill -9 at any moment: nothing is lost, nothing is there twice, and the views are as folded from scratch."""

import json
import sys
import time
from pathlib import Path
from random import Random
from typing import Final

import pytest

from infra.log.sqlite import open_log
from tests.acceptance.cli import SECONDS, Cli, json_lines
from tests.faults.kills import killed
from tests.faults.logs import check_views, head, ids, positions, untidy_flow
from tests.faults.rounds import rounds, tell

EVENTS: Final = 6_000
BATCH: Final = "20"
KILLS_A_HOME: Final = 5


def durations(cli: Cli, file: Path) -> tuple[float, float]:
    """Return how long publishing a file takes until the first commit, and in all."""
    log = open_log(cli.home / "log.sqlite")
    begin = time.monotonic()
    process = cli.start("publish", file, JEJAK_BATCH=BATCH)
    assert log.wait(0, SECONDS)
    startup = time.monotonic() - begin
    process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    log.close()
    return startup, time.monotonic() - begin


def recorded(cli: Cli) -> int:
    """Return how many events a log holds, which is whole; 0 while there is none."""
    return len(positions(cli.home)) if (cli.home / "log.sqlite").exists() and head(cli.home) else 0


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_publish_killed_at_any_moment_is_gone_on_with(tmp_path: Path) -> None:
    random = Random(1)
    lines = untidy_flow(EVENTS, seed=1)
    expected = ids(lines)
    file = Cli(tmp_path).write("events.jsonl", b"".join(lines))
    startup, whole = durations(Cli(tmp_path / "measured"), file)
    done = at_work = midway = 0
    while done < rounds(3):
        cli = Cli(tmp_path / f"home-{done}")
        before = 0
        for _ in range(min(KILLS_A_HOME, rounds(3) - done)):
            process = cli.start("publish", file, JEJAK_BATCH=BATCH)
            at_work += killed(process, random.uniform(0.7 * startup, startup + (whole - startup) / 2))
            done += 1
            if random.random() < 0.5:  # else the next one finds the log just as the killed one left it
                after = recorded(cli)
                assert after >= before
                midway += before < after < len(expected)
                before = after
        before = recorded(cli)
        last = cli("publish", file, "--format", "json", JEJAK_BATCH=BATCH)
        assert (last.status, last.err) == (0, "")
        assert last.json() == {
            "accepted": len(expected) - before,
            "repeated": before,
            "refused": 0,
            "position": len(expected),
        }
        assert positions(cli.home).keys() == expected
        assert not cli.rejected.exists()
        assert cli("follow", "--once").status == 0
        check_views(cli.home, tmp_path)
    tell(f"publish: {done} kills, {at_work} of them at work, {midway} seen between the first and the last commit")
    assert at_work


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_follow_killed_at_any_moment_is_gone_on_with(tmp_path: Path) -> None:
    random = Random(2)
    lines = untidy_flow(EVENTS, seed=2)
    file = Cli(tmp_path).write("events.jsonl", b"".join(lines))
    measured = Cli(tmp_path / "measured")
    assert measured("publish", file).status == 0
    begin = time.monotonic()
    assert measured("follow", "--once").status == 0
    whole = time.monotonic() - begin
    done = at_work = publishing = 0
    while done < rounds(3):
        cli = Cli(tmp_path / f"home-{done}")
        publisher = cli.start("publish", file, JEJAK_BATCH="4")
        for _ in range(min(KILLS_A_HOME, rounds(3) - done)):
            follower = cli.start("follow")
            at_work += killed(follower, random.uniform(0.5, 1.2) * whole)
            done += 1
            publishing += publisher.poll() is None
        publisher.communicate(timeout=SECONDS)
        assert publisher.returncode == 0
        assert cli("follow", "--once").status == 0
        assert positions(cli.home).keys() == ids(lines)
        check_views(cli.home, tmp_path)
    tell(f"follow: {done} kills, {at_work} of them at work, {publishing} while events came")
    assert at_work


_ANSWERING: Final = """
import sys
from pathlib import Path
from infra.log.sqlite import open_log
from infra.regions import Regions
from services.publishing.publisher import Publisher

publisher = Publisher(open_log(Path(sys.argv[1])), Regions())
lines = Path(sys.argv[2]).read_bytes().splitlines()
for first in range(0, len(lines), 20):
    for answer in publisher.publish(lines[first : first + 20]):
        print(answer.outcome, answer.position)
    sys.stdout.flush()
"""


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_what_was_answered_is_in_the_log(tmp_path: Path) -> None:
    random = Random(3)
    lines = untidy_flow(EVENTS, seed=3)
    file = Cli(tmp_path).write("events.jsonl", b"".join(lines))
    answered = in_doubt = 0
    for number in range(rounds(2)):
        cli = Cli(tmp_path / f"home-{number}")
        cli.home.mkdir()
        process = cli.popen([sys.executable, "-c", _ANSWERING, cli.home / "log.sqlite", file])
        assert process.stdout is not None
        told = process.stdout.readline()  # at work now
        time.sleep(random.uniform(0, 0.5))
        process.kill()
        told += process.stdout.read()
        process.stdout.close()
        process.wait(SECONDS)
        answers = [line.split() for line in told.splitlines(keepends=True) if line.endswith(b"\n")]
        found = positions(cli.home)
        for line, (outcome, position) in zip(lines, answers, strict=False):
            assert outcome == b"accepted"
            assert [found[each] for each in ids([line])] == [int(position)]
        # The kill may come between the commit and the answer, or before the answer is through the pipe.
        assert 0 <= len(found) - len(answers) <= 40
        answered += len(answers)
        in_doubt += len(found) - len(answers)
    tell(f"answers: {answered:,} events answered before {rounds(2)} kills are there, and {in_doubt} not answered")


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_refused_lines_outlive_a_kill(tmp_path: Path) -> None:
    random = Random(4)
    lines = untidy_flow(2_000, seed=4)
    bad = [json_lines([{"id": f"bad-{number}"}]) for number in range(len(lines))]
    file = Cli(tmp_path).write(
        "events.jsonl", b"".join(line for pair in zip(lines, bad, strict=True) for line in pair)
    )
    for number in range(rounds(1)):
        cli = Cli(tmp_path / f"home-{number}")
        killed(cli.start("publish", file, JEJAK_BATCH="50"), random.uniform(0.4, 1.5))
        recorded = head(cli.home)
        kept = {record["event"]["id"] for record in whole_records(cli)}
        # Every line up to the last one recorded is in the log or in the file; the batch at work may be in neither.
        lost = [each for each in range(recorded - 50) if f"bad-{each}" not in kept]
        assert not lost
        again = cli("publish", file, "--format", "json", JEJAK_BATCH="50")
        assert again.status == 1
        assert again.json()["accepted"] + again.json()["repeated"] == len(lines)
        assert {record["event"]["id"] for record in whole_records(cli)} == {
            f"bad-{each}" for each in range(len(lines))
        }


def whole_records(cli: Cli) -> list[dict[str, dict[str, str]]]:
    """Return the records of the rejected file; the last one may be cut off by a kill."""
    found = []
    for line in cli.rejected.read_bytes().splitlines() if cli.rejected.exists() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
