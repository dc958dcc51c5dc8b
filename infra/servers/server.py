"""A server of one's own in a folder: how it is started, stopped, and killed as a power cut would."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, ClassVar, Final, Self

import psutil  # type: ignore[import-untyped]  # it comes without types

from infra.language import translate as _
from infra.servers.kept import LOOPBACK, kept_port

_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 60
_GLANCE_SECONDS: Final = 0.02


class ServerError(Exception):
    """A server cannot be had: the sentence says which, why and what to do."""


@dataclass(frozen=True)
class Command:
    """A program with its arguments, as whom it runs (None: as whoever starts it), and variables besides ours."""

    words: tuple[str, ...]
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, output: int | IO[bytes]) -> "subprocess.Popen[bytes]":
        """Start it in a session of its own, so that a Ctrl-C meant for us does not reach it."""
        other: dict[str, Any] = {"user": self.user, "group": 0, "extra_groups": ()} if self.user else {}
        return subprocess.Popen(  # noqa: S603 - our own commands
            self.words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.environment},
            start_new_session=True,
            **other,
        )


class Server(ABC):
    """A server in a folder. What it stores, its port and its password stay there from one start to the next."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return kept_port(self.directory / "port")

    @property
    def address(self) -> str:
        """Where it listens, as `host:port`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def log(self) -> Path:
        """The file of what it says, where `start` started it."""
        return self.directory / "log"

    @abstractmethod
    def prepare(self) -> Command:
        """Make the folder ready, unless it is, and return the command that runs the server in the foreground.

        Raises:
            ServerError: there is no such server on this machine, or it cannot be set up.

        """

    @abstractmethod
    def is_ready(self, pid: int) -> bool:
        """Return whether the process of that id takes connections."""

    def start(self) -> Self:
        """Start it, unless we have, and return when it takes connections.

        Raises:
            ServerError: it ended, or is not ready after a minute.

        """
        if self._process is not None and self._process.poll() is None:
            return self
        command = self.prepare()
        with self.log.open("ab") as log:
            process = self._process = command.start(log)
        deadline = time.monotonic() + _START_SECONDS
        while not self.is_ready(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise ServerError(
                    _("{server} does not start; the end of its log {path} says why: {reason}").format(
                        server=self.name, path=self.log, reason=_tail(self.log)
                    )
                )
            time.sleep(_GLANCE_SECONDS)
        return self

    def stop(self) -> None:
        """End it in order, and return when it has ended; one that does not run is stopped already.

        Raises:
            subprocess.TimeoutExpired: it is still running after a minute.

        """
        if self._process is not None:
            self._process.send_signal(self.stop_signal)
            self._process.wait(_STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """End it with every process of it at once (SIGKILL), and return when they are gone."""
        if self._process is None:
            return
        self._process.poll()
        if self._process.returncode is None:
            processes = [psutil.Process(self._process.pid)]
            processes[0].suspend()  # so that it starts no more of them
            processes += processes[0].children(recursive=True)
            for each in processes:
                each.kill()
            while any(map(_is_alive, processes)):
                time.sleep(_GLANCE_SECONDS)
            self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _is_alive(process: psutil.Process) -> bool:
    """Return whether it holds anything still: a zombie only waits to be asked how it ended."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _tail(log: Path) -> str:
    return " / ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
