"""The file of refused lines, which `publish` takes back once mended."""

import os
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile, mkstemp
from types import TracebackType
from typing import IO, Final, NamedTuple, Self

from infra.failures import why
from infra.language import translate as _
from services.cli.rejected_line import begins_as_refused, wrap, wrap_pieces

_LOCK_SECONDS: Final = 60
_LONGEST_BEGINNING: Final = 1_000


class RejectedError(Exception):
    """Refused lines cannot be kept: the sentence says why, and what to do."""


class _State(NamedTuple):
    """Which file lies at the path, and how much it holds; zeros where there is none."""

    device: int
    inode: int
    size: int


class Rejected:
    """Keeps refused lines. Nothing is lost: they are added to what the file holds already.

    They are gathered in a file beside it, which is this run's alone, and put into the rejected file under a lock:
    after every batch; only at the end where that file may be what is read. When the file itself is published,
    what is refused anew replaces it at the end, all at once.

    Raises:
        RejectedError: it cannot be written.

    """

    def __init__(self, path: Path, inputs: Sequence[Path]) -> None:
        self.path = path
        self._target = Path(os.path.realpath(path))  # a link to it stays one
        self._gathered: IO[bytes] | None = None
        self._gathered_at = path
        self.removed = False
        with self._failures_named():
            self._check()
            itself = [self._is_it(each) for each in inputs]
            self._nothing_else = all(itself)
            self._at_end = any(itself) or any(_is_pipe(each) for each in inputs)
            self.taken_back = any(itself) and not any(_is_begun(each) for each in inputs)
            if self.taken_back:
                with self._locked():
                    self._before = self._state()

    def __enter__(self) -> Self:
        return self

    def write(self, line: int, reason: str, field: str | None, event: bytes) -> None:
        """Add a refused line."""
        self._gather([wrap(line, reason, field, event)])

    def write_pieces(self, line: int, reason: str, pieces: Iterable[bytes]) -> None:
        """Add a refused line that is too long to be held at once."""
        self._gather(wrap_pieces(line, reason, pieces, again=self.taken_back))

    def sync(self) -> None:
        """Make sure that what was written outlives a crash."""
        if self._gathered is None:
            return
        with self._failures_named():
            if self._at_end:
                _to_the_disk(self._gathered)
            else:
                self._hand_over(self._gathered)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, RejectedError):
            with suppress(OSError):  # what did not fit is not tried again; the error is on its way already
                self._close()
            return
        with self._failures_named():
            if self.taken_back and error is None:
                self._take_back()
            elif self._gathered is not None:
                # After a failure the file stays as it was, and so holds what was refused of it anew.
                if not (self.taken_back and self._nothing_else):
                    self._hand_over(self._gathered)
                self._close()
                self._gathered_at.unlink()

    # -- this run's own file ------------------------------------------------------------------------

    def _gather(self, pieces: Iterable[bytes]) -> None:
        """Write a line; one that does not come to its end leaves nothing."""
        with self._failures_named():
            file = self._own()
            start = file.tell()
            try:
                file.writelines(pieces)
            except BaseException:
                file.seek(start)
                file.truncate()
                raise

    def _own(self) -> IO[bytes]:
        if self._gathered is None:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = mkstemp(".new", f"{self._target.name}.", self._target.parent)
            self._gathered, self._gathered_at = os.fdopen(descriptor, "w+b"), Path(name)
        return self._gathered

    def _close(self) -> None:
        if self._gathered is not None:
            self._gathered.close()

    # -- the rejected file --------------------------------------------------------------------------

    def _check(self) -> None:
        """Find out whether the file can be written, without making it."""
        if self._target.exists():
            with self._target.open("ab") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise OSError(_("it is not a file"))
            with self._target.open("rb") as file:
                beginnings = iter(lambda: file.readline(_LONGEST_BEGINNING), b"")
                if os.fstat(file.fileno()).st_size and not any(map(begins_as_refused, beginnings)):
                    raise OSError(_("it holds something else than refused lines"))
        with TemporaryFile(dir=next(each for each in self._target.parents if each.exists())):
            pass

    def _is_it(self, path: Path) -> bool:
        return self._target.exists() and os.path.samestat(_stat(path), self._target.stat())

    def _state(self) -> _State:
        if not self._target.exists():
            return _State(0, 0, 0)
        found = self._target.stat()
        return _State(found.st_dev, found.st_ino, found.st_size)

    def _hand_over(self, gathered: IO[bytes]) -> None:
        """Add what was gathered to the rejected file: all of it, or nothing."""
        gathered.seek(0)
        with self._locked():
            size = self._state().size
            try:
                with self._target.open("a+b") as file:
                    if size and not _ends_a_line(file):
                        file.write(b"\n")
                    shutil.copyfileobj(gathered, file)
                    _to_the_disk(file)
            except OSError:
                with suppress(FileNotFoundError):
                    os.truncate(self._target, size)
                raise
        gathered.seek(0)
        gathered.truncate()

    def _take_back(self) -> None:
        """Put what was refused anew in the place of the file; what others added meanwhile stays."""
        with self._locked():
            now = self._state()
            published = 0  # of what lies there now: nothing, when somebody put another file there
            if now[:2] == self._before[:2] and now.size >= self._before.size:
                published = self._before.size
            if self._gathered is None and now.size == published:
                self._target.unlink(missing_ok=True)  # every line of it is in the log now
                self.removed = True
                return
            gathered = self._own()
            if now.size > published:
                with self._target.open("rb") as file:
                    file.seek(published)
                    shutil.copyfileobj(file, gathered)
            _to_the_disk(gathered)
            gathered.close()
            if self._target.exists():
                shutil.copymode(self._target, self._gathered_at)
            self._gathered_at.replace(self._target)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep every other run away from the rejected file."""
        from filelock import FileLock  # noqa: PLC0415 - only refused lines need it

        lock = self._target.with_name(self._target.name + ".lock")
        with FileLock(lock, timeout=_LOCK_SECONDS):
            try:
                yield
            finally:
                if sys.platform != "win32":  # there the library does it; whoever waits for it sees that it is gone
                    lock.unlink(missing_ok=True)

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            sentence = _("refused lines cannot be written to {path}: {error}. Name another file with --rejected")
            if self._gathered is not None:
                sentence = _(
                    "refused lines cannot be written to {path}: {error}. Those that could be kept are in {kept}."
                    " Make space or name another file with --rejected, then publish again"
                )
            raise RejectedError(
                sentence.format(path=self.path, error=why(error), kept=self._gathered_at)
            ) from error


def _stat(path: Path) -> os.stat_result:
    return os.fstat(sys.stdin.fileno()) if str(path) == "-" else path.stat()


def _is_pipe(path: Path) -> bool:
    return not stat.S_ISREG(_stat(path).st_mode)


def _is_begun(path: Path) -> bool:
    """Tell whether somebody else has read the beginning of standard input already."""
    return str(path) == "-" and not _is_pipe(path) and os.lseek(sys.stdin.fileno(), 0, os.SEEK_CUR) > 0


def _ends_a_line(file: IO[bytes]) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _to_the_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
