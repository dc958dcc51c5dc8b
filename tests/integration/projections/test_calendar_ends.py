"""What lies at the ends of the calendar, in a log that holds it already, is counted and shown."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final

import pytest

from events.fields import JAKARTA
from projections.as_of import AsOf
from projections.reach import queries
from projections.reach.figure import By, Figure, Selection
from tests.scenario import ITEM, KIM, PLACES, REGIONS, Scenario

ENDS: Final = {
    "2021-11-01": "0001-01-01T00:00:00Z",
    "2021-11-02": "0001-01-01",
    "2021-11-03": "0001-01-01T00:00:00+14:00",
    "2021-11-04": "9999-12-31",
    "2021-11-05": "9999-12-31T23:59:59.999999-12:00",
    "2021-11-06": "9999-12-01",
}
"""What stands in the log in place of what was published."""
FIRST: Final = datetime.combine(date.min, time.min, JAKARTA)
LAST: Final = datetime.combine(date.max, time.min, JAKARTA)


@pytest.fixture
def old(published: Scenario) -> Scenario:
    """A log as an older Jejak may have left it."""
    published.given(
        *(published.raised(subject=f"usul-{due}", due=due) for due in ENDS),
        published.decree_granted(KIM, valid_from="2021-11-02", valid_to="2021-11-04"),
        published.counted(PLACES[KIM], 10, "2021-11-02"),
        published.received(at=0),
        first := published.shared(at=datetime(2021, 11, 1, tzinfo=JAKARTA), headcount=3),
        last := published.shared(at=datetime(2021, 11, 4, tzinfo=JAKARTA), headcount=4),
    )
    for told, held in ENDS.items():
        published.tamper(f"UPDATE {{log}} SET state = replace(state, '\"{told}\"', '\"{held}\"')")
    for step, held in ((first, FIRST.isoformat()), (last, "9999-12-31T23:59:59-12:00")):
        published.tamper(f"UPDATE {{log}} SET state = replace(state, '{step['time']}', '{held}')")
    published.follower.catch_up()
    return published


def asked(scenario: Scenario, selection: Selection) -> list[Figure]:
    with scenario.views.reading() as connection:
        return queries.figures(connection, selection, regions=REGIONS)


def total(figures: Sequence[Figure], name: str) -> int:
    return sum(figure.denominator or figure.numerator or 0 for figure in figures if figure.name == name)


@pytest.mark.parametrize("by", [("day",), ("month",), ("region", "month"), ("day", "item")])
def test_every_part_of_the_calendar_is_counted_once(old: Scenario, by: tuple[By, ...]) -> None:
    whole, parts = asked(old, Selection()), asked(old, Selection(by=by))
    assert total(whole, "aspiration.answered") == len(ENDS)
    assert total(whole, "impressions") == 7
    assert total(parts, "impressions") == 7
    if "item" not in by:
        assert total(parts, "aspiration.answered") == len(ENDS)
    begins = {figure.period.from_ for figure in parts if figure.period is not None}
    assert FIRST in begins
    assert max(begin for begin in begins if begin is not None) == (LAST.replace(day=1) if "month" in by else LAST)


def test_a_window_may_begin_and_end_with_the_calendar(old: Scenario) -> None:
    whole = asked(old, Selection(begin=FIRST, end=LAST))
    assert (total(whole, "aspiration.answered"), total(whole, "impressions")) == (4, 3)
    (period,) = {figure.period for figure in whole}
    assert period is not None
    assert (period.from_, period.to) == (FIRST, LAST)
    after = asked(old, Selection(begin=LAST))
    assert total(after, "impressions") == 4


@pytest.mark.parametrize(
    "as_of",
    [
        AsOf(recorded=FIRST),
        AsOf(occurred=FIRST),
        AsOf(recorded=datetime.max.replace(tzinfo=UTC)),
        AsOf(occurred=datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_it_can_be_looked_at_as_of_the_ends_of_the_calendar(old: Scenario, as_of: AsOf) -> None:
    asked(old, Selection(as_of=as_of, by=("day",)))
    asked(old, Selection(as_of=as_of, item=ITEM))
    old.trail(ITEM, as_of)


def test_a_trail_shows_what_happened_there(old: Scenario) -> None:
    times = [step.occurred_at for step in old.trail(ITEM).steps if step.type == "id.jejak.item.shared.v1"]
    assert times == [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
    for due in ENDS:
        assert old.trail(f"usul-{due}").steps
    assert old.trail(KIM).steps
