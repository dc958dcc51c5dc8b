"""`jejak record`: one step, by flags or by questions."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from tests.acceptance.cli import ITEM, Cli, json_lines
from tests.acceptance.terminal import Terminal
from tests.scenario import Events, digest

pytestmark = pytest.mark.usefixtures("mode")
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
    (["--channel", "website", "--headcount=--5"], 1, ["data.headcount", '"--5"']),
    ([], 2, ["--channel", "missing"]),
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
    assert (refused.status, refused.out) == (2, "")
    assert "--sha256" in refused.err
    assert cli(*item, *more, "--sha256", "0" * 64).status == 0


def test_fields_that_are_called_as_a_flag_of_every_event_have_a_flag_of_their_own(sample: Cli) -> None:
    raised, voided = sample.together(
        (
            *("record", "aspiration.raised", "asp-1", "--holder", "kim-bagelen", "--data-kind", "complaint"),
            *("--summary", "Jadwal tidak sampai", "--format", "json"),
        ),
        (
            *("record", "step.voided", ITEM, "--holder", "kim-bagelen", "--reason", "Salah catat"),
            *("--data-source", "urn:jejak:org:kim-bagelen", "--data-id", "2021-11-23-bagelen-002"),
        ),
    )
    assert (raised.status, voided.status) == (0, 0), raised.err + voided.err
    assert newest(sample, "asp-1")["data"]["kind"] == "complaint"


def test_who_registers_an_organisation_is_its_parent(sample: Cli) -> None:
    flags = (
        "--holder",
        "diskominfo-pesawaran",
        "--name",
        "KIM Baru",
        "--level",
        "kim",
        "--region",
        "18.09.01.2006",
    )
    assert sample("record", "organisation.registered", "kim-baru", *flags).status == 0
    assert newest(sample, "kim-baru")["data"]["parent"] == "diskominfo-pesawaran"


def test_on_a_terminal_it_asks(sample: Cli) -> None:
    with Terminal(sample, "record", "--format", "json") as terminal:
        kinds = terminal.answer("Number or code", "item.received")
        terminal.answer("Holder", "kim-bagelem")
        terminal.answer("kim-bagelem is not registered", "kim-bagelen")
        terminal.answer("Id of the item", "info-2021-0171")
        terminal.answer("info-2021-0171 is not published", ITEM)
        terminal.answer("When it happened, such as 2021-11-23 14:05 (Enter: now)", "kemarin")
        terminal.answer("kemarin is not a time", "2199-01-01 00:00")
        terminal.answer("lies in the future", "2021-11-23 21:00")
        channels = terminal.answer("Number or code", "22")
        terminal.answer('"22" is not one of', "2")
        terminal.answer("More may be told: From whom, Id of the event that caused it. Add some of it?", "perhaps")
        terminal.answer("answer yes or no", "y")
        terminal.answer("From whom", "diskominfo")
        terminal.answer("diskominfo is not registered", "diskominfo-pesawaran")
        terminal.answer("Id of the event that caused it (Enter: leave out)", "")
        summary = terminal.answer("Record this?", "y")
        status, out = terminal.end()
    assert status == 0, terminal.shown
    assert out.startswith('{"file":"-","line":1,"outcome":"accepted","position":40'), "prompts are no data"
    assert "(item.received)" in kinds
    assert "(whatsapp_group)" in channels
    for label, value in (
        ("What happened", "received (item.received)"),
        ("Holder (whose step it is)", "kim-bagelen"),
        ("Id of the item", ITEM),
        ("When it happened", "2021-11-23 21:00 WIB"),
        ("Channel", "WhatsApp group (whatsapp_group)"),
        ("From whom", "diskominfo-pesawaran"),
    ):
        assert any(" ".join(line.split()) == f"{label} {value}" for line in summary.splitlines()), summary
    step = newest(sample)
    assert (step["type"], step["holder"], step["channel"]) == (
        "id.jejak.item.received.v1",
        "kim-bagelen",
        "whatsapp_group",
    )
    assert step["occurred_at"] == "2021-11-23T14:00:00Z"
    assert step["data"] == {"channel": "whatsapp_group", "from": "diskominfo-pesawaran"}
    assert step["cause"] is None


def test_it_asks_for_what_is_required_and_records_nothing_without_a_yes(sample: Cli) -> None:
    flags = ("--holder", "kim-bagelen", "--time", "2021-11-23T20:00", "--cause", "x", "--channel", "website")
    with Terminal(sample, "record", "item.forwarded", ITEM, *flags) as terminal:
        shown = terminal.answer("To whom, such as kim-bagelen, kim-kebagusan", "kim-sukaraja, kim-wiyon")
        terminal.answer("kim-wiyon is not registered", "kim-sukaraja, kim-wiyono")
        terminal.answer("Record this? (yes/no)", "n")
        status, out = terminal.end()
    assert (status, out) == (2, "")
    assert "nothing was recorded" in terminal.shown
    assert "Channel" not in shown
    assert sample("publish", "-", "--format", "json").json()["position"] == 39


def test_what_is_wrong_with_a_flag_is_asked_again(sample: Cli) -> None:
    flags = ("--holder", "masyarakat-bagelen", "--time", "2021-11-23T20:00", "--basis", "Situs resmi")
    with Terminal(sample, "record", "item.screened", ITEM, *flags) as terminal:
        terminal.answer("masyarakat-bagelen is of level community", "kim-bagelen")
        terminal.answer("(hoax)", "verified")
        terminal.answer("More may be told", "n")
        terminal.answer("Record this?", "y")
        status, _ = terminal.end()
    assert status == 0, terminal.shown
    assert newest(sample)["holder"] == "kim-bagelen"


def test_a_step_with_nothing_required_is_asked_for_more(sample: Cli) -> None:
    with Terminal(sample, "record", "item.discussed", ITEM, "--holder", "kim-bagelen") as terminal:
        terminal.answer("When it happened", "")
        terminal.answer("Add some of it?", "yes")
        terminal.answer("Number of people", "lima")
        terminal.answer('"lima" is not a whole number', "5")
        terminal.answer("Region of the venue", "18.09.01.2077")
        terminal.answer("there is no region 18.09.01.2077; nearest", "18.09.01.2007")
        terminal.answer("Where the people came from", "18.09.01.2007=8")
        terminal.answer("8 people come from the origins", "18.09.01.2007=4")
        terminal.answer("Outcome", "")
        terminal.answer("Id of the event that caused it", "2021-11-23-pesawaran-009")
        terminal.answer("Source of that event", "urn:jejak:org:diskominfo-pesawaran")
        terminal.answer("Record this?", "y")
        status, _ = terminal.end()
    assert status == 0, terminal.shown
    step = newest(sample)
    assert step["data"] == {
        "headcount": 5,
        "venue_region": "18.09.01.2007",
        "origins": [{"region": "18.09.01.2007", "headcount": 4}],
    }
    assert step["cause"]["source"] == "urn:jejak:org:diskominfo-pesawaran"


def test_an_item_has_a_text_or_a_link_with_its_digest(sample: Cli) -> None:
    for subject, answers in (
        ("info-2", [("Text", "Posyandu pindah")]),
        ("info-3", [("Text", ""), ("Link", "https://example.org/3"), ("SHA-256 of what", "0" * 64)]),
    ):
        flags = ("--holder", "kim-bagelen", "--time", "2021-11-23", "--title", "Posyandu", "--topic", "health")
        more = ("--need-horizon", "short_term", "--kip-class", "berkala")
        with Terminal(sample, "record", "item.published", subject, *flags, *more) as terminal:
            for question, answer in answers:
                terminal.answer(question, answer)
            terminal.answer("More may be told", "n")
            terminal.answer("Record this?", "y")
            status, _ = terminal.end()
        assert status == 0, terminal.shown
    assert newest(sample, "info-2")["data"]["sha256"] == digest("Posyandu pindah")


def test_an_organisation_is_registered_by_answers(cli: Cli) -> None:
    with Terminal(cli, "record", "organisation.registered") as terminal:
        terminal.answer("Id of the organisation", "dinas kominfo")
        terminal.answer("is not an id", "dinas")
        terminal.answer("Holder", "dinas")
        terminal.answer("When", "")
        terminal.answer("Name", "Dinas Kominfo")
        terminal.answer("Number or code", "1")
        terminal.answer("Region", "18")
        terminal.answer("Add some of it?", "n")
        terminal.answer("Record this?", "y")
        status, _ = terminal.end()
    assert status == 0, terminal.shown
    with Terminal(cli, "record", "organisation.registered") as terminal:
        terminal.answer("Id of the organisation", "dinas")
        terminal.answer("dinas is registered already", "kim-satu")
        terminal.answer("Holder", "dinas")
        terminal.interrupt("When")
        assert terminal.end()[0] == 130


def test_a_wrong_step_is_voided_by_answers(sample: Cli) -> None:
    with Terminal(sample, "record", "step.voided", ITEM, "--holder", "kim-bagelen") as terminal:
        terminal.answer("When", "")
        terminal.answer("Source of the wrong step", "urn:jejak:org:kim-bagelen")
        terminal.answer("Id of the wrong step", "2021-11-23-bagelen-999")
        terminal.answer("there is no event 2021-11-23-bagelen-999", "2021-11-23-bagelen-002")
        terminal.answer("Reason", "Salah catat")
        terminal.answer("Add some of it?", "n")
        terminal.answer("Record this?", "y")
        status, _ = terminal.end()
    assert status == 0, terminal.shown


def test_a_change_of_nothing_is_asked_for_more(sample: Cli) -> None:
    flags = ("--holder", "diskominfo-pesawaran", "--time", "2021-12-01")
    with Terminal(sample, "record", "organisation.changed", "kim-bagelen", *flags) as terminal:
        terminal.answer("Add some of it?", "n")
        terminal.answer("give a name, a region or a parent", "n")
        status, out = terminal.end()
    assert (status, out) == (2, "")
    assert "nothing was recorded" in terminal.shown


def test_in_indonesian_everything_is_indonesian(sample: Cli) -> None:
    with Terminal(sample, "record", "item.received", ITEM, "--holder", "kim-bagelen", "--lang", "id") as terminal:
        when = terminal.answer("Waktu kejadian", "2199-01-01")
        channel = terminal.answer("Waktu kejadian", "2021-11-23 21:00")
        again = terminal.answer("Nomor atau kode", "99")
        more = terminal.answer("Nomor atau kode", "grup")
        terminal.answer("Nomor atau kode", "whatsapp_group")
        terminal.answer("Dari siapa", "tidak")
        summary = terminal.answer("Catat ini? (ya/tidak)", "ya")
        status, out = terminal.end()
    assert status == 0, terminal.shown
    assert "tatap muka (face_to_face)" in again
    assert "grup WhatsApp (whatsapp_group)" in summary
    shown = when + channel + more + summary + out
    for english in ("such as", "Enter: now", "is not one of", "Please", "y/n", "future", "recorded at", "Channel"):
        assert english not in shown, shown


def test_asking_can_be_broken_off(sample: Cli) -> None:
    with Terminal(sample, "record") as terminal:
        terminal.interrupt("(coaching.held)")
        status, out = terminal.end()
    assert (status, out) == (130, "")
    assert "stopped" in terminal.shown
    with Terminal(sample, "record") as terminal:
        terminal.answer("Number or code", "item.shared")
        terminal.answer("Holder", "\x04")
        assert terminal.end()[0] == 130


def test_a_program_that_forgets_flags_is_told_all_of_them(sample: Cli) -> None:
    nothing = sample("record", stdin=json_lines([Events().shared()]))
    assert (nothing.status, nothing.out) == (2, "")
    assert "KIND, SUBJECT, --holder" in nothing.err
    assert "item.received" in nothing.err
    found, voided = sample.together(
        ("record", "item.published", "info-2", "--holder", "kim-bagelen", "--topic", "health"),
        ("record", "step.voided", ITEM),
    )
    assert (found.status, found.out) == (2, "")
    assert "missing: --title, --sha256, --need-horizon, --kip-class" in found.err
    assert "--text" in found.err
    assert "missing: --holder, --data-source, --data-id, --reason" in voided.err
