"""What the steps behind a figure say: where each counts, whom it counts, and what it adds."""

from collections.abc import Sequence

import pytest

from projections.as_of import AsOf
from projections.reach.figure import Evidence, Selection
from projections.reach.queries import figures
from tests.scenario import COMMUNITY, ITEM, KIM, OTHER_KIM, PSEUDONYMS, REGENCY, REGIONS, Event, Scenario

BAGELEN, SUKARAJA = "18.09.01.2007", "18.09.01.2008"
ORIGINS = [{"region": BAGELEN, "headcount": 4}, {"region": SUKARAJA, "headcount": 3}]
WHOLE = Selection(item=ITEM)
OTHER_KEY = f"p1.k2.{'A' * 26}"


def listed(scenario: Scenario, name: str, selection: Selection = WHOLE) -> Sequence[Evidence]:
    """Return what a figure of a selection lists."""
    scenario.follower.catch_up()
    with scenario.views.reading() as connection:
        found = figures(connection, selection, regions=REGIONS, events_of=[name])
    assert not [figure for figure in found if figure.events and figure.name != name]
    (figure,) = [figure for figure in found if figure.name == name]
    return figure.events


def at(scenario: Scenario, event: Event, *told: object) -> Evidence:
    """Return a row of an event: value, place and whom, as far as given."""
    return Evidence(scenario.position(event), *told)  # type: ignore[arg-type]


def test_a_discussion_reaches_the_villages_of_its_holder_and_of_its_origins(published: Scenario) -> None:
    published.given(step := published.discussed(KIM, headcount=9, origins=[ORIGINS[1]]))
    here, there = at(published, step, 1, BAGELEN), at(published, step, 1, SUKARAJA)
    assert listed(published, "coverage") == [here, there]
    assert listed(published, "coverage", Selection(region=SUKARAJA)) == [there]


def test_people_count_where_they_are(published: Scenario) -> None:
    published.given(step := published.discussed(KIM, headcount=9, origins=ORIGINS))
    whole = [at(published, step, 2, "18.09.01"), at(published, step, 4, BAGELEN), at(published, step, 3, SUKARAJA)]
    assert listed(published, "reach.lower") == listed(published, "reach.upper") == whole
    assert listed(published, "reach.lower", Selection(region=SUKARAJA)) == whole[2:]


def test_pseudonyms_count_once_and_are_no_people_beside_themselves(published: Scenario) -> None:
    one, two, three = PSEUDONYMS[:3]
    published.given(
        first := published.discussed(KIM, headcount=9, origins=ORIGINS, participants=[one, two, OTHER_KEY]),
        second := published.discussed(OTHER_KIM, headcount=5, origins=[], participants=[two, three]),
    )
    key = one.rpartition(".")[0]
    named = (
        at(published, first, 2, "18.09.01", key),
        at(published, first, 1, "18.09.01", "p1.k2"),
        at(published, second, 1, SUKARAJA, key),
    )
    lower, upper = listed(published, "reach.lower"), listed(published, "reach.upper")
    assert [row for row in lower if row.whom] == [row for row in upper if row.whom] == list(named)
    assert {row for row in lower if not row.whom} == {
        at(published, first, 2, "18.09.01"),
        at(published, first, 4, BAGELEN),
        at(published, first, 3, SUKARAJA),
        at(published, second, 5, SUKARAJA),
    }
    assert {row for row in upper if not row.whom} == {
        at(published, first, 6, "18.09.01"),
        at(published, second, 3, SUKARAJA),
    }


def test_whoever_is_addressed_is_named_where_it_lay_then(published: Scenario) -> None:
    published.given(step := published.forwarded(REGENCY, KIM, OTHER_KIM))
    published.given(published.changed(KIM, REGENCY, region="18.09.02.2005"))
    rows = [row for row in listed(published, "funnel.addressed") if row.position == published.position(step)]
    assert rows == [at(published, step, 1, BAGELEN, KIM), at(published, step, 1, SUKARAJA, OTHER_KIM)]


def test_every_receipt_of_a_holder_is_listed_and_the_first_one_times_it(published: Scenario) -> None:
    published.given(published.received(KIM, at=1), correction := published.corrected(at=10))
    published.given(
        first := published.received(KIM, at=12, cause=correction),
        second := published.received(KIM, at=20, cause=correction),
    )
    assert listed(published, "correction.reach") == [at(published, first), at(published, second)]
    assert listed(published, "correction.time.p50") == [at(published, first, 120)]


def test_a_first_receipt_that_leads_nowhere_is_no_hop(published: Scenario) -> None:
    passed_on = published.forwarded(at=1)
    published.given(passed_on, published.received(OTHER_KIM, at=2, from_=REGENCY))
    published.given(hop := published.received(KIM, at=4, cause=passed_on))
    assert listed(published, "latency.max") == [at(published, hop, 180)]


def test_the_closed_share_of_a_stage_lists_only_pairs_of_the_stage_before(published: Scenario) -> None:
    published.given(published.received(KIM), both := published.shared(KIM), other := published.shared(OTHER_KIM))
    rows = [row for row in listed(published, "funnel.shared") if row.position >= published.position(both)]
    assert rows == [at(published, both), at(published, other)]
    published.given(published.received(COMMUNITY), only := published.discussed(COMMUNITY, headcount=3))
    assert listed(published, "funnel.discussed.closed") == [at(published, only)]
    published.given(published.discussed(OTHER_KIM, headcount=3))
    assert listed(published, "funnel.discussed.closed") == [at(published, only)]


def test_a_voided_step_is_listed_until_it_is_voided(published: Scenario) -> None:
    published.given(published.received(KIM, at=1), wrong := published.shared(KIM, exposures=50, at=2))
    published.given(voiding := published.voided(wrong))
    before = Selection(item=ITEM, as_of=AsOf(position=published.position(voiding) - 1))
    assert listed(published, "impressions", before) == [at(published, wrong, 50, BAGELEN)]
    assert listed(published, "impressions") == []


@pytest.mark.parametrize("holder", [KIM, COMMUNITY])
def test_a_share_counts_where_it_was_shown(published: Scenario, holder: str) -> None:
    published.given(step := published.shared(holder, headcount=8, region=SUKARAJA))
    assert listed(published, "impressions") == [at(published, step, 8, SUKARAJA)]
    assert {row.place for row in listed(published, "coverage")} == {BAGELEN, SUKARAJA}
