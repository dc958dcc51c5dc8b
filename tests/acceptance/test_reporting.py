"""The lines of docs/reporting.md that read a CSV of figures read it right."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd
import pytest

from tests.acceptance.cli import ROOT, Cli

_, _FOUND, _REST = (ROOT / "docs" / "reporting.md").read_text(encoding="utf-8").partition("\n## Figures as CSV\n")
SECTION: Final = _REST.partition("\n## ")[0]
BLOCKS: Final = re.findall(r"^```(\w+)\n(.+?)\n```$", SECTION, re.MULTILINE)
IN_THE_REGION: Final = ("18.01", "18.10")
NUMBERS: Final = ("value", "numerator", "denominator")


def line(language: str, begin: str = "") -> str:
    (found,) = (text for block, text in BLOCKS if block == language and text.startswith(begin))
    return str(found)


def words(command: str) -> list[str]:
    """Return the arguments of a command line that writes into a file."""
    return shlex.split(command.partition(" > ")[0])


@pytest.fixture
def figures(sample: Cli, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The figures of the example as JSON has them; beside the CSV, in the current folder."""
    _jejak, *asked = words(line("sh", "jejak"))
    found = sample(*asked)
    assert (found.status, found.err) == (0, "")
    Path(sample.folder / "figures.csv").write_text(found.out, encoding="utf-8", newline="")
    monkeypatch.chdir(sample.folder)
    return sample(*asked[: asked.index("csv")], "jsonl").rows()


def same(rows: list[Mapping[str, Any]], figures: list[dict[str, Any]]) -> None:
    """Compare what a reader has with what JSON has."""
    assert {row["region"] for row in rows} >= set(IN_THE_REGION)
    for row, figure in zip(rows, figures, strict=True):
        assert row["region"] == figure["region"]
        assert {name: None if pd.isna(row[name]) else float(row[name]) for name in NUMBERS} == {
            name: figure[name] for name in NUMBERS
        }
        assert (str(row["from"])[:10], str(row["to"])[:10]) == ("2021-11-01", "2021-12-01")
        assert (None if pd.isna(row["note"]) else row["note"]) == figure.get("note")


def test_pandas_reads_figures_by_its_line(figures: list[dict[str, Any]]) -> None:
    told: dict[str, Any] = {"pandas": pd}
    exec(line("python"), told)  # noqa: S102 - the line of our own page
    same(told["figures"].to_dict("records"), figures)


def test_duckdb_reads_figures_by_its_line(figures: list[dict[str, Any]]) -> None:
    found = duckdb.sql(line("sql"))
    assert found is not None
    same(found.df().to_dict("records"), figures)


def test_a_spreadsheet_is_told_which_columns_are_texts(figures: list[dict[str, Any]]) -> None:
    *_, asked = (each for each in words(line("sh", "soffice")) if each.startswith("--infilter=CSV:"))
    separator, quote, encoding, first, formats, language = asked.partition(":")[2].split(",")[:6]
    assert (separator, quote, encoding, first, language) == (str(ord(",")), str(ord('"')), "76", "1", "1033")
    header = Path("figures.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    pairs = [each.split("/") for each in re.findall("[0-9]+/[0-9]+", formats)]
    assert [header[int(column) - 1] for column, kind in pairs if kind == "2"] == ["region"]
    assert figures
