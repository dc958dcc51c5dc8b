"""Cells of a CSV: plain values, and no text that a spreadsheet would run as a formula."""

import csv
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

_RUNS: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # the last four: = + - @ in full width
"""What makes a spreadsheet take a text that begins with it for a formula."""
_ESCAPE: Final = "'"
_IS_NUMBER: Final = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?").fullmatch


def print_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Print rows of plain JSON as CSV (RFC 4180); what a row leaves out is an empty cell."""
    writer = csv.writer(sys.stdout)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row.get(column)) for column in columns])


def cell(value: object) -> str | int:
    """Return what stands in a cell: numbers without an exponent; lists, objects and truths as JSON; null is empty.

    A text that a spreadsheet would run has an apostrophe before it, and so has one that begins with an apostrophe:
    whoever takes the first one away has every text as it was.
    """
    match value:
        case None:
            return ""
        case str():
            return _ESCAPE + value if value[:1] in _RUNS | {_ESCAPE} and not _IS_NUMBER(value) else value
        case bool() | list() | dict():
            return msgspec.json.encode(value).decode()
        case float():
            return f"{Decimal(repr(value)):f}"
        case int():
            return value
        case _:
            raise TypeError(f"{value!r} is no JSON")
