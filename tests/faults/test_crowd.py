"""Many processes at once: two publishers, a reader that tails the log, a follower; and a race to make the home."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Final

import pytest

from tests.acceptance.cli import SAMPLE, SECONDS, Cli
from tests.faults.logs import check_views, ids, positions, tail, untidy_flow
from tests.faults.rounds import rounds, tell

EVENTS: Final = 4_000


def halves(lines: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Return two files that share the organisations and every third item."""
    one: list[bytes] = []
    other: list[bytes] = []
    shares: dict[str, int] = {}
    for line in lines:
        event = json.loads(line)
        if event["type"].startswith("id.jejak.organisation."):
            share = 2
        else:
            share = shares.setdefault(event["subject"], len(shares) % 3)
        if share != 1:
            one.append(line)
        if share != 0:
            other.append(line)
    return one, other


def read_into(seen: list[int], home: Path, until: int) -> None:
    """Note the positions of the log as a reader that tails it sees them."""
    seen.extend(tail(home, until))


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_two_publishers_a_reader_and_a_follower(tmp_path: Path) -> None:
    published = 0
    for number in range(rounds(1)):
        lines = untidy_flow(EVENTS, seed=10 + number)
        cli = Cli(tmp_path / f"crowd-{number}")
        files = [
            cli.write(f"{name}.jsonl", b"".join(some)) for name, some in zip("ab", halves(lines), strict=True)
        ]
        expected = ids(lines)
        seen: list[int] = []
        follower = cli.start("follow")
        publishers = [
            cli.start("publish", file, "--format", "json", "--rejected", f"{file}.rejected", JEJAK_BATCH="50")
            for file in files
        ]
        reader = threading.Thread(target=read_into, args=(seen, cli.home, len(expected)), daemon=True)
        reader.start()
        summaries = []
        for publisher in publishers:
            out, err = publisher.communicate(timeout=SECONDS)
            assert (publisher.returncode, err) == (0, b"")
            summaries.append(json.loads(out))
        reader.join(SECONDS)
        assert not reader.is_alive()
        follower.send_signal(signal.SIGTERM)
        _, err = follower.communicate(timeout=SECONDS)
        assert follower.returncode == 0, err
        assert seen == list(range(1, len(expected) + 1))
        assert positions(cli.home).keys() == expected
        assert sum(summary["accepted"] for summary in summaries) == len(expected)
        shared = sum(len(file.read_bytes().splitlines()) for file in files) - len(expected)
        assert sum(summary["repeated"] for summary in summaries) == shared > 0
        assert cli("follow", "--once").status == 0
        check_views(cli.home, tmp_path)
        published += len(expected)
    tell(f"crowd: {published:,} events by two publishers, each position seen once and in order by a reader")


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_commands_that_start_together_on_a_home_that_does_not_exist(tmp_path: Path) -> None:
    commands: list[list[str]] = [["publish", str(SAMPLE), "--format", "json"]] * 2 + [
        ["status"],
        ["follow", "--once"],
    ]
    for number in range(rounds(1)):
        cli = Cli(tmp_path / f"race-{number}")
        processes = [cli.start(*command) for command in commands]
        outputs = [process.communicate(timeout=SECONDS) for process in processes]
        assert [process.returncode for process in processes] == [0, 0, 0, 0], outputs
        assert sum(json.loads(out)["accepted"] for out, _ in outputs[:2]) == 39
        assert len(positions(cli.home)) == 39
        assert cli("follow", "--once").status == 0
        check_views(cli.home, tmp_path)


# Started once, then sent one home after another: so all of them come to it within microseconds.
_RACER: Final = """
import sys
from pathlib import Path
from infra.log.sqlite import open_log
from infra.regions import Regions
from infra.views.sqlite import open_views
from projections.audit_trail import AUDIT_TRAIL
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.follower import Follower
from services.publishing.publisher import Publisher

regions, lines = Regions(), Path(sys.argv[1]).read_bytes().splitlines()
print("ready", flush=True)
for home in map(Path, map(str.strip, sys.stdin)):
    log, views = open_log(home / "log.sqlite"), open_views(home / "views.sqlite")
    answers = Publisher(log, regions).publish(lines)
    position = Follower(log, Engine(views, PROJECTIONS)).catch_up()
    log.close()
    views.close()
    print(sum(answer.outcome == "accepted" for answer in answers), position, flush=True)
"""


def pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_a_race_to_make_the_home(tmp_path: Path) -> None:
    racers = [Cli(tmp_path).popen([sys.executable, "-c", _RACER, SAMPLE], stdin=subprocess.PIPE) for _ in range(4)]
    try:
        for racer in racers:
            assert pipe(racer.stdout).readline() == b"ready\n"
        for number in range(rounds(10)):
            home = tmp_path / f"home-{number}"
            for racer in racers:
                pipe(racer.stdin).write(f"{home}\n".encode())
                pipe(racer.stdin).flush()
            answers = [pipe(racer.stdout).readline().split() for racer in racers]
            assert sorted(int(accepted) for accepted, _ in answers) == [0, 0, 0, 39]
            assert {position for _, position in answers} == {b"39"}
            assert len(positions(home)) == 39
            check_views(home, tmp_path)
    finally:
        for racer in racers:
            racer.communicate(timeout=SECONDS)
    assert [racer.returncode for racer in racers] == [0, 0, 0, 0]
    tell(f"race: four processes made each of {rounds(10)} homes together")
