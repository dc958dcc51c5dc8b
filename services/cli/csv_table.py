"""Reads a CSV as spreadsheets leave it: its separator, what stands above its header, and the cells of its rows."""

import csv
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from events.refusal import RefusedError
from infra.language import translate as _
from services.cli import exits

_SEPARATORS: Final = (",", ";", "\t", "|")
_NAMES_ITS_SEPARATOR: Final = re.compile(r'"?sep=(.)"?,*', re.IGNORECASE).fullmatch
_SPREADSHEETS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_MOST_ABOVE: Final = 20
"""Rows of a title that may stand above the header."""


class CsvTable:
    """A CSV, one row a line; `known` says how many columns of a header it knows, `enough` is when that is all.

    A row does not go on in the next line, so that a lost quote costs one row.
    """

    def __init__(self, path: Path, known: Callable[[Sequence[str]], int], enough: int) -> None:
        self.header: list[str] = []
        """The headings, without capitals."""
        self.above: list[str] = []
        """The rows above the header, which are no part of the table."""
        self._path = path
        self._known = known
        self._enough = enough
        self._separators: Sequence[str] = _SEPARATORS
        self._separator = ","
        self._best = (-1, 0)
        self._error: csv.Error | None = None
        self._is_first = True

    def has_header(self) -> bool:
        """Tell whether its header has been found."""
        return bool(self.header)

    def look_for_header(self, line: bytes) -> None:
        """Take the line as header where it is one, else as one above it.

        Raises:
            UsageError: this is no CSV in UTF-8.

        """
        text = self._decoded(line).strip()
        is_first, self._is_first = self._is_first, False
        if is_first and (named := _NAMES_ITS_SEPARATOR(text)):
            self._separators = (named[1],)
            return
        for separator in self._separators:
            try:
                cells = [cell.casefold() for cell in _cells(text, separator)]
            except csv.Error as error:
                self._error = error
                continue
            best = (self._known(cells), len(cells))
            if best > self._best:
                self._best, self._nearest = best, (cells, separator)
        if self._best[0] >= self._enough or len(self.above) == _MOST_ABOVE:
            self.settle()
        else:
            self.above.append(text)

    def settle(self) -> None:
        """Take for the header what is most like one, where no line is one.

        Raises:
            UsageError: nothing is, and quotes that are not closed may be why.

        """
        if self._best[0] <= 0 and self._error is not None:
            raise self._no_csv(str(self._error))
        if self._best[0] >= 0:
            self.header, self._separator = self._nearest

    def row(self, line: bytes) -> dict[str, str]:
        """Return the cells of a row by their headings; what is left out at its end is empty.

        Raises:
            RefusedError: it is no row of this table.

        """
        try:
            cells = _cells(line.decode(), self._separator)
        except UnicodeDecodeError as error:
            raise RefusedError("this is not UTF-8: save the file as UTF-8 and send it again") from error
        except csv.Error as error:
            raise RefusedError("this is no row of a CSV: {detail}", detail=str(error)) from error
        if any(cells[len(self.header) :]):
            raise RefusedError(
                "the row has {count} cells, the header {expected}: a cell with {separator} in it stands in quotes,"
                " and a number has no separators",
                count=len(cells),
                expected=len(self.header),
                separator="TAB" if self._separator == "\t" else self._separator,
            )
        cells += [""] * (len(self.header) - len(cells))
        return dict(zip(self.header, cells, strict=False))

    def _decoded(self, line: bytes) -> str:
        if line.startswith(_SPREADSHEETS):
            raise exits.UsageError(
                _("{path} is a spreadsheet: save it as CSV UTF-8, and import that").format(path=self._path)
            )
        if line.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in line:
            raise exits.UsageError(
                _("{path} is in UTF-16 (Unicode text): save it as CSV UTF-8, and import that").format(
                    path=self._path
                )
            )
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise self._no_csv(str(error)) from error

    def _no_csv(self, error: str) -> exits.UsageError:
        return exits.UsageError(
            _("{path} is no CSV in UTF-8 ({error}): save the table as CSV UTF-8, and import that").format(
                path=self._path, error=error
            )
        )


def _cells(text: str, separator: str) -> list[str]:
    row = next(csv.reader([text.rstrip("\r\n")], delimiter=separator, strict=True), [])
    return [cell.strip() for cell in row]
