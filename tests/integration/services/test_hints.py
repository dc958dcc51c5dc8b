"""What a refusal says may have been meant: regions, organisations and items near to a name that nobody has."""

from typing import Any, Final

import msgspec
import pytest

from services import known_names
from services.known_names import KnownNames
from services.publishing.hints import MOST_LOOKED_UP
from services.publishing.publisher import Publisher
from tests.scenario import ITEM, KIM, REGENCY, REGIONS, Event, Scenario, refused

BAGELEN: Final = "18.09.01.2007 Bagelen"
PRINGSEWU: Final = "18.10 Kabupaten Pringsewu"


def reasons(scenario: Scenario, *events: Event) -> list[str]:
    scenario.when(*events)
    return [str(answer.refusal) for answer in scenario.answers]


def in_every_region_field(scenario: Scenario, code: Any) -> list[Event]:  # noqa: ANN401 - any JSON
    return [
        scenario.registered("kim-baru", "kim", region=code, parent=REGENCY),
        scenario.changed(KIM, REGENCY, region=code),
        scenario.discussed(venue_region=code),
        scenario.discussed(origins=[{"region": code, "headcount": 1}]),
        scenario.shared(region=code),
        scenario.acted_on(region=code),
        scenario.held(venue_region=code),
        scenario.held(origins=[{"region": code, "headcount": 1}]),
        scenario.event(
            "population.recorded", KIM, REGENCY, {"region": code, "people": 1, "source": "BPS"}, date="2020-12-31"
        ),
    ]


def test_what_is_no_code_is_answered_with_regions_in_every_field(published: Scenario) -> None:
    for code, nearest in (
        ("1809012007", f"; nearest: {BAGELEN}"),
        ("18.9.1.2007", f"; nearest: {BAGELEN}"),
        ("Desa Bagelen", BAGELEN),
        ("18.1", f"; nearest: {PRINGSEWU}"),
        ("18,1", f"; nearest: {PRINGSEWU}"),
        (18.1, f"; nearest: {PRINGSEWU}"),
        (1809, "; nearest: 18.09 Kabupaten Pesawaran"),
    ):
        for reason in reasons(published, *in_every_region_field(published, code)):
            assert nearest in reason, (code, reason)


def test_an_intended_region_without_its_dots_is_answered_with_regions(published: Scenario) -> None:
    found = reasons(published, published.published(subject="info-2", intended=["1809012007"]))
    assert f"nearest: {BAGELEN}" in found[0]
    assert published.answers[0].refusal is not None
    assert published.answers[0].refusal.field == "data.intended[0]"


def test_a_person_in_place_of_a_pseudonym_is_never_looked_up(published: Scenario) -> None:
    (reason,) = reasons(published, published.discussed(participants=["Siti Bagelen"]))
    assert "nearest" not in reason
    assert "Siti" not in reason


@pytest.fixture
def afresh(published: Scenario) -> Scenario:
    """A log with an item, and a publisher that remembers nothing of it yet."""
    published.restart()
    names = KnownNames(published.log, lambda: published.views)
    published.publisher = Publisher(published.log, REGIONS, clock=published.clock, names=names.like)
    return published


@pytest.mark.parametrize("views", ["folded", "behind"])
def test_an_unknown_name_is_answered_with_the_nearest_of_its_family(afresh: Scenario, views: str) -> None:
    if views == "folded":
        afresh.follower.catch_up()
    mistyped = KIM[:-1] + "x"
    afresh.when(
        afresh.received(mistyped),
        afresh.received(KIM.upper()),
        afresh.received(from_=mistyped),
        afresh.forwarded(REGENCY, mistyped),
        afresh.changed(mistyped, REGENCY, name="x"),
        afresh.received(subject=ITEM + "x"),
        afresh.raised(KIM, item=ITEM[:-1]),
        afresh.received(subject="quite-another"),
    ).then(
        *map(
            refused, ("holder", "holder", "data.from", "data.to[0]", "subject", "subject", "data.item", "subject")
        )
    )
    told = [str(answer.refusal) for answer in afresh.answers]
    assert all(f"did you mean {KIM}" in reason for reason in told[:5]), told
    assert all(f"did you mean {ITEM}?" in reason for reason in told[5:7]), told
    assert told[7] == "the item quite-another is not published: record its item.published first"


def test_what_the_batch_itself_begins_is_near_too(afresh: Scenario) -> None:
    afresh.publisher = Publisher(afresh.log, REGIONS, clock=afresh.clock)
    new = afresh.published(subject="jadwal-posyandu", called="p2")
    told = reasons(afresh, new, afresh.received(subject="jadwal-posyandi"))
    assert "did you mean jadwal-posyandu?" in told[1]


def test_the_views_know_what_the_newest_events_do_not_name(
    afresh: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_names, "_NEWEST", 0)
    afresh.follower.catch_up()
    names = KnownNames(afresh.log, lambda: afresh.views)
    assert names.like("item", ITEM[:-2] + "xx") == {ITEM}
    assert KIM in names.like("organisation", KIM + "x")
    assert names.like("item", KIM + "x") == set()
    assert names.like("item", "") == {ITEM}
    assert KnownNames(afresh.log, lambda: None).like("item", ITEM) == set()


def test_views_that_cannot_be_read_cost_the_hint_alone(afresh: Scenario) -> None:
    afresh.restart_without_views()
    asked: list[str] = []

    def views() -> Any:  # noqa: ANN401 - a store of views
        asked.append("views")
        return afresh.views

    names = KnownNames(afresh.log, views)
    afresh.publisher = Publisher(afresh.log, REGIONS, clock=afresh.clock, names=names.like)
    afresh.given(afresh.received())
    assert asked == []
    afresh.when(afresh.received(KIM + "x")).then(refused("holder"))
    assert asked == ["views"]
    assert KIM in str(afresh.answers[0].refusal)  # the newest of the log


def test_each_name_is_looked_up_once_and_few_of_a_batch(afresh: Scenario) -> None:
    asked: list[str] = []

    def names(_family: str, name: str) -> list[str]:
        asked.append(name)
        return [KIM]

    afresh.publisher = Publisher(afresh.log, REGIONS, clock=afresh.clock, names=names)
    many = [afresh.received(f"{KIM}{number}") for number in range(3 * MOST_LOOKED_UP)]
    lines = [msgspec.json.encode(event) for event in many]
    for batches in (1, 2, 3, 3):
        answers = afresh.publisher.publish(lines)
        assert all(answer.refusal for answer in answers)
        assert len(asked) == len(set(asked)) == min(batches, 3) * MOST_LOOKED_UP
