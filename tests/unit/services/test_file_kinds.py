"""A file of something else is told by its beginning from a file of events, which is never refused."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.exits import UsageError
from services.cli.file_kinds import refuse_what_holds_no_events
from tests.acceptance.cli import json_lines
from tests.scenario import Events

EVENTS = [Events().shared(headcount=each) for each in range(3)]
LINES = json_lines(EVENTS)
TABLE = b"kode;jumlah\n18.09.01.2007;1200\n18.09.01.2008;900\n"
MARK = b"\xef\xbb\xbf"


def zipped(**files: bytes) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_xml", ".xml").replace("Content_Types", "[Content_Types]"), content)
    return memory.getvalue()


def told(content: bytes, name: str = "events.jsonl", *, whole: bool = True) -> str | None:
    try:
        refuse_what_holds_no_events(Path(name), content, whole)
    except UsageError as error:
        return str(error)
    return None


OTHERS = {
    "UTF-16": (LINES.decode().encode("utf-16"), "UTF-16"),
    "UTF-16, little, no mark": (LINES.decode().encode("utf-16-le"), "UTF-16"),
    "UTF-16, big, with a mark": (("\ufeff" + LINES.decode()).encode("utf-16-be"), "UTF-16"),
    "UTF-16, big, no mark": (LINES.decode().encode("utf-16-be"), "UTF-16"),
    "UTF-32": (LINES.decode().encode("utf-32"), "UTF-32"),
    "UTF-32, little, no mark": (LINES.decode().encode("utf-32-le"), "UTF-32"),
    "UTF-32, big, no mark": (LINES.decode().encode("utf-32-be"), "UTF-32"),
    "a table in UTF-16": (TABLE.decode().encode("utf-16"), "UTF-16"),
    "a list on a line": (json.dumps(EVENTS).encode(), "JSON list"),
    "a list on a line, with an end": (b" \n" + json.dumps(EVENTS).encode() + b"\n", "JSON list"),
    "a list, an event a line": (b"[" + LINES.replace(b"}\n", b"},\n")[:-2] + b"]\n", "JSON list"),
    "a list over lines": (json.dumps(EVENTS, indent=2).encode(), "JSON list"),
    "a list behind a mark": (MARK + json.dumps(EVENTS, indent=2).encode(), "JSON list"),
    "an empty list": (b"[]", "JSON list"),
    "an event over lines": (json.dumps(EVENTS[0], indent=2).encode(), "several lines"),
    "an event over lines, from Windows": (
        json.dumps(EVENTS[0], indent=4).replace("\n", "\r\n").encode(),
        "several lines",
    ),
    "events over lines": (b"\n".join(json.dumps(each, indent=2).encode() for each in EVENTS), "several lines"),
    "an Excel file": (zipped(Content_Types_xml=b"<Types/>", workbook_xml=b"<x/>"), "spreadsheet"),
    "an ODS": (zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "spreadsheet"),
    "an old Excel file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "spreadsheet"),
    "a zip": (zipped(events=LINES), "compressed"),
    "a gzip": (gzip.compress(LINES), "compressed"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "a PDF"),
    "a PNG": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
    "a JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture"),
    "a WebP": (b"RIFF\x24\0\0\0WEBPVP8 ", "a picture"),
    "a database": (b"SQLite format 3\0\x10\0", "database"),
    "HTML": (b"\n<!DOCTYPE html>\n<html>\n", "HTML"),
    "a table": (TABLE, "population import"),
    "a table with a mark": (MARK + TABLE, "population import"),
    "a table with commas in a cell": (b'region,people\n"18,09",4\n18,5\n', "population import"),
    "a table of tabs": (TABLE.replace(b";", b"\t"), "population import"),
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("language", ["en"])
def test_what_holds_no_events_is_called_what_it_is(name: str, language: str) -> None:
    content, word = OTHERS[name]
    found = told(content)
    assert found is not None, language
    assert found.startswith("events.jsonl ")
    assert word in found


@pytest.mark.parametrize("name", ["a list on a line", "a list over lines", "events over lines"])
def test_a_beginning_is_enough(name: str) -> None:
    content, word = OTHERS[name]
    for end in (200, 700, 1_000):
        assert word in (told(content[:end], whole=False) or "")


def test_a_table_is_known_by_its_name_too() -> None:
    assert "population import" in (told(b"nama,umur\n", "a.CSV") or "")
    assert told(b"nama,umur\n") is None
    assert told(LINES, "a.csv") is None


JUNK = [
    b"",
    b"\n\n",
    MARK,
    b"tanggal;kim;kanal",
    b"<p>",
    b"BMKG",
    b"[1, 2]",
    b"[",
    b"{",
    b"[{",
    b'"',
    b"\x00\x00\x00",
    b"\xff\xfe{\x00",
    LINES.splitlines()[0][:-9],
    LINES.splitlines()[0][:20],
    json.dumps(EVENTS).encode(),
    '{"id": "kotak"}'.encode("utf-16"),
    b"[" * 100_000,
]


@pytest.mark.parametrize("junk", JUNK, ids=[f"{at}-{each[:9]!r}" for at, each in enumerate(JUNK)])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_wrong_lines_make_no_other_file_of_it(junk: bytes, end: bytes) -> None:
    assert told(junk + end + LINES) is None
    assert told(LINES + junk + end) is None
    assert told((junk + end + LINES)[: 64 * 1024], whole=False) is None


@given(st.binary(max_size=300), st.booleans())
def test_any_beginning_is_looked_at_without_a_failure(content: bytes, whole: bool) -> None:  # noqa: FBT001 - drawn
    told(content, whole=whole)
    told(b"{" + content, whole=whole)
    told(b"[" + content, whole=whole)
