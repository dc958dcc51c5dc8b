"""What the log holds of an event: its place, its times, its holder, its text."""

import json
from datetime import timedelta
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError

from services.publishing.deciding import ClockBehindError
from tests.scenario import KIM, NOW, OTHER_KIM, PROVINCE, REGENCY, Scenario, accepted, refused


def states(scenario: Scenario) -> list[dict[str, Any]]:
    return [json.loads(state) for _, _, state in scenario.log.read(0, 1000)]


# -- recorded_at --------------------------------------------------------------------------------------


def test_recorded_at_never_decreases_when_the_clock_goes_backwards(published: Scenario) -> None:
    for seconds in (0, 60, 30, -300, 61):
        published.clock.now = NOW + timedelta(seconds=seconds)
        published.given(published.received())
    recorded = [each["recorded_at"] for each in states(published)]
    assert recorded == sorted(recorded)
    assert [each.recorded_at - NOW for each in published.trail("info-1").steps[1:]] == [
        timedelta(seconds=seconds) for seconds in (0, 60, 60, 60, 61)
    ]


def test_the_future_begins_after_the_newest_record_when_the_clock_lies_behind_it(published: Scenario) -> None:
    published.clock.now = NOW - timedelta(minutes=10)
    published.when(published.received(at=NOW + timedelta(minutes=5))).then(accepted())
    published.when(published.received(at=NOW + timedelta(minutes=5, seconds=1))).then(refused("time"))


def test_a_clock_too_far_behind_records_nothing(published: Scenario) -> None:
    head = published.log.head()
    published.clock.now = NOW - timedelta(minutes=10, microseconds=1)
    event = published.received()
    for scenario in (published, published.restart()):
        with pytest.raises(ClockBehindError, match="set the clock"):
            scenario.when(event)
        assert scenario.log.head() == head
    published.clock.now = NOW - timedelta(minutes=10)
    published.when(event).then(accepted())


# -- positions ----------------------------------------------------------------------------------------


def test_positions_have_no_gap_whatever_is_refused_or_repeated(published: Scenario) -> None:
    for count in range(4):
        events = [published.received() for _ in range(count)]
        published.when(*events, published.shared("nobody"), *events, published.discussed(headcount=-1))
        published.clock.now = NOW - timedelta(days=1)
        with pytest.raises(ClockBehindError):
            published.when(published.received())
        published.clock.now = NOW
    assert [position for position, _, _ in published.log.read(0, 1000)] == list(range(1, published.log.head() + 1))
    assert published.log.head() == 9 + 0 + 1 + 2 + 3


class FullDiskError(Exception):
    """The disk is full."""


def test_a_batch_that_fails_is_forgotten_whole(published: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = [published.published(subject="new"), published.received(subject="new")]
    with monkeypatch.context() as broken:

        def fail(*_: object) -> None:
            raise FullDiskError

        with published.log.writing() as writing:
            broken.setattr(type(writing), "append", fail)
        with pytest.raises(FullDiskError):
            published.when(*batch)
    assert published.log.head() == 9
    published.when(published.received(subject="new")).then(refused("subject"))
    published.when(*batch).then(accepted(), accepted())


def test_the_log_itself_takes_no_event_twice(published: Scenario) -> None:
    with published.log.writing() as writing:
        head = writing.head()
    assert head is not None
    again = (
        head.position + 1,
        head.originator_id,
        head.originator_version + 1,
        head.topic,
        head.state.encode(),
        head.event_id,
    )
    with pytest.raises(IntegrityError), published.log.writing() as writing:
        writing.append([again])
    assert published.log.head() == head.position


# -- the holder's region and level ---------------------------------------------------------------------


def test_the_holder_is_stamped_as_the_log_has_it_just_before(published: Scenario) -> None:
    published.when(
        before := published.received(at=50),
        published.changed(KIM, REGENCY, region="18.09.02", at=1),
        after := published.received(at=2),
    ).then(accepted(), accepted(), accepted())
    for scenario in (published, published.restart()):
        steps = {step.id: step for step in scenario.trail("info-1").steps}
        assert (steps[before["id"]].region, steps[before["id"]].level) == ("18.09.01.2007", "kim")
        assert (steps[after["id"]].region, steps[after["id"]].level) == ("18.09.02", "kim")


def test_whoever_founds_itself_has_no_region_yet_and_a_mover_the_old_one(scenario: Scenario) -> None:
    scenario.given(scenario.registered(PROVINCE), scenario.changed(PROVINCE, PROVINCE, region="17"))
    scenario.given(scenario.changed(PROVINCE, PROVINCE, name="Baru"))
    assert [(each.get("region"), each.get("level")) for each in states(scenario)] == [
        (None, None),
        ("18", "provincial_office"),
        ("17", "provincial_office"),
    ]


def test_a_voiding_by_the_registrar_is_stamped_with_the_registrar(published: Scenario) -> None:
    published.given(receipt := published.received(), published.voided(receipt, REGENCY))
    last = states(published)[-1]
    assert (last["holder"], last["region"], last["level"]) == (REGENCY, "18.09", "regency_office")


# -- the state ----------------------------------------------------------------------------------------


def test_a_state_is_the_text_of_one_json_object_that_the_database_shows_as_it_is(published: Scenario) -> None:
    cause = published.received()
    event = published.discussed(cause=cause, outcome="setuju — «ya» ✓", called="x")
    published.given(cause, {**event, "traceparent": "00-ab-cd-01", "partitionkey": 7})
    ((position, topic, raw),) = published.tamper(
        "SELECT position, topic, state FROM {log} ORDER BY position DESC LIMIT 1"
    )
    assert (position, topic, type(raw)) == (11, "id.jejak.item.discussed.v1", str)
    assert "setuju — «ya» ✓" in raw
    assert json.loads(raw) == {
        "source": f"urn:jejak:org:{KIM}",
        "id": "x",
        "subject": "info-1",
        "holder": KIM,
        "occurred_at": event["time"],
        "recorded_at": NOW.isoformat(),
        "data": {"headcount": 10, "outcome": "setuju — «ya» ✓"},
        "region": "18.09.01.2007",
        "level": "kim",
        "causationid": cause["id"],
        "causeposition": 10,
        "extensions": {"traceparent": "00-ab-cd-01", "partitionkey": 7},
    }


def test_rows_are_never_written_again(published: Scenario) -> None:
    late = published.received(at=1)
    published.given(step := published.shared(cause=late), published.discussed())
    before = published.log.read(0, 1000)
    published.given(late, published.voided(step), published.revised(title="Baru"))
    published.restart().given(published.changed(KIM, REGENCY, region="18.09.02"))
    assert published.log.read(0, len(before)) == before


def test_two_publishers_taking_turns_record_as_one_would(published: Scenario) -> None:
    other = Scenario(published.mode, published.directory)
    published.given(published.published(KIM, subject="new"))
    other.when(other.received(subject="new")).then(accepted())
    published.given(published.discussed(subject="new"), published.retracted(KIM, subject="new", at=0))
    other.when(share := other.shared(OTHER_KIM, subject="new", called="last")).then(
        accepted("no_receipt", "unscreened", "after_retraction")
    )
    assert other.position(share) == published.log.head() == 14
    other.close()
