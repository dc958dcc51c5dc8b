"""Group commit: many threads hand in events one by one, and each is answered as if it were alone."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event as Signal
from threading import Thread
from typing import Final

import msgspec
import pytest
from eventsourcing.persistence import OperationalError
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.log import Writing
from services.publishing.answers import Answer, Outcome
from services.publishing.deciding import ClockBehindError
from services.publishing.group import GroupClosedError, GroupCommit
from services.publishing.publisher import Publisher
from services.world import OPERATOR, Principal
from tests.scenario import (
    KIM,
    NOW,
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

CALLERS: Final = 64
SECONDS: Final = 60


class Gate(Publisher):
    """A publisher that a test holds up: what is handed in meanwhile gathers."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario.log, REGIONS, clock=scenario.clock)
        self._open = Signal()
        self._reached = Signal()
        self._open.set()
        self.batches: list[int] = []
        """How many events each batch had."""

    def publish_together(self, lines: Sequence[bytes], principals: Sequence[Principal]) -> list[Answer]:
        self.batches.append(len(lines))
        self._reached.set()
        assert self._open.wait(SECONDS)
        return super().publish_together(lines, principals)

    @contextmanager
    def held(
        self, group: GroupCommit, first: Sequence[bytes], principal: Principal = OPERATOR
    ) -> Iterator[Future[list[Answer]]]:
        """Hold up a batch within the block, so that the next ones gather; give its answers to come."""
        self._open.clear()
        self._reached.clear()
        try:
            submitted = group.submit(first, principal)
            assert self._reached.wait(SECONDS)
            yield submitted
        finally:
            self._open.set()


@contextmanager
def grouped(publisher: Publisher, **given: int) -> Iterator[GroupCommit]:
    group = GroupCommit(publisher, **given)
    try:
        yield group
    finally:
        group.close()


def one_told(answers: Future[list[Answer]]) -> Told:
    (answer,) = answers.result(SECONDS)
    return told(answer)


def names(scenario: Scenario, after: int) -> list[str]:
    """Return the ids of the events behind a position, in the order of the log."""
    return [msgspec.json.decode(state)["id"] for _, _, state in scenario.log.read(after, 100_000)]


