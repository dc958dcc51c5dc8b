"""Processes that were written down: found again, and never taken for another one that has their id now."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil  # type: ignore[import-untyped]  # it comes without types
import pytest

from services.stack import processes
from services.stack.processes import Process, Processes


@pytest.fixture
def running() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_what_was_written_down_is_read_again(tmp_path: Path) -> None:
    file = Processes(tmp_path / "processes.json")
    assert file.read() == []
    ours = Process.of(os.getpid(), "stack", signal.SIGTERM, "127.0.0.1:1")
    file.write([ours])
    assert file.read() == [ours]
    file.clear()
    assert file.read() == []


def test_a_process_is_ended_by_its_signal(running: "subprocess.Popen[bytes]") -> None:
    assert Process.of(running.pid, "sleep", signal.SIGINT).ask_to_end()
    assert running.wait(10) == -signal.SIGINT


def test_a_process_that_is_deaf_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_END_SECONDS", 0.2)
    with subprocess.Popen(["sh", "-c", "trap '' TERM; echo deaf; exec sleep 60"], stdout=subprocess.PIPE) as deaf:
        assert deaf.stdout is not None
        assert deaf.stdout.readline() == b"deaf\n"
        assert Process.of(deaf.pid, "sh", signal.SIGTERM).end()
        assert not psutil.pid_exists(deaf.pid)


def test_another_process_with_the_same_id_is_left_alone(running: "subprocess.Popen[bytes]") -> None:
    found = Process.of(running.pid, "sleep", signal.SIGTERM)
    earlier = msgspec.structs.replace(found, created=found.created - 3600)
    assert not earlier.end()
    assert running.poll() is None


def test_a_process_that_is_gone_is_nothing_to_end(running: "subprocess.Popen[bytes]") -> None:
    found = Process.of(running.pid, "sleep", signal.SIGTERM)
    running.kill()
    running.wait()
    assert not found.end()
