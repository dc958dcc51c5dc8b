"""Whatever is shown as of some moment says so: the question, where the log ended, the regions."""

import csv
import io
from typing import Any

import pytest

from tests.acceptance.cli import ITEM, Cli

pytestmark = pytest.mark.usefixtures("mode")
REGIONS = "idn-area-data 4.0.1"
SHOWN = (("figures", "--by", "channel"), ("figures", "--by", "channel", "--wide"), ("trail", ITEM))
"""The commands that read views."""


def told(
    cli: Cli, *command: str
) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, str]], str, set[str]]:
    """Return a document, its rows as JSON Lines and CSV, the table, and what stderr says of all."""
    found = cli.together(*((*command, "--format", each) for each in ("json", "jsonl", "csv", "table")))
    assert {each.status for each in found} == {0}
    document, lines, rows, table = found
    parsed = list(csv.DictReader(io.StringIO(rows.out, newline="")))
    return document.json(), lines.rows(), parsed, table.out, {each.err for each in found}


@pytest.mark.parametrize("command", SHOWN)
def test_a_position_is_told_everywhere(sample: Cli, command: tuple[str, ...]) -> None:
    document, lines, rows, table, errors = told(sample, *command, "--as-of-position", "20")
    assert document["as_of"] == {"position": 20, "recorded": None, "occurred": None, "beyond_end": False}
    assert (document["position"], document["head"], document["regions"]) == (20, 39, REGIONS)
    beside = {"as_of_position": 20, "log_position": 20, "log_head": 39, "regions": REGIONS}
    assert lines
    assert all(row.items() >= beside.items() for row in lines)
    assert list(rows[0])[-4:] == list(beside)
    assert all(row.items() >= {name: str(value) for name, value in beside.items()}.items() for row in rows)
    assert f"as of position 20 · up to position 20 of 39 · regions of {REGIONS}\n" in table
    assert errors == {""}


@pytest.mark.parametrize("command", SHOWN[1:])
def test_times_are_told_everywhere(sample: Cli, command: tuple[str, ...]) -> None:
    (first, *_rest) = sample("trail", ITEM, "--format", "jsonl").rows()
    asked = ("--as-of-recorded", first["recorded_at"], "--as-of-occurred", "2021-11-23 12.00")
    document, lines, rows, table, errors = told(sample, *command, *asked)
    moments = {"recorded": first["recorded_at"], "occurred": "2021-11-23T05:00:00Z"}
    assert document["as_of"] == {"position": None, **moments, "beyond_end": False}
    assert document["position"] == document["head"] == 39  # one batch, recorded at one moment
    for row in (*lines, *rows):
        assert {"as_of_recorded", "as_of_occurred"} < row.keys()
        assert "as_of_position" not in row
        assert {f"as_of_{name}": row[f"as_of_{name}"] for name in moments} == {
            f"as_of_{name}": value for name, value in moments.items()
        }
    assert "what had happened by 2021-11-23 12:00:00 WIB · up to position 39 of 39" in table
    assert errors == {""}


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        (SHOWN[0], ("--as-of-position", "99999999999999999999")),
        (SHOWN[1], ("--as-of-occurred", "9999-12-31T23:59:59-12:00")),
        (SHOWN[2], ("--as-of-recorded", "9999-12-31T23:59:59-12:00")),
        (SHOWN[2], ("--as-of-position", "40")),
    ],
)
def test_what_lies_beyond_the_end_is_said(sample: Cli, command: tuple[str, ...], asked: tuple[str, str]) -> None:
    now, found = sample.together((*command, "--format", "json"), (*command, *asked, "--format", "json"))
    assert "beyond position 39, where the log ends" in found.err
    document = found.json()
    assert document["as_of"]["beyond_end"] is True
    assert document["position"] == 39
    assert {**document, "as_of": None} == now.json()


@pytest.mark.parametrize("command", SHOWN[1:])
def test_before_the_first_step_nothing_is(sample: Cli, command: tuple[str, ...]) -> None:
    for asked in (("--as-of-position", "0"), ("--as-of-recorded", "0001-01-01T00:00:00+14:00")):
        found = sample(*command, *asked, "--format", "json")
        assert found.status == 0
        assert (found.json()["position"], found.json()["head"]) == (0, 39)
        assert "beyond" not in found.err


def test_what_is_no_position_is_a_usage_error(sample: Cli) -> None:
    for asked in ("-1", "1.5", "x", "1e3"):
        found = sample("figures", f"--as-of-position={asked}")
        assert (found.status, found.out) == (2, "")
        assert f"there is no position {asked}" in found.err


def test_a_window_may_lie_at_the_ends_of_the_calendar(sample: Cli) -> None:
    asked = (("--from", "0001-01-01"), ("--to", "9999-12-31"), ("--from", "9999-12-31"), ("--to", "0001-01-02"))
    for found in sample.together(*(("figures", *each, "--by", "month", "--format", "csv") for each in asked)):
        assert (found.status, found.err) == (0, "")
    assert sample("figures", "--to", "0001-01-01").status == 2


def test_the_steps_behind_a_figure_say_it_too(sample: Cli) -> None:
    asked = ("figures", "--events", "coverage", "--as-of-position", "20", "--format")
    document, lines = sample.together((*asked, "json"), (*asked, "jsonl"))
    beside = {"as_of_position": 20, "log_position": 20, "log_head": 39, "regions": REGIONS}
    assert document.json() == lines.rows()
    assert all(row.items() >= beside.items() for row in lines.rows())
    assert all(row["position"] <= 20 for row in lines.rows())
