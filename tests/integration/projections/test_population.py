"""How many people live where: what a count says, and the populations against a slow reading of the log."""

import os
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.fields import JAKARTA
from projections.as_of import AsOf
from projections.population import POPULATION
from projections.population.queries import Populations
from projections.population.tables import COUNT
from services.publishing.answers import Outcome
from tests.oracle.entry import Entry
from tests.oracle.reach import recorded_population
from tests.scenario import (
    KIM,
    NOW,
    PLACES,
    PROVINCE,
    REGENCY,
    REGIONS,
    START,
    Event,
    Events,
    Mode,
    Scenario,
    accepted,
    fold_in_parts,
    open_views,
    refused,
    scenario_apart,
    table_rows,
)

EXAMPLES: Final = 10 if os.environ.get("JEJAK_SOAK") else 1
VILLAGE: Final = PLACES[KIM]
NEVER: Final = datetime(9999, 12, 31, tzinfo=JAKARTA)


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T00:00:00+07:00")


# -- what is recorded ---------------------------------------------------------------------------------


def test_a_count_is_recorded_by_an_office_whose_region_contains_it(lampung: Scenario) -> None:
    lampung.when(
        lampung.counted(VILLAGE, 1000),
        lampung.counted(VILLAGE, 1001, holder=REGENCY),
        lampung.counted("18.01", 5, holder=REGENCY),
        lampung.counted("11", 5),
    ).then(accepted(), accepted(), refused("data.region"), refused("data.region"))
    lampung.when(lampung.counted(VILLAGE, 7), by=PROVINCE).then(accepted())
    lampung.when(lampung.counted(VILLAGE, 7), by=REGENCY).then(refused("holder"))


def test_the_counts_of_a_region_lie_in_one_stream_whoever_publishes_them(lampung: Scenario) -> None:
    lampung.given(lampung.counted(VILLAGE, 1), lampung.counted("18", 9), lampung.counted(VILLAGE, 2))
    lampung.restart().given(lampung.counted(VILLAGE, 3), lampung.counted(VILLAGE, 4))
    assert [lampung.people_of(VILLAGE, NOW), lampung.people_of("18", NOW)] == [4, 9]


def test_a_count_is_not_voided(lampung: Scenario) -> None:
    lampung.given(count := lampung.counted())
    lampung.when(lampung.voided(count)).then(refused("data.id"))


# -- what is read -------------------------------------------------------------------------------------


def test_the_newest_date_before_the_moment_counts_and_then_the_position(lampung: Scenario) -> None:
    lampung.given(
        lampung.counted(VILLAGE, 30, "2021-06-30"),
        lampung.counted(VILLAGE, 10, "2019-12-31"),
        lampung.counted(VILLAGE, 20, "2020-12-31"),
        lampung.counted(VILLAGE, 21, "2020-12-31"),
    )
    assert lampung.people_of(VILLAGE, day("2019-12-31")) is None
    assert lampung.people_of(VILLAGE, day("2020-12-31")) == 10
    assert lampung.people_of(VILLAGE, day("2021-06-30")) == 21
    assert lampung.people_of(VILLAGE, NEVER) == 30
    assert lampung.people_of(VILLAGE, NEVER, AsOf(position=11)) == 30
    assert lampung.people_of(VILLAGE, day("2021-06-30"), AsOf(position=11)) == 20


def test_a_region_without_a_count_has_its_childrens_where_each_has_one(lampung: Scenario) -> None:
    villages = [region.code for region in REGIONS.children("18.09.01")]
    lampung.given(*(lampung.counted(village, 100) for village in villages[1:]))
    assert lampung.people_of("18.09.01", NOW) is None
    lampung.given(lampung.counted(villages[0], 7))
    assert lampung.people_of("18.09.01", NOW) == 7 + 100 * (len(villages) - 1)
    assert lampung.people_of("18.09", NOW) is lampung.people_of("18", NOW) is lampung.people_of(None, NOW) is None
    lampung.given(lampung.counted("18.09.01", 1))
    assert lampung.people_of("18.09.01", NOW) == 1


