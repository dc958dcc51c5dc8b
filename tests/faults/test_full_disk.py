"""A full disk, by a limit on the size of files: a clear error, a whole log, and the same command goes on."""

import resource
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Final

import pytest

from infra.log.sqlite import open_log
from tests.acceptance.cli import SECONDS, Cli, Result
from tests.faults.logs import check_views, ids, positions, untidy_flow
from tests.faults.rounds import rounds, tell
from tests.waiting import wait_until

EVENTS: Final = 3_000
KIB: Final = 1024
# Only the soft limit, so that it can be raised again from outside.
_LIMITED: Final = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from services.cli import main
main(sys.argv[2:])
"""


def start(cli: Cli, limit: int, *arguments: object, **environment: str) -> "subprocess.Popen[bytes]":
    """Start a command for which no file can grow beyond `limit` bytes."""
    command = [sys.executable, "-c", _LIMITED, limit, *arguments]
    return cli.popen(command, stderr=subprocess.PIPE, environment=environment)


def limited(cli: Cli, limit: int, *arguments: object, **environment: str) -> Result:
    """Run a command for which no file can grow beyond `limit` bytes."""
    process = start(cli, limit, *arguments, **environment)
    out, err = process.communicate(timeout=SECONDS)
    return Result(process.returncode, out.decode(), err.decode())


def check_full(found: Result) -> None:
    """Check that a command said that the disk is full, and what to do."""
    assert (found.status, found.out) == (3, ""), found
    assert "the disk is full" in found.err
    assert "make space, then run the same command again" in found.err
    assert "Traceback" not in found.err


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_publish_on_a_full_disk_stops_whole_and_goes_on(tmp_path: Path) -> None:
    random = Random(5)
    lines = untidy_flow(EVENTS, seed=5)
    file = Cli(tmp_path).write("events.jsonl", b"".join(lines))
    stops = 0
    for number in range(rounds(1)):
        cli = Cli(tmp_path / f"home-{number}")
        recorded = 0
        for limit in sorted(random.randrange(100, 1_500) * KIB for _ in range(3)):
            found = limited(cli, limit, "publish", file, JEJAK_BATCH="100")
            check_full(found)
            stops += 1
            now = len(positions(cli.home))
            assert recorded <= now < len(lines)
            assert now % 100 == 0
            recorded = now
        done = limited(cli, 100_000 * KIB, "publish", file, "--format", "json", JEJAK_BATCH="100")
        assert (done.status, done.err) == (0, "")
        assert done.json() == {
            "accepted": len(lines) - recorded,
            "repeated": recorded,
            "refused": 0,
            "position": len(lines),
        }
        assert positions(cli.home).keys() == ids(lines)
    tell(f"full disk: publish stopped {stops} times")


def test_a_disk_that_is_full_from_the_start_is_named(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    lines = untidy_flow(100, seed=5)
    file = cli.write("events.jsonl", b"".join(lines))
    found = limited(cli, 1 * KIB, "publish", file)
    assert (found.status, found.out) == (3, "")
    assert "Traceback" not in found.err
    assert str(cli.home) in found.err or "the disk is full" in found.err
    again = limited(cli, 100_000 * KIB, "publish", file, "--format", "json")
    assert (again.status, again.json()["accepted"]) == (0, len(lines))


def test_what_was_answered_before_the_disk_was_full_is_in_the_log(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    lines = untidy_flow(EVENTS, seed=6)
    file = cli.write("events.jsonl", b"".join(lines))
    process = cli.popen([sys.executable, "-c", _ANSWERING, cli.home / "log.sqlite", file])
    out, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    answered = [line.split() for line in out.splitlines()]
    found = positions(cli.home)
    assert 0 < len(answered) == len(found) < len(lines)
    for line, (outcome, position) in zip(lines, answered, strict=False):
        assert outcome == b"accepted"
        assert [found[each] for each in ids([line])] == [int(position)]


_ANSWERING: Final = """
import resource, signal, sys
from pathlib import Path
from eventsourcing.persistence import PersistenceError
from infra.log.sqlite import open_log
from infra.regions import Regions
from services.publishing.publisher import Publisher

log = open_log(Path(sys.argv[1]))
publisher = Publisher(log, Regions())
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, resource.RLIM_INFINITY))
lines = Path(sys.argv[2]).read_bytes().splitlines()
failures = 0
while lines and failures < 3:
    try:
        answers = publisher.publish(lines[:50])
    except PersistenceError:
        failures += 1
        continue
    for answer in answers:
        print(answer.outcome, answer.position)
    del lines[:50]
log.close()
"""


def test_follow_once_on_a_full_disk_stops_whole_and_goes_on(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    assert cli("publish", cli.write("events.jsonl", b"".join(untidy_flow(EVENTS, seed=7)))).status == 0
    found = limited(cli, 300 * KIB, "follow", "--once")
    assert (found.status, found.out) == (3, "")
    assert "the disk is full" in found.err
    assert "Traceback" not in found.err
    assert limited(cli, 100_000 * KIB, "follow", "--once").status == 0
    check_views(cli.home, tmp_path)


def test_follow_waits_for_space_and_goes_on_by_itself(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    lines = untidy_flow(EVENTS, seed=8)
    first = cli.write("first.jsonl", b"".join(lines[:100]))
    assert cli("publish", first).status == 0
    process = start(cli, 400 * KIB, "follow")
    assert process.stderr is not None
    assert b"100" in process.stderr.readline()
    assert cli("publish", cli.write("all.jsonl", b"".join(lines))).status == 0
    for line in process.stderr:
        if b"trying again" in line:
            break
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    wait_until(lambda: cli.checkpoint() >= len(lines))
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    assert f"stopped at position {len(lines):,}".encode() in err
    check_views(cli.home, tmp_path)


def test_the_rejected_file_on_a_full_disk_is_named(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    log = open_log(cli.home / "log.sqlite")
    log.close()
    file = cli.write("bad.jsonl", (b'{"id": "' + b"x" * 900 + b'"}\n') * 500)
    found = limited(cli, 300 * KIB, "publish", file)
    assert (found.status, found.out) == (3, ""), found
    assert "Traceback" not in found.err
    assert found.err.startswith(f"{file}:1: ")
    assert "500 refused" in found.err
    assert "--rejected" in found.err
    assert cli("publish", file, "--rejected", "elsewhere", "--format", "json").json()["refused"] == 500
