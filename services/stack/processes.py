"""Who runs in a stack, written down for other commands, and for the day when who started them is killed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

import msgspec
import psutil  # type: ignore[import-untyped]  # it comes without types

_END_SECONDS: Final = 60


class Process(msgspec.Struct, frozen=True):
    """A process of the stack; by `created` it is told from a later one that was given the same id."""

    name: str
    address: str
    pid: int
    created: float
    stop_signal: int

    @classmethod
    def of(cls, pid: int, name: str, stop_signal: int, address: str = "") -> Self:
        """Describe a process that runs."""
        return cls(name, address, pid, psutil.Process(pid).create_time(), stop_signal)

    def ask_to_end(self) -> psutil.Process | None:
        """Send it its signal; return it, or None where it does not run any more."""
        try:
            process = psutil.Process(self.pid)
            if process.create_time() != self.created:
                return None
            process.send_signal(self.stop_signal)
        except psutil.NoSuchProcess:
            return None
        return process

    def end(self) -> bool:
        """End it, and return whether it ran; what still runs after a minute is killed."""
        process = self.ask_to_end()
        if process is None:
            return False
        _ended, living = psutil.wait_procs([process], timeout=_END_SECONDS)
        for each in living:
            each.kill()
        psutil.wait_procs(living)
        return True


class Processes:
    """The file of the processes of a stack, in the order in which they were started."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> list[Process]:
        """Return what was written down last."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[Process])
        except FileNotFoundError:
            return []

    def write(self, processes: Sequence[Process]) -> None:
        """Write them down; who reads meanwhile sees those from before, or these."""
        unfinished = self._path.with_suffix(".new")
        unfinished.write_bytes(msgspec.json.encode(processes))
        unfinished.replace(self._path)

    def clear(self) -> None:
        """Write down that nothing runs."""
        self._path.unlink(missing_ok=True)
