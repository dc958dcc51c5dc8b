"""A file's batches are decided ahead of the log: whatever happens meanwhile, it is as if they were not."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pytest
from eventsourcing.persistence import OperationalError
from hypothesis import given, settings
from hypothesis import strategies as st

from events.envelope import Reader
from infra.log import NewRow, StoredRow
from services.publishing import memory, publisher
from services.publishing.answers import Outcome
from services.publishing.proposals import Batch, read_batch
from services.publishing.publisher import Publisher
from services.world import Principal
from tests.scenario import (
    COMMUNITY,
    KIM,
    OTHER_KIM,
    REGENCY,
    REGIONS,
    Event,
    Mode,
    Scenario,
    Told,
    accepted,
    lines,
    published_apart,
    refused,
    repeated,
    told,
)

Batches = Sequence[Sequence[Event]]


def publish_each(
    scenario: Scenario, batches: Batches, before: Callable[[int], object] = lambda _: None
) -> list[Told]:
    """Publish batches as the lines of a file, and return what was told; `before` is called as each is read."""

    def read() -> Iterator[list[bytes]]:
        for number, batch in enumerate(batches):
            before(number)
            yield lines(batch)

    return [told(answer) for answers in scenario.publisher.publish_each(read()) for answer in answers]


def other(scenario: Scenario) -> Publisher:
    """Return a publisher of another process."""
    return Publisher(scenario.log, REGIONS, clock=scenario.clock)


def test_a_batch_meets_what_the_one_before_it_recorded(published: Scenario) -> None:
    wrong = published.received(at=1)
    batches = [
        [published.published(subject="new")],
        [published.received(subject="new"), wrong],
        [published.voided(wrong)],
        [published.shared(at=9)],
    ]
    assert publish_each(published, batches) == [
        accepted(),
        accepted(),
        accepted(),
        accepted(),
        accepted("no_receipt", "unscreened"),
    ]
    assert published.log.head() == 14


def test_what_another_process_appends_meanwhile_is_met(published: Scenario) -> None:
    outside = other(published)
    needed = published.published(subject="new")

    def before(number: int) -> None:
        if number == 2:  # the second batch is decided by now, and not appended
            outside.publish(lines([needed]))

    batches = [[published.received()], [published.received(OTHER_KIM)], [published.received(subject="new")]]
    assert [each.outcome for each in publish_each(published, batches, before)] == [Outcome.ACCEPTED] * 3
    assert published.log.head() == 13


def test_another_process_that_always_comes_first_stops_nobody(published: Scenario) -> None:
    outside = other(published)

    def before(number: int) -> None:
        outside.publish(lines([published.received(called=f"theirs-{number}")]))

    batches = [[published.received(called=f"ours-{number}")] for number in range(20)]
    assert [each.outcome for each in publish_each(published, batches, before)] == [Outcome.ACCEPTED] * 20
    assert published.log.head() == 9 + 40


def test_an_event_of_the_batch_before_is_repeated(published: Scenario) -> None:
    once = published.published(subject="new")
    event = published.received(subject="new")
    told_ = publish_each(published, [[once, event], [event, once], [published.published(subject="new")], [once]])
    assert told_[2:] == [repeated(11), repeated(10), refused("subject"), repeated(10)]
    assert published.log.head() == 11


def test_what_the_batch_under_way_makes_impossible_again_is_repeated(
    published: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: Any = published.log
    real = log._append_after

    def late(head: StoredRow | None, rows: Sequence[NewRow]) -> bool:
        time.sleep(0.1)  # the next batch is decided before the log has this one
        return bool(real(head, rows))

    monkeypatch.setattr(log, "_append_after", late)
    once = published.published(subject="new")
    assert publish_each(published, [[once], [once]]) == [accepted(), repeated(10)]


def test_the_clock_may_stand_still(published: Scenario) -> None:
    batches = [[published.received()] for _ in range(5)]
    assert publish_each(published, batches) == [accepted()] * 5


def test_when_the_memory_is_full_it_starts_anew(published: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_REMEMBERED", 3)
    events = [published.published(subject="new"), *(published.received(subject="new") for _ in range(9))]
    assert [each.outcome for each in publish_each(published, [[one] for one in events])] == [Outcome.ACCEPTED] * 10


def test_what_the_log_does_not_take_is_told_and_nothing_after_it_is_recorded(
    published: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: Any = published.log
    real = log._append_after

    def fails(head: StoredRow | None, rows: Sequence[NewRow]) -> bool:
        if rows[0][0] == 11:
            raise OperationalError("disk full")
        return bool(real(head, rows))

    batches = [[published.received(called=f"e{number}")] for number in range(4)]
    with monkeypatch.context() as patch:
        patch.setattr(log, "_append_after", fails)
        answered = published.publisher.publish_each([lines(batch) for batch in batches])
        assert next(answered)[0].position == 10
        with pytest.raises(OperationalError):
            next(answered)
    assert published.log.head() == 10
    assert publish_each(published, batches) == [repeated(10), *[accepted()] * 3]


def test_whatever_stops_the_reading_comes_after_the_answers_to_what_was_read(
    published: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: Any = published.log
    real, go_on = log._append_after, threading.Event()

    def slowly(head: StoredRow | None, rows: Sequence[NewRow]) -> bool:
        assert go_on.wait(10)
        return bool(real(head, rows))

    def read() -> Iterator[list[bytes]]:
        yield lines([event])
        threading.Timer(0.1, go_on.set).start()
        raise KeyboardInterrupt

    monkeypatch.setattr(log, "_append_after", slowly)
    event = published.received()
    answered = published.publisher.publish_each(read())
    assert [told(each) for each in next(answered)] == [accepted()]
    with pytest.raises(KeyboardInterrupt):
        next(answered)
    published.when(event).then(repeated(10))


def test_whoever_leaves_waits_for_the_batch_under_way(
    published: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: Any = published.log
    real = log._append_after

    def slowly(head: StoredRow | None, rows: Sequence[NewRow]) -> bool:
        time.sleep(0.1)
        return bool(real(head, rows))

    monkeypatch.setattr(log, "_append_after", slowly)
    events = [published.received() for _ in range(3)]

    def interrupted(batch: Sequence[bytes], principals: Sequence[Principal], reader: Reader) -> Batch:
        if batch == lines([events[1]]):
            raise KeyboardInterrupt
        return read_batch(batch, principals, reader)

    with monkeypatch.context() as patch:
        patch.setattr(publisher, "read_batch", interrupted)
        with pytest.raises(KeyboardInterrupt):
            publish_each(published, [[one] for one in events])
    assert published.log.head() == 10
    assert publish_each(published, [[one] for one in events]) == [repeated(10), accepted(), accepted()]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.lists(st.integers(0, 11), max_size=6), st.lists(st.integers(0, 11), max_size=2))),
)
def test_any_split_beside_another_process_is_as_one_by_one(
    mode: Mode, picks: list[tuple[list[int], list[int]]]
) -> None:
    with published_apart(mode) as ours, published_apart(mode) as plain:
        events, outside = _events(ours), other(ours)
        found = publish_each(
            ours,
            [[events[pick] for pick in mine] for mine, _ in picks],
            lambda number: outside.publish(lines([events[pick] for pick in picks[number][1]])),
        )
        assert len(found) == sum(len(mine) for mine, _ in picks)
        recorded = ours.log.read(9, 1_000)
        by_name = {(event["source"], event["id"]): event for event in events}
        for _, _, state in recorded:
            known = msgspec.json.decode(state)
            plain.given(by_name[known["source"], known["id"]])
        assert plain.log.read(9, 1_000) == recorded


def _events(scenario: Scenario) -> list[Event]:
    wrong = scenario.received(at=1, called="wrong")
    return [
        wrong,
        scenario.voided(wrong),
        scenario.published(subject="new"),
        scenario.received(subject="new", at=2),
        scenario.screened(subject="new", verdict="hoax", at=3),
        scenario.shared(subject="new", at=4),
        scenario.retracted(subject="new", at=5),
        scenario.received(OTHER_KIM, subject="new", at=6),
        scenario.registered("baru", "kim", parent=REGENCY, region="18.09.01.2001"),
        scenario.received("baru", subject="new", at=7, cause=wrong),
        scenario.shared(COMMUNITY, subject="new", at=8),
        scenario.discussed(KIM, headcount=3, at=9),
    ]
