"""A table of populations as a spreadsheet saves it: its rows become events."""

import csv
import re
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from events.fields import is_region_code, starts
from events.operation import PopulationRecorded
from events.refusal import RefusedError, excerpt
from infra.language import translate as _
from services.cli import exits

COLUMNS: Final = ("region", "people", "date", "source")

_DIGITS: Final = re.compile(r"[0-9]{1,10}").fullmatch
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:[.,'\u2019 \u00a0\u202f][0-9]{3})+").fullmatch


class Table:
    """A CSV whose header is known, and the office that records its rows; `given` fills in columns it lacks."""

    def __init__(self, path: Path, header: bytes, holder: str, given: Mapping[str, str]) -> None:
        try:
            text = header.decode()
            self._separator = ";" if ";" in text else ","
            self._header = [cell.casefold() for cell in self._cells(text)]
        except (UnicodeDecodeError, csv.Error) as error:
            raise exits.UsageError(
                _("{path} is no CSV in UTF-8 ({error}): save the table as one, and import that").format(
                    path=path, error=error
                )
            ) from error
        self._holder = holder
        self._given = given
        for name in COLUMNS:
            self._check(path, name)
        if "date" in given:
            try:
                _day(given["date"])
            except RefusedError as refusal:
                raise exits.UsageError(f"--date: {refusal.reason(_)}") from refusal

    def event(self, row: bytes) -> bytes | None:
        """Return the event of a row; None for a row of empty cells.

        Raises:
            RefusedError: what is wrong with it, in which column, and what would be right.

        """
        try:
            cells = self._cells(row.decode())
        except UnicodeDecodeError as error:
            raise RefusedError("this is not UTF-8: save the file as UTF-8 and send it again") from error
        except csv.Error as error:
            raise RefusedError("this is no row of a CSV: {detail}", detail=str(error)) from error
        if not any(cells):
            return None
        if len(cells) != len(self._header):
            raise RefusedError(
                "the row has {count} cells, the header {expected}: a cell with {separator} in it stands in quotes,"
                " and a number has no separators",
                count=len(cells),
                expected=len(self._header),
                separator=self._separator,
            )
        row_of = {**dict(zip(self._header, cells, strict=True)), **self._given}
        if not is_region_code(row_of["region"]):
            raise RefusedError(
                "{value} is not a region code, such as 18, 18.09, 18.09.01 or 18.09.01.2007",
                field="region",
                value=excerpt(row_of["region"]),
            )
        if not row_of["source"]:
            raise RefusedError("the cell is empty: write who counted the people", field="source")
        data = {name: row_of[name] for name in COLUMNS} | {"people": _people(row_of["people"])}
        content = msgspec.json.encode(data)
        return msgspec.json.encode(
            {
                "specversion": "1.0",
                # Of the content alone: the same row is the same event, whenever and from whichever file it comes.
                "id": sha256(content).hexdigest()[:32],
                "source": f"urn:jejak:org:{self._holder}",
                "type": PopulationRecorded.TOPIC,
                "subject": data["region"],
                "time": starts(_day(row_of["date"])).isoformat(),
                "holder": self._holder,
                "data": msgspec.Raw(content),
            }
        )

    def _cells(self, text: str) -> list[str]:
        """Return the cells of one line: a row does not go on in the next, so that a lost quote costs one row."""
        cells = next(csv.reader([text.rstrip("\r\n")], delimiter=self._separator, strict=True))
        return [cell.strip() for cell in cells]

    def _check(self, path: Path, name: str) -> None:
        times = self._header.count(name)
        if times > 1:
            raise exits.UsageError(
                _("{path} has {times} columns {name}: leave one").format(path=path, times=times, name=name)
            )
        if times and name in self._given:
            raise exits.UsageError(
                _("{path} has a column {name}: leave --{name} out, or the column").format(path=path, name=name)
            )
        if not times and name not in self._given:
            sentence = _("{path} has no column {name}: its first line names the columns {columns}")
            if name in ("date", "source"):
                sentence = _("{path} has no column {name}: add it, or give --{name} for all rows")
            raise exits.UsageError(sentence.format(path=path, name=name, columns=", ".join(COLUMNS)))


def _people(cell: str) -> int:
    if _DIGITS(cell):
        return int(cell)
    if _THOUSANDS(cell):
        raise RefusedError(
            "{value} has separators in it: write {right}",
            field="people",
            value=excerpt(cell),
            right=re.sub(r"[^0-9]", "", cell),
        )
    raise RefusedError(
        "{value} is not a number of people: write digits alone, such as 1234", field="people", value=excerpt(cell)
    )


def _day(cell: str) -> str:
    try:
        is_day = date.fromisoformat(cell).isoformat() == cell
    except ValueError:
        is_day = False
    if not is_day:
        raise RefusedError(
            "{value} is not a day of the calendar: write it as 2020-12-31", field="date", value=excerpt(cell)
        )
    return cell
