"""A population can be set back: whatever was imported before, in force is what the last import says."""

import random
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from events.operation import PopulationRecorded
from events.refusal import RefusedError
from projections.population.tables import COUNT
from services.populations import Counts, Proposed
from services.publishing.answers import Answer, Outcome
from tests.faults.rounds import rounds
from tests.scenario import PROVINCE, REGENCY, Mode, Scenario, scenario_apart, table_rows

VILLAGE: Final = "18.09.01.2007"
DATE: Final = "2020-12-31"


def count(people: int, region: str = VILLAGE, date: str = DATE, source: str = "BPS") -> PopulationRecorded:
    return PopulationRecorded(region, people, source, date)


def imported(
    scenario: Scenario, counts: Sequence[PopulationRecorded], holder: str = PROVINCE, batch: int = 100
) -> list[Answer]:
    """Import rows as a table of their own, in batches; every one can be recorded."""
    table = Counts(scenario.log, holder)
    answers: list[Answer] = []
    for first in range(0, len(counts), batch):
        made = table.events(list(enumerate(counts[first : first + batch], first + 2)))
        events = [each.event for each in made if isinstance(each, Proposed)]
        assert len(events) == len(made)
        answers += scenario.publisher.publish(events)
    assert not [answer.refusal for answer in answers if answer.refusal]
    return answers


def outcomes(answers: Sequence[Answer]) -> list[str]:
    return [answer.outcome.value for answer in answers]


def in_force(scenario: Scenario) -> dict[tuple[str, int], int]:
    """Return the people of each region and date, as the figures count them: by position, the last one."""
    scenario.follower.catch_up()
    rows = sorted(table_rows(scenario.views, COUNT))
    return {(region, date): people for _position, region, people, date, *_times in rows}


def test_a_count_is_set_back_as_often_as_it_is_imported(lampung: Scenario) -> None:
    for people in (4200, 42000, 4200, 42000, 4200):
        assert outcomes(imported(lampung, [count(people)])) == ["accepted"]
        assert list(in_force(lampung).values()) == [people]
        assert outcomes(imported(lampung, [count(people)])) == ["repeated"]


def test_the_first_event_of_a_content_is_called_as_it_ever_was(lampung: Scenario) -> None:
    (made,) = Counts(lampung.log, PROVINCE).events([(2, count(4200))])
    assert isinstance(made, Proposed)
    content = b'{"region":"18.09.01.2007","people":4200,"date":"2020-12-31","source":"BPS"}'
    assert f'"id":"{sha256(content).hexdigest()[:32]}"'.encode() in made.event


def test_a_table_that_says_two_things_of_a_region_and_a_date_is_refused(lampung: Scenario) -> None:
    table = Counts(lampung.log, PROVINCE)
    made = table.events([(2, count(5)), (3, count(6)), (4, count(5)), (5, count(6, date="2019-12-31"))])
    assert [isinstance(each, RefusedError) for each in made] == [False, True, False, False]
    (later,) = table.events([(9, count(5, source="Dukcapil"))])
    assert isinstance(later, RefusedError)
    assert (later.field, "line 2" in str(later)) == ("source", True)


def test_offices_set_back_each_other(lampung: Scenario) -> None:
    for holder, people in ((PROVINCE, 5), (REGENCY, 6), (PROVINCE, 5), (REGENCY, 6), (REGENCY, 5), (PROVINCE, 5)):
        assert outcomes(imported(lampung, [count(people)], holder)) == ["accepted"]
        assert list(in_force(lampung).values()) == [people]
        assert outcomes(imported(lampung, [count(people)], holder)) == ["repeated"]


def test_two_at_once_find_their_own_events_again(lampung: Scenario) -> None:
    for people in (1, 2):
        imported(lampung, [count(people)])
    (mine,) = Counts(lampung.log, PROVINCE).events([(2, count(1))])
    (same,) = Counts(lampung.log, PROVINCE).events([(2, count(1))])
    (other,) = Counts(lampung.log, PROVINCE).events([(2, count(3))])
    events = [each.event for each in (mine, other, same) if isinstance(each, Proposed)]
    assert outcomes(lampung.publisher.publish(events)) == ["accepted", "accepted", "repeated"]
    assert list(in_force(lampung).values()) == [3]


def test_what_is_told_is_the_number_that_is_replaced(lampung: Scenario) -> None:
    imported(lampung, [count(4200), count(7, date="2019-12-31")])
    made = Counts(lampung.log, PROVINCE).events(
        [(2, count(42000)), (3, count(7, date="2019-12-31", source="Dukcapil")), (4, count(9, "18.09.01.2008"))]
    )
    assert [each.replaces for each in made if isinstance(each, Proposed)] == [4200, None, None]


_KEYS: Final = [("18.09.01.2007", DATE), ("18.09.01.2008", DATE), ("18.09.01.2007", "2019-12-31")]
_TABLES: Final = st.lists(
    st.dictionaries(st.sampled_from(_KEYS), st.integers(0, 3), min_size=1), min_size=1, max_size=6
)


@settings(max_examples=rounds(8), deadline=None)
@given(tables=_TABLES, seed=st.integers(0, 99), stops_after=st.integers(0, 3))
def test_in_force_is_what_the_last_import_says(
    mode: Mode, tables: list[dict[tuple[str, str], int]], seed: int, stops_after: int
) -> None:
    with scenario_apart(mode) as lampung:
        lampung.given(*lampung.registry())
        told: dict[tuple[str, str], int] = {}
        for table in tables:
            rows = [count(people, *key) for key, people in table.items()]
            imported(lampung, rows[:stops_after])  # killed in the middle, and run again
            imported(lampung, rows, batch=2)
            told |= table
            head = lampung.log.head()
            random.Random(seed).shuffle(rows)
            assert {answer.outcome for answer in imported(lampung, rows)} == {Outcome.REPEATED}
            assert lampung.log.head() == head
        assert sorted(in_force(lampung).values()) == sorted(told.values())
        assert len(in_force(lampung)) == len(told)
