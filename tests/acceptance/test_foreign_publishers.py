"""What foreign publishers and programs really send: counted right, or refused with what it is."""

import gzip
import json
from base64 import b64encode
from typing import Any, Final

import pytest

from tests.acceptance.cli import Cli, json_lines
from tests.scenario import COMMUNITY, KIM, OTHER_KIM, Event, Events

pytestmark = pytest.mark.usefixtures("mode")

MARK: Final = b"\xef\xbb\xbf"
SMALL: Final = "p1.k1." + "abcdefghijklmnopqrstuvwxy2"
CAPITALS: Final = "p1.k1." + SMALL[6:].upper()


@pytest.fixture
def events() -> Events:
    """Make events of one test."""
    return Events()


def published(cli: Cli, events: Events) -> None:
    """Record eight organisations and an item."""
    assert cli("publish", cli.write("world.jsonl", [*events.registry(), events.published()])).status == 0


def answers(cli: Cli, content: bytes | list[Event], *flags: object) -> list[tuple[str, str | None]]:
    """Publish a file; return outcome and field of each line."""
    path = cli.write("sent.jsonl", content)
    return [(row["outcome"], row["field"]) for row in cli("publish", path, "--format", "jsonl", *flags).rows()]


def figures(cli: Cli, *flags: object) -> dict[tuple[str, str | None], Any]:
    """Return the values of figures by name and the beginning of their period."""
    found = cli("figures", *flags, "--format", "json")
    assert found.status == 0, found.err
    return {(one["name"], (one.get("period") or {}).get("from")): one["value"] for one in found.json()["figures"]}


def test_a_pseudonym_is_one_person_in_either_case(cli: Cli, events: Events) -> None:
    published(cli, events)
    one = events.shared(KIM, headcount=1, participants=[SMALL])
    other = events.shared(OTHER_KIM, headcount=1, participants=[CAPITALS])
    twice = events.discussed(KIM, headcount=1, participants=[SMALL, CAPITALS])
    again = {**one, "data": {**one["data"], "participants": [CAPITALS]}}
    assert answers(cli, [one, other, twice, again]) == [("accepted", None)] * 3 + [("repeated", None)]
    found = figures(cli, "--item", "info-1")
    assert (found["reach.lower", None], found["reach.upper", None]) == (1, 1)


def test_a_fraction_of_a_second_does_not_reach_the_next_month(cli: Cli, events: Events) -> None:
    published(cli, events)
    late = events.shared(KIM, at="2021-11-23T23:59:59.9999999+07:00", exposures=5)
    again = {**late, "time": "2021-11-23T23:59:59.999+07:00"}
    differs = {**late, "time": "2021-11-23T23:59:59.998+07:00"}
    assert answers(cli, [late, again, differs]) == [("accepted", None), ("repeated", None), ("refused", "time")]
    by_day = figures(cli, "--item", "info-1", "--by", "day")
    assert {period: value for (name, period), value in by_day.items() if name == "impressions" and value} == {
        "2021-11-22T17:00:00Z": 5
    }


def test_days_and_times_are_within_bounds_in_every_field(cli: Cli, events: Events) -> None:
    published(cli, events)
    wrong = {
        "data.due": [
            events.raised(due=day, subject=f"usul-{number}")
            for number, day in enumerate(
                [
                    "0001-01-01T00:00:00Z",
                    "0001-01-01",
                    "1899-12-31",
                    "2021-11-30T24:00:00+07:00",
                    "2021-11-30T10:00",
                    "20211130",
                    "2021-02-29",
                    "2021-11-30T10:00:00+15:00",
                    "9999-12-31T23:59:59-01:00",
                ]
            )
        ],
        "data.valid_from": [
            events.published(subject="info-2", valid_from="0001-01-01"),
            events.revised(valid_from="1021-11-23"),
            events.decree_granted(KIM, valid_from="0001-01-01"),
        ],
        "data.valid_to": [
            events.published(subject="info-2", valid_to="2021-11-23T10:00:00-13:00"),
            events.decree_granted(KIM, valid_to="9999-12-31T23:59:59-00:01"),
        ],
        "data.date": [events.counted("18", 1, "0001-01-01T00:00:00Z")],
        "time": [
            events.shared(at="2021-11-23T10:00:00+16:00"),
            events.shared(at="0001-01-01T00:00:00Z"),
            events.shared(at="9999-12-31T23:59:59-05:00"),
        ],
    }
    sent = [event for each in wrong.values() for event in each]
    assert answers(cli, sent) == [("refused", field) for field, each in wrong.items() for _ in each]
    right = [
        events.raised(due="9999-12-31", subject="usul-a"),
        events.raised(due="9999-12-31T23:59:59Z", subject="usul-b"),
        events.raised(due="2021-11-30T23:59:59.9999999+07:00", subject="usul-c"),
        events.raised(due="1900-01-01", subject="usul-d"),
        events.decree_granted(KIM, valid_from="1900-01-01", valid_to="9999-12-31"),
    ]
    assert answers(cli, right) == [("accepted", None)] * len(right)
    assert figures(cli)["aspiration.answered", None] is not None


