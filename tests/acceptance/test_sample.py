"""The sample: one day in Desa Bagelen, as a newcomer sees it after `jejak demo`."""

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pytest

import services
from events.vocabulary import FindingCode
from infra.log.sqlite import LogRecorder, open_log
from infra.regions import Regions
from infra.views.sqlite import open_views
from projections.audit_trail.queries import Trail, TrailStep, families, trail
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.follower import Follower
from services.publishing.answers import Outcome
from services.publishing.publisher import Publisher
from services.world import OPERATOR, Principal

SAMPLE = Path(services.__file__).parent / "cli" / "demo" / "bagelen.jsonl"
LINES = SAMPLE.read_bytes().splitlines()
EVENTS: list[dict[str, Any]] = [msgspec.json.decode(line) for line in LINES]

STORY = "info-2021-0117"
SCHEDULE = "info-2021-0118"
QUESTION = "aspirasi-2021-0042"
COACHING = "pembinaan-2021-11-23"

PHONE_OR_NIK = re.compile(r"\d(?:[ -]?\d){9,}")
WORD = re.compile(r"\b[A-Z]\w+")
# Words that start a sentence, a month, a day, an institution; a place is looked up among the regions.
NO_NAMES = {
    *("Bawa", "Datang", "Dicocokkan", "Disepakati", "Diterima", "Jadwal", "Memanfaatkan", "Memeriksa"),
    *("Menghapus", "Pengirim", "Peran", "Pesan", "Salah", "Sama", "Saring", "Sebelum", "Vaksinasi", "Yang"),
    *("Di", "Mana", "November", "Rabu", "WhatsApp"),
    *("Balai", "Desa", "Dinas", "Diskominfo", "KIM", "Kabupaten", "Kepala", "Kominfotik", "Masyarakat"),
    *("Provinsi", "SK"),
}


@pytest.fixture(scope="module")
def regions() -> Regions:
    return Regions()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogRecorder]:
    recorder = open_log(tmp_path / "log.sqlite")
    yield recorder
    recorder.close()


@pytest.fixture
def publisher(log: LogRecorder, regions: Regions) -> Publisher:
    return Publisher(log, regions)


def read(log: LogRecorder, path: Path, subject: str) -> Trail:
    views = open_views(path / "views.sqlite")
    try:
        Follower(log, Engine(views, PROJECTIONS)).catch_up()
        with views.reading() as connection:
            (family,) = families(connection, subject)
            return trail(connection, family, subject)
    finally:
        views.close()


def of(step: TrailStep) -> tuple[str, str]:
    return step.type.removeprefix("id.jejak.").removesuffix(".v1"), step.holder


def instructive(found: Trail) -> list[tuple[str, str, set[FindingCode]]]:
    """Return the findings besides recorded_late; every step of 2021 has that one."""
    assert all(FindingCode.RECORDED_LATE in step.findings for step in found.steps if step.voided_by is None)
    assert not any(step.made_good for step in found.steps)
    left = [(*of(step), set(step.findings) - {FindingCode.RECORDED_LATE}) for step in found.steps]
    return [(kind, holder, codes) for kind, holder, codes in left if codes]


