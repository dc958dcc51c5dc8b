"""Reads files of lines in batches, from files of any size, pipes that trickle, and lines without an end."""

import os
import select
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

MOST_LINE_BYTES: Final = 1024 * 1024
"""No event is that long (60 KiB in the log); a longer line is refused without being held."""

_MOST_BATCH_BYTES: Final = 16 * 1024 * 1024
_PIECE: Final = 256 * 1024
_QUIET_SECONDS: Final = 0.05
_BOM: Final = b"\xef\xbb\xbf"


Line = tuple[int, bytes]
"""A line's number, from 1, and its content."""


TooLong = Callable[[int, Iterator[bytes]], None]


def batches(path: Path, size: int, too_long: TooLong) -> Iterator[list[Line]]:
    """Yield the lines of a file (`-`: standard input) that are not blank, in batches of at most `size`.

    A batch of long lines ends sooner, so that it is held in little memory.

    A pipe that falls silent yields what has come, so that a slow publisher is answered soon. `too_long` is
    called with the number and the pieces of every line that is too long.
    """
    if str(path) == "-":
        yield from _batches(sys.stdin.buffer, size, too_long)
        return
    with path.open("rb") as file:
        yield from _batches(file, size, too_long)


def _batches(file: IO[bytes], size: int, too_long: TooLong) -> Iterator[list[Line]]:
    batch: list[Line] = []
    reader = _Pieces(file)
    number = held = 0
    while True:
        line = reader.line()
        if line is None:
            break
        number += 1
        if len(line) > MOST_LINE_BYTES:
            too_long(number, reader.rest_of(line))
            continue
        if number == 1:
            line = line.removeprefix(_BOM)
        if line.strip():
            batch.append((number, line))
            held += len(line)
        full = len(batch) == size or held >= _MOST_BATCH_BYTES
        if batch and (full or (not reader.has_line() and reader.is_quiet())):
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


class _Pieces:
    """Splits what a file gives into lines, holding no more than one line and one piece of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._descriptor = file.fileno()
        self._is_file = os.path.isfile(self._descriptor)  # noqa: PTH113 - a descriptor has no path
        self._lines: list[bytes] = []
        self._next = 0
        self._begun = b""
        self._ended = False

    def line(self) -> bytes | None:
        """Return the next line, or the beginning of one that is too long; None at the end."""
        while self._next == len(self._lines):
            if self._ended or len(self._begun) > MOST_LINE_BYTES:
                begun, self._begun = self._begun, b""
                return begun or None
            self._read()
        line = self._lines[self._next]
        self._next += 1
        return line

    def rest_of(self, beginning: bytes) -> Iterator[bytes]:
        """Yield a line that is too long in pieces, from its beginning to its end."""
        yield beginning
        if beginning.endswith(b"\n"):
            return
        while not self._ended or self._begun or self.has_line():
            if self.has_line():
                yield self._lines[self._next]
                self._next += 1
                return
            begun, self._begun = self._begun, b""
            yield begun
            self._read()

    def has_line(self) -> bool:
        """Tell whether a whole line is there already."""
        return self._next < len(self._lines)

    def is_quiet(self) -> bool:
        """Tell whether a pipe gives nothing for a moment; a file never falls silent."""
        if self._is_file or self._ended or os.name == "nt":
            return False
        return not select.select([self._descriptor], [], [], _QUIET_SECONDS)[0]

    def _read(self) -> None:
        piece = os.read(self._descriptor, _PIECE)
        if not piece:
            self._ended = True
            return
        lines = [line + b"\n" for line in (self._begun + piece).split(b"\n")]
        self._begun = lines.pop()[:-1]
        self._lines, self._next = lines, 0
