"""What a table of populations says: which column is what, and how many people a row counts where and when."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from events.fields import is_region_code
from events.operation import PopulationRecorded
from events.refusal import Message, RefusedError, RegionCodeError, excerpt
from infra.language import translate as _
from infra.regions import Regions
from services.cli import exits
from services.cli.csv_table import CsvTable

COLUMNS: Final = ("region", "people", "date", "source")

_AS_WRITTEN: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII).fullmatch
_OF_BPS: Final = re.compile(r"(?<![a-z])bps(?![a-z])", re.IGNORECASE).search
# As offices head them; a code of BPS is none of Kemendagri's, and a year is no day.
_HEADINGS: Final[Mapping[str, re.Pattern[str]]] = {
    "region": re.compile(r"(?!.*\b(bps|pos)\b)(kemendagri )?kode\b.*"),
    "people": re.compile(r"(jumlah |jml )?(penduduk( jiwa| orang)?|jiwa)|populasi|population"),
    "date": re.compile(r"(per )?(tanggal|tgl)( data)?"),
    "source": re.compile(r"sumber( data)?"),
}
_YEAR: Final = re.compile(r"tahun( data)?|year").fullmatch
_BELOW: Final = re.compile(
    r"((sub|grand) ?)?(jumlah|total|sumber|source|keterangan|catatan|notes?|ket)\b", re.IGNORECASE
).match

_DIGITS: Final = re.compile(r"[0-9]{1,10}").fullmatch
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:[.,'\u2019 \u00a0\u202f][0-9]{3})+").fullmatch
_WHOLE: Final = re.compile(r"([0-9]{1,10})[.,]0{1,2}").fullmatch
_SHORTENED: Final = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+").fullmatch
_BARE_CODE: Final = re.compile(r"([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})([0-9]{4})?)?)?").fullmatch
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})[/. -]([0-9]{1,2})[/. -]([0-9]{4})").fullmatch
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})[/. -]?([0-9]{2})[/. -]?([0-9]{2})(?:[ T]00:00(?::00)?)?").fullmatch
_SERIAL: Final = re.compile(r"[1-6][0-9]{4}").fullmatch
_SERIAL_ZERO: Final = date(1899, 12, 30)
"""The day that spreadsheets count from."""


class PopulationTable:
    """A CSV of populations; `given` fills in columns it lacks, `columns` says how its headings call ours."""

    def __init__(self, path: Path, given: Mapping[str, str], columns: Mapping[str, str], regions: Regions) -> None:
        self._path = path
        self._given = dict(given)
        self._columns = {name: heading.strip().casefold() for name, heading in columns.items()}
        self._regions = regions
        self._year: str | None = None
        self._of: dict[str, str] = {}
        self.csv = CsvTable(path, self._known, enough=2)
        if "date" in given:
            try:
                _day(given["date"])
            except RefusedError as refusal:
                raise exits.UsageError(f"--date: {refusal.reason(_)}") from refusal

    def _known(self, header: Sequence[str]) -> int:
        """Return how many of region and people a header has."""
        return sum(bool(self._candidates(header, name)) for name in ("region", "people"))

    def _candidates(self, header: Sequence[str], name: str) -> list[str]:
        """Return the headings of a header that may be one of ours: the one named so, else those that mean it."""
        if name in self._columns:
            if name == "region" and _OF_BPS(self._columns[name]):
                raise exits.UsageError(
                    _(
                        "{column} holds codes of BPS, which number regions otherwise: name Kemendagri's column"
                    ).format(column=self._columns[name])
                )
            return [heading for heading in header if heading == self._columns[name]]
        own = [heading for heading in header if heading == name]
        alike = _HEADINGS[name].fullmatch
        return own or [heading for heading in header if alike(re.sub(r"[\W_]+", " ", heading).strip())]

    def settle(self) -> None:
        """Say which column is what, once the header is known.

        Raises:
            UsageError: one is missing, or there are several.

        """
        self.csv.settle()
        for name in COLUMNS:
            candidates = self._candidates(self.csv.header, name)
            if self._is_there(name, candidates):
                self._of[name] = candidates[0]
        self._year = next((each for each in self.csv.header if _YEAR(each.replace("_", " "))), None)

    def _is_there(self, name: str, candidates: Sequence[str]) -> bool:
        if len(set(candidates)) > 1:
            raise exits.UsageError(
                _(
                    "{path} has several columns that may be {name}: {columns}. Say which, such as"
                    " --columns {name}={first}"
                ).format(path=self._path, name=name, columns=", ".join(candidates), first=candidates[-1])
            )
        if len(candidates) > 1:
            raise exits.UsageError(
                _("{path} has {times} columns {name}: leave one").format(
                    path=self._path, times=len(candidates), name=candidates[0]
                )
            )
        if candidates and name in self._given:
            raise exits.UsageError(
                _("{path} has a column {column}: leave --{name} out, or the column").format(
                    path=self._path, column=candidates[0], name=name
                )
            )
        if not candidates and name not in self._given:
            raise exits.UsageError(self._what_is_missing(name))
        return bool(candidates)

    def _what_is_missing(self, name: str) -> str:
        sentence = _(
            "{path} has no column {column}: the first line of a table names its columns, {columns}."
            " How others are called is told by --columns, as {name}=HEADING; here they are: {header}"
        )
        if name in self._columns:
            sentence = _("{path} has no column {column}, which --columns names; there are: {header}")
        elif name == "date" and any(_YEAR(each.replace("_", " ")) for each in self.csv.header):
            sentence = _(
                "{path} has a year, and no column {column}: give the day of the counts for all rows, such as"
                " --date 2020-12-31"
            )
        elif name in ("date", "source"):
            sentence = _("{path} has no column {column}: add it, or give --{name} for all rows")
        return sentence.format(
            path=self._path,
            column=self._columns.get(name, name),
            name=name,
            columns=", ".join(COLUMNS),
            header=", ".join(filter(None, self.csv.header[:20])),
        )

    def column(self, name: str) -> str:
        """Return the heading of one of our columns."""
        return self._of.get(name, name)

    def count(self, line: bytes) -> PopulationRecorded | None:
        """Return what a row counts; None for one of empty cells.

        Raises:
            BelowTheTableError: it is no row of the table, but stands below it.
            RefusedError: what is wrong with it, in which column, and what would be right.

        """
        cells = self.csv.row(line)
        written = [cell for cell in cells.values() if cell]
        if not written:
            return None
        row = {name: cells[heading] for name, heading in self._of.items()} | self._given
        if _BELOW(written[0]) and not row["region"][:1].isdigit():
            raise BelowTheTableError(
                Message("left out, since it stands below the table: {row}"), row=excerpt(" ".join(written))
            )
        region = self._region(row["region"])
        if self._year and "date" in self._given and cells[self._year] not in ("", self._given["date"][:4]):
            raise RefusedError(
                "the row is of {year}, and --date is {date}: import the rows of each year for themselves",
                field=self._year,
                year=excerpt(cells[self._year]),
                date=self._given["date"],
            )
        people, day = _people(row["people"]), _day(row["date"])
        if not row["source"]:
            raise RefusedError("the cell is empty: write who counted the people", field="source")
        return PopulationRecorded(region, people, row["source"], day)

    def _region(self, cell: str) -> str:
        """Return the code that a cell holds; its dots may be left out where that makes one that there is."""
        if is_region_code(cell):
            return cell
        if bare := _BARE_CODE(cell):
            code = ".".join(filter(None, bare.groups()))
            if code in self._regions:
                return code
        raise RegionCodeError(cell, field="region")


class BelowTheTableError(RefusedError):
    """A row is a sum or a note below the table; it is left out."""


def _people(cell: str) -> int:
    if not cell:
        raise RefusedError("the cell is empty: write how many people live there, in digits alone", field="people")
    if _DIGITS(cell):
        return int(cell)
    if _THOUSANDS(cell):
        raise RefusedError(
            "{value} has separators in it: write {right}",
            field="people",
            value=excerpt(cell),
            right=re.sub(r"[^0-9]", "", cell),
        )
    if whole := _WHOLE(cell):
        raise RefusedError(
            "{value} has a fraction: people are counted in digits alone, write {right}",
            field="people",
            value=excerpt(cell),
            right=whole[1],
        )
    if _SHORTENED(cell):
        raise RefusedError(
            "{value} is a number that a spreadsheet has shortened: let it show all digits, and save it again",
            field="people",
            value=excerpt(cell),
        )
    raise RefusedError(
        "{value} is not a number of people: write digits alone, such as 1234", field="people", value=excerpt(cell)
    )


def _day(cell: str) -> str:
    try:
        is_day = date.fromisoformat(cell).isoformat() == cell
    except ValueError:
        is_day = False
    if is_day:
        return cell
    if not cell:
        raise RefusedError("the cell is empty: write the day of the count, such as 2020-12-31", field="date")
    if right := _meant(cell):
        raise RefusedError(
            "{value} is not how a day is written here: write {right}",
            field="date",
            value=excerpt(cell),
            right=right.isoformat(),
        )
    if _AS_WRITTEN(cell):
        raise RefusedError(
            "{value} is not a day of the calendar: write it as 2020-12-31", field="date", value=excerpt(cell)
        )
    raise RefusedError(
        "{value} is not how a day is written here: write year, month and day, as 2020-12-31 is written",
        field="date",
        value=excerpt(cell),
    )


def _meant(cell: str) -> date | None:
    """Return the day that a spreadsheet's way to write one means; None where it may mean two."""
    try:
        if parts := _YEAR_FIRST(cell):
            return date(int(parts[1]), int(parts[2]), int(parts[3]))
        if parts := _DAY_FIRST(cell):
            day, month, year = map(int, parts.groups())
            if month > 12:  # noqa: PLR2004 - there are no more: the month came first
                day, month = month, day
            return date(year, month, day) if day > 12 or day == month else None  # noqa: PLR2004 - the months
    except ValueError:
        return None
    return _SERIAL_ZERO + timedelta(days=int(cell)) if _SERIAL(cell) else None
