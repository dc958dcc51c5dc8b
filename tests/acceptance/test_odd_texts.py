"""Texts that would act on a terminal: every text field of every type, through every command that prints."""

import builtins
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any, Final, get_args

import msgspec
import pytest

from events.catalogue import CATALOGUE, kind_of
from events.fields import Text
from events.recorded import RecordedEvent
from events.step import EventName
from infra.language import use_language
from infra.views import Connection
from projections.audit_trail.fold import AuditTrail
from services.cli.app import run
from services.publishing.rights import NOT_YET_TAKEN
from tests.acceptance.cli import Cli, json_lines
from tests.unit.events import samples

pytestmark = pytest.mark.usefixtures("mode")

ACTS: Final = "\x1b[2J\x07\x08\r\t\x7f\x85\x9b\u061c\u200e\u202e\u2066\u2028\u200b\ufeff\U000e0041"
EVIL: Final = f"baik {ACTS}[red]x[/red]\nforged"
"""All that a text may hold: NUL is refused, halves of characters are."""
SHOWN: Final = r"[red]x[/red]\nforged"

KINDS: Final = {kind_of(topic): topic for topic in CATALOGUE.types if kind_of(topic) not in NOT_YET_TAKEN}
SUBJECTS: Final = ("info-odd", "info-other", "kim-odd", "usul-odd", "temu-odd", "18.09.01.2007")


def texts_of(topic: str) -> list[str]:
    """Return the fields of a type that hold words."""
    fields = msgspec.structs.fields(CATALOGUE.types[topic])
    return [each.encode_name for each in fields if Text in (each.type, *get_args(each.type))]


