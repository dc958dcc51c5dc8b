"""A terminal for a program that asks questions."""

import os
import pty
import select
import signal
import subprocess
import time
from types import TracebackType
from typing import Self

from tests.acceptance.cli import SECONDS, Cli


class Terminal:
    """Runs a command whose input and messages are a terminal, while its data goes into a pipe."""

    def __init__(self, cli: Cli, *arguments: object) -> None:
        self._ours, theirs = pty.openpty()
        self._process = cli.start(
            *arguments, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, TERM="dumb", NO_COLOR="1"
        )
        os.close(theirs)
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
        os.close(self._ours)

    def answer(self, question: str, answer: str) -> str:
        """Wait for a question and answer it; return what was shown since the answer before."""
        self._wait(question)
        shown, self.shown = self.shown, ""
        os.write(self._ours, answer.encode() + b"\n")
        return shown

    def interrupt(self, question: str) -> None:
        """Wait for a question and press Ctrl-C."""
        self._wait(question)
        self._process.send_signal(signal.SIGINT)

    def end(self) -> tuple[int, str]:
        """Wait for the end; return the exit status and the data."""
        while self._read(SECONDS):
            pass
        out, _ = self._process.communicate(timeout=SECONDS)
        return self._process.returncode, out.decode()

    def _wait(self, question: str) -> None:
        until = time.monotonic() + SECONDS
        while question not in self.shown:
            left = until - time.monotonic()
            assert left > 0, f"no {question!r} in: {self.shown}"
            assert self._read(left), f"the end instead of {question!r} in: {self.shown}"

    def _read(self, seconds: float) -> bool:
        assert select.select([self._ours], [], [], seconds)[0], f"nothing more after: {self.shown}"
        try:
            piece = os.read(self._ours, 10_000)
        except OSError:  # EIO: nobody is at the other end any more
            return False
        self.shown += piece.decode()
        return bool(piece)
