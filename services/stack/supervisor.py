"""Keeps a program running: starts it, puts down what it says, and starts it again when it ends."""

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from signal import SIGTERM, Signals
from typing import Final

from infra.language import translate as _
from infra.servers.server import Command
from services.stack.log import Say

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_STEADY_SECONDS: Final = 60.0
"""What has run for so long waits the first pause again when it ends."""
_STOP_SECONDS: Final = 60.0
_GLANCE_SECONDS: Final = 0.02


class EndedError(Exception):
    """A program ended before it was ready: the sentence says which, and where it says why."""


@dataclass(frozen=True)
class Program:
    """What is kept running: its name and address, its command, how it is asked to end, how one sees it ready."""

    name: str
    command: Command
    address: str = ""
    stop_signal: Signals = SIGTERM
    is_ready: Callable[[int], bool] = lambda _pid: True


class Supervisor:
    """Keeps one program running, by a thread of its own, until `stop`.

    `on_start` is told, in that thread, the id of each process that the program gets.
    """

    def __init__(self, program: Program, say: Say, on_start: Callable[[int], None]) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self._say = say
        self._on_start = on_start
        self._has_ended = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()  # so that nothing starts behind the back of `stop`
        self._thread = threading.Thread(target=self._keep, name=program.name)

    def start(self) -> None:
        """Start it, and return when it is ready.

        Raises:
            EndedError: it ended before that.

        """
        self._thread.start()
        while not (self.process and self.program.is_ready(self.process.pid)):
            if self._has_ended.wait(_GLANCE_SECONDS):
                raise EndedError(_("{name} does not start: the log says why").format(name=self.program.name))

    def stop(self) -> None:
        """Ask it to end, and return when it has; what still runs after a minute is killed."""
        with self._lock:
            self._stopping.set()
        if self.process is not None:
            self.process.send_signal(self.program.stop_signal)
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._say(self.program.name, _("it does not end, and is killed"))
                self.process.kill()
        self._thread.join()

    def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            began = time.monotonic()
            how = self._run()
            self._has_ended.set()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > _STEADY_SECONDS:
                pause = _FIRST_PAUSE
            self._say(
                self.program.name,
                _("it ended ({how}), and is started again in {pause} s").format(how=how, pause=pause),
            )
            self._stopping.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _run(self) -> str:
        """Run it once, put down what it says, and return how it ended."""
        try:
            with self._lock:
                if self._stopping.is_set():
                    return ""
                self.process = process = self.program.command.start(subprocess.PIPE)
                self._on_start(process.pid)
        except OSError as error:  # such as no memory: it may pass
            return str(error)
        status = put_down(process, self.program.name, self._say)
        return _("status {status}").format(status=status)


def put_down(process: "subprocess.Popen[bytes]", part: str, say: Say) -> int:
    """Put down what a process says until it has ended; return its exit status."""
    assert process.stdout is not None  # noqa: S101 - whoever calls this has started it with a pipe
    with process.stdout as lines:
        for line in lines:
            say(part, line.decode(errors="replace").rstrip())
    return process.wait()
