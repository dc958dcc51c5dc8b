"""The log on PostgreSQL: eventsourcing's own tests, one order whoever writes, and a connection that is lost."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from eventsourcing.persistence import InfrastructureFactory, IntegrityError

from infra.clock import system_clock
from infra.log import ConnectionLostError, LogError, NewRow, StoredRow, postgresql
from infra.log.postgresql import LogRecorder, open_log
from infra.migrations import migrate
from services.publishing.answers import Outcome
from services.publishing.publisher import Publisher
from tests.faults.logs import untidy_flow
from tests.faults.proxy import Proxy
from tests.integration.infra.recorder import LogRecorderTestCase
from tests.scenario import REGIONS


@pytest.fixture
def migrated(database: str) -> str:
    """A database with the schema, and nothing in it."""
    migrate(database)
    return database


@pytest.fixture
def log(migrated: str) -> Iterator[LogRecorder]:
    opened = open_log(migrated)
    yield opened
    opened.close()


class TestLogRecorder(LogRecorderTestCase):
    @pytest.fixture(autouse=True)
    def _migrated(self, migrated: str) -> None:
        self.url = migrated

    def open_log(self) -> LogRecorder:
        return open_log(self.url)

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


def test_it_is_a_persistence_module_of_eventsourcing(migrated: str) -> None:
    factory = InfrastructureFactory.construct(
        {"PERSISTENCE_MODULE": "infra.log.postgresql", "POSTGRES_URL": migrated}
    )
    recorder = factory.application_recorder()
    assert isinstance(recorder, LogRecorder)
    assert recorder.max_notification_id() is None
    recorder.close()


def row(position: int, *, event: bytes | None = None) -> NewRow:
    return (
        position,
        uuid4().bytes,
        1,
        "id.jejak.item.shared.v1",
        b'{"holder":"kim-bagelen"}',
        event or uuid4().bytes,
    )


def append(log: LogRecorder, count: int) -> list[NewRow]:
    with log.writing() as writing:
        head = writing.head()
        first = (head.position if head else 0) + 1
        rows = [row(first + number) for number in range(count)]
        writing.append(rows)
    return rows


def test_a_row_shows_as_uuids_and_json_text(log: LogRecorder, migrated: str) -> None:
    (mine,) = append(log, 1)
    with psycopg.connect(migrated) as connection:
        found = connection.execute("SELECT originator_id, event_id, state FROM jejak.log").fetchone()
    assert found == (UUID(bytes=mine[1]), UUID(bytes=mine[5] or b""), '{"holder":"kim-bagelen"}')


def test_what_was_appended_is_found(log: LogRecorder) -> None:
    rows = append(log, 3)
    whole = [StoredRow(*each[:4], each[4].decode(), each[5]) for each in rows]
    with log.reading() as reading:
        assert (reading.first(), reading.head()) == (whole[0], whole[2])
        assert reading.find([each[5] or b"" for each in rows[1:]] + [uuid4().bytes]) == whole[1:]
        assert reading.streams([each[1] for each in reversed(rows)]) == whole
        assert reading.voided([rows[0][1]]) == reading.find([]) == reading.streams([]) == []
    assert log.read(1, 1) == [(2, rows[1][3], whole[1].state)]


def test_an_event_is_recorded_once(log: LogRecorder) -> None:
    (first,) = append(log, 1)
    with pytest.raises(IntegrityError), log.writing() as writing:
        writing.append([row(2), row(3, event=first[5])])
    assert log.head() == 1


def test_what_raises_in_the_block_is_rolled_back(log: LogRecorder) -> None:
    def fail() -> None:
        with log.writing() as writing:
            writing.append([row(1)])
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert log.head() == 0


def test_rows_are_appended_only_after_the_row_that_was_decided_on(log: LogRecorder) -> None:
    rows = [row(1), row(2)]
    assert log.append_after(None, rows[:1]).result()
    assert not log.append_after(None, [row(1)]).result()
    with log.reading() as reading:
        head = reading.head()
    assert log.append_after(head, rows[1:]).result()
    assert log.head() == 2


# -- many at once ---------------------------------------------------------------------------------------


def test_a_reader_that_tails_the_log_misses_nothing_of_two_writers(log: LogRecorder, migrated: str) -> None:
    others = [open_log(migrated) for _ in range(2)]
    seen: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(append, other, 1 + number % 7) for number in range(150) for other in others]
        while not all(writer.done() for writer in writers) or log.head() > len(seen):
            if log.wait(len(seen), 0.1):
                seen += [position for position, _, _ in log.read(len(seen), 50)]
    for other in others:
        other.close()
    written = sum(len(writer.result()) for writer in writers)
    assert seen == list(range(1, written + 1))


def test_publishers_of_the_same_events_record_each_once_in_time(migrated: str) -> None:
    lines = untidy_flow(2_000, seed=3)

    def publish(first: int) -> int:
        log = open_log(migrated)
        publisher = Publisher(log, REGIONS, clock=system_clock)
        some = [lines[at : at + 50] for at in range(0, len(lines), 50)]
        answers = [answer for each in publisher.publish_each(some[first:]) for answer in each]
        log.close()
        assert Outcome.REFUSED not in {answer.outcome for answer in answers}
        return sum(answer.outcome is Outcome.ACCEPTED for answer in answers)

    with ThreadPoolExecutor(3) as pool:
        accepted = list(pool.map(publish, (0, 0, 0)))
    log = open_log(migrated)
    rows = log.read(0, 10_000)
    log.close()
    assert sum(accepted) == len(rows) == len(lines)
    assert [position for position, _, _ in rows] == list(range(1, len(rows) + 1))
    recorded = [msgspec.json.decode(state)["recorded_at"] for _, _, state in rows]
    assert recorded == sorted(recorded)


def test_who_waits_is_woken_by_the_commit(log: LogRecorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_POLL_SECONDS", 60)
    woken: list[float] = []

    def wait() -> None:
        assert log.wait(0, 60)
        woken.append(time.perf_counter())

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    with log.writing() as writing:
        writing.append([row(1)])
        time.sleep(0.2)
        assert not woken
    committed = time.perf_counter()
    waiting.join()
    assert woken[0] - committed < 1


def test_who_waits_looks_even_if_nobody_wakes_him(log: LogRecorder, migrated: str) -> None:
    assert not log.wait(0, 0.05)
    with psycopg.connect(migrated) as connection:
        connection.execute("SET session_replication_role = replica")  # no trigger fires
        threading.Timer(0.2, connection.commit).start()
        connection.execute("INSERT INTO jejak.log VALUES (1, gen_random_uuid(), 1, 'x', '{}')")
        assert log.wait(0, 10)


def test_a_lock_that_is_held_too_long_is_named(migrated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "_SETTINGS", "SET lock_timeout = '100ms'")
    one, other = open_log(migrated), open_log(migrated)
    with one.writing(), pytest.raises(LogError, match="held the log's lock"), other.writing():
        pass
    assert len(append(other, 1)) == 1
    one.close()
    other.close()


# -- a connection that is lost --------------------------------------------------------------------------


def cut(url: str) -> None:
    """End every other connection to the database, as a server does that goes down."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_connection_lost_before_the_commit_records_nothing(log: LogRecorder, migrated: str) -> None:
    def lose() -> None:
        with log.writing() as writing:
            writing.append([row(1)])
            cut(migrated)

    with pytest.raises(ConnectionLostError):
        lose()
    assert log.head() == 0
    assert len(append(log, 1)) == 1


