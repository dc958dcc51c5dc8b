"""Figures as CSV and with one row a part: the same numbers under columns that the question decides."""

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from events.fields import JAKARTA
from tests.acceptance.cli import ITEM, Cli
from tests.scenario import REGIONS

TOLD: Final = ["name", "value", "numerator", "denominator", "formula", "note"]
QUESTIONS: Final = {
    ("--channel", "loudspeaker"): ["channel"],
    ("--region", "18", "--by", "region", "--by", "channel"): ["region", "region_name", "channel"],
    ("--by", "topic", "--to", "2021-11-24"): ["from", "to", "topic"],
    ("--by", "month", "--by", "item", "--region", "18.09"): ["item", "region", "region_name", "from", "to"],
}


def table(out: str) -> tuple[list[str], list[dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(out, newline=""))
    rows = list(reader)
    return list(reader.fieldnames or ()), rows


def part(row: dict[str, Any]) -> dict[str, str]:
    """Return what a figure of the JSON is of, as a CSV has it."""
    found: dict[str, str] = {
        name: str(row[name]) for name in ("item", "region", "channel", "topic") if name in row
    }
    if "region" in row:
        found["region_name"] = REGIONS.get(row["region"]).name
    for end, moment in row.get("period", {}).items():
        found[end] = "" if moment is None else local_day(moment)
    return found


def local_day(moment: str) -> str:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(JAKARTA).date().isoformat()


def text(value: object) -> str:
    return "" if value is None else str(value)


@pytest.mark.parametrize(("asked", "columns"), QUESTIONS.items())
def test_a_csv_holds_what_json_lines_hold(sample: Cli, asked: tuple[str, ...], columns: list[str]) -> None:
    lines, rows = sample.together(*(("figures", *asked, "--format", each) for each in ("jsonl", "csv")))
    header, found = table(rows.out)
    assert header == [*columns, *TOLD]
    for row, line in zip(found, lines.rows(), strict=True):
        assert {name: row[name] for name in columns if row[name]} == {k: v for k, v in part(line).items() if v}
        assert row["name"] == line["name"]
        assert [row[each] for each in ("numerator", "denominator", "formula", "note")] == [
            text(line.get(each)) for each in ("numerator", "denominator", "formula", "note")
        ]
        assert re.fullmatch(r"(-?[0-9]+(\.[0-9]+)?)?", row["value"])
        assert (None if row["value"] == "" else float(row["value"])) == line["value"]


@pytest.mark.parametrize(("asked", "columns"), QUESTIONS.items())
def test_a_wide_row_holds_the_figures_of_its_part(sample: Cli, asked: tuple[str, ...], columns: list[str]) -> None:
    lines, as_csv, as_lines, as_json, drawn, elsewhen = sample.together(
        ("figures", *asked, "--format", "jsonl"),
        *(("figures", *asked, "--wide", "--format", each) for each in ("csv", "jsonl", "json", "table")),
        ("figures", *asked, "--wide", "--format", "csv", "--as-of-position", "0"),
    )
    header, rows = table(as_csv.out)
    names = header[len(columns) : -1]
    assert [*header[: len(columns)], header[-1]] == [*columns, "note"]
    assert table(elsewhen.out)[0][: len(header)] == header
    assert all(list(row) == header for row in as_lines.rows())
    assert as_json.json()["parts"] == as_lines.rows()
    assert [{name: text(row[name]) for name in columns} for row in as_lines.rows()] == [
        {name: row[name] for name in columns} for row in rows
    ]
    figures = lines.rows()
    assert len(rows) == len([each for each in figures if each["name"] == "coverage"])
    assert {each["name"] for each in figures} <= set(names)
    for figure in figures:
        of = part(figure)
        such = [row for row in rows if {k: row[k] for k in of if of[k]} == {k: v for k, v in of.items() if v}]
        if figure["name"].startswith(("cascade.", "correction.")):
            assert such
        else:
            such = [row for row in such if all(row[name] == of.get(name, "") for name in columns)]
            assert len(such) == 1
        for row in such:
            value = row[figure["name"]]
            assert (None if value == "" else float(value)) == figure["value"]
            for note in (figure.get("note") or "").split("; "):
                assert note in row["note"]
    assert drawn.status == 0
    assert set(names) <= set(drawn.out.split())


def test_a_column_of_a_correction_is_there_before_there_is_one(sample: Cli) -> None:
    header, (row,) = table(sample("figures", "--item", ITEM, "--wide", "--format", "csv").out)
    assert row["correction.reach"] == ""
    corrected = sample("record", "item.retracted", ITEM, "--holder", "diskominfo-lampung", "--reason", "salah")
    assert corrected.status == 0
    then, (row,) = table(sample("figures", "--item", ITEM, "--wide", "--format", "csv").out)
    assert then == header
    assert row["correction.reach"] == "0.0"


def test_a_figure_and_a_wide_row_are_not_asked_for_the_steps_behind(sample: Cli) -> None:
    found = sample("figures", "--wide", "--events", "coverage")
    assert (found.status, found.out) == (2, "")
    assert "--wide" in found.err


def test_a_table_says_what_it_is_of(sample: Cli) -> None:
    heads = {
        (): "everything that is recorded",
        ("--item", ITEM, "--to", "2021-12-01"): f"{ITEM} · up to 2021-11-30",
        ("--region", "18.09", "--by", "month"): "18.09 Kabupaten Pesawaran",
        ("--from", "2021-11-01", "--to", "2021-12-01", "--wide"): "2021-11-01 to 2021-11-30",
        ("--from", "2021-11-01", "--channel", "loudspeaker"): "from 2021-11-01 on · loudspeaker",
    }
    for found, head in zip(
        sample.together(*(("figures", *asked) for asked in heads)), heads.values(), strict=True
    ):
        assert found.out.splitlines()[:2] == [head, "up to position 39 of 39 · regions of idn-area-data 4.0.1"]
