"""Sending an event again changes nothing; another event of the same name is refused."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
import pytest

from services.publishing.answers import Outcome
from services.publishing.publisher import Publisher
from tests.scenario import (
    COMMUNITY,
    KIM,
    OTHER_KIM,
    REGENCY,
    REGIONS,
    Event,
    Scenario,
    accepted,
    refused,
    repeated,
)


@pytest.fixture
def discussion(published: Scenario) -> Event:
    """A discussion at position 11, caused by the receipt before it."""
    published.given(receipt := published.received(at=1))
    event = published.discussed(
        at=2, cause=receipt, called="again", headcount=42, participants=[], outcome="setuju"
    )
    published.given(event)
    return event


def test_in_one_batch_the_second_is_answered_with_the_position_of_the_first(published: Scenario) -> None:
    event = published.received()
    published.when(event, event, published.discussed(), event).then(
        accepted(), repeated(10), accepted(), repeated(10)
    )
    assert published.log.head() == 11


def test_in_a_later_batch_and_after_a_restart_it_is_repeated(published: Scenario, discussion: Event) -> None:
    published.when(discussion).then(repeated(11))
    published.restart().when(discussion).then(repeated(11))
    assert published.log.head() == 11


def test_another_publisher_of_the_same_log_knows_it(published: Scenario, discussion: Event) -> None:
    other = Publisher(published.log, REGIONS, clock=published.clock)
    event = published.received(OTHER_KIM)
    for line in (discussion, event, event):
        other.publish([msgspec.json.encode(line)])
    published.when(discussion, event, published.received(COMMUNITY)).then(repeated(11), repeated(12), accepted())


def test_a_whole_file_can_be_sent_again(published: Scenario) -> None:
    events = [published.received(), published.discussed(), published.shared(headcount=-1), published.shared()]
    published.when(*events)
    head = published.log.head()
    published.when(*events).then(repeated(10), repeated(11), refused("data.headcount"), repeated(12))
    assert published.log.head() == head


# What would be refused as the second of its kind is the first one again.
ONCE: Final[dict[str, Callable[[Scenario], Event]]] = {
    "organisation.registered": lambda s: s.registered("baru", "kim", parent=REGENCY, region="18.09.01.2001"),
    "item.published": lambda s: s.published(subject="new"),
    "aspiration.raised": lambda s: s.raised(),
    "coaching.held": lambda s: s.held(),
    "step.voided": lambda s: s.voided(s.received(called="wrong")),
}


@pytest.mark.parametrize("kind", ONCE)
@pytest.mark.parametrize("others", [0, 1])
def test_what_can_happen_only_once_is_repeated_and_not_refused(
    published: Scenario, kind: str, others: int
) -> None:
    published.given(published.received(called="wrong"))
    published.given(event := ONCE[kind](published))
    for again in range(2):
        new = [published.received(OTHER_KIM)] * others
        published.when(*new, event).then(*(accepted() for _ in new), repeated(11))
        assert published.log.head() == 11 + others * (again + 1)


def test_what_is_repeated_and_what_is_refused_are_told_apart_in_one_batch(published: Scenario) -> None:
    published.given(first := published.published(subject="new"))
    published.when(published.published(subject="new"), first, published.received(subject="new")).then(
        refused("subject"), repeated(10), accepted()
    )


SAME: Final[dict[str, dict[str, Any]]] = {
    "a traceparent": {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
    "another offset": {"time": "2021-11-23T01:02:00Z"},
    "finer than milliseconds": {"time": "2021-11-23T08:02:00.0009999999+07:00"},
    "a whole float": {"data": {"headcount": 42.0, "outcome": "setuju"}},
    "a default left out": {"data": {"headcount": 42, "outcome": "setuju"}},
    "a default written down": {"data": {"headcount": 42, "outcome": "setuju", "origins": [], "participants": []}},
    "other order of fields": {"data": {"outcome": "setuju", "headcount": 42}},
    "the cause's source written down": {"causationsource": f"urn:jejak:org:{KIM}"},
    "a content type": {"datacontenttype": "application/json"},
}


@pytest.mark.parametrize("how", SAME)
def test_other_words_for_the_same_content_are_the_same_event(
    published: Scenario, discussion: Event, how: str
) -> None:
    published.when({**discussion, **SAME[how]}).then(repeated(11))
    published.restart().when({**discussion, **SAME[how]}).then(repeated(11))


OTHER: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "type": ("type", {"type": "id.jejak.item.shared.v1", "data": {"channel": "print"}}),
    "subject": ("subject", {"subject": "info-2"}),
    "time": ("time", {"time": "2021-11-23T08:02:00.001+07:00"}),
    "holder": ("holder", {"holder": COMMUNITY}),
    "cause": ("causationid", {"causationid": "publish-1"}),
    "source of the cause": ("causationid", {"causationsource": f"urn:jejak:org:{REGENCY}"}),
    "data": ("data", {"data": {"headcount": 43, "outcome": "setuju"}}),
    "more data": ("data", {"data": {"headcount": 42, "outcome": "setuju", "venue_region": "18"}}),
    "less data": ("data", {"data": {"headcount": 42}}),
}


@pytest.mark.parametrize("what", OTHER)
def test_other_content_under_the_same_name_is_refused(published: Scenario, discussion: Event, what: str) -> None:
    field, change = OTHER[what]
    published.when({**discussion, **change}).then(refused(field))
    published.restart().when({**discussion, **change}, discussion).then(refused(field), repeated(11))


def test_a_cause_taken_away_is_other_content(published: Scenario, discussion: Event) -> None:
    published.when({name: value for name, value in discussion.items() if name != "causationid"}).then(
        refused("causationid")
    )


@pytest.mark.parametrize("what", OTHER)
def test_other_content_in_the_same_batch_is_refused(published: Scenario, what: str) -> None:
    field, change = OTHER[what]
    event = published.discussed(at=2, headcount=42, outcome="setuju", cause=(f"urn:jejak:org:{KIM}", "later"))
    (first, second) = published.when(event, {**event, **change}).answers
    assert (first.position, second.outcome) == (10, Outcome.REFUSED)
    assert second.refusal is not None
    assert second.refusal.field == field


def test_the_same_id_of_another_source_is_another_event(published: Scenario, discussion: Event) -> None:
    published.when({**discussion, "source": "urn:jejak:org:other", "causationsource": discussion["source"]}).then(
        accepted()
    )


def test_source_and_id_are_not_run_together(published: Scenario) -> None:
    one = published.received(sender="urn:a", called="bc")
    other = published.received(sender="urn:ab", called="c")
    published.when(one, other).then(accepted(), accepted())


def test_a_repeated_event_is_repeated_whatever_came_after_it(published: Scenario, discussion: Event) -> None:
    published.given(
        published.voided(discussion), published.organisation_closed(KIM, REGENCY), published.retracted()
    )
    published.when(discussion).then(repeated(11))
