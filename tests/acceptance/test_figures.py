"""`jejak figures`: its JSON, its looks into the past, and how it helps who mistypes."""

import csv
import io
from typing import Any

import pytest

from tests.acceptance.cli import ITEM, SAMPLE, Cli
from tests.oracle.recount import Line, Listing, recount

pytestmark = pytest.mark.usefixtures("mode")


def named(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = [row for row in rows if row["name"] == name]
    return found


def test_the_json_is_that_of_the_contract(sample: Cli) -> None:
    found = sample("figures", "--region", "18.09", "--format", "json").json()
    assert (found["position"], found["regions"]) == (39, "idn-area-data 4.0.1")
    figures = found["figures"]
    assert [row["name"] for row in figures] == sorted(row["name"] for row in figures)
    coverage = named(figures, "coverage")
    assert coverage["denominator"] == 148
    assert coverage["value"] == coverage["numerator"] / 148
    assert (coverage["formula"], coverage["region"]) == ("coverage@1", "18.09")
    share = named(figures, "reach.share.lower")
    assert share["value"] is None
    assert "no population" in share["note"]
    assert not {"item", "channel", "period"} & coverage.keys()
    assert all("events" not in row for row in figures)


def test_only_an_item_has_a_cascade(sample: Cli) -> None:
    rows = sample("figures", "--item", ITEM, "--format", "jsonl").rows()
    assert named(rows, "cascade.size")["value"] > 1
    assert "region" not in named(rows, "cascade.size")
    everything = sample("figures", "--format", "jsonl").rows()
    assert not [row for row in everything if row["name"].startswith("cascade.")]


def test_a_window_has_days_of_jakarta(sample: Cli) -> None:
    rows = sample("figures", "--from", "2021-11-23", "--to", "2021-11-24", "--format", "jsonl").rows()
    assert named(rows, "coverage")["period"] == {"from": "2021-11-22T17:00:00Z", "to": "2021-11-23T17:00:00Z"}


def test_publishing_again_changes_no_figure(sample: Cli) -> None:
    before = sample("figures", "--by", "item", "--format", "json").out
    assert sample("publish", SAMPLE, "--format", "json").json()["repeated"] == 39
    assert sample("figures", "--by", "item", "--format", "json").out == before


def test_a_figure_lists_the_steps_behind_it(sample: Cli) -> None:
    rows = sample("figures", "--item", ITEM, "--events", "funnel.received", "--format", "jsonl").rows()
    assert {row["type"] for row in rows} == {"id.jejak.item.received.v1"}
    assert all(row["subject"] == ITEM for row in rows)
    found = sample("figures", "--events", "funnel.recieved")
    assert (found.status, found.out) == (2, "")
    assert "funnel.received" in found.err


@pytest.mark.parametrize("name", ["coverage", "reach.lower", "funnel.addressed", "latency.p50"])
def test_a_figure_can_be_computed_from_the_csv_of_its_steps(sample: Cli, name: str) -> None:
    figure = named(sample("figures", "--item", ITEM, "--format", "jsonl").rows(), name)
    listed = sample("figures", "--item", ITEM, "--events", name, "--format", "csv").out
    lines = [
        Line(
            int(row["position"]),
            row["subject"],
            row["holder"],
            row["place"] or None,
            row["whom"] or None,
            float(row["value"]),
        )
        for row in csv.DictReader(io.StringIO(listed))
    ]
    found = recount(Listing(name, lines, figure["denominator"], None, 0))
    assert found == (figure["value"], figure["numerator"])


def test_coverage_lists_each_village_that_a_step_reached_with_its_name(sample: Cli) -> None:
    rows = sample("figures", "--item", ITEM, "--events", "coverage", "--format", "jsonl").rows()
    assert {row["place"].count(".") for row in rows} == {3}
    assert {row["place_name"] for row in rows if row["place"] == "18.09.01.2007"} == {"Bagelen"}
    (step,) = {row["position"] for row in rows if row["place"] != row["region"]}
    assert len([row for row in rows if row["position"] == step]) > 1


def test_a_person_sees_which_figure_steps_stand_behind_and_where(sample: Cli) -> None:
    asked = ("--item", ITEM, "--region", "18.09", "--from", "2021-11-01", "--to", "2021-12-01")
    title, what, counts, _, head, *steps = sample("figures", *asked, "--events", "coverage").out.splitlines()
    assert title == "villages reached (coverage@1)"
    assert what == f"{ITEM} · 18.09 Kabupaten Pesawaran · from 2021-11-01 · up to and with 2021-11-30"
    assert counts.endswith(f"rows: {len(steps)}")
    assert head.startswith("#")
    assert "happened (WIB)" in head
    assert any("18.09.01.2007 Bagelen" in step and "received" in step for step in steps)
    indonesian = sample("figures", *asked, "--events", "coverage", "--lang", "id").out
    assert "diterima" in indonesian
    assert "received" not in indonesian
    cascade = sample("figures", *asked, "--events", "cascade.depth").out.splitlines()
    assert cascade[1] == ITEM  # a cascade is of no region and no window


def test_in_a_break_down_each_step_names_its_part(sample: Cli) -> None:
    asked = ("--item", ITEM, "--by", "channel", "--by", "day")
    rows = sample("figures", *asked, "--events", "funnel.received", "--format", "jsonl").rows()
    assert "whatsapp_group/2021-11-23" in {row["part"] for row in rows}
    parts = sample("figures", *asked, "--format", "jsonl").rows()
    assert len({row["part"] for row in rows}) == sum(
        row["name"] == "funnel.received" and row["value"] > 0 for row in parts
    )
    assert "whatsapp_group/2021-11-23" in sample("figures", *asked, "--events", "funnel.received").out
    whole = sample("figures", *asked, "--events", "cascade.size", "--format", "jsonl").rows()
    assert {row["part"] for row in whole} == {"*/*"}


def test_a_figure_behind_which_nothing_stands_says_so(sample: Cli) -> None:
    found = sample("figures", "--region", "31", "--events", "coverage")
    assert found.out.splitlines()[2].endswith("steps: 0, rows: 0")
    assert sample("figures", "--region", "31", "--events", "coverage", "--format", "json").json() == []


def test_the_past_is_shown_as_it_was(sample: Cli) -> None:
    for position in (0, 20):
        found = sample("figures", "--as-of-position", str(position), "--format", "json").json()
        assert found["position"] == position
    assert (
        named(sample("figures", "--as-of-position", "0", "--format", "jsonl").rows(), "coverage")["numerator"] == 0
    )


def test_csv_has_a_column_for_each_key(sample: Cli) -> None:
    table = list(csv.DictReader(io.StringIO(sample("figures", "--by", "channel", "--format", "csv").out)))
    assert {"name", "value", "numerator", "denominator", "formula", "channel"} <= table[0].keys()


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("asked", [(), ("--by", "region"), ("--by", "day", "--item", ITEM), ("--region", "18.09")])
def test_a_person_sees_a_table(sample: Cli, language: str, asked: tuple[str, ...]) -> None:
    found = sample("figures", *asked, "--lang", language)
    assert (found.status, found.err) == (0, "")
    assert ("diterima" if language == "id" else "received") in found.out


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (("--item", "info-2021-0171"), ITEM),
        (("--region", "18.9"), "18.09"),
        (("--channel", "whatsap"), "whatsapp_group"),
        (("--from", "2021-12-01", "--to", "2021-12-01"), "--to"),
        (("--by", "village"), "village"),
    ],
)
def test_whoever_mistypes_is_helped(sample: Cli, asked: tuple[str, ...], word: str) -> None:
    found = sample("figures", *asked)
    assert (found.status, found.out) == (2, "")
    assert word in found.err


