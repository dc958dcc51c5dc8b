"""Which log is looked at: up to what was asked for, never above what is folded whole."""

from datetime import timedelta

import pytest

from projections.as_of import AsOf
from projections.engine import Folded
from projections.looked_at import LookedAt, look
from tests.scenario import NOW, Scenario


@pytest.fixture
def told(published: Scenario) -> Scenario:
    """A log of nine steps at NOW, and three an hour later."""
    published.clock.now = NOW + timedelta(hours=1)
    published.given(published.received(), published.shared(), published.discussed())
    published.follower.catch_up()
    return published


def looked(scenario: Scenario, asked: AsOf, folded: Folded | None = None) -> LookedAt:
    with scenario.views.reading() as connection:
        return look(connection, asked, folded or scenario.engine.folded(connection))


@pytest.mark.parametrize(
    ("asked", "position", "beyond_end"),
    [
        (AsOf(), 12, False),
        (AsOf(position=12), 12, False),
        (AsOf(position=5), 5, False),
        (AsOf(position=13), 12, True),
        (AsOf(recorded=NOW), 9, False),
        (AsOf(recorded=NOW - timedelta(microseconds=1)), 0, False),
        (AsOf(recorded=NOW + timedelta(hours=1)), 12, False),
        (AsOf(recorded=NOW + timedelta(hours=1, microseconds=1)), 12, True),
        (AsOf(occurred=NOW), 12, False),
        (AsOf(occurred=NOW + timedelta(hours=2)), 12, True),
        (AsOf(position=5, recorded=NOW), 5, False),
        (AsOf(position=11, recorded=NOW), 9, False),
    ],
)
def test_a_position_is_told(told: Scenario, asked: AsOf, position: int, *, beyond_end: bool) -> None:
    found = looked(told, asked)
    assert (found.asked, found.position, found.head, found.beyond_end) == (asked, position, 12, beyond_end)
    assert found.as_of == AsOf(None if position == 12 else position, None, asked.occurred)


def test_what_is_not_folded_whole_is_left_out(told: Scenario) -> None:
    """As where one worker is ahead of another."""
    found = looked(told, AsOf(), Folded(complete=7, farthest=12))
    assert (found.position, found.head, found.as_of) == (7, 7, AsOf(position=7))
    assert looked(told, AsOf(position=9), Folded(complete=7, farthest=12)).beyond_end
