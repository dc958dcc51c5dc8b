"""The registry as it was: where organisations lay, which KIM a region held, and which had a decree."""

import os
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.as_of import AsOf
from projections.registry import REGISTRY
from projections.registry.queries import Registry
from projections.registry.tables import CHANGE, DECREE
from services.publishing.answers import Outcome
from tests.oracle.entry import Entry
from tests.scenario import (
    COMMUNITY,
    KIM,
    NOW,
    OTHER_KIM,
    PLACES,
    PROVINCE,
    REGENCY,
    START,
    Event,
    Mode,
    Scenario,
    fold_in_parts,
    open_views,
    scenario_apart,
    table_rows,
)

EXAMPLES: Final = 10 if os.environ.get("JEJAK_SOAK") else 1
MICROSECOND: Final = timedelta(microseconds=1)


def jakarta(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+07:00")


# -- regions ------------------------------------------------------------------------------------------


def test_an_organisation_lies_where_it_was_registered_and_nowhere_before(lampung: Scenario) -> None:
    lampung.given(item := lampung.published())
    assert lampung.lies_in(KIM, item) == PLACES[KIM]
    assert lampung.lies_in(PROVINCE, item) == "18"
    assert lampung.lies_in(COMMUNITY, item) == PLACES[COMMUNITY]
    assert lampung.lies_in("nobody", item) is None
    registration = {"source": f"urn:jejak:org:{REGENCY}", "id": f"register-{KIM}"}
    assert lampung.lies_in(KIM, registration) is None


def test_an_organisation_that_moves_lies_where_it_was_at_each_position(lampung: Scenario) -> None:
    lampung.given(
        moving := lampung.changed(KIM, REGENCY, region="18.09.02"),
        renaming := lampung.changed(KIM, REGENCY, name="Baru", at=-2000),
        back := lampung.changed(KIM, REGENCY, region="18.09.01", at=-3000),
        item := lampung.published(),
    )
    assert lampung.lies_in(KIM, moving) == PLACES[KIM]
    assert lampung.lies_in(KIM, renaming) == "18.09.02"
    assert lampung.lies_in(KIM, back) == "18.09.02"
    assert lampung.lies_in(KIM, item) == "18.09.01"


def test_a_region_holds_the_kim_in_and_below_it_that_were_registered_before(lampung: Scenario) -> None:
    lampung.given(
        new := lampung.registered("kim-baru", "kim", parent=REGENCY, region="18.09.02"),
        item := lampung.published(),
    )
    assert lampung.kim_in("18", new) == lampung.kim_in("18.09.01", new) == {KIM, OTHER_KIM}
    assert lampung.kim_in("18", item) == {KIM, OTHER_KIM, "kim-baru"}
    assert lampung.kim_in(PLACES[KIM], item) == {KIM}
    assert lampung.kim_in("18.09.02", item) == {"kim-baru"}
    assert lampung.kim_in("18.01", item) == lampung.kim_in("11", item) == set()


def test_a_kim_that_moved_counts_where_it_was_then(lampung: Scenario) -> None:
    lampung.given(
        moving := lampung.changed(KIM, REGENCY, region="18.09.02"),
        item := lampung.published(),
        back := lampung.changed(KIM, REGENCY, region="18.09.01"),
        later := lampung.received(),
    )
    assert lampung.kim_in("18.09.01", moving) == {KIM, OTHER_KIM}
    assert lampung.kim_in("18.09.01", item) == lampung.kim_in("18.09.01", back) == {OTHER_KIM}
    assert lampung.kim_in("18.09.02", back) == {KIM}
    assert lampung.kim_in("18.09.01", later) == {KIM, OTHER_KIM}
    assert lampung.kim_in("18", back) == {KIM, OTHER_KIM}


def test_a_kim_that_moves_to_another_province_is_lost_to_the_first(lampung: Scenario) -> None:
    lampung.given(
        lampung.registered("kim-pindah", "kim", region="18.09.01.2007"),
        moving := lampung.changed("kim-pindah", "kim-pindah", region="11.01"),
        item := lampung.published(),
    )
    assert "kim-pindah" in lampung.kim_in("18", moving)
    assert "kim-pindah" not in lampung.kim_in("18", item)
    assert lampung.kim_in("11", item) == {"kim-pindah"}


def test_a_closed_kim_still_counts_among_those_of_its_region(lampung: Scenario) -> None:
    lampung.given(lampung.organisation_closed(KIM, REGENCY), item := lampung.published())
    assert lampung.kim_in("18.09.01", item) == {KIM, OTHER_KIM}
    assert lampung.lies_in(KIM, item) == PLACES[KIM]


# -- decrees ------------------------------------------------------------------------------------------


def test_a_decree_holds_from_the_first_to_the_last_moment_of_its_days(lampung: Scenario) -> None:
    lampung.given(lampung.decree_granted(KIM))
    first, after = jakarta("2021-01-01"), jakarta("2022-01-01")
    assert lampung.kim_with_decree("18.09", first - MICROSECOND) == set()
    assert lampung.kim_with_decree("18.09", first) == {KIM}
    assert lampung.kim_with_decree(None, after - MICROSECOND) == {KIM}
    assert lampung.kim_with_decree(None, after) == set()
    assert lampung.kim_with_decree("18.01", first) == set()


def test_a_decree_without_an_end_holds_until_the_time_of_its_revocation(lampung: Scenario) -> None:
    lampung.given(lampung.decree_granted(KIM, valid_to=None, at=0), lampung.decree_revoked(KIM, at=60))
    revoked = START + timedelta(minutes=60)
    assert lampung.kim_with_decree("18", revoked - MICROSECOND) == {KIM}
    assert lampung.kim_with_decree("18", revoked) == set()


def test_a_revocation_counts_though_the_grant_was_written_down_later(lampung: Scenario) -> None:
    lampung.given(lampung.decree_revoked(KIM, at=60))
    lampung.given(granted := lampung.decree_granted(KIM, valid_to=None, at=90))
    revoked = START + timedelta(minutes=60)
    assert lampung.kim_with_decree("18", revoked - MICROSECOND) == {KIM}
    assert lampung.kim_with_decree("18", revoked) == set()
    assert lampung.kim_with_decree("18", START, AsOf(position=lampung.position(granted) - 1)) == set()


def test_a_later_grant_of_the_same_number_holds_where_its_validity_begins_after_the_revocation(
    lampung: Scenario,
) -> None:
    lampung.given(lampung.decree_granted(KIM), lampung.decree_revoked(KIM, at=60))
    begin = START + timedelta(minutes=61)
    lampung.given(lampung.decree_granted(KIM, valid_from=begin.isoformat(), at=90))
    assert lampung.kim_with_decree("18", begin - MICROSECOND) == set()
    assert lampung.kim_with_decree("18", begin) == {KIM}


def test_a_decree_of_a_closed_kim_counts_until_the_time_of_the_closing(lampung: Scenario) -> None:
    lampung.given(lampung.decree_granted(KIM), lampung.organisation_closed(KIM, REGENCY, at=60))
    closed = START + timedelta(minutes=60)
    assert lampung.kim_with_decree("18", closed - MICROSECOND) == {KIM}
    assert lampung.kim_with_decree("18", closed) == set()
    assert lampung.kim_with_decree("18", closed, AsOf(position=9)) == {KIM}


def test_a_kim_with_a_decree_counts_where_it_lies_by_the_newest(lampung: Scenario) -> None:
    lampung.given(lampung.decree_granted(KIM), lampung.changed(KIM, REGENCY, region="18.09.02"))
    assert lampung.kim_with_decree("18.09.01", START) == set()
    assert lampung.kim_with_decree("18.09.02", START) == {KIM}
    assert lampung.kim_with_decree("18.09.01", START, AsOf(position=9)) == {KIM}


# -- as it was ----------------------------------------------------------------------------------------


def test_what_was_recorded_later_or_happened_later_is_not_seen(lampung: Scenario) -> None:
    lampung.given(moving := lampung.changed(KIM, REGENCY, region="18.09.02", at=60))
    lampung.clock.now = NOW + timedelta(hours=1)
    lampung.given(lampung.changed(KIM, REGENCY, region="18.09.03", at=30), item := lampung.published())
    position = lampung.position(moving)
    assert lampung.lies_in(KIM, item) == "18.09.03"
    assert lampung.lies_in(KIM, item, AsOf(position=position)) == "18.09.02"
    assert lampung.lies_in(KIM, item, AsOf(position=position - 1)) == PLACES[KIM]
    assert lampung.lies_in(KIM, item, AsOf(recorded=NOW)) == "18.09.02"
    assert lampung.lies_in(KIM, item, AsOf(recorded=NOW - MICROSECOND)) is None
    assert lampung.lies_in(KIM, item, AsOf(occurred=START + timedelta(minutes=45))) == "18.09.03"
    assert lampung.lies_in(KIM, item, AsOf(occurred=START + timedelta(minutes=15))) == PLACES[KIM]
    assert lampung.lies_in(KIM, item, AsOf(occurred=START - timedelta(days=9))) is None


# -- against an oracle that looks at the whole log, event by event --------------------------------------

NAMES: Final = ("kim-a", "kim-b", "kim-c", "kantor")
PLACES_ASKED: Final = ("18", "18.09", "18.09.01", "18.09.01.2007", "18.09.01.2008", "18.01", "11", "11.01")
NUMBERS: Final = ("SK-1", "SK-2")
MINUTES: Final = st.integers(0, 30)
DAYS: Final = st.sampled_from(["2021-11-22", "2021-11-23", "2021-11-24", "2021-11-23T08:10:00+07:00"])
DRAFTS: Final = st.lists(
    st.tuples(
        st.sampled_from(["registered", "changed", "moved", "closed", "granted", "revoked", "item"]),
        st.sampled_from(NAMES),
        st.sampled_from(PLACES_ASKED),
        st.sampled_from(NUMBERS),
        DAYS,
        st.none() | DAYS,
        MINUTES,
    ),
    max_size=25,
)
LOOKS: Final = st.builds(
    AsOf,
    position=st.none() | st.integers(0, 25),
    recorded=st.none() | st.integers(0, 5).map(lambda hours: NOW + timedelta(hours=hours)),
    occurred=st.none() | MINUTES.map(lambda minute: START + timedelta(minutes=minute)),
)


def event_of(draft: tuple[Any, ...], count: int, make: Scenario) -> Event:
    kind, name, region, number, begin, end, minute = draft
    makers = {
        "registered": lambda: make.registered(
            name, "kim" if name.startswith("kim") else "regency_office", region=region, at=minute
        ),
        "changed": lambda: make.changed(name, name, name="Baru", at=minute),
        "moved": lambda: make.changed(name, name, region=region, at=minute),
        "closed": lambda: make.organisation_closed(name, name, at=minute),
        "granted": lambda: make.decree_granted(
            name, "kantor", number=number, valid_from=begin, valid_to=end, at=minute
        ),
        "revoked": lambda: make.decree_revoked(name, "kantor", number=number, at=minute),
        "item": lambda: make.published("kantor", subject=f"info-{count}", at=minute),
    }
    return makers[kind]()


def events_of(drafts: Sequence[tuple[Any, ...]], make: Scenario) -> list[Event]:
    return [event_of(draft, count, make) for count, draft in enumerate(drafts)]


class Oracle:
    """Answers as the registry must, from the events themselves."""

    def __init__(self, log: Sequence[Entry], as_of: AsOf) -> None:
        self._log = [
            entry
            for entry in log
            if (as_of.position is None or entry.position <= as_of.position)
            and (as_of.recorded is None or entry.recorded <= as_of.recorded)
            and (as_of.occurred is None or entry.time <= as_of.occurred)
        ]

    def region(self, name: str, position: int) -> str | None:
        region = None
        for entry in self._log:
            if entry.event["subject"] == name and entry.position < position:
                if entry.kind == "organisation.registered":
                    region = entry.data["region"]
                elif entry.kind == "organisation.changed" and region is not None:
                    region = entry.data.get("region", region)
        return region

    def kim_in(self, region: str | None, position: int) -> set[str]:
        found = set()
        for name in NAMES:
            here = self.region(name, position)
            if not name.startswith("kim") or here is None:
                continue
            if region is None or here == region or here.startswith(f"{region}."):
                found.add(name)
        return found

    def kim_with_decree(self, region: str | None, moment: datetime) -> set[str]:
        return {name for name in self.kim_in(region, 10**9) if self._has_decree(name, moment)}

    def _has_decree(self, name: str, moment: datetime) -> bool:
        mine = [entry for entry in self._log if entry.event["subject"] == name]
        if any(entry.kind == "organisation.closed" and entry.time <= moment for entry in mine):
            return False
        for granted in (entry for entry in mine if entry.kind == "organisation.decree_granted"):
            first, last = granted.data["valid_from"], granted.data.get("valid_to")
            begin = jakarta(first) if len(first) == 10 else datetime.fromisoformat(first)
            end = None
            if last is not None:
                end = jakarta(last) + timedelta(days=1) if len(last) == 10 else datetime.fromisoformat(last)
            revoked = any(
                entry.kind == "organisation.decree_revoked"
                and entry.data["number"] == granted.data["number"]
                and entry.time <= moment
                and ((granted.time, granted.position) < (entry.time, entry.position) or begin <= entry.time)
                for entry in mine
            )
            if begin <= moment and (end is None or moment < end) and not revoked:
                return True
        return False


@pytest.mark.soak
@settings(max_examples=60 * EXAMPLES, deadline=None)
@given(
    drafts=DRAFTS,
    looks=st.lists(LOOKS, max_size=2),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    back=st.lists(st.integers(0, 5), max_size=3),
    minutes=st.lists(st.integers(-2000, 3000), max_size=4),
)
def test_however_the_log_is_cut_the_registry_agrees_with_the_oracle(
    mode: Mode, drafts: list[Any], looks: list[AsOf], sizes: list[int], back: list[int], minutes: list[int]
) -> None:
    with scenario_apart(mode) as scenario, closing(open_views(mode, scenario.directory / "parts")) as parts:
        log = []
        for event in [
            scenario.registered("kantor", "regency_office", region="18.09", at=-1),
            *events_of(drafts, scenario),
        ]:
            scenario.clock.now += timedelta(minutes=20)
            (answer,) = scenario.when(event).answers
            if answer.outcome is Outcome.ACCEPTED and answer.position is not None:
                log.append(Entry(answer.position, event, scenario.clock.now))
        scenario.follower.catch_up()
        fold_in_parts(scenario.log.read(0, 1000), parts, REGISTRY, sizes, back)
        for table in (CHANGE, DECREE):
            assert table_rows(parts, table) == table_rows(scenario.views, table)

        moments = [START + timedelta(minutes=minute) for minute in minutes]
        moments += [entry.time for entry in log] + [entry.time - MICROSECOND for entry in log]
        for as_of in (AsOf(), *looks):
            oracle = Oracle(log, as_of)
            with parts.reading() as connection:
                registry = Registry(connection, as_of)
                for position in range(len(log) + 2):
                    for name in (*NAMES, "nobody"):
                        assert registry.region(name, position) == oracle.region(name, position)
                    for region in PLACES_ASKED:
                        assert registry.kim_in(region, position) == oracle.kim_in(region, position)
                for moment in moments:
                    for place in (None, *PLACES_ASKED):
                        valid = registry.kim_with_decree(place, moment)
                        assert set(valid) == oracle.kim_with_decree(place, moment)
                        assert len(set(valid)) == len(valid)