def test_of_a_region_that_does_not_exist_nothing_is_known(lampung: Scenario) -> None:
    lampung.given(lampung.counted())
    assert lampung.people_of("18.99", NOW) is lampung.people_of("99", NOW) is None


def test_the_nation_is_the_sum_over_the_provinces(scenario: Scenario) -> None:
    provinces = [region.code for region in REGIONS.children(None)]
    scenario.given(
        *(scenario.registered(f"dinas-{code}", "provincial_office", region=code, at=0) for code in provinces),
        *(scenario.counted(code, int(code), holder=f"dinas-{code}") for code in provinces),
    )
    assert scenario.people_of(None, NOW) == sum(map(int, provinces))
    assert scenario.people_of(None, day("2020-12-31")) is None


# -- against an oracle that looks at the whole log, event by event --------------------------------------

OFFICE: Final = "dinas-jakarta"
REGENCY_ASKED: Final = "31.01"  # the one with the fewest villages, so that every one of them is often counted
ASKED: Final = (None, "31", *REGIONS.within(REGENCY_ASKED), "31.71", "18")
DATES: Final = ("2021-11-20", "2021-11-21", "2021-11-22")
PEOPLE: Final = st.integers(0, 9)
AROUND: Final = [day(date) + timedelta(hours=hours) for date in DATES for hours in (0, 1)]
MOMENTS: Final = st.lists(st.sampled_from([NEVER, *AROUND]), min_size=1, max_size=4)
LOOKS: Final = st.builds(
    AsOf,
    position=st.none() | st.integers(0, 20),
    recorded=st.none() | st.integers(0, 5).map(lambda hours: NOW + timedelta(hours=hours)),
    occurred=st.none() | st.integers(0, 30).map(lambda minutes: START + timedelta(minutes=minutes)),
)


def counts_of(drafts: Sequence[tuple[str, int, str, int]], make: Events) -> list[Event]:
    return [
        make.counted(region, people, date, holder=OFFICE, at=minute) for region, people, date, minute in drafts
    ]


@pytest.mark.soak
@settings(max_examples=60 * EXAMPLES, deadline=None)
@given(
    missing=st.sets(st.sampled_from(REGIONS.within(REGENCY_ASKED)), max_size=3),
    drafts=st.lists(
        st.tuples(
            st.sampled_from(["31", *REGIONS.within(REGENCY_ASKED), "31.71"]),
            PEOPLE,
            st.sampled_from(DATES),
            st.integers(0, 30),
        ),
        max_size=8,
    ),
    looks=st.lists(LOOKS, max_size=3),
    moments=MOMENTS,
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    back=st.lists(st.integers(0, 5), max_size=3),
)
def test_however_the_log_is_cut_the_populations_agree_with_the_oracle(
    mode: Mode,
    missing: set[str],
    drafts: list[tuple[str, int, str, int]],
    looks: list[AsOf],
    moments: list[datetime],
    sizes: list[int],
    back: list[int],
) -> None:
    villages = [code for code in REGIONS.within(REGENCY_ASKED) if code.count(".") == 3 and code not in missing]
    with scenario_apart(mode) as scenario, closing(open_views(mode, scenario.directory / "parts")) as parts:
        log = []
        for event in [
            scenario.registered(OFFICE, "provincial_office", region="31", at=-1),
            *counts_of([(village, at, DATES[at % 2], at) for at, village in enumerate(villages)], scenario),
            *counts_of(drafts, scenario),
        ]:
            scenario.clock.now += timedelta(minutes=20)
            (answer,) = scenario.when(event).answers
            assert answer.outcome is Outcome.ACCEPTED
            assert answer.position is not None
            log.append(Entry(answer.position, event, scenario.clock.now))
        scenario.follower.catch_up()
        fold_in_parts(scenario.log.read(0, 1000), parts, POPULATION, sizes, back)
        assert table_rows(parts, COUNT) == table_rows(scenario.views, COUNT)
        for as_of in (AsOf(), *looks):
            expected = recorded_population(log, as_of)
            with parts.reading() as connection:
                populations = Populations(connection, REGIONS, as_of)
                for moment in moments:
                    for region in ASKED:
                        assert populations.of(region, moment) == expected(region, moment)
