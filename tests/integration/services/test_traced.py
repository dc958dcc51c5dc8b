"""The trace of an event, as its publisher's `traceparent` names it: in its trail, and in the logs."""

import logging
from typing import Final

import pytest

from tests.scenario import Event, Scenario, lines

TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT: Final = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
def events(published: Scenario) -> list[Event]:
    """Return two events with a trace and two without, one of these with a `traceparent` that is none."""
    receipt, share, verdict, acted = (
        published.received(called="received"),
        published.shared(called="shared"),
        published.screened(called="screened"),
        published.acted_on(called="acted"),
    )
    return [
        {**receipt, "traceparent": TRACEPARENT},
        {**share, "traceparent": "00-ab-cd-01"},
        verdict,
        {**acted, "traceparent": TRACEPARENT, "tracestate": "x=1"},
    ]


def test_a_trail_shows_the_trace_of_each_step(published: Scenario, events: list[Event]) -> None:
    published.given(*events)
    steps = published.trail("info-1").steps
    assert [step.trace_id for step in steps] == [None, TRACE, None, None, TRACE]


def test_sent_again_in_another_trace_it_stays_in_the_first(published: Scenario, events: list[Event]) -> None:
    published.given(events[0])
    published.when({**events[0], "traceparent": TRACEPARENT.replace(TRACE, TRACE[::-1])})
    assert [step.trace_id for step in published.trail("info-1").steps] == [None, TRACE]


def test_each_part_that_has_it_tells_so(
    published: Scenario, events: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        published.given(*events[:2])
        for _answers in published.publisher.publish_each([lines(events[2:])]):
            published.follower.catch_up()
    told = [vars(record) for record in caplog.records if "trace_id" in vars(record)]
    assert {one["trace_id"] for one in told} == {TRACE}
    assert [(one["message"], one["event_id"], one["position"]) for one in told] == [
        ("recorded", "received", 10),
        ("recorded", "acted", 13),
        ("folded", "received", 10),
        ("folded", "acted", 13),
    ]
