"""`jejak simulate`: from the command to the log, and what it does not take."""

from itertools import pairwise

import pytest

from tests.acceptance.cli import SAMPLE, Cli

SMALL = ("simulate", "--villages", 6, "--days", 3)


def test_a_month_in_all_villages_is_accepted_whole(cli: Cli) -> None:
    made = cli("simulate", "--villages", 148, "--days", 30, "--seed", 1)
    assert (made.status, made.err) == (0, "")
    assert made.out == cli("simulate", LANG="id_ID.UTF-8").out
    found = cli("publish", "-", "--format", "json", stdin=made.out.encode())
    count = len(made.out.splitlines())
    assert (found.status, found.err) == (0, "")
    assert found.json() == {"accepted": count, "repeated": 0, "refused": 0, "position": count}
    assert cli("follow", "--once").status == 0
    assert cli("status").status == 0
    trail = cli("trail", "sim-info-1", "--format", "jsonl")
    assert len(trail.rows()) > 500


def test_every_flag_changes_what_is_printed(cli: Cli) -> None:
    flags = [
        ("--days", 2, "--villages", 6),
        ("--days", 2, "--villages", 5),
        ("--days", 3, "--villages", 5),
        ("--days", 3, "--villages", 5, "--seed", 2),
        ("--days", 3, "--villages", 5, "--items", 9),
        ("--days", 3, "--villages", 5, "--region", "18.09.01"),
        ("--days", 3, "--villages", 5, "--until", "2020-02-29"),
    ]
    found = cli.together(*(("simulate", *some) for some in flags))
    assert [(each.status, each.err) for each in found] == [(0, "")] * len(flags)
    assert all(one.out and one.out != other.out for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--villages", 149), ("18.09", "148 villages", "149")),
        (("--region", "18.09.01", "--villages", 20), ("18.09.01", "19 villages", "20")),
        (("--villages", 0), ("--villages", "at least 1")),
        (("--items", 0), ("--items", "at least 1")),
        (("--days", -3), ("--days", "at least 1")),
        (("--region", "18.99"), ("--region", "18.99", "nearest")),
        (("--region", "Pesawaran"), ("--region", "18.09")),
        (("--until", "2199-01-01"), ("--until", "2199-01-01", "future")),
        (("--until", "1923-01-01"), ("1923-01-01", "1950-01-01")),
        (("--days", 99_999), ("99999", "1950-01-01")),
        (("--until", "kemarin"), ("--until",)),
        (("--days", "many"), ("--days",)),
        (("--days", "2.5"), ("--days", "2.5")),
        (("--villages", "1.5"), ("--villages", "1.5")),
    ],
)
def test_what_cannot_be_made_is_named(cli: Cli, flags: tuple[object, ...], words: tuple[str, ...]) -> None:
    found = cli("simulate", *flags)
    assert (found.status, found.out) == (2, "")
    for word in words:
        assert word in found.err


def test_a_log_with_real_events_takes_it_only_where_that_is_allowed(cli: Cli) -> None:
    made = cli(*SMALL).out.encode()
    count = len(made.splitlines())
    assert cli("publish", SAMPLE).status == 0
    beside = cli("publish", "-", "--format", "json", stdin=made)
    assert beside.status == 1
    assert beside.json() == {"accepted": 0, "repeated": 0, "refused": count, "position": 39}
    assert "-:1: source: " in beside.err
    assert "--allow-simulated" in beside.err
    assert {each["field"] for each in cli.refused()} == {"source"}
    allowed = cli("publish", "jejak.rejected.jsonl", "--allow-simulated", "--format", "json")
    assert allowed.json() == {"accepted": count, "repeated": 0, "refused": 0, "position": 39 + count}
    assert not cli.rejected.exists()
    again = cli("publish", "-", "--format", "json", stdin=made)
    assert (again.status, again.json()["repeated"]) == (0, count)
