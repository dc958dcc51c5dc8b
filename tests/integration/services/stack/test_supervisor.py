"""A program that is kept running: started again when it ends, with growing pauses, until it is told to stop."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.servers.server import Command
from services.stack import supervisor
from services.stack.supervisor import EndedError, Program, Supervisor

Keep = Callable[..., Supervisor]
LISTENS = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(print("bye")))
print("here", flush=True)
signal.pause()
"""
SHORT = "import time; time.sleep(0.1)"
IS_DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"


class Said(list[tuple[str, str]]):
    """What was put down, with a way to wait for it."""

    def __call__(self, part: str, line: str) -> None:
        self.append((part, line))

    def wait_for(self, line: str, times: int = 1) -> None:
        deadline = time.monotonic() + 30
        while sum(each == ("it", line) for each in self) < times:
            assert time.monotonic() < deadline, self
            time.sleep(0.01)


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def pids() -> list[int]:
    return []


@pytest.fixture
def keep(said: Said, pids: list[int], monkeypatch: pytest.MonkeyPatch) -> Iterator[Keep]:
    """Make a supervisor of a program in Python; it does not outlive the test."""
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE", 0.05)
    made: list[Supervisor] = []

    def of(script: str, is_ready: Callable[[int], bool] = lambda _pid: True) -> Supervisor:
        program = Program("it", Command((sys.executable, "-c", script)), is_ready=is_ready)
        made.append(Supervisor(program, said, pids.append))
        return made[-1]

    yield of
    for each in made:
        each.stop()


def test_a_killed_program_is_started_again(keep: Keep, said: Said, pids: list[int]) -> None:
    keep(LISTENS).start()
    said.wait_for("here")
    os.kill(pids[0], signal.SIGKILL)
    said.wait_for("here", times=2)
    assert ("it", "it ended (status -9), and is started again in 0.05 s") in said
    assert len(set(pids)) == 2


def test_a_program_that_is_told_to_stop_says_its_last_words_and_is_not_started_again(
    keep: Keep, said: Said, pids: list[int]
) -> None:
    kept = keep(LISTENS)
    kept.start()
    said.wait_for("here")
    kept.stop()
    assert said == [("it", "here"), ("it", "bye")]
    assert len(pids) == 1


def test_pauses_grow_up_to_the_longest(keep: Keep, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_LONGEST_PAUSE", 0.15)
    keep(SHORT).start()
    for pause, times in ((0.05, 1), (0.1, 1), (0.15, 2)):
        said.wait_for(f"it ended (status 0), and is started again in {pause} s", times)


def test_the_pause_is_short_again_after_a_steady_time(
    keep: Keep, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_STEADY_SECONDS", 0)
    keep(SHORT).start()
    said.wait_for("it ended (status 0), and is started again in 0.05 s", times=3)


def test_a_program_that_ends_before_it_is_ready_is_told(keep: Keep, said: Said) -> None:
    with pytest.raises(EndedError, match="it does not start"):
        keep("print('no such port')", is_ready=lambda _pid: False).start()
    said.wait_for("no such port")


def test_it_waits_until_the_program_is_ready(keep: Keep, tmp_path: Path) -> None:
    script = (
        f"import pathlib, time; time.sleep(0.2); pathlib.Path({str(tmp_path / 'up')!r}).touch(); time.sleep(60)"
    )
    keep(script, is_ready=lambda _pid: (tmp_path / "up").exists()).start()
    assert (tmp_path / "up").exists()


def test_a_program_that_does_not_end_is_killed(keep: Keep, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_STOP_SECONDS", 0.2)
    kept = keep(IS_DEAF)
    kept.start()
    said.wait_for("deaf")
    kept.stop()
    assert said[-1] == ("it", "it does not end, and is killed")
    assert kept.process is not None
    assert kept.process.returncode == -signal.SIGKILL


def test_a_program_that_is_not_there_is_tried_again(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE", 0.05)
    kept = Supervisor(Program("it", Command(("jejak-no-such-program",))), said, lambda _pid: None)
    with pytest.raises(EndedError):
        kept.start()
    kept.stop()
    assert "jejak-no-such-program" in said[0][1]
