"""`jejak follow`: keeps the views up to date, soon and until it is told to stop."""

import signal
import statistics
import subprocess
import time
from typing import Final

import pytest

from services.publishing.publisher import Publisher
from tests.acceptance.cli import ITEM, SAMPLE, SECONDS, Cli, reached
from tests.scenario import REGIONS, Events, lines

pytestmark = pytest.mark.usefixtures("mode")
ROUNDS: Final = 15
SOON: Final = 0.05


def test_once_catches_up_and_ends(cli: Cli) -> None:
    assert cli("publish", SAMPLE).status == 0
    found = cli("follow", "--once")
    assert (found.status, found.out) == (0, "")
    assert "39" in found.err
    assert cli.checkpoint() == 39


def test_what_it_says_is_read_at_once_where_python_is_told_not_to_buffer(sample: Cli) -> None:
    sample.variables["PYTHONUNBUFFERED"] = "1"
    process = started(sample)
    process.terminate()
    process.communicate(timeout=SECONDS)


def started(cli: Cli) -> "subprocess.Popen[bytes]":
    """Start `follow` and wait until it has caught up."""
    process = cli.start("follow")
    assert process.stderr is not None
    assert b"39" in process.stderr.readline()
    return process


def test_an_event_of_another_process_is_in_the_views_within_50_milliseconds(sample: Cli) -> None:
    process = started(sample)
    took = []
    with sample.stores() as (log, views):
        publisher, events = Publisher(log, REGIONS), Events()
        for position in range(40, 40 + ROUNDS):
            (answer,) = publisher.publish(lines([events.shared("kim-bagelen", subject=ITEM)]))
            assert answer.position == position, answer
            begin = time.perf_counter()
            while reached(views) < position:
                assert time.perf_counter() - begin < SECONDS
                time.sleep(0.001)
            took.append(time.perf_counter() - begin)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=SECONDS)
    assert statistics.median(took) < SOON, took


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(sample: Cli, number: signal.Signals) -> None:
    process = started(sample)
    process.send_signal(number)
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert out == b""
    assert b"stopped at position 39" in err
    assert sample.checkpoint() == 39