def test_a_reader_does_not_notice_that_its_connection_was_lost(log: LogRecorder, migrated: str) -> None:
    append(log, 1)
    cut(migrated)
    assert log.head() == 1


def test_publishing_begins_again_when_the_connection_is_lost(log: LogRecorder, migrated: str) -> None:
    lines = untidy_flow(300, seed=4)
    publisher = Publisher(log, REGIONS)
    batches = [lines[at : at + 50] for at in range(0, len(lines), 50)]
    answers = []
    for each in publisher.publish_each(batches):
        answers += each
        cut(migrated)
    assert {answer.outcome for answer in answers} == {Outcome.ACCEPTED}
    assert [answer.position for answer in answers] == list(range(1, len(lines) + 1))
    assert log.head() == len(lines)


@pytest.fixture
def proxy(migrated: str) -> Iterator[Proxy]:
    with Proxy(migrated) as made:
        yield made


@pytest.fixture
def distant(proxy: Proxy) -> Iterator[LogRecorder]:
    """The log through the proxy."""
    opened = open_log(proxy.url)
    yield opened
    opened.close()


def test_a_commit_whose_answer_is_lost_is_looked_up(distant: LogRecorder, proxy: Proxy) -> None:
    append(distant, 2)
    proxy.swallows = True
    append(distant, 3)
    assert proxy.swallowed == 1
    assert [position for position, _, _ in distant.read(0, 10)] == [1, 2, 3, 4, 5]
    with distant.reading() as reading:
        head = reading.head()
    proxy.swallows = True
    assert distant.append_after(head, [row(6)]).result()
    assert proxy.swallowed == 2
    assert distant.head() == 6


def test_events_are_answered_as_accepted_though_the_answer_to_the_commit_is_lost(
    distant: LogRecorder, proxy: Proxy
) -> None:
    lines = untidy_flow(200, seed=5)
    publisher = Publisher(distant, REGIONS)
    proxy.swallows = True
    answers = publisher.publish(lines[:100])
    proxy.swallows = True
    answers += [answer for each in publisher.publish_each([lines[100:]]) for answer in each]
    assert proxy.swallowed == 2
    assert {answer.outcome for answer in answers} == {Outcome.ACCEPTED}
    assert distant.head() == len(lines)
