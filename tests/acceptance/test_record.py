"""`jejak record`: one step, by flags or by questions."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.acceptance.cli import ITEM, Cli, json_lines
from tests.acceptance.terminal import Terminal
from tests.scenario import Events, digest

KEYS: Final = ["file", "line", "outcome", "position", "findings", "reason", "field"]
SHARED: Final = ("record", "item.shared", ITEM, "--holder", "kim-bagelen", "--channel", "website")


def newest(cli: Cli, subject: str = ITEM) -> dict[str, Any]:
    """Return the newest step of a trail."""
    row: dict[str, Any] = cli("trail", subject, "--format", "jsonl").rows()[-1]
    return row


def test_a_step_by_flags(sample: Cli) -> None:
    found = sample(
        *("record", "item.discussed", ITEM, "--holder", "kim-bagelen", "--time", "2021-11-23T21:05"),
        *("--headcount", 12, "--origins", "18.09.01.2007=8,18.09.01.2008=2", "--venue-region", "18.09.01.2007"),
        *("--cause", "2021-11-23-bagelen-002", "--id", "gathering-1", "--source", "urn:jejak:org:kim-bagelen"),
        *("--outcome", "Disepakati: dibagikan, lalu dijelaskan", "--format", "json"),
    )
    assert (found.status, found.err) == (0, "")
    assert found.json() == dict(zip(KEYS, ["-", 1, "accepted", 40, ["recorded_late"], None, None], strict=True))
    step = newest(sample)
    assert step["occurred_at"] == "2021-11-23T14:05:00Z"
    assert step["cause"] == {"source": "urn:jejak:org:kim-bagelen", "id": "2021-11-23-bagelen-002"}
    assert (step["id"], step["source"]) == ("gathering-1", "urn:jejak:org:kim-bagelen")
    assert step["data"] == {
        "headcount": 12,
        "venue_region": "18.09.01.2007",
        "origins": [{"region": "18.09.01.2007", "headcount": 8}, {"region": "18.09.01.2008", "headcount": 2}],
        "outcome": "Disepakati: dibagikan, lalu dijelaskan",
    }


def test_what_is_left_out_is_filled_in(sample: Cli) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    text = "Posyandu pindah ke balai desa"
    flags = ("--title", "Posyandu", "--topic", "health", "--need-horizon", "short_term", "--kip-class", "berkala")
    found = sample("record", "item.published", "info-2", "--holder", "kim-bagelen", "--text", text, *flags)
    assert (found.status, found.err) == (0, "")
    assert "recorded at position 40" in found.out
    step = newest(sample, "info-2")
    assert before <= datetime.fromisoformat(step["occurred_at"]) <= datetime.now(UTC)
    assert step["source"] == "urn:jejak:org:kim-bagelen"
    assert len(step["id"]) == 36
    assert step["data"]["sha256"] == digest(text)


def test_the_same_id_twice_is_recorded_once(sample: Cli) -> None:
    flags = ("--id", "once", "--time", "2021-11-23T15:00:00+07:00")
    first = sample(*SHARED, *flags)
    again = sample(*SHARED, *flags)
    other = sample(*SHARED, *flags, "--exposures", 7, "--format", "jsonl")
    assert (first.status, again.status, other.status) == (0, 0, 1)
    assert "recorded before, at position 40" in again.out
    assert "nothing changed" in again.out
    (row,) = other.rows()
    assert (row["outcome"], row["position"], row["field"]) == ("refused", None, "data")
    assert other.err.startswith("data: ")
    assert "position 40" in other.err


WRONG: Final[list[tuple[list[str], int, list[str]]]] = [
    (["--chanel", "website"], 2, ["--channel", "--chanel"]),
    (["--channel", "web"], 1, ["data.channel", "website"]),
    (["--channel", "website", "--headcount", "many"], 1, ["data.headcount", '"many"']),
    (["--channel", "website", "--headcount", "-1"], 1, ["data.headcount", "-1"]),
    (["--channel", "website", "--region", "18.09.01.2077"], 1, ["data.region", "nearest"]),
    (["--channel", "website", "--to", "kim-bagelen,nobody"], 1, ["data.to[1]", "nobody"]),
    (["--channel", "website", "--time", "2199-01-01T00:00"], 1, ["time", "future"]),
    ([], 1, ["data.channel", "missing"]),
]


def test_what_is_wrong_is_named_and_not_recorded(sample: Cli) -> None:
    step = ("record", "item.shared", ITEM, "--holder", "kim-bagelen")
    answers = sample.together(*((*step, *flags) for flags, _, _ in WRONG))
    for found, (_, status, words) in zip(answers, WRONG, strict=True):
        assert (found.status, found.out) == (status, "")
        assert all(word in found.err for word in words), found.err
    assert sample("publish", "-", "--format", "json").json()["position"] == 39


def test_the_answer_as_csv(sample: Cli) -> None:
    found = sample(*SHARED, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(found.out, newline=""))
    assert list(row) == KEYS
    assert (row["outcome"], row["position"]) == ("accepted", "40")


def test_a_whole_log_by_flags_alone(cli: Cli) -> None:
    founder = ("record", "organisation.registered", "dinas", "--holder", "dinas", "--name", "Dinas")
    assert cli(*founder, "--level", "provincial_office", "--region", "18").status == 0
    item = ("record", "item.published", "info-1", "--holder", "dinas", "--title", "Jadwal", "--topic", "health")
    more = ("--need-horizon", "long_term", "--kip-class", "berkala", "--link", "https://example.org/1")
    refused = cli(*item, *more)
    assert (refused.status, refused.out) == (1, "")
    assert "sha256" in refused.err
    assert cli(*item, *more, "--sha256", "0" * 64).status == 0


def test_on_a_terminal_it_asks(sample: Cli) -> None:
    with Terminal(sample, "record", "--format", "json") as terminal:
        kinds = terminal.answer("(coaching.held)", "item.received")
        terminal.answer("Id of the item", ITEM)
        terminal.answer("Holder", "kim-bagelem")
        terminal.answer("kim-bagelem is not registered", "n")
        terminal.answer("Holder", "kim-bagelen")
        terminal.answer("When", "2021-11-23T21:00")
        channels = terminal.answer("(loudspeaker)", "2")
        terminal.answer("from", "diskominfo-pesawaran")
        terminal.answer("event that caused it", "")
        summary = terminal.answer("Record this?", "y")
        status, out = terminal.end()
    assert status == 0, terminal.shown
    assert out.startswith('{"file":"-","line":1,"outcome":"accepted","position":40'), "prompts are no data"
    assert "(item.received)" in kinds
    assert "(whatsapp_group)" in channels
    assert "diskominfo-pesawaran" in summary
    step = newest(sample)
    assert (step["type"], step["holder"], step["channel"]) == (
        "id.jejak.item.received.v1",
        "kim-bagelen",
        "whatsapp_group",
    )
    assert step["occurred_at"] == "2021-11-23T14:00:00Z"
    assert step["data"] == {"channel": "whatsapp_group", "from": "diskominfo-pesawaran"}
    assert step["cause"] is None


def test_it_asks_only_for_what_is_not_given_and_records_nothing_without_a_yes(sample: Cli) -> None:
    flags = ("--holder", "kim-bagelen", "--time", "2021-11-23T20:00", "--cause", "x", "--channel", "website")
    with Terminal(sample, "record", "item.forwarded", *flags) as terminal:
        terminal.answer("Id of the item", ITEM)
        to = terminal.answer("to [kim-bagelen, kim-kebagusan]", "kim-sukaraja, kim-wiyono")
        terminal.answer("Record this?", "n")
        status, out = terminal.end()
    assert (status, out) == (2, "")
    assert "nothing was recorded" in terminal.shown
    assert "channel" not in to
    assert sample("publish", "-", "--format", "json").json()["position"] == 39


def test_asking_can_be_broken_off(sample: Cli) -> None:
    with Terminal(sample, "record") as terminal:
        terminal.interrupt("(coaching.held)")
        status, out = terminal.end()
    assert (status, out) == (130, "")
    assert "stopped" in terminal.shown


def test_a_program_that_forgets_a_flag_is_not_asked(sample: Cli) -> None:
    found = sample("record", "item.shared", stdin=json_lines([Events().shared()]))
    assert (found.status, found.out) == (2, "")
    assert "item.received" in found.err
