"""The engine: what it parks, what stops it, what it skips, and that view and checkpoint move together."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec
import psycopg
import pytest
from msgspec.structs import replace
from sqlalchemy import Column, MetaData, Table, Text, select
from sqlalchemy.exc import DBAPIError, OperationalError

from events.recorded import RecordedEvent, State, encode_state
from infra.log import Log, Row
from infra.views import Connection, Views, insert_rows
from projections.audit_trail import AUDIT_TRAIL
from projections.engine import (
    MOST_FAILED,
    BrokenProjectionError,
    Engine,
    HoleError,
    OtherLogError,
    OtherVersionError,
    Status,
)
from projections.follower import Follower
from projections.tables import PARKED, Position
from tests.databases import database_of
from tests.scenario import KIM, START, Mode, Scenario, open_stores, open_views, trail_rows


class Tally:
    """A projection that writes down what it folds, and fails on the subjects and positions that it is told to."""

    partitioned = True

    def __init__(self, name: str = "tally", version: int = 1) -> None:
        self.name = name
        self.version = version
        self.metadata = MetaData()
        self.table = Table(
            name, self.metadata, Column("position", Position, primary_key=True), Column("subject", Text)
        )
        self.fails_at: dict[int, Exception] = {}
        self.fails_always: Exception | None = None

    def fold(self, events: Sequence[RecordedEvent], connection: Connection) -> None:
        for event in events:
            insert_rows(connection, self.table, [(event.position, event.state.subject)])
            error = self.fails_at.get(event.position, self.fails_always)
            if error is not None:
                raise error

    def folded(self, views: Views) -> list[int]:
        with views.reading() as connection:
            return list(connection.execute(select(self.table.c.position).order_by("position")).scalars())


@pytest.fixture
def stores(mode: Mode, tmp_path: Path) -> Iterator[tuple[Log, Views]]:
    log, views = open_stores(mode, tmp_path)
    yield log, views
    views.close()
    log.close()


@pytest.fixture
def views(stores: tuple[Log, Views]) -> Views:
    return stores[1]


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def engine(views: Views, tally: Tally) -> Engine:
    made = Engine(views, [tally])
    made.prepare()
    return made


def row(position: int, subject: str = "") -> Row:
    """Return a row of the log; each on a subject of its own, unless one is named."""
    state = State(
        source="urn:test",
        id=str(position),
        subject=subject or f"item-{position}",
        holder=KIM,
        occurred_at=START,
        recorded_at=START,
        data=msgspec.Raw(b'{"channel":"print"}'),
    )
    return position, "id.jejak.item.shared.v1", encode_state(state).decode()


def rows(first: int, last: int) -> list[Row]:
    return [row(position) for position in range(first, last + 1)]


def parked(views: Views) -> list[tuple[int, str, bool]]:
    statement = select(PARKED.c.position, PARKED.c.subject, PARKED.c.failed).order_by(PARKED.c.position)
    with views.reading() as connection:
        return [tuple(each) for each in connection.execute(statement)]


# -- parking ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_an_event_that_fails_is_parked_with_later_ones_of_its_subject_and_the_rest_goes_on(
    engine: Engine, views: Views, tally: Tally, size: int
) -> None:
    tally.fails_at[2] = ValueError("broken")
    given = [row(1, "a"), row(2, "a"), row(3, "b"), row(4, "a"), row(5, "b"), row(6, "a")]
    for first in range(0, len(given), size):
        engine.fold(given[first : first + size])
    assert tally.folded(views) == [1, 3, 5]
    assert parked(views) == [(2, "a", True), (4, "a", False), (6, "a", False)]
    (found,) = engine.status()
    expected = Status("tally", 1, 6, failed=1, waiting=2, errors=("ValueError: broken",))
    assert found == replace(expected, checkpoints=found.checkpoints)


def test_what_is_parked_outlives_a_restart(engine: Engine, views: Views, tally: Tally) -> None:
    tally.fails_at[1] = ValueError("broken")
    engine.fold([row(1, "a"), row(2, "b")])
    again = Tally()
    restarted = Engine(views, [again])
    restarted.prepare()
    restarted.fold([row(3, "a"), row(4, "b")])
    assert tally.folded(views) == [2, 4]
    assert parked(views) == [(1, "a", True), (3, "a", False)]


@pytest.mark.parametrize("state", ["not JSON", "{}", '{"source": 1}', "[]", ""])
def test_a_state_that_cannot_be_read_is_parked_and_the_rest_goes_on(
    engine: Engine, views: Views, tally: Tally, state: str
) -> None:
    engine.fold([row(1), (2, "id.jejak.item.shared.v1", state), row(3)])
    engine.fold([row(4)])
    assert tally.folded(views) == [1, 3, 4]
    (status,) = engine.status()
    assert (status.position, status.failed, status.waiting) == (4, 1, 0)
    assert parked(views)[0][0] == 2


def test_a_row_that_somebody_spoilt_in_the_database_is_parked(published: Scenario) -> None:
    published.given(published.received(), published.discussed())
    published.tamper("UPDATE {log} SET state = substr(state, 2) WHERE position = 10")
    assert [step.position for step in published.trail("info-1").steps] == [9, 11]
    assert {(status.position, status.failed) for status in published.engine.status()} == {(11, 1)}


def test_one_projection_parks_while_another_does_not(views: Views, tally: Tally) -> None:
    tally.fails_at[2] = ValueError("broken")
    other = Tally("other")
    engine = Engine(views, [tally, other])
    engine.prepare()
    engine.fold(rows(1, 3))
    assert (tally.folded(views), other.folded(views)) == ([1, 3], [1, 2, 3])
    assert [(status.position, status.failed) for status in engine.status()] == [(3, 1), (3, 0)]


# -- when nothing is parked ---------------------------------------------------------------------------


def test_a_projection_that_fails_on_too_many_events_is_broken_and_nothing_changes(
    engine: Engine, views: Views, tally: Tally
) -> None:
    engine.fold(rows(1, 2))
    tally.fails_always = ValueError("broken")
    with pytest.raises(BrokenProjectionError, match="tally"):
        engine.fold(rows(3, 3 + MOST_FAILED))
    assert tally.folded(views) == [1, 2]
    assert parked(views) == []
    assert engine.position() == 2


def test_as_many_as_the_limit_are_parked_and_one_more_in_a_later_batch_is_too_many(
    engine: Engine, views: Views, tally: Tally
) -> None:
    tally.fails_always = ValueError("broken")
    engine.fold(rows(1, MOST_FAILED))
    assert engine.status()[0].failed == MOST_FAILED
    with pytest.raises(BrokenProjectionError):
        engine.fold([row(MOST_FAILED + 1)])
    assert engine.position() == MOST_FAILED
    assert len(parked(views)) == MOST_FAILED


def test_events_that_wait_do_not_count_as_failed(engine: Engine, tally: Tally) -> None:
    tally.fails_at[1] = ValueError("broken")
    engine.fold([row(position, "a") for position in range(1, MOST_FAILED + 10)])
    (status,) = engine.status()
    assert (status.failed, status.waiting) == (1, MOST_FAILED + 8)


def test_a_fault_of_the_database_parks_nothing_and_is_tried_again(
    engine: Engine, views: Views, tally: Tally
) -> None:
    tally.fails_at[2] = OperationalError("INSERT", {}, Exception("disk I/O error"))
    with pytest.raises(OperationalError):
        engine.fold(rows(1, 3))
    assert (tally.folded(views), parked(views), engine.position()) == ([], [], 0)
    tally.fails_at.clear()
    engine.fold(rows(1, 3))
    assert (tally.folded(views), parked(views), engine.position()) == ([1, 2, 3], [], 3)


def test_a_fault_of_the_database_while_events_are_folded_one_by_one_parks_nothing(
    engine: Engine, views: Views, tally: Tally
) -> None:
    tally.fails_at = {1: ValueError("broken"), 3: OperationalError("INSERT", {}, Exception("disk I/O error"))}
    with pytest.raises(OperationalError):
        engine.fold(rows(1, 3))
    assert (tally.folded(views), parked(views), engine.position()) == ([], [], 0)


def test_a_table_that_is_missing_parks_nothing(engine: Engine, views: Views, tally: Tally) -> None:
    with views.altering() as connection:
        tally.metadata.drop_all(connection)
    with pytest.raises(DBAPIError):
        engine.fold(rows(1, 3))
    assert (parked(views), engine.position()) == ([], 0)


@pytest.mark.parametrize("position", [2**63, 1], ids=["too large a number", "a key that is taken"])
def test_an_event_whose_row_the_database_does_not_take_is_parked_and_the_rest_goes_on(
    engine: Engine, views: Views, tally: Tally, position: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold = tally.fold

    def spoils_the_second(events: Sequence[RecordedEvent], connection: Connection) -> None:
        for event in events:
            fold([replace(event, position=position) if event.position == 2 else event], connection)

    monkeypatch.setattr(tally, "fold", spoils_the_second)
    engine.fold(rows(1, 3))
    assert (tally.folded(views), parked(views), engine.position()) == ([1, 3], [(2, "item-2", True)], 3)


def test_no_error_and_no_subject_is_too_odd_to_be_parked(engine: Engine, views: Views, tally: Tally) -> None:
    tally.fails_at[1] = ValueError("a \0 in it")
    engine.fold([row(1), (2, "id.jejak.item.shared.v1", r'{"subject": "a\u0000b"}')])
    assert parked(views) == [(1, "item-1", True), (2, "", True)]


def test_whoever_is_stopped_in_the_middle_of_a_batch_changed_nothing(
    engine: Engine, views: Views, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tally, "fold", stop)
    with pytest.raises(KeyboardInterrupt):
        engine.fold(rows(1, 3))
    assert (tally.folded(views), parked(views), engine.position()) == ([], [], 0)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_damaged_row_that_still_names_its_subject_holds_back_what_comes_behind_it_alone(
    engine: Engine, views: Views, tally: Tally, size: int
) -> None:
    damaged = (2, "id.jejak.item.shared.v1", '{"subject": "a", "holder": 5}')
    given = [row(1, "a"), damaged, row(3, "b"), row(4, "a"), row(5, "b")]
    for first in range(0, len(given), size):
        engine.fold(given[first : first + size])
    assert (tally.folded(views), engine.position()) == ([1, 3, 5], 5)
    assert parked(views) == [(2, "a", True), (4, "a", False)]


# -- holes and redelivery -----------------------------------------------------------------------------


@pytest.mark.parametrize("first", [4, 9])
def test_rows_that_do_not_go_on_from_the_checkpoint_are_a_hole(
    engine: Engine, views: Views, tally: Tally, first: int
) -> None:
    engine.fold(rows(1, 2))
    with pytest.raises(HoleError):
        engine.fold(rows(first, 10))
    assert (tally.folded(views), engine.position()) == ([1, 2], 2)


def test_a_hole_between_the_rows_is_a_hole_too(engine: Engine, views: Views, tally: Tally) -> None:
    with pytest.raises(HoleError):
        engine.fold([*rows(1, 2), *rows(4, 5)])
    assert (tally.folded(views), engine.position()) == ([], 0)


def test_what_is_delivered_again_is_skipped(engine: Engine, views: Views, tally: Tally) -> None:
    for first, last in ((1, 3), (1, 3), (2, 2), (2, 5), (1, 4), (5, 6), (1, 6)):
        engine.fold(rows(first, last))
    engine.fold([])
    assert (tally.folded(views), parked(views), engine.position()) == ([1, 2, 3, 4, 5, 6], [], 6)


def test_of_two_projections_each_folds_what_it_lacks(views: Views, tally: Tally, engine: Engine) -> None:
    engine.fold(rows(1, 3))
    other = Tally("other")
    both = Engine(views, [tally, other])
    both.prepare()
    for last in (2, 5):
        both.fold(rows(1, last))
    assert tally.folded(views) == other.folded(views) == [1, 2, 3, 4, 5]
    assert (parked(views), both.position()) == ([], 5)


def test_what_was_parked_is_not_parked_again_when_it_is_delivered_again(
    engine: Engine, views: Views, tally: Tally
) -> None:
    tally.fails_at[2] = ValueError("broken")
    unreadable = (4, "id.jejak.item.shared.v1", "?")
    given = [*rows(1, 3), unreadable]
    engine.fold(given)
    engine.fold(given)
    engine.fold([*given, row(5)])
    assert [position for position, _, _ in parked(views)] == [2, 4]
    assert (tally.folded(views), engine.position()) == ([1, 3, 5], 5)


# -- versions -----------------------------------------------------------------------------------------


def test_a_projection_of_a_new_version_is_folded_anew_from_the_log(published: Scenario) -> None:
    published.follower.catch_up()
    first, second = Tally(), Tally(version=2)
    for tally in (first, second):
        engine = Engine(published.views, [AUDIT_TRAIL, tally])
        follower = Follower(published.log, engine)
        assert [status.position for status in engine.status()] == [9, 0]
        assert follower.catch_up() == 9
        assert tally.folded(published.views) == list(range(1, 10))
        assert [(status.version, status.position) for status in engine.status()] == [
            (AUDIT_TRAIL.version, 9),
            (tally.version, 9),
        ]


def test_the_same_version_is_left_as_it_is(engine: Engine, views: Views, tally: Tally) -> None:
    tally.fails_at[2] = ValueError("broken")
    engine.fold(rows(1, 3))
    Engine(views, [Tally()]).prepare()
    assert (tally.folded(views), len(parked(views)), engine.position()) == ([1, 3], 1, 3)


def test_an_older_program_leaves_the_tables_of_a_newer_one_alone(
    engine: Engine, views: Views, stores: tuple[Log, Views]
) -> None:
    engine.fold(rows(1, 3))
    newer = Tally(version=2)
    renewed = Engine(views, [newer])
    renewed.prepare()
    renewed.fold(rows(1, 2))
    for act in (engine.prepare, lambda: engine.fold(rows(1, 4)), lambda: engine.verify(stores[0])):
        with pytest.raises(OtherVersionError, match=r"version 2, this one knows 1"):
            act()
    assert (newer.folded(views), renewed.position()) == ([1, 2], 2)


def test_a_new_version_forgets_what_the_old_one_parked(engine: Engine, views: Views, tally: Tally) -> None:
    tally.fails_at[2] = ValueError("broken")
    engine.fold(rows(1, 3))
    mended = Tally(version=2)
    renewed = Engine(views, [mended])
    renewed.prepare()
    assert (mended.folded(views), parked(views), renewed.position()) == ([], [], 0)
    renewed.fold(rows(1, 3))
    assert (mended.folded(views), parked(views), renewed.position()) == ([1, 2, 3], [], 3)


# -- the follower -------------------------------------------------------------------------------------


def test_views_that_hold_more_than_the_log_are_of_another_log(stores: tuple[Log, Views]) -> None:
    log, views = stores
    engine = Engine(views, [Tally()])
    engine.prepare()
    engine.fold(rows(1, 3))
    with pytest.raises(OtherLogError, match="position 3"):
        Follower(log, engine).catch_up()
    assert engine.position() == 3


@pytest.mark.parametrize("more", [0, 1])
def test_a_log_restored_from_an_older_copy_and_written_on_is_another_log(
    mode: Mode, tmp_path: Path, more: int
) -> None:
    before = Scenario(mode, tmp_path / "before")
    before.given(*before.registry(), before.published(at=0), before.received())
    restored = Scenario(mode, tmp_path / "restored")
    restored.given(*restored.registry(), restored.published(at=0), restored.shared())
    restored.given(*[restored.received() for _ in range(more)])
    before.follower.catch_up()
    follower = Follower(restored.log, before.engine)
    with pytest.raises(OtherLogError, match="position 10"):
        follower.catch_up()
    assert before.engine.position() == 10
    Follower(before.log, before.engine).catch_up()
    before.close()
    restored.close()


def test_a_log_that_shrinks_while_it_is_followed_is_another_log(
    published: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published.log, "head", lambda: 12)
    with pytest.raises(OtherLogError, match="position 9"):
        published.follower.catch_up()


def test_a_follower_tells_how_far_it_got(published: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.follower.BATCH", 4)
    told: list[tuple[int, int]] = []
    published.follower.catch_up(lambda position, head: told.append((position, head)))
    assert told == [(4, 9), (8, 9), (9, 9)]


def test_a_follower_goes_on_after_a_passing_fault(published: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.follower._RETRY_SECONDS", 0)
    tally, told = Tally(), list[str]()
    engine = Engine(published.views, [tally])
    follower = Follower(published.log, engine)
    tally.fails_at[5] = OperationalError("INSERT", {}, Exception("database is locked"))

    def report(sentence: str) -> None:
        told.append(sentence)
        tally.fails_at.clear()

    follower.run(lambda: engine.position() == 9, report)
    assert len(told) == 1
    assert "database is locked" in told[0]
    assert tally.folded(published.views) == list(range(1, 10))


# -- PostgreSQL alone ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["distributed"], indirect=True)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_follower_whose_connection_breaks_goes_on_and_parks_nothing(
    published: Scenario, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr("projections.follower._RETRY_SECONDS", 0)
    tally, told = Tally(), list[str]()
    engine = Engine(published.views, [tally])
    follower = Follower(published.log, engine)
    fold, breaks = tally.fold, [True]

    def broken_once(events: Sequence[RecordedEvent], connection: Connection) -> None:
        if moment == "after":
            fold(events, connection)
        if breaks.pop() if breaks else False:
            with psycopg.connect(database_of(published.directory), autocommit=True) as other:
                pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
                other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
        if moment == "before":
            fold(events, connection)

    monkeypatch.setattr(tally, "fold", broken_once)
    follower.run(lambda: engine.position() == 9, told.append)
    assert len(told) == 1
    assert (tally.folded(published.views), parked(published.views)) == ([*range(1, 10)], [])


@pytest.mark.parametrize("mode", ["distributed"], indirect=True)
def test_rows_that_wait_too_long_for_a_lock_park_nothing(
    engine: Engine, views: Views, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold = tally.fold

    def impatiently(events: Sequence[RecordedEvent], connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10ms'")
        fold(events, connection)

    monkeypatch.setattr(tally, "fold", impatiently)
    with views.writing() as connection:
        connection.exec_driver_sql("LOCK TABLE tally")
        with pytest.raises(OperationalError, match="lock timeout"):
            engine.fold(rows(1, 3))
    assert parked(views) == []
    engine.fold(rows(1, 3))
    assert (tally.folded(views), engine.position()) == ([1, 2, 3], 3)


@pytest.mark.parametrize("mode", ["distributed"], indirect=True)
def test_every_text_of_a_view_is_compared_byte_by_byte_whatever_the_database_does(scenario: Scenario) -> None:
    with psycopg.connect(database_of(scenario.directory)) as connection:
        others = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_type = 'BASE TABLE' AND table_schema = 'jejak_views'"
            " AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
        ).fetchall()
    assert others == []


# -- two at once --------------------------------------------------------------------------------------

EVENTS: Final = 200


@pytest.fixture
def busy(published: Scenario) -> Scenario:
    """A log that is long enough for two to meet in the middle of it."""
    published.clock.now = START + timedelta(days=3)
    return published.given(*(published.received() for _ in range(EVENTS)))


def follow(mode: Mode, directory: Path, size: int) -> None:
    """Fold the whole log in batches, as another process does that begins anew."""
    log, views = open_stores(mode, directory)
    engine = Engine(views, [AUDIT_TRAIL, Tally()])
    engine.prepare()
    head = log.head()
    for after in range(0, head, size):
        engine.fold(log.read(after, size))
    views.close()
    log.close()


def assert_nothing_twice(scenario: Scenario) -> None:
    """Two would have clashed on a primary key, and an event been parked."""
    head = scenario.log.head()
    engine = Engine(scenario.views, [AUDIT_TRAIL, Tally()])
    assert [(each.position, each.failed, each.waiting) for each in engine.status()] == [(head, 0, 0)] * 2
    assert (
        Tally().folded(scenario.views) == [each[0] for each in trail_rows(scenario.views)] == [*range(1, head + 1)]
    )


def test_many_make_the_tables_at_the_same_time(mode: Mode, tmp_path: Path) -> None:
    views = open_views(mode, tmp_path)
    engines = [Engine(views, [AUDIT_TRAIL, Tally()]) for _ in range(8)]
    for version in (1, 2):
        for engine in engines:
            engine._projections[1].version = version
        with ThreadPoolExecutor(len(engines)) as pool:
            for done in [pool.submit(engine.prepare) for engine in engines]:
                done.result()
        engines[0].fold(rows(1, 3))
        assert engines[1].position() == 3
    views.close()


def test_two_threads_fold_at_the_same_time_and_nothing_twice(busy: Scenario) -> None:
    Engine(busy.views, [AUDIT_TRAIL, Tally()]).prepare()
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(follow, busy.mode, busy.directory, size) for size in (3, 7, 20)]:
            done.result()
    assert_nothing_twice(busy)


def test_two_processes_fold_at_the_same_time_and_nothing_twice(busy: Scenario) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=follow, args=(busy.mode, busy.directory, size)) for size in (5, 11)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert_nothing_twice(busy)