def steps() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield kind, subject, holder and data of steps that are accepted, and of which every type is one."""
    hash_ = {"text": EVIL, "sha256": samples.SHA256}
    place = {"region": "18.09.01.2007"}
    yield "organisation.registered", "dinas-odd", "dinas-odd", {"level": "provincial_office", "region": "18"}
    yield (
        "organisation.registered",
        "kab-odd",
        "dinas-odd",
        {"level": "regency_office", "region": "18.09", "parent": "dinas-odd"},
    )
    for kim in ("kim-odd", "kim-other"):
        yield "organisation.registered", kim, "kab-odd", {"level": "kim", **place, "parent": "kab-odd"}
    yield "organisation.changed", "kim-odd", "kab-odd", {}
    yield "organisation.decree_granted", "kim-odd", "kab-odd", {"valid_from": "2021-01-01"}
    for item in ("info-odd", "info-other"):
        yield (
            "item.published",
            item,
            "kab-odd",
            {**hash_, "topic": "health", "need_horizon": "short_term", "kip_class": "berkala"},
        )
        yield "item.forwarded", item, "kab-odd", {"to": ["kim-odd"], "channel": "website"}
        yield "item.received", item, "kim-odd", {"channel": "website"}
    yield "item.revised", "info-odd", "kab-odd", hash_
    yield "item.screened", "info-odd", "kim-odd", {"verdict": "hoax"}
    yield "item.discussed", "info-odd", "kim-odd", {"headcount": 3}
    yield "item.shared", "info-odd", "kim-odd", {"channel": "print", "headcount": 5}
    yield "item.acted_on", "info-odd", "kim-odd", {"headcount": 2}
    yield "step.voided", "info-odd", "kim-odd", {}
    yield "item.corrected", "info-odd", "kab-odd", {"replacement": "info-other"}
    yield "item.retracted", "info-other", "kab-odd", {}
    yield "aspiration.raised", "usul-odd", "kim-odd", {"kind": "request"}
    yield "aspiration.forwarded", "usul-odd", "kim-odd", {"to": ["kab-odd"]}
    yield "aspiration.answered", "usul-odd", "kab-odd", {}
    yield "aspiration.closed", "usul-odd", "kab-odd", {}
    yield (
        "coaching.held",
        "temu-odd",
        "kab-odd",
        {"offices": ["kab-odd"], "kim": ["kim-odd"], **place, "headcount": 9},
    )
    yield "population.recorded", "18.09.01.2007", "kab-odd", {**place, "people": 900, "date": "2020-12-31"}
    yield "organisation.decree_revoked", "kim-odd", "kab-odd", {}
    yield "organisation.closed", "kim-other", "kab-odd", {}


def events() -> list[dict[str, Any]]:
    """Return the steps as events, each text of them odd, and their names too as far as names may be."""
    found: list[dict[str, Any]] = []
    begin, number = datetime.now(UTC) - timedelta(hours=2), count()
    for kind, subject, holder, given in steps():
        topic = KINDS[kind]
        data = {name: [EVIL] if name == "materials" else EVIL for name in texts_of(topic)} | given
        if "region" in given and kind == "coaching.held":
            data["venue_region"] = data.pop("region")
        if "text" in given:
            data["sha256"] = sha256(EVIL.encode()).hexdigest()
        data.pop("link", None)
        if kind == "step.voided":
            shared = next(each for each in found if each["type"] == KINDS["item.shared"])
            data |= {"source": shared["source"], "id": shared["id"]}
        if kind == "organisation.decree_revoked":
            data["number"] = EVIL
        name = f"\u202eodd-[red]-{next(number)}"
        time = (begin + timedelta(minutes=len(found))).isoformat()
        found.append(
            {
                "specversion": "1.0",
                "id": name,
                "source": f"urn:jejak:[red]\u202e:{holder}",
                "type": topic,
                "subject": subject,
                "time": time,
                "holder": holder,
                "data": data,
            }
        )
    return found


class Screen:
    """Runs commands in this process and looks at whatever they print for a person."""

    def __init__(self, cli: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.cli = cli
        self._capsys = capsys
        for name, value in cli.environment({}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("COLUMNS")
        monkeypatch.chdir(cli.folder)

    def __call__(self, *arguments: object, status: int | None = 0) -> str:
        """Return what a command printed, in which nothing acts and no text has made a line."""
        found = run([str(each) for each in arguments])
        out, err = self._capsys.readouterr()
        assert status is None or found == status, (found, out, err)
        shown: str = out + err
        assert not {each for each in ACTS if each not in "[2J" and each in shown}, (arguments, shown)
        assert not [line for line in shown.splitlines() if line.lstrip(' !│├└─·"').startswith("forged")], shown
        return shown


@pytest.fixture
def screen(cli: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Screen]:
    yield Screen(cli, monkeypatch, capsys)
    use_language("en")


@pytest.fixture
def odd(screen: Screen) -> Screen:
    """Return a screen with the odd texts of every type recorded."""
    found = events()
    assert {each["type"] for each in found} == set(KINDS.values())
    shown = screen("publish", screen.cli.write("odd.jsonl", json_lines(found)))
    assert f"accepted {len(found)}" in " ".join(shown.split())
    return screen


def test_every_trail_and_figure_shows_them_as_words(odd: Screen) -> None:
    seen = "".join(
        odd("trail", subject, "--layout", layout, "--lang", lang)
        for subject in SUBJECTS
        for layout, lang in (("tree", "id"), ("list", "en"))
    )
    # Title, name twice, action, outcome, reasons, summary, reply, resolution, number: as many as the trail tells.
    assert seen.count(SHOWN) > 2 * 14
    for name in ("coverage", "impressions", "reach.lower", "funnel.received", "screening.share"):
        assert r"\n" not in odd("figures", "--events", name)
    odd("figures", "--item", "info-odd")
    odd("figures", "--by", "item", "--by", "region")
    odd("status")


def test_a_text_in_the_error_of_a_view_acts_no_more_than_others(
    odd: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: AuditTrail, events: Sequence[RecordedEvent], _connection: Connection) -> None:
        raise ValueError(f"{EVIL} at {events[0].position}")

    monkeypatch.setattr(AuditTrail, "fold", broken)
    assert SHOWN in odd("status", status=1)


def poisoned(value: object, words: str) -> Iterator[Any]:
    """Yield copies of a JSON value, in each of which one text is another."""
    if isinstance(value, str):
        yield words
    elif isinstance(value, Mapping):
        for name, content in value.items():
            yield from ({**value, name: each} for each in poisoned(content, words))
        yield {**value, words: "x"}
    elif isinstance(value, list):
        for index, content in enumerate(value):
            yield from ([*value[:index], each, *value[index + 1 :]] for each in poisoned(content, words))


def test_no_refusal_of_any_field_of_any_type_acts(odd: Screen) -> None:
    lines = [each for topic in CATALOGUE.types for each in poisoned(samples.event(topic), EVIL)]
    assert len(lines) > 300
    shown = ""
    for at in range(0, len(lines), 20):  # as many refusals as are named
        shown += odd("publish", odd.cli.write("fields.jsonl", json_lines(lines[at : at + 20])), status=None)
    assert r"\x1b[2J" in shown
    assert r"\u202e" in shown


def test_no_answer_to_record_acts(odd: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    by_flags = (
        "record",
        "item.acted_on",
        "info-odd",
        "--holder",
        "kim-odd",
        "--action",
        EVIL,
        "--id",
        "odd-\u202e",
    )
    assert "odd-" in odd(*by_flags)
    odd("record", EVIL, EVIL, "--holder", EVIL, status=2)
    odd("record", "item.shared", EVIL, "--holder", EVIL, "--channel", EVIL, status=1)
    answers = iter(
        [
            EVIL,
            "item.acted_on",
            EVIL,
            "kim-odd",
            EVIL,
            "info-odd",
            EVIL,
            "",
            EVIL,
            "ya",
            "",
            EVIL,
            "3",
            EVIL,
            "",
            "",
            "ya",
        ]
    )
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(builtins, "input", lambda: next(answers))
    shown = odd("record", status=None)
    assert shown.count(SHOWN) >= 5


def test_an_answer_that_is_no_text_is_asked_for_again(odd: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: Iterator[str | UnicodeError] = iter(
        [UnicodeDecodeError("utf-8", b"\xff", 0, 1, "odd"), "\udcff", "9" * 5_000, "item.received", "kim-odd"]
    )

    def typed() -> str:
        answer = next(answers, EOFError())
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(builtins, "input", typed)
    shown = odd("record", status=130)
    assert shown.count("that is no text in the encoding of this terminal") == 2
    assert "there is no kind 9999" in shown


def test_no_table_of_populations_acts(odd: Screen) -> None:
    head = b"region,people,date,source\n"
    rows = [
        f'18.09.01.2007,5,2020-12-31,"{ACTS.replace(chr(13), "")}[red]x"',
        f"{ACTS},5,2020-12-31,BPS",
        f"18.09.01.2007,{ACTS},2020-12-31,BPS",
    ]
    table = odd.cli.write("penduduk.csv", head + "\n".join(rows).encode())
    odd("population", "import", table, "--holder", "kab-odd", status=1)
    odd("population", "import", table, "--holder", EVIL, status=1)
    odd("population", "import", odd.cli.write("kop.csv", f"{EVIL},x\n".encode()), "--holder", "kab-odd", status=2)


def test_no_name_of_a_file_or_a_home_and_no_flag_acts(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"odd {ACTS}\nforged"
    screen("publish", screen.cli.write(name, b"nonsense\n"), status=1)
    screen("publish", "none\x1b[2J\nforged", status=2)
    for command in ("status", "config", "figures"):
        screen(command, "--home", name + "-home", status=None)
    for arguments in (
        (EVIL,),
        ("trail", EVIL),
        ("trail", "x", f"--{EVIL}"),
        ("status", "--format", EVIL),
        ("figures", "--region", EVIL),
    ):
        screen(*arguments, status=2)
    monkeypatch.setenv("JEJAK_BATCH", EVIL)
    screen("config", status=2)
    monkeypatch.setenv("JEJAK_BATCH", "5")
    monkeypatch.setenv("JEJAK_HEALTH_HOST", "odd-\u202e.example")
    screen("config", status=None)


def test_every_text_of_the_contract_is_among_them() -> None:
    told = {
        (each["type"], name)
        for each in events()
        for name, value in each["data"].items()
        if value in (EVIL, [EVIL])
    }
    wanted = {(topic, name) for topic in KINDS.values() for name in texts_of(topic)}
    names = {each.encode_name for each in msgspec.structs.fields(EventName)}
    # A link has to be one, and a step is voided by the name that its event has.
    assert {(topic, name) for topic, name in wanted - told if name != "link"} <= {
        (KINDS["step.voided"], each) for each in names
    }
