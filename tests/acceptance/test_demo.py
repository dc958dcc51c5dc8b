"""`jejak demo`: what a newcomer sees first."""

import re

from tests.acceptance.cli import Cli


def without_lags(shown: str) -> str:
    """Return what is shown but for how many days after a step happened it was recorded: they grow."""
    return re.sub(r"[0-9,]+ d !", "", shown)


def test_it_shows_the_way_of_the_item_through_bagelen_the_same_each_time(cli: Cli) -> None:
    first, again = cli("demo"), cli("demo")
    assert (first.status, first.err) == (again.status, again.err) == (0, "")
    assert "info-2021-0117" in first.out
    for told in (
        "39 events",
        "kim-bagelen (Bagelen)",
        "35 people",
        "masyarakat-bagelen",
        "no_receipt",
        "recorded_late",
    ):
        assert told in first.out, first.out
    assert first.out.count("unscreened") == again.out.count("unscreened") == 1
    assert without_lags(again.out) == without_lags(first.out)
    assert (cli.home / "demo" / "log.sqlite").is_file()
    assert not (cli.home / "log.sqlite").exists()


def test_where_it_is_recorded_can_be_copied(cli: Cli) -> None:
    assert f"{cli.home / 'demo'}:" in cli("demo", COLUMNS="60").out


def test_what_it_says_to_try_next_works(cli: Cli) -> None:
    assert cli("demo").status == 0
    home = cli.home / "demo"
    wrong = cli("trail", "info-2021-0117", "--as-of-position", 35, "--home", home, "--format", "jsonl").rows()
    right = cli("trail", "info-2021-0117", "--home", home, "--format", "jsonl").rows()
    assert [row["voided_by"] for row in wrong if row["position"] == 35] == [None]
    assert [row["voided_by"] for row in right if row["position"] == 35] == [36]
    for subject in ("pembinaan-2021-11-23", "aspirasi-2021-0042"):
        found = cli("trail", subject, "--home", home)
        assert found.status == 0
        assert found.out
