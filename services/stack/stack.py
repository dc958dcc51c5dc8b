"""The stack of one home: kept running by one process, found and ended by others."""

import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from infra.language import translate as _
from infra.settings import SERVERS, load_settings
from services.stack.log import combined_log
from services.stack.parts import PARTS, Words
from services.stack.processes import Process, Processes
from services.stack.running import STACK, Running

_STOP_SECONDS: Final = 300


class StackError(Exception):
    """The stack cannot be started or stopped: the sentence says why and what to do."""


class Stack:
    """The stack of one home. All of it lies in one folder: the servers' data, the log, and who runs."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self._servers_file = self.home / SERVERS
        self.folder = self._servers_file.parent
        self.log_path = self.folder / "log"
        self._processes = Processes(self.folder / "processes.json")

    @property
    def _lock(self) -> FileLock:
        """The lock that whoever keeps the stack running holds; a new one each time, since forks share none."""
        return FileLock(self.folder / "lock")

    def is_running(self) -> bool:
        """Return whether a process keeps the stack running; unlike its id, the lock dies with it."""
        if not self.folder.exists():
            return False
        try:
            with self._lock.acquire(blocking=False):
                return False
        except Timeout:
            return True

    def processes(self) -> list[Process]:
        """Return what was written down of its processes: the one that keeps the others, then these as started."""
        return self._processes.read()

    def run(self, ready: Callable[[], None], parts: Sequence[Words] = PARTS) -> None:
        """Start the servers and the parts, call `ready`, keep all running until SIGTERM or Ctrl-C, and end it.

        Raises:
            StackError: another process keeps it running.
            ServerError, EndedError: something of it cannot be started.

        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock = self._lock.acquire(blocking=False)
        except Timeout as error:
            raise StackError(_("the stack of {home} is running").format(home=self.home)) from error
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with lock, combined_log(self.log_path) as say:
            self.end_leftovers()  # before the settings are read, among which its servers would stand
            running = Running(load_settings(home=self.home), self._processes, say)
            try:
                running.start(parts)
                ready()
                threading.Event().wait()
            except KeyboardInterrupt:
                say(STACK, _("the stack is asked to end"))
            finally:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                running.stop()
                self._forget()

    def stop(self) -> list[Process]:
        """Have the stack ended by the process that keeps it; return what was ended, in order.

        Raises:
            StackError: it is still running after five minutes.

        """
        processes = self.processes()
        if not self.is_running():
            return self.end_leftovers()
        for keeper in processes[:1]:
            keeper.ask_to_end()
        try:
            with self._lock.acquire(timeout=_STOP_SECONDS):
                return processes[:0:-1]
        except Timeout as error:
            raise StackError(
                _("the stack of {home} does not end; its log {log} may say why").format(
                    home=self.home, log=self.log_path
                )
            ) from error

    def end_leftovers(self) -> list[Process]:
        """End what was left running when the process that kept it was killed; return it, in order."""
        ended = [process for process in self.processes()[:0:-1] if process.end()]
        self._forget()
        return ended

    def _forget(self) -> None:
        self._servers_file.unlink(missing_ok=True)
        self._processes.clear()
