"""`jejak trail`: its formats, its looks into the past, and how it helps who mistypes."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.acceptance.cli import ITEM, Cli
from tests.scenario import Events

pytestmark = pytest.mark.usefixtures("mode")
IN_THE_CONTRACT = {
    "position",
    "source",
    "id",
    "type",
    "item",
    "holder",
    "region",
    "channel",
    "occurred_at",
    "recorded_at",
    "cause",
    "depth",
    "findings",
    "voided_by",
}


def test_a_line_of_json_is_a_step_as_the_contract_has_it(sample: Cli) -> None:
    found = sample("trail", ITEM, "--format", "jsonl")
    assert (found.status, found.err) == (0, "")
    rows = found.rows()
    assert [row["position"] for row in rows] == sorted(row["position"] for row in rows)
    for row in rows:
        assert row.keys() >= IN_THE_CONTRACT
        assert row["item"] == ITEM
        assert row["occurred_at"].endswith("Z")
        assert row["recorded_at"].endswith("Z")
    (shared,) = [row for row in rows if row["position"] == 18]
    assert {name: shared[name] for name in IN_THE_CONTRACT - {"recorded_at"}} == {
        "position": 18,
        "source": "urn:jejak:org:kim-sukaraja",
        "id": "2021-11-23-sukaraja-003",
        "type": "id.jejak.item.shared.v1",
        "item": ITEM,
        "holder": "kim-sukaraja",
        "region": "18.09.01.2008",
        "channel": "social_media",
        "occurred_at": "2021-11-23T04:15:00Z",
        "cause": {"source": "urn:jejak:org:kim-sukaraja", "id": "2021-11-23-sukaraja-002"},
        "depth": 5,
        "findings": ["unscreened", "recorded_late"],
        "voided_by": None,
    }
    unknown = [row for row in rows if "unknown_source" in row["findings"]]
    assert [(row["holder"], row["cause"], row["depth"]) for row in unknown] == [("kim-wiyono", None, 0)]
    assert [row["voided_by"] for row in rows if row["voided_by"]] == [36]


def test_every_format_has_the_same_steps(sample: Cli) -> None:
    as_lines, as_json, as_csv, as_tree, as_list = sample.together(
        *(("trail", ITEM, "--format", each) for each in ("jsonl", "json", "csv", "table")),
        ("trail", ITEM, "--layout", "list"),
    )
    rows = as_lines.rows()
    table = list(csv.DictReader(io.StringIO(as_csv.out, newline="")))
    assert as_json.json() == {
        "position": 39,
        "head": 39,
        "as_of": None,
        "regions": "idn-area-data 4.0.1",
        "family": "item",
        "subject": ITEM,
        "steps": rows,
    }
    assert [one["position"] for one in table] == [str(row["position"]) for row in rows]
    assert list(table[0]) == list(rows[0])
    assert [json.loads(one["findings"]) for one in table] == [row["findings"] for row in rows]
    for shown in (as_tree, as_list):
        assert (shown.status, shown.err) == (0, "")
        for row in rows:
            assert any(line.split()[:1] == [str(row["position"])] for line in shown.out.splitlines()), row
        assert "(unknown_source)" in shown.out


@pytest.mark.parametrize(
    ("subject", "family"),
    [
        ("kim-bagelen", "organisation"),
        ("aspirasi-2021-0042", "aspiration"),
        ("pembinaan-2021-11-23", "coaching"),
    ],
)
def test_everything_with_an_id_has_a_trail(sample: Cli, subject: str, family: str) -> None:
    document = sample("trail", subject, "--format", "json").json()
    assert (document["subject"], document["family"]) == (subject, family)
    assert document["steps"]
    assert {step["item"] for step in document["steps"]} == {None}


def test_an_id_of_two_things_needs_a_family(sample: Cli) -> None:
    events = Events()
    twice = events.published("diskominfo-lampung", subject="kim-bagelen")
    assert sample("publish", sample.write("twice.jsonl", [twice])).status == 0
    unclear = sample("trail", "kim-bagelen")
    assert (unclear.status, unclear.out) == (2, "")
    assert "--family" in unclear.err
    assert "item, organisation" in unclear.err
    (step,) = sample("trail", "kim-bagelen", "--family", "item", "--format", "jsonl").rows()
    assert step["type"] == "id.jejak.item.published.v1"


def test_an_id_of_another_family_is_said_to_be_of_that_one(sample: Cli) -> None:
    found = sample("trail", "kim-bagelen", "--family", "item")
    assert (found.status, found.out) == (2, "")
    assert "kim-bagelen is of the family organisation" in found.err
    assert "did you mean" not in found.err


def test_the_trail_of_an_organisation_says_where_its_steps_are(sample: Cli) -> None:
    person, program = sample.together(("trail", "kim-bagelen"), ("trail", "kim-bagelen", "--format", "csv"))
    assert "in the trails of the items" in person.err
    assert "in the trails" not in person.out
    assert program.err == ""


def test_an_id_that_nothing_has_gets_the_nearest_ones(sample: Cli) -> None:
    found = sample("trail", "info-2021-0171")
    assert (found.status, found.out) == (2, "")
    assert ITEM in found.err


def as_of(cli: Cli, *flags: Sequence[object]) -> list[list[int]]:
    """Return the positions that a trail has with each of these flags."""
    found = cli.together(*(("trail", ITEM, "--format", "jsonl", *each) for each in flags))
    assert {each.status for each in found} == {0}
    return [[row["position"] for row in each.rows()] for each in found]


def test_as_of_a_position(sample: Cli) -> None:
    everything, the_same, some, nothing = as_of(
        sample, (), ("--as-of-position", 39), ("--as-of-position", 20), ("--as-of-position", 1)
    )
    assert everything == the_same
    assert some == [each for each in everything if each <= 20]
    assert nothing == []


def test_as_of_the_time_of_recording(sample: Cli) -> None:
    before = sample("trail", ITEM, "--format", "jsonl").rows()
    flags = ("--holder", "kim-bagelen", "--channel", "website")
    assert sample("record", "item.shared", ITEM, *flags).status == 0
    then, now, long_before = sample.together(
        ("trail", ITEM, "--format", "jsonl", "--as-of-recorded", before[-1]["recorded_at"]),
        ("trail", ITEM, "--format", "jsonl"),
        ("trail", ITEM, "--format", "jsonl", "--as-of-recorded", "2021-11-24T00:00:00+07:00"),
    )
    asked = {"as_of_recorded": before[-1]["recorded_at"], "log_position": 39, "log_head": 40}
    assert then.rows() == [{**row, **asked, "regions": "idn-area-data 4.0.1"} for row in before]
    assert [row["position"] for row in now.rows()] == [*(row["position"] for row in before), 40]
    assert (long_before.status, long_before.out) == (0, "")


def test_as_of_the_time_it_happened(sample: Cli) -> None:
    rows: list[dict[str, Any]] = sample("trail", ITEM, "--format", "jsonl").rows()
    expected = [row["position"] for row in rows if row["occurred_at"] <= "2021-11-23T05:00:00Z"]
    assert 0 < len(expected) < len(rows)
    # Without an offset it is that of Jakarta, as days are.
    for found in as_of(
        sample,
        *(("--as-of-occurred", f"2021-11-23T{time}") for time in ("12:00:00+07:00", "05:00:00Z", "12:00:00")),
    ):
        assert found == expected


def test_it_speaks_the_language_asked_for_or_that_of_the_locale(sample: Cli) -> None:
    english, asked, nowhere, data = sample.together(
        ("trail", ITEM),
        ("trail", ITEM, "--lang", "id"),
        ("trail", "info-2021-0171", "--lang", "id"),
        ("trail", ITEM, "--lang", "id", "--format", "json"),
    )
    assert "received" in english.out
    assert "sumber tidak diketahui" in asked.out
    assert "diterima" in asked.out
    assert "received" not in asked.out
    assert sample("trail", ITEM, LANG="id_ID.UTF-8") == asked
    assert sample("trail", ITEM, LANG="en_US.UTF-8", JEJAK_LANG="id") == asked
    assert nowhere.status == 2
    assert ITEM in nowhere.err
    assert "did you mean" not in nowhere.err
    # What a program reads has no language.
    assert data == sample("trail", ITEM, "--format", "json")


def test_a_late_step_is_told_by_its_lag_and_hides_nothing_else(sample: Cli) -> None:
    now = sample("record", "item.shared", ITEM, "--holder", "kim-negeri-sakti", "--channel", "website")
    assert now.status == 0
    out = sample("trail", ITEM).out
    steps = [line for line in out.splitlines() if line.split()[:1] and line.split()[0].isdigit()]
    late = {line.split()[0] for line in steps if line[:33].rstrip().endswith("!")}
    assert {line.split()[0] for line in steps} - late == {"35", "40"}, "voided, and in time"
    assert out.count("recorded late") == 1
    assert "recorded late (recorded_late) · 17 · lag marked !" in out
    assert out.count("! not screened") == 2


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("lang", ["en", "id"])
def test_it_fits_the_terminal_and_breaks_no_line_at_an_arrow(sample: Cli, columns: int, lang: str) -> None:
    for layout in ("tree", "list"):
        found = sample("trail", ITEM, "--layout", layout, "--lang", lang, COLUMNS=str(columns))
        lines = found.out.splitlines()
        assert max(map(len, lines)) <= columns
        for line in lines:
            assert not line.endswith(("→", "←", " ")), line
            assert not line.lstrip(" │└─├").startswith("·"), line


def test_the_trail_of_a_coaching_session_names_its_kim(sample: Cli) -> None:
    assert "30 people · → kim-bagelen" in sample("trail", "pembinaan-2021-11-23").out


def test_where_nothing_is_yet_nothing_is_drawn(sample: Cli) -> None:
    found = sample("trail", ITEM, "--as-of-position", 1)
    assert (found.status, found.out) == (0, "")
    assert "at that point nothing" in found.err


def test_how_deep_a_step_lies_is_told_where_no_tree_can_be_drawn(sample: Cli) -> None:
    lines = sample("trail", ITEM, COLUMNS="40").out.splitlines()
    assert max(map(len, lines)) <= 40
    assert any(line.strip().startswith("… 6 masyarakat-sukaraja") for line in lines), lines
