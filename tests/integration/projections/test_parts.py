"""A break-down has the parts in which something is, and no other."""

from datetime import datetime

from events.fields import JAKARTA
from projections.reach import queries
from projections.reach.figure import By, Selection
from tests.scenario import ITEM, KIM, OTHER_KIM, PLACES, REGENCY, REGIONS, Scenario

ELSEWHERE = "18.01"


def parts(scenario: Scenario, selection: Selection) -> set[tuple[str | None, ...]]:
    """Return item, region, month, channel and topic of the parts of a selection."""
    scenario.follower.catch_up()
    with scenario.views.reading() as connection:
        figures = queries.figures(connection, selection, regions=REGIONS)
    return {
        (
            figure.item,
            figure.region,
            f"{figure.period.from_:%Y-%m}" if figure.period and figure.period.from_ else None,
            figure.channel,
            figure.topic,
        )
        for figure in figures
        if figure.name == "coverage"
    }


def october(day: int) -> datetime:
    return datetime(2021, 10, day, 12, tzinfo=JAKARTA)


def test_what_names_nobody_of_the_region_makes_no_part(published: Scenario) -> None:
    published.given(published.forwarded(REGENCY, KIM, at=october(5)))
    dimensions: tuple[By, ...] = ("day", "month", "channel", "item", "topic")
    for dimension in dimensions:
        assert parts(published, Selection(item=ITEM, region=ELSEWHERE, by=(dimension,))) == set()
        assert parts(published, Selection(region=ELSEWHERE, by=(dimension,))) == set()
        assert len(parts(published, Selection(item=ITEM, region="18.09", by=(dimension,)))) == 1


def test_a_coached_kim_makes_a_part_where_it_lay(published: Scenario) -> None:
    published.given(
        published.held(at=october(5)),
        published.changed(KIM, REGENCY, region=PLACES[OTHER_KIM]),
        published.held(subject="pembinaan-2", at=datetime(2021, 9, 5, tzinfo=JAKARTA)),
    )
    found = parts(published, Selection(region=PLACES[OTHER_KIM], by=("month",)))
    assert found == {(None, PLACES[OTHER_KIM], "2021-08", None, None)}, "the first midnight of September, in UTC"


def test_a_voided_step_makes_no_part(published: Scenario) -> None:
    published.given(
        step := published.received(at=october(5)), published.shared(headcount=2), published.voided(step)
    )
    assert {month for _item, _region, month, *_rest in parts(published, Selection(by=("month",)))} == {"2021-10"}
    assert len(parts(published, Selection(by=("day",)))) == 1


def test_every_region_is_a_part_where_one_of_them_has_something(published: Scenario) -> None:
    published.given(published.forwarded(REGENCY, KIM, at=october(5)))
    children = len(REGIONS.children("18"))
    assert len(parts(published, Selection(region="18", by=("region",)))) == children
    assert len(parts(published, Selection(region="18", by=("region", "month")))) == children
    assert parts(published, Selection(region=ELSEWHERE, by=("region", "month"))) == set()
    assert len(parts(published, Selection(region=ELSEWHERE, by=("region",)))) == len(REGIONS.children(ELSEWHERE))
