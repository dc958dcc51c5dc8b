"""How far views are behind: what they lack, how old the oldest of it is, and for how long they have not moved."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import text

from infra.kafka.partition import partition_of
from infra.kafka.steps import subject_of
from infra.log import Row
from infra.views import Connection
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.lag import Behind, Lag, look_at_lag
from projections.worker.partitions import Partitions
from tests.scenario import NOW, Clock, Scenario

NUMBER: Final = 3
BY_PARTITION: Final = [each for each in PROJECTIONS if each.partitioned]


def the_lag(scenario: Scenario, engine: Engine, seconds: float) -> Lag:
    """Return the lag of every view, which is the same, so long after the scenario began."""
    found = look_at_lag(scenario.log, engine, lambda: NOW + timedelta(seconds=seconds))
    (lag,) = {lag for _status, lag in found}
    return lag


def test_a_view_that_lacks_nothing_is_not_behind_however_long_ago_it_moved(published: Scenario) -> None:
    published.follower.catch_up()
    lag = the_lag(published, published.engine, 1e6)
    assert (lag.position, lag.lacking, lag.seconds, lag.unmoved_seconds) == (9, 0, 0, 0)


def test_a_view_has_not_moved_since_it_moved_or_since_something_waits(published: Scenario) -> None:
    clock = Clock()
    engine = Engine(published.views, PROJECTIONS, clock=clock)
    clock.now += timedelta(seconds=10)
    engine.fold(published.log.read(0, 9))
    assert the_lag(published, engine, 1_000).unmoved_seconds == 0

    published.clock.now += timedelta(seconds=300)
    published.given(published.received(), published.received())
    lag = the_lag(published, engine, 320)
    assert (lag.position, lag.lacking, lag.seconds, lag.unmoved_seconds) == (9, 2, 20, 20)
    clock.now += timedelta(seconds=305)
    engine.fold(published.log.read(9, 1))
    lag = the_lag(published, engine, 320)
    assert (lag.position, lag.lacking, lag.seconds, lag.unmoved_seconds) == (10, 1, 20, 5)


class Worked:
    """A log whose views workers fold by partitions, of which so much was sent."""

    def __init__(self, scenario: Scenario, clock: Clock) -> None:
        self.scenario = scenario
        self.sent: dict[int, int] = {}
        self.engine = Engine(scenario.views, BY_PARTITION, NUMBER, lambda _: self.sent, clock)
        with scenario.views.altering() as connection:
            connection.execute(text("DELETE FROM checkpoint"))
        self.engine.prepare()

    def send(self, rows: Sequence[Row]) -> None:
        self.sent |= last_of(rows)

    def fold(self, until: Mapping[int, int]) -> None:
        Partitions(self.scenario.log, self.engine, NUMBER).catch_up(until)


def last_of(rows: Sequence[Row]) -> dict[int, int]:
    return {partition_of(subject_of(row), NUMBER): row[0] for row in rows}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def worked(published: Scenario, clock: Clock) -> Worked:
    """All that is in the log was sent and folded."""
    made = Worked(published, clock)
    made.send(published.log.read(0, 9))
    made.fold(made.sent)
    return made


def test_a_partition_on_which_nothing_came_for_long_makes_no_old_lag(published: Scenario, worked: Worked) -> None:
    """Its checkpoint lies far back: what it lacks is the step that came now, and not what lies between."""
    before, far = published.log.head(), worked.sent
    busy = partition_of(published.received()["subject"], NUMBER)
    published.given(*(published.received() for _ in range(30)))
    worked.send(published.log.read(before, 100))
    worked.fold(worked.sent)
    published.clock.now += timedelta(seconds=500)
    names = (f"quiet-{number}" for number in range(100))
    quiet = next(name for name in names if partition_of(name, NUMBER) != busy)
    published.given(published.published(called="new", subject=quiet, at=0))
    assert far[partition_of(quiet, NUMBER)] <= before
    lag = the_lag(published, worked.engine, 501)
    assert (lag.position, lag.lacking, lag.seconds, lag.behind) == (39, 1, 1, ())  # nobody has sent it yet
    worked.send(published.log.read(39, 1))
    (behind,) = the_lag(published, worked.engine, 501).behind
    assert (behind.partition, behind.waiting, behind.seconds) == (partition_of(quiet, NUMBER), 1, 1)


def test_the_partition_that_does_not_move_is_told_apart_from_those_that_do(
    published: Scenario, worked: Worked, clock: Clock
) -> None:
    names = [f"item-{number}" for number in range(40)]
    for second in range(2):
        published.clock.now += timedelta(seconds=60)
        published.given(
            *(published.published(called=f"{name}-{second}", subject=f"{name}-{second}", at=0) for name in names)
        )
    rows = published.log.read(9, 100)
    worked.send(rows)
    clock.now += timedelta(seconds=150)
    stuck = 1
    worked.fold({one: position for one, position in worked.sent.items() if one != stuck})
    lag = the_lag(published, worked.engine, 200)
    (behind,) = lag.behind
    waiting = [row for row in rows if partition_of(subject_of(row), NUMBER) == stuck]
    assert behind == Behind(stuck, 140, len(waiting), at_least=False)
    assert (lag.position, lag.seconds) == (waiting[0][0] - 1, 140)


def test_a_damaged_row_waits_and_tells_no_age(published: Scenario) -> None:
    published.tamper("UPDATE {log} SET state = 'damaged' WHERE position = 1")
    lag = the_lag(published, published.engine, 50)
    assert (lag.position, lag.lacking, lag.seconds) == (0, 9, None)


def without_moved_at(connection: Connection) -> None:
    """Have the checkpoints as the Jejak before kept them."""
    connection.execute(text("ALTER TABLE checkpoint DROP COLUMN moved_at"))


def test_views_of_a_jejak_that_did_not_note_when_it_moved_are_folded_anew(published: Scenario) -> None:
    published.follower.catch_up()
    with published.views.altering() as connection:
        without_moved_at(connection)
    published.restart()
    assert published.engine.position() == 0
    assert published.follower.catch_up() == 9
    assert len(published.trail_rows()) > 0
    published.restart()
    assert published.engine.position() == 9
