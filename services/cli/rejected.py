"""The file of refused lines, which `publish` takes back once mended."""

import json
import os
import re
from codecs import getincrementaldecoder
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import msgspec

_KEYS: Final = frozenset({"line", "reason", "field", "event"})
_IS_RECORD: Final = re.compile(rb'{"line": [0-9]+, "reason": "').match


def unwrap(line: bytes) -> bytes:
    """Return the event of a line of a rejected file; any other line as it is."""
    if not (b'"reason"' in line and b'"event"' in line and b'"line"' in line):
        return line
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):  # mended badly: the reader says what is wrong
        return line
    if not isinstance(record, dict) or record.keys() != _KEYS:
        return line
    event = record["event"]
    if isinstance(event, str):
        try:
            return event.encode(errors="surrogateescape")
        except UnicodeEncodeError:  # a half character that no line was made of
            return line
    return json.dumps(event, ensure_ascii=False).encode(errors="surrogatepass")


class Rejected:
    """Writes refused lines. Nothing is lost: it goes on after what the file holds already.

    When the file itself is published, what is refused anew replaces it at the end, all at once.
    """

    def __init__(self, path: Path, *, taken_back: bool) -> None:
        self.path = path
        self._taken_back = taken_back
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def write(self, line: int, reason: str, field: str | None, event: bytes) -> None:
        """Add a refused line; an event that is JSON stands in it as it is, any other as a text."""
        head = self._head(line, reason, field)
        try:
            msgspec.json.decode(event)
            body = event.strip()
        except (msgspec.MsgspecError, ValueError, RecursionError):
            body = json.dumps(event.decode(errors="surrogateescape")).encode()
        self._opened().write(head + body + b"}\n")

    def write_pieces(self, line: int, reason: str, pieces: Iterable[bytes]) -> None:
        """Add a refused line that is too long to be held at once."""
        file = self._opened()
        pieces = iter(pieces)
        first = next(pieces)
        if self._taken_back and _IS_RECORD(first):  # not wrapped once more: it is kept as it is
            file.write(first)
            for piece in pieces:
                file.write(first := piece)
            if not first.endswith(b"\n"):
                file.write(b"\n")
            return
        file.write(self._head(line, reason, None) + b'"')
        decoder = getincrementaldecoder("utf-8")(errors="surrogateescape")
        for piece in chain([first], pieces):
            file.write(json.dumps(decoder.decode(piece))[1:-1].encode())
        file.write(json.dumps(decoder.decode(b"", final=True))[1:-1].encode() + b'"}\n')

    def sync(self) -> None:
        """Make sure that what was written outlives a crash."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.sync()
        finally:
            if self._file is not None:
                self._file.close()
        if not self._taken_back:
            return
        if kind is None and self._file is None:
            self.path.unlink()  # every line of it is in the log now
        elif kind is None:
            self._temporary.replace(self.path)
        else:
            self._temporary.unlink(missing_ok=True)

    @property
    def _temporary(self) -> Path:
        return self.path.with_name(self.path.name + ".new")

    def _head(self, line: int, reason: str, field: str | None) -> bytes:
        fields: dict[str, Any] = {"line": line, "reason": reason, "field": field}
        return json.dumps(fields, ensure_ascii=False)[:-1].encode() + b', "event": '

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            if self._taken_back:
                self._file = self._temporary.open("wb")
            else:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("ab")
        return self._file