def texts(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text below `value`, with the name of its field."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for name, content in value.items():
            yield from texts(content, name)
    elif isinstance(value, list):
        for content in value:
            yield from texts(content, field)


def test_every_line_is_accepted_and_the_second_time_repeated(publisher: Publisher) -> None:
    first = publisher.publish(LINES)
    assert [(answer.outcome, answer.position, answer.refusal) for answer in first] == [
        (Outcome.ACCEPTED, position, None) for position in range(1, len(LINES) + 1)
    ]
    again = publisher.publish(LINES)
    assert [(answer.outcome, answer.position) for answer in again] == [
        (Outcome.REPEATED, answer.position) for answer in first
    ]


def test_each_organisation_may_publish_its_own_lines(publisher: Publisher) -> None:
    def sender(line: bytes) -> Principal:
        event = msgspec.json.decode(line)
        if event["type"] == "id.jejak.organisation.registered.v1" and "parent" not in event["data"]:
            return OPERATOR
        return Principal(event["source"].removeprefix("urn:jejak:org:"))

    for principal, lines in groupby(LINES, sender):
        for answer in publisher.publish(list(lines), principal):
            assert answer.outcome is Outcome.ACCEPTED, (principal, answer.refusal)


def test_the_story_is_two_branches_and_a_step_of_unknown_source(
    publisher: Publisher, log: LogRecorder, tmp_path: Path
) -> None:
    publisher.publish(LINES)
    found = read(log, tmp_path, STORY)
    by_position = {step.position: step for step in found.steps}
    links = [(of(step), step.parent and of(by_position[step.parent]), step.depth) for step in found.steps]
    published = ("item.published", "diskominfo-lampung")
    assert [step for step, parent, _ in links if parent is None] == [published, ("item.received", "kim-wiyono")]
    assert [step for step, parent, _ in links if parent == published] == [
        ("item.received", "kim-bagelen"),
        ("item.received", "diskominfo-pesawaran"),
    ]
    assert {step: depth for step, _, depth in links if step[0] == "item.acted_on"} == {
        ("item.acted_on", "masyarakat-bagelen"): 6,
        ("item.acted_on", "masyarakat-sukaraja"): 6,
    }
    assert max(depth for _, _, depth in links) == 6


def test_the_story_has_three_findings_to_learn_from(
    publisher: Publisher, log: LogRecorder, tmp_path: Path
) -> None:
    publisher.publish(LINES)
    assert instructive(read(log, tmp_path, STORY)) == [
        ("item.shared", "kim-sukaraja", {FindingCode.UNSCREENED}),
        ("item.received", "kim-wiyono", {FindingCode.UNKNOWN_SOURCE}),
        ("item.acted_on", "masyarakat-sukaraja", {FindingCode.NO_RECEIPT}),
    ]


@pytest.mark.parametrize("subject", [SCHEDULE, QUESTION, COACHING])
def test_all_else_is_as_it_should_be(publisher: Publisher, log: LogRecorder, tmp_path: Path, subject: str) -> None:
    publisher.publish(LINES)
    found = read(log, tmp_path, subject)
    assert found.steps
    assert instructive(found) == []


def test_the_wrong_headcount_is_struck_and_stands_anew(
    publisher: Publisher, log: LogRecorder, tmp_path: Path
) -> None:
    publisher.publish(LINES)
    found = read(log, tmp_path, STORY)
    (wrong,) = [step for step in found.steps if step.voided_by is not None]
    (voided,) = [step for step in found.steps if of(step)[0] == "step.voided"]
    data = msgspec.json.decode(voided.data)
    (right,) = [step for step in found.steps if step.id == data["replacement"]["id"]]
    assert wrong.voided_by == voided.position
    assert wrong.id == data["id"]
    assert not wrong.findings
    assert (wrong.parent, wrong.occurred_at) == (right.parent, right.occurred_at)
    assert [msgspec.json.decode(step.data)["headcount"] for step in (wrong, right)] == [350, 35]


def test_the_coaching_has_its_thirty_people_from_several_villages(
    publisher: Publisher, log: LogRecorder, regions: Regions, tmp_path: Path
) -> None:
    publisher.publish(LINES)
    (held,) = read(log, tmp_path, COACHING).steps
    data = msgspec.json.decode(held.data)
    assert data["headcount"] == 30
    assert 25 <= sum(origin["headcount"] for origin in data["origins"]) <= 30
    assert len({origin["region"] for origin in data["origins"]}) > 1
    assert all(regions.contains("18.09.01", origin["region"]) for origin in data["origins"])


def test_the_question_goes_up_and_its_answer_becomes_an_item(
    publisher: Publisher, log: LogRecorder, tmp_path: Path
) -> None:
    publisher.publish(LINES)
    steps = read(log, tmp_path, QUESTION).steps
    assert [of(step) for step in steps] == [
        ("aspiration.raised", "masyarakat-bagelen"),
        ("aspiration.forwarded", "kim-bagelen"),
        ("aspiration.answered", "diskominfo-pesawaran"),
        ("aspiration.closed", "kim-bagelen"),
    ]
    published = read(log, tmp_path, SCHEDULE).steps[0]
    assert published.cause is not None
    assert published.cause.id == steps[2].id


def test_both_horizons_of_need_are_there() -> None:
    horizons = {
        event["subject"]: event["data"].get("need_horizon") for event in EVENTS if "title" in event["data"]
    }
    assert horizons == {STORY: "long_term", SCHEDULE: "short_term"}


def test_a_village_organisation_bears_the_name_of_its_village(regions: Regions) -> None:
    villages = [event["data"] for event in EVENTS if event["data"].get("level") in ("kim", "community")]
    assert len(villages) == 6
    for data in villages:
        assert data["name"].endswith(f"Desa {regions.get(data['region']).name}")


def test_no_person_can_be_found_in_it(regions: Regions) -> None:
    places = {word for code in ("18", "18.09") for word in WORD.findall(regions.get(code).name)}
    places |= {word for region in regions.children("18.09.01") for word in WORD.findall(region.name)}
    for event in EVENTS:
        assert not {"person", "participants"} & set(event["data"])
        for field, text in texts(event):
            if field == "sha256":
                continue
            assert not PHONE_OR_NIK.search(text)
            assert set(WORD.findall(text)) <= NO_NAMES | places, text