def test_what_libraries_write_in_another_way_is_the_same_event(cli: Cli, events: Events) -> None:
    published(cli, events)
    plain = events.received(KIM)
    encoded = {name: value for name, value in plain.items() if name != "data"}
    encoded["data_base64"] = b64encode(json.dumps(plain["data"]).encode()).decode()
    same = [
        plain,
        encoded,
        {**encoded, "datacontenttype": "Application/JSON; charset=UTF-8"},
        {**plain, "datacontenttype": "text/json", "sampledrate": 5},
        {**plain, "datacontenttype": "application/vnd.x+JSON", "data_base64": None},
    ]
    assert answers(cli, same) == [("accepted", None)] + [("repeated", None)] * 4
    wrong = [
        {**plain, "id": "x", "datacontenttype": "application/x-json"},
        {**plain, "id": "x", "data_base64": "e30="},
        {**plain, "id": "x", "trace": {"id": 1}},
        {**plain, "id": "x", "trace": 2**31},
    ]
    twice = json.dumps(plain).replace('"channel":', '"channel": "print", "channel":').encode()
    fields = ["datacontenttype", "data_base64", "trace", "trace", "data.channel"]
    assert answers(cli, json_lines(wrong) + twice + b"\n") == [("refused", field) for field in fields]
    # Taken back as they are, they are refused for the same.
    again = cli("publish", cli.rejected, "--format", "jsonl")
    assert [row["field"] for row in again.rows()] == fields


def test_files_put_behind_one_another_are_read_with_their_marks(cli: Cli, events: Events) -> None:
    published(cli, events)
    lines = json_lines([events.shared(), events.shared(), events.discussed()]).splitlines(keepends=True)
    content = MARK + lines[0] + MARK + MARK + lines[1] + MARK + b"\r\n" + MARK + lines[2].rstrip()
    assert answers(cli, content) == [("accepted", None)] * 3
    found = cli("publish", "-", "--format", "json", stdin=content)
    assert (found.status, found.json()["repeated"]) == (0, 3)


def test_a_file_of_something_else_is_named_once_and_nothing_is_kept_of_it(cli: Cli, events: Events) -> None:
    published(cli, events)
    good = cli.write("good.jsonl", [events.shared(), events.shared()])
    lines = good.read_bytes()
    others = {
        "utf16.jsonl": (lines.decode().encode("utf-16"), "UTF-16"),
        "list.json": (json.dumps([json.loads(each) for each in lines.splitlines()]).encode(), "JSON list"),
        "pretty.json": (json.dumps(json.loads(lines.splitlines()[0]), indent=2).encode(), "several lines"),
        "penduduk.csv": (b"kode;jumlah\n18.09.01.2007;4200\n", "jejak population import"),
        "penduduk.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "spreadsheet"),
        "events.jsonl.gz": (gzip.compress(lines), "compressed"),
    }
    for name, (content, word) in others.items():
        path = cli.write(name, content)
        for found in (cli("publish", good, path), cli("publish", "-", stdin=content)):
            assert (found.status, found.out) == (2, "")
            assert word in found.err.splitlines()[0]
            assert len(found.err.splitlines()) <= 2
    assert not cli.rejected.exists()
    found = cli("publish", good, "--format", "json")
    assert (found.status, found.json()["accepted"]) == (0, 2)


def test_a_wrong_first_line_is_a_wrong_line(cli: Cli, events: Events) -> None:
    published(cli, events)
    for first in (b"[1, 2]", b"nama;kode", '{"id": "kotak"}'.encode("utf-16"), b"{"):
        content = first + b"\n" + json_lines([events.received(COMMUNITY)])
        found = cli("publish", "-", "--format", "json", stdin=content)
        assert (found.status, found.json()["accepted"], found.json()["refused"]) == (1, 1, 1)
    assert len(cli.refused()) == 4
