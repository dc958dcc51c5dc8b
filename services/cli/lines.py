"""Reads files of lines in batches, from files of any size, pipes that trickle, and lines without an end."""

import os
import re
import select
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from events.json_text import BOM

MOST_LINE_BYTES: Final = 1024 * 1024
"""No event is that long (60 KiB in the log); a longer line is refused without being held."""

_MOST_BATCH_BYTES: Final = 16 * 1024 * 1024
_PIECE: Final = 256 * 1024
_QUIET_SECONDS: Final = 0.05
_MARKS: Final = re.compile(rb"\A(?:\xef\xbb\xbf)+").sub

BEGINNING: Final = 64 * 1024
"""So many bytes tell what a file is."""

Line = tuple[int, bytes]
"""A line's number, from 1, and its content."""


TooLong = Callable[[int, Iterator[bytes]], None]
Look = Callable[[bytes, bool], None]
"""Looks at a beginning, and is told whether nothing comes behind it."""


def beginning_of(path: Path) -> tuple[bytes, bool]:
    """Return the beginning of a file, and whether that is all of it."""
    with path.open("rb") as file:
        return _Pieces(file).beginning()


def batches(path: Path, size: int, too_long: TooLong, look: Look | None = None) -> Iterator[list[Line]]:
    """Yield the lines of a file (`-`: standard input) that are not blank, in batches of at most `size`.

    A batch of long lines ends sooner, so that it is held in little memory.

    A pipe that falls silent yields what has come, so that a slow publisher is answered soon. `too_long` is
    called with the number and the pieces of every line that is too long; `look` with the beginning, before any
    line is yielded, and may raise. Files that were put behind one another have a byte order mark in their midst:
    it is left out at the beginning of every line.
    """
    if str(path) == "-":
        yield from _batches(_Pieces(sys.stdin.buffer), size, too_long, look)
        return
    with path.open("rb") as file:
        yield from _batches(_Pieces(file), size, too_long, look)


def _batches(reader: "_Pieces", size: int, too_long: TooLong, look: Look | None) -> Iterator[list[Line]]:
    batch: list[Line] = []
    number = held = 0
    if look is not None:
        look(*reader.beginning())
    while lines := reader.read():
        first, number = number + 1, number + len(lines)
        if all(lines) and max(map(len, lines)) <= MOST_LINE_BYTES and not any(map(bytes.isspace, lines)):
            batch += enumerate(lines, first)  # nearly always
        else:
            for at, line in enumerate(lines, first):
                if len(line) > MOST_LINE_BYTES:
                    too_long(at, reader.rest_of(line))
                elif line.strip():
                    batch.append((at, line))
        held += sum(map(len, lines))
        while len(batch) >= size or held >= _MOST_BATCH_BYTES:
            yield batch[:size]
            batch = batch[size:]
            held = sum(len(line) for _number, line in batch)
        if batch and reader.is_quiet():
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
        self._ahead = self._begun = b""

    def beginning(self) -> tuple[bytes, bool]:
        """Return the beginning, and whether that is all: of a pipe, all that comes before it falls silent."""
        ended = False
        while not ended and len(self._ahead) <= BEGINNING and not (self._ahead and self.is_quiet()):
            piece = os.read(self._descriptor, _PIECE)
            self._ahead += piece
            ended = not piece or os.name == "nt"
        return self._ahead[:BEGINNING], len(self._ahead) <= BEGINNING

    def read(self) -> list[bytes]:
        """Return the next lines, or alone the beginning of one that is too long; nothing at the end."""
        while len(self._begun) <= MOST_LINE_BYTES:
            piece, self._ahead = self._ahead or os.read(self._descriptor, _PIECE), b""
            text = self._begun + piece
            lines = BytesIO(text).readlines()  # `splitlines` would split at more than line feeds
            self._begun = lines.pop() if piece and not lines[-1].endswith(b"\n") else b""
            if lines or not piece:
                return lines if text.isascii() else [_without_marks(line) for line in lines]
        begun, self._begun = self._begun, b""
        return [_without_marks(begun)]

    def rest_of(self, beginning: bytes) -> Iterator[bytes]:
        """Yield a line that is too long in pieces, from its beginning to its end."""
        yield beginning
        ends = beginning.endswith(b"\n")
        while not ends and (piece := os.read(self._descriptor, _PIECE)):
            rest, end, self._begun = piece.partition(b"\n")
            ends = bool(end)
            yield rest + end

    def is_quiet(self) -> bool:
        """Tell whether a pipe gives nothing for a moment; a file never falls silent."""
        if self._is_file or os.name == "nt":
            return False
        return not select.select([self._descriptor], [], [], _QUIET_SECONDS)[0]


def _without_marks(line: bytes) -> bytes:
    return _MARKS(b"", line, 1) if line.startswith(BOM) else line
