"""A copy of a SQLite file as it is now, for whoever may not write a byte in its folder."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

_PARTS: Final = ("", "-wal")
"""The file, and the commits that are not in it yet. What is in `-shm` is made anew from these."""

_Stamp = list[tuple[int, int] | None]


def copy_database(source: Path, target: Path) -> None:
    """Copy the database in the file `source`; where there is none, nothing.

    Nothing is opened for writing, and SQLite itself does not touch files that nobody has open: to read a
    write-ahead log it would write an index beside it. Only where somebody writes meanwhile, and so has such an
    index, SQLite makes the copy.

    Raises:
        OSError, sqlite3.Error: the file cannot be read.

    """
    file = source.resolve()  # a link: the write-ahead log lies beside the file itself
    if not file.exists():
        return
    before = _stamp(file)
    for part in _PARTS:
        beside = Path(f"{file}{part}")
        if beside.exists():
            shutil.copyfile(beside, f"{target}{part}")
    if _stamp(file) == before:
        return
    for part in _PARTS:
        Path(f"{target}{part}").unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)


def _stamp(file: Path) -> _Stamp:
    """Return what changes when somebody writes: size and time of each part."""
    found: _Stamp = []
    for part in _PARTS:
        try:
            told = Path(f"{file}{part}").stat()
        except FileNotFoundError:
            found.append(None)
        else:
            found.append((told.st_size, told.st_mtime_ns))
    return found
