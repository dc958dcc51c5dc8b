"""Tells from its beginning what a file is that holds something else than events, one a line."""

import csv
import re
from pathlib import Path
from typing import Final

import msgspec

from events.json_text import BOM
from events.refusal import Message, RefusedError
from infra.language import translate as _
from services.cli import exits

_ROWS: Final = 5
_OBJECT: Final = b'\n{"'
_TABLES: Final = (".csv", ".tsv")

_SPREADSHEET: Final = "spreadsheet"
_COMPRESSED: Final = "compressed"
_IN_A_ZIP: Final = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet")
"""What tells a spreadsheet from any other zip."""

# How files of other programs begin.
_MAGIC: Final = (
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _SPREADSHEET),
    (rb"PK\x03\x04|PK\x05\x06|\x1f\x8b|BZh[1-9]1AY|\xfd7zXZ|7z\xbc\xaf|Rar!\x1a|\x28\xb5\x2f\xfd", _COMPRESSED),
    (rb"%PDF-", Message("a PDF")),
    (
        rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP|II\*\0|MM\0\*|BM.{4}\0{4}|.{4}ftyphei",
        Message("a picture"),
    ),
    (rb"SQLite format 3\0|PAR1", Message("a file of a database")),
)
# The longer ones first: those of UTF-32 begin with those of UTF-16.
_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def refuse_what_holds_no_events(path: Path, beginning: bytes, whole: bool) -> None:  # noqa: FBT001 - as `Look` has it
    """Refuse a file whose beginning shows that it is no file of events; `whole`: nothing comes behind it.

    A file of events with wrong lines is none of these, whatever its first line is.

    Raises:
        UsageError: what the file is, and what to do with it.

    """
    found = _of_bytes(beginning) or _of_json(beginning, whole=whole) or _of_other_text(path, beginning)
    if found is not None:
        found.parameters["path"] = path
        raise exits.UsageError(found.reason(_))


def _of_bytes(beginning: bytes) -> RefusedError | None:
    encoding = _encoding(beginning)
    if encoding is not None:
        return RefusedError(
            "{path} is written in {encoding}, not in UTF-8: save it as UTF-8 (in Notepad: Save as, Encoding), then"
            " publish it again",
            encoding=encoding,
        )
    kind = next((kind for magic, kind in _MAGIC if re.match(magic, beginning, re.DOTALL)), None)
    if kind is _SPREADSHEET or (kind is _COMPRESSED and any(each in beginning for each in _IN_A_ZIP)):
        return RefusedError(
            "{path} is a spreadsheet, not events. Populations: save it as CSV and use jejak population import."
            " Events come as JSON Lines, one a line"
        )
    if kind is _COMPRESSED:
        return RefusedError("{path} is compressed: unpack it, and publish what is in it")
    return None if kind is None else _no_events(kind)


def _no_events(kind: str) -> RefusedError:
    return RefusedError("{path} is {kind}, not events: they come as JSON Lines, one a line", kind=kind)


def _encoding(beginning: bytes) -> str | None:
    """Return UTF-16 or UTF-32 where the text is so: by its mark, or since ASCII has NUL in it then."""
    if _OBJECT in beginning:  # a line of UTF-8, whatever stands before it
        return None
    for mark, name in _MARKS:
        if beginning.startswith(mark):
            return name
    first = [byte == 0 for byte in beginning[:8]]
    if first in ([False, True, True, True] * 2, [True, True, True, False] * 2):
        return "UTF-32"
    return "UTF-16" if first in ([False, True] * 4, [True, False] * 4) else None


def _of_json(beginning: bytes, *, whole: bool) -> RefusedError | None:
    """Tell of JSON that is not one event a line: a list of events, or an event over several lines."""
    # Of the beginning, the last character may be cut off.
    text = beginning.removeprefix(BOM).decode(errors="ignore").encode().lstrip()
    first, end, rest = text.partition(b"\n")
    is_list = text.startswith(b"[")
    if not (is_list or text.startswith(b"{")) or not (end or is_list):
        return None
    try:
        msgspec.json.decode(first)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        if not _goes_on(text, whole=whole):
            return None
    else:
        if not is_list or rest.strip():
            return None
    if is_list:
        return RefusedError(
            "{path} is a JSON list, not JSON Lines: write each event on a line of its own, without the brackets"
            " and the commas around it (jq -c '.[]' {path})"
        )
    return RefusedError("{path} has an event over several lines: write each event on one line (jq -c . {path})")


def _goes_on(text: bytes, *, whole: bool) -> bool:
    """Tell whether a JSON text that does not end with its first line ends, or may end, with a later one."""
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return "trailing characters" in str(error) or (not whole and "truncated" in str(error))
    return True


def _of_other_text(path: Path, beginning: bytes) -> RefusedError | None:
    """Tell of markup, and of a CSV: rows of as many cells each. No line of them begins as an event does."""
    text = beginning.removeprefix(BOM).decode(errors="replace")
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or any(line.lstrip().startswith(("{", "[")) for line in lines):
        return None
    if re.match(r"\s*<(\?xml|!doctype|html)", text, re.IGNORECASE):
        return _no_events(Message("HTML or XML"))
    rows = lines[:_ROWS]
    if path.suffix.lower() in _TABLES or (len(rows) > 1 and any(_has_cells(rows, each) for each in ";,\t|")):
        return RefusedError(
            "{path} is a table (CSV), not events. Populations: jejak population import {path}. Events come as JSON"
            " Lines, one a line"
        )
    return None


def _has_cells(rows: list[str], separator: str) -> bool:
    try:
        widths = {len(row) for row in csv.reader(rows, delimiter=separator)}
    except csv.Error:
        return False
    return len(widths) == 1 and widths.pop() > 1