def test_of_64_threads_each_gets_its_own_answers_and_nothing_is_lost_or_doubled(published: Scenario) -> None:
    each = 25
    mine = {
        caller: [published.received(called=f"e-{caller}-{number}", at=1) for number in range(each)]
        for caller in range(CALLERS)
    }
    publisher = Gate(published)

    def call(caller: int) -> list[tuple[str, Answer]]:
        found: list[tuple[str, Answer]] = []
        for event in mine[caller]:
            neighbour = mine[caller ^ 1][len(found) // 2]  # two threads hand in the same, at times at once
            first, second = group.publish(lines([event, neighbour]))
            found += [(event["id"], first), (neighbour["id"], second)]
        return found

    with grouped(publisher) as group, ThreadPoolExecutor(CALLERS) as pool:
        answers = [one for found in pool.map(call, mine) for one in found]
    recorded = names(published, 9)
    assert sorted(recorded) == sorted(event["id"] for events in mine.values() for event in events)
    assert len(answers) == 2 * len(recorded)
    for name, answer in answers:
        assert answer.position is not None
        assert recorded[answer.position - 10] == name
    assert sum(answer.outcome is Outcome.ACCEPTED for _, answer in answers) == len(recorded)
    assert max(publisher.batches) > 2, "nothing gathered"
    assert sum(publisher.batches) == len(answers)


def test_what_gathers_is_one_batch_in_which_each_speaks_for_itself_alone(published: Scenario) -> None:
    publisher = Gate(published)
    event = published.received(KIM)
    with grouped(publisher) as group:
        with publisher.held(group, [b"no event"]) as first:
            of_kim = group.submit(lines([event]), Principal(KIM))
            of_other = group.submit(
                lines([published.received(KIM), published.received(OTHER_KIM)]), Principal(OTHER_KIM)
            )
            again = group.submit(lines([event]), OPERATOR)
        assert one_told(first) == refused(None)
        assert one_told(of_kim) == accepted()
        assert [told(one) for one in of_other.result(SECONDS)] == [refused("holder"), accepted()]
        assert one_told(again) == repeated(10)
    assert publisher.batches == [1, 4]


def test_only_who_may_simulate_does_so_beside_real_events(published: Scenario) -> None:
    publisher = Gate(published)
    made_up = [published.received(sender="urn:jejak:simulated:1:kim-bagelen") for _ in range(2)]
    with grouped(publisher) as group:
        with publisher.held(group, lines([published.received()])):
            simulator = group.submit(lines(made_up[:1]), Principal(simulates=True))
            real = group.submit(lines(made_up[1:]), Principal())
        assert (one_told(simulator), one_told(real)) == (accepted(), refused("source"))


def test_a_failure_of_the_log_reaches_every_caller_and_the_next_batch_is_recorded(
    published: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = Gate(published)
    real = published.log.writing

    @contextmanager
    def failing() -> Iterator[Writing]:
        with real() as writing:
            yield writing
            raise OperationalError("disk I/O error")

    events = [published.received() for _ in range(5)]
    with grouped(publisher) as group:
        with publisher.held(group, lines(events[:1])) as first:
            waiting = [group.submit(lines([event])) for event in events[1:]]
            monkeypatch.setattr(published.log, "writing", failing)
        for one in (first, *waiting):
            with pytest.raises(OperationalError, match="disk I/O error"):
                one.result(SECONDS)
        monkeypatch.undo()
        assert [told(*group.publish(lines([event]))) for event in events] == [accepted()] * 5
    assert names(published, 9) == [event["id"] for event in events]


def test_a_clock_that_is_behind_is_told_to_every_caller(published: Scenario) -> None:
    publisher = Gate(published)
    event = published.received()
    with grouped(publisher) as group:
        published.clock.now = NOW - timedelta(days=1)
        with pytest.raises(ClockBehindError):
            group.publish(lines([event]))
        published.clock.now = NOW
        assert told(*group.publish(lines([event]))) == accepted()


def test_closing_waits_for_what_was_handed_in_and_refuses_what_comes_later(published: Scenario) -> None:
    publisher = Gate(published)
    events = [published.received() for _ in range(4)]
    group = GroupCommit(publisher)
    closing = Thread(target=group.close)
    with publisher.held(group, lines(events[:1])) as first:
        waiting = [group.submit(lines([event])) for event in events[1:3]]
        closing.start()
        closing.join(0.05)
        assert closing.is_alive()
        assert not first.done()
    closing.join(SECONDS)
    assert not closing.is_alive()
    assert [one_told(one) for one in (first, *waiting)] == [accepted()] * 3
    with pytest.raises(GroupClosedError):
        group.publish(lines(events[3:]))
    group.close()
    assert names(published, 9) == [event["id"] for event in events[:3]]


def test_closed_under_load_it_has_recorded_exactly_what_it_answered(published: Scenario) -> None:
    group = GroupCommit(Gate(published), most_waiting=8)
    answered: list[str] = []
    started = Signal()

    def call(caller: int) -> None:
        for number in range(1_000_000):
            event = published.received(called=f"e-{caller}-{number}", at=1)
            try:
                (answer,) = group.publish(lines([event]))
            except GroupClosedError:
                return
            assert answer.outcome is Outcome.ACCEPTED
            answered.append(event["id"])
            if len(answered) > 500:
                started.set()

    with ThreadPoolExecutor(CALLERS) as pool:
        callers = [pool.submit(call, caller) for caller in range(CALLERS)]
        assert started.wait(SECONDS)
        group.close()
        recorded = names(published, 9)
        for each in callers:
            each.result(SECONDS)
    assert sorted(answered) == sorted(recorded)
    assert published.log.head() == 9 + len(answered)


def test_a_caller_more_than_may_wait_hands_in_later(published: Scenario) -> None:
    publisher = Gate(published)
    events = [published.received() for _ in range(4)]
    with grouped(publisher, most_waiting=2) as group, ThreadPoolExecutor(1) as pool:
        with publisher.held(group, lines(events[:1])) as first:
            waiting = [group.submit(lines([event])) for event in events[1:3]]
            last = pool.submit(group.submit, lines(events[3:]))
            with pytest.raises(TimeoutError):
                last.result(0.05)
        assert [one_told(one) for one in (first, *waiting, last.result(SECONDS))] == [accepted()] * 4
    assert max(publisher.batches) <= 3


def test_what_a_caller_takes_back_in_time_is_not_recorded(published: Scenario) -> None:
    publisher = Gate(published)
    kept, taken_back = published.received(), published.received()
    with grouped(publisher) as group:
        with publisher.held(group, lines([kept])) as first:
            assert group.submit(lines([taken_back])).cancel()
            assert not first.cancel()
        assert one_told(first) == accepted()
    assert names(published, 9) == [kept["id"]]


# -- any interleaving -----------------------------------------------------------------------------------


def _events(scenario: Scenario) -> list[Event]:
    wrong = scenario.received(at=1, called="wrong")
    other_content = {**wrong, "subject": "new"}
    return [
        wrong,
        other_content,
        scenario.voided(wrong),
        scenario.published(subject="new"),
        scenario.received(subject="new", at=2, cause=wrong),
        scenario.screened(subject="new", verdict="hoax", at=3),
        scenario.shared(subject="new", at=4),
        scenario.received(OTHER_KIM, subject="new", at=5),
        scenario.registered("baru", "kim", parent=REGENCY, region="18.09.01.2001"),
        scenario.received("baru", subject="new", at=6),
    ]


PRINCIPALS: Final = (OPERATOR, Principal(KIM), Principal(REGENCY))
HANDED_IN: Final = st.tuples(st.lists(st.integers(0, 9), min_size=1, max_size=3), st.sampled_from(PRINCIPALS))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(HANDED_IN, min_size=1, max_size=5), max_size=5))
def test_any_interleaving_is_as_one_by_one(
    mode: Mode, gatherings: list[list[tuple[list[int], Principal]]]
) -> None:
    with published_apart(mode) as ours, published_apart(mode) as plain:
        sent = lines(_events(ours))
        publisher = Gate(ours)
        found: list[Future[list[Answer]]] = []
        with grouped(publisher) as group:
            for (first, by), *gathering in gatherings:
                with publisher.held(group, [sent[pick] for pick in first], by) as answers:
                    found.append(answers)
                    found += [group.submit([sent[pick] for pick in picks], who) for picks, who in gathering]
        one_by_one = [
            told(*plain.publisher.publish([sent[pick]], who))
            for gathering in gatherings
            for picks, who in gathering
            for pick in picks
        ]
        assert [told(answer) for answers in found for answer in answers.result(SECONDS)] == one_by_one
        assert ours.log.read(0, 1_000) == plain.log.read(0, 1_000)