def test_every_note_is_told_in_the_language_of_the_reader(sample: Cli) -> None:
    told = {row.get("note") for row in sample("figures", "--item", ITEM, "--format", "jsonl").rows()}
    notes = {each for note in told if note for each in note.split("; ")}
    assert notes
    printed = " ".join(sample("figures", "--item", ITEM, "--lang", "id", COLUMNS="200").out.split())
    for note in notes:
        assert note not in printed


def test_a_cell_of_a_csv_stands_under_its_name(sample: Cli) -> None:
    found = sample("figures", "--region", "18.09", "--by", "channel", "--format", "csv")
    header, *rows = csv.reader(io.StringIO(found.out))
    assert rows
    assert {len(row) for row in rows} == {len(header)}
    told = [dict(zip(header, row, strict=True)) for row in rows]
    assert {each["region"] for each in told} == {"18.09"}
    assert "whatsapp_group" in {each["channel"] for each in told}


@pytest.mark.parametrize("columns", ["20", "40", "60"])
def test_a_narrow_terminal_loses_nothing(sample: Cli, columns: str) -> None:
    found = sample("figures", "--region", "18.09", "--by", "region", COLUMNS=columns).out
    assert "…" not in found.replace(" … ", "")
    assert "acted" in found


def test_a_home_that_holds_nothing_is_told(cli: Cli) -> None:
    found = cli("figures", "--region", "18.09")
    assert (found.status, found.err) == (0, f"nothing is recorded in {cli.home} yet\n")


def test_there_is_no_position_below_zero(cli: Cli) -> None:
    found = cli("figures", "--as-of-position", "-1")
    assert (found.status, found.out) == (2, "")
    assert "there is no position -1" in found.err


def test_what_is_no_item_is_told_from_what_is_not_there(sample: Cli) -> None:
    found = sample("figures", "--item", "kim-bagelen")
    assert (found.status, found.err) == (
        2,
        "jejak: kim-bagelen is no item; jejak trail kim-bagelen shows what happened to it\n",
    )


def test_the_steps_of_a_figure_of_one_item_need_the_item(sample: Cli) -> None:
    found = sample("figures", "--events", "cascade.size")
    assert (found.status, found.err) == (2, "jejak: cascade.size is a figure of one item: name it with --item\n")
    assert sample("figures", "--item", ITEM, "--events", "cascade.size").status == 0
