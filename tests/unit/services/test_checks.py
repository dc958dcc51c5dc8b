"""Checks of numbers and days, which need no log."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.fields import Origin
from events.refusal import RefusedError
from services.decisions import checks

PEOPLE: Final = st.lists(st.sampled_from([f"p1.k.{letter * 26}" for letter in "ABCD"]), max_size=6)
ORIGINS: Final = st.lists(st.builds(Origin, region=st.just("18"), headcount=st.integers(0, 4)), max_size=3)


def refusal(headcount: int | None, participants: list[str], origins: list[Origin]) -> str | None:
    try:
        checks.people(headcount, participants, origins)
    except RefusedError as error:
        return error.field
    return None


@given(headcount=st.none() | st.integers(0, 6), participants=PEOPLE, origins=ORIGINS)
def test_people_are_refused_exactly_where_the_domain_says(
    headcount: int | None, participants: list[str], origins: list[Origin]
) -> None:
    identified = len({*participants})
    people = identified if headcount is None else headcount
    expected = None
    if people < identified:
        expected = "data.headcount"
    elif sum(origin.headcount for origin in origins) > people:
        expected = "data.origins"
    assert refusal(headcount, participants, origins) == expected


def test_a_pseudonym_named_twice_is_one_person() -> None:
    checks.people(1, ["p1.k.A", "p1.k.A"], [Origin("18", 1)])
    checks.people(None, ["p1.k.A", "p1.k.A"], [Origin("18", 1)])
    with pytest.raises(RefusedError):
        checks.people(None, ["p1.k.A", "p1.k.A"], [Origin("18", 2)])


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (None, None, None),
        ("2021-01-01", None, None),
        (None, "2021-01-01", None),
        ("2021-01-01", "2021-01-01", None),
        ("2021-01-02", "2021-01-01", "last"),
        ("2021-01-01T00:00:00+07:00", "2021-01-01T00:00:00+07:00", "last"),
        ("2021-01-01T00:00:00+07:00", "2020-12-31T17:00:01Z", None),
        ("2021-02-30", None, "first"),
        (None, "2021-02-30", "last"),
        ("2021-01-01T00:00:00", None, "first"),
        (None, "2021-01-01Tmidnight", "last"),
        ("2021-01-01", "9999-12-31", None),
    ],
)
def test_days_are_of_a_calendar_and_in_order(first: str | None, last: str | None, field: str | None) -> None:
    if field is None:
        checks.days(first, last, "first", "last")
        return
    with pytest.raises(RefusedError) as caught:
        checks.days(first, last, "first", "last")
    assert caught.value.field == field
