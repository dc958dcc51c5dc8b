"""What an older version took is counted, and sent again is repeated, whatever would be refused of it today."""

from sqlalchemy import select

from projections.reach.tables import ASPIRATION, STEP
from tests.scenario import COMMUNITY, KIM, OTHER_KIM, PSEUDONYMS, Scenario, repeated, table_rows

SMALL = [each[:6] + each[6:].lower() for each in PSEUDONYMS[:2]]


def test_pseudonyms_of_an_older_log_are_the_same_people_in_either_case(published: Scenario) -> None:
    old = published.shared(KIM, headcount=2, participants=PSEUDONYMS[:2])
    new = published.discussed(OTHER_KIM, headcount=2, participants=PSEUDONYMS[:2])
    published.given(old)
    for one, small in zip(PSEUDONYMS, SMALL, strict=False):
        published.tamper(f"UPDATE {{log}} SET state = replace(state, '{one}', '{small}') WHERE position = 10")
    assert SMALL[0] in str(published.tamper("SELECT state FROM {log} WHERE position = 10"))
    published.restart().given(new)
    published.when(old, {**old, "data": {**old["data"], "participants": SMALL}}).then(repeated(10), repeated(10))
    published.follower.catch_up()
    with published.views.reading() as connection:
        rows = connection.execute(select(STEP.c.people, STEP.c.pseudonyms).where(STEP.c.people > 0)).all()
    assert [tuple(row) for row in rows] == [(2, " ".join(PSEUDONYMS[:2]))] * 2


def test_days_of_an_older_log_that_no_calendar_shows_are_counted(published: Scenario) -> None:
    day = "2021-11-30T10:00:00+07:00"
    raised = [published.raised(COMMUNITY, due=day, subject=f"usul-{each}") for each in range(5)]
    granted = [published.decree_granted(KIM, valid_to=day) for _ in range(2)]
    published.given(*raised, *granted)
    days = ["0001-01-01T00:00:00Z", "0001-01-01", "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z"]
    days += ["2021-11-30T10:00:00+23:59", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"]
    for position, other in enumerate(days, 10):
        published.tamper(
            f"UPDATE {{log}} SET state = replace(state, '{day}', '{other}') WHERE position = {position}"
        )
    published.restart().follower.catch_up()
    assert len(table_rows(published.views, ASPIRATION)) == 5
    assert published.kim_with_decree("18", published.clock.now) == {KIM}
    again = [
        {**event, "data": {**event["data"], "due" if event in raised else "valid_to": other}}
        for event, other in zip([*raised, *granted], days, strict=True)
    ]
    published.when(*again).then(*(repeated(position) for position in range(10, 17)))
    assert len(published.trail(KIM, family="organisation").steps) == 3
