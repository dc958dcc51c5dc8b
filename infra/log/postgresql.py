"""The log on PostgreSQL, as a persistence module of eventsourcing.

One writer at a time takes an advisory lock before it reads the head, and PostgreSQL lets it go after the commit
has become visible. So positions have no gap, and a tailing reader misses nothing. `LOCK TABLE` would do the
same, but needs rights that the application has not: to update or delete.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from eventsourcing import persistence
from psycopg import Connection
from psycopg.types.string import ByteaBinaryLoader, BytesBinaryDumper
from psycopg_pool import ConnectionPool, PoolTimeout

from infra.language import translate as _
from infra.log import ConnectionLostError, LogError, NewRow, Reading, StoredRow, Writing, stored
from infra.log.recorder import SQLRecorder
from infra.migrations import check_schema
from infra.postgresql import CONNECT_SECONDS, act_as_application, connect, reason

LOCK_SECONDS: Final = 60
"""How long a writer waits for another one."""
ANSWER_SECONDS: Final = 30
"""How long whoever needs a connection waits for a server that is away."""
_MOST_CONNECTIONS: Final = 10
_POLL_SECONDS: Final = 1.0
"""A follower looks at the log so often even if no notification wakes it."""

# All of the log's statements are served by an index, and their plans never depend on the values: they are planned
# once a connection, without a look at statistics that lag behind a log that grows.
_SETTINGS: Final = f"""
    SET lock_timeout = '{LOCK_SECONDS}s';
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
"""
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('jejak.log', 0))"
_CHANNEL: Final = "jejak_log"
"""A trigger of the log notifies here."""

_COLUMNS: Final = "position, originator_id, originator_version, topic, state, event_id"
_LAST: Final = "ORDER BY position DESC LIMIT 1"
_SELECT_HEAD: Final = f"SELECT {_COLUMNS} FROM jejak.log {_LAST}"
_COPY: Final = f"COPY jejak.log ({_COLUMNS}) FROM STDIN (FORMAT BINARY)"
# How each value is sent, not what its column is: a uuid and a text in UTF-8 are in binary the bytes that they are.
_AS_SENT: Final = ("int8", "bytea", "int4", "text", "bytea", "bytea")

_ERRORS: Final = (
    (psycopg.IntegrityError, persistence.IntegrityError),
    (psycopg.OperationalError, persistence.OperationalError),
    (psycopg.DataError, persistence.DataError),
    (psycopg.InternalError, persistence.InternalError),
    (psycopg.ProgrammingError, persistence.ProgrammingError),
    (psycopg.NotSupportedError, persistence.NotSupportedError),
    (psycopg.InterfaceError, persistence.InterfaceError),
    (psycopg.DatabaseError, persistence.DatabaseError),
)

LogConnection = Connection[tuple[Any, ...]]


class _UuidDumper(BytesBinaryDumper):
    """Sends 16 bytes as a uuid: the log knows ids as bytes, and no object is made for each."""

    oid = psycopg.adapters.types["uuid"].oid


def _configure(connection: LogConnection) -> None:
    connection.adapters.register_loader("uuid", ByteaBinaryLoader)
    connection.adapters.register_dumper(bytes, _UuidDumper)
    act_as_application(connection)
    connection.execute(_SETTINGS, prepare=False)  # several at once


class PostgresReading(Reading):
    """The log through one connection."""

    def __init__(self, connection: LogConnection) -> None:
        self._connection = connection

    def first(self) -> StoredRow | None:  # noqa: D102 - see Reading
        return self.at(1)

    def at(self, position: int) -> StoredRow | None:
        """Return the row at a position."""
        rows = self._rows("WHERE position = %s", position)
        return rows[0] if rows else None

    def head(self) -> StoredRow | None:  # noqa: D102 - see Reading
        rows = self._rows(_LAST)
        return rows[0] if rows else None

    def rows(self, after: int, limit: int) -> list[StoredRow]:  # noqa: D102 - see Reading
        return self._rows("WHERE position > %s ORDER BY position LIMIT %s", after, limit)

    def find(self, event_ids: Collection[bytes]) -> list[StoredRow]:  # noqa: D102 - see Reading
        return self._rows("WHERE event_id = ANY (%b)", list(event_ids)) if event_ids else []

    def streams(self, originator_ids: Collection[bytes]) -> list[StoredRow]:  # noqa: D102 - see Reading
        if not originator_ids:
            return []
        return self._rows("WHERE originator_id = ANY (%b) ORDER BY position", list(originator_ids))

    def voided(self, originator_ids: Collection[bytes]) -> list[StoredRow]:  # noqa: D102 - see Reading
        if not originator_ids:
            return []
        condition = "WHERE originator_id = ANY (%b) AND topic = 'id.jejak.step.voided.v1'"
        return self._rows(condition, list(originator_ids))

    def _rows(self, which: str, *values: object) -> list[StoredRow]:
        cursor = self._connection.cursor(binary=True)
        cursor.execute(f"SELECT {_COLUMNS} FROM jejak.log {which}", values)
        return [StoredRow._make(row) for row in cursor]


class PostgresWriting(PostgresReading, Writing):
    """The log under its lock."""

    def __init__(self, connection: LogConnection, head: StoredRow | None) -> None:
        super().__init__(connection)
        self._head = head
        self.last: StoredRow | None = None
        """The last row appended."""

    def head(self) -> StoredRow | None:  # noqa: D102 - see Reading
        return self.last or self._head

    def append(self, rows: Sequence[NewRow]) -> None:  # noqa: D102 - see Writing
        if not rows:
            return
        with self._connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.set_types(_AS_SENT)
            for row in rows:
                copy.write_row(row)
        self.last = stored(rows[-1])


class LogRecorder(SQLRecorder):
    """The log in one database."""

    _table = "jejak.log"
    _mark = "%s"

    def __init__(self, url: str) -> None:
        super().__init__()
        self._pool: ConnectionPool[LogConnection] = ConnectionPool(
            url,
            kwargs={"autocommit": True, "prepare_threshold": 0, "connect_timeout": CONNECT_SECONDS},
            min_size=1,
            max_size=_MOST_CONNECTIONS,
            timeout=ANSWER_SECONDS,
            configure=_configure,
            num_workers=1,
            open=True,
        )

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> persistence.Subscription[persistence.ApplicationRecorder]:
        """Return what is recorded after a position, and what will be, as it comes."""
        return LogSubscription(self, gt, topics)

    def wait(self, after: int, seconds: float) -> bool:  # noqa: D102 - see Log
        until = time.monotonic() + seconds
        if self.head() > after:
            return True
        with self._connection() as connection:
            # First listen, then look: what is recorded in between is seen, and what comes later is heard.
            connection.execute(f"LISTEN {_CHANNEL}")
            while not (found := self._head(connection) > after):
                left = until - time.monotonic()
                if left <= 0:
                    break
                list(connection.notifies(timeout=min(left, _POLL_SECONDS), stop_after=1))
            connection.execute(f"UNLISTEN {_CHANNEL}")
        return found

    @contextmanager
    def reading(self) -> Iterator[Reading]:  # noqa: D102 - see Log
        with self._connection() as connection:
            yield PostgresReading(connection)

    @contextmanager
    def writing(self) -> Iterator[PostgresWriting]:  # noqa: D102 - see Log
        writing, decided = None, False
        try:
            with self._connection() as connection:  # the pool commits, or rolls back
                with connection.pipeline():  # one wait for all three
                    connection.execute("BEGIN")
                    connection.execute(_LOCK)
                    head = connection.cursor(binary=True).execute(_SELECT_HEAD)
                writing = PostgresWriting(connection, next(map(StoredRow._make, head), None))
                yield writing
                decided = True
        except ConnectionLostError:
            # The answer to the commit may be all that was lost.
            if not (decided and writing and writing.last and self._holds(writing.last)):
                raise

    def _holds(self, row: StoredRow) -> bool:
        """Tell whether a row is recorded, once whoever has the lock is done: a commit under way, too."""
        with self.writing() as writing:
            return writing.at(row.position) == row

    def close(self) -> None:  # noqa: D102 - see Log
        self._background.shutdown()
        self._pool.close()

    def _head(self, connection: LogConnection) -> int:
        row = connection.execute("SELECT max(position) FROM jejak.log").fetchone()
        return row[0] or 0 if row else 0

    def _select(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._fetch(statement, *values)
        except ConnectionLostError:  # perhaps long ago, while it lay idle
            return self._fetch(statement, *values)

    def _fetch(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connection() as connection:
            return connection.cursor(binary=True).execute(statement, values).fetchall()

    @contextmanager
    def _connection(self) -> Iterator[LogConnection]:
        """Give a connection; raise PostgreSQL's errors as those of eventsourcing."""
        connection = None
        try:
            with self._pool.connection() as connection:
                yield connection
        except psycopg.Error as error:
            if connection is not None and connection.broken:
                self._pool.check()  # most likely the others broke with it
            raise _library_error(error, connection) from error


class LogSubscription(persistence.Subscription[LogRecorder]):
    """What is recorded after a position, one event after the other, waiting for those to come."""

    _LIMIT: Final = 500
    _waiting: Sequence[persistence.Notification] = ()

    def __next__(self) -> persistence.Notification:
        while not self._has_been_stopped:
            if self._waiting:
                first, *self._waiting = self._waiting
                return first
            after = self._last_notification_id or 0
            if self._recorder.wait(after, _POLL_SECONDS):
                head = self._recorder.head()
                self._waiting = self._recorder.select_notifications(
                    after, self._LIMIT, head, self._topics, inclusive_of_start=False
                )
                full = len(self._waiting) == self._LIMIT
                self._last_notification_id = self._waiting[-1].id if full else head
        raise StopIteration


class Factory(persistence.InfrastructureFactory[persistence.TrackingRecorder]):
    """Makes the log's recorder for an eventsourcing application (PERSISTENCE_MODULE=infra.log.postgresql).

    Its database is the libpq URL of POSTGRES_URL.
    """

    def application_recorder(self) -> LogRecorder:
        """Open the log."""
        url = self.env.get("POSTGRES_URL")
        if not url:
            raise persistence.InfrastructureFactoryError("POSTGRES_URL names no database")
        return open_log(url)

    def aggregate_recorder(self, purpose: str = "events") -> persistence.AggregateRecorder:
        """Raise: Jejak keeps no snapshots."""
        raise NotImplementedError(purpose)

    def tracking_recorder(
        self, tracking_recorder_class: type[persistence.TrackingRecorder] | None = None
    ) -> persistence.TrackingRecorder:
        """Raise: the engine keeps its own checkpoints."""
        raise NotImplementedError(tracking_recorder_class)

    def process_recorder(self) -> persistence.ProcessRecorder:
        """Raise: the engine keeps its own checkpoints."""
        raise NotImplementedError


def open_log(url: str) -> LogRecorder:
    """Open the log in the database of a libpq URL; `infra.migrations.migrate` makes it.

    Raises:
        PostgresError: the database cannot be used, or its schema is not of this Jejak.

    """
    # Looked at by a connection of its own: the pool tries again and again, and does not say why.
    with connect(url) as connection:
        check_schema(connection)
        act_as_application(connection)
    return LogRecorder(url)


def _library_error(error: psycopg.Error, connection: LogConnection | None) -> Exception:
    """Return what eventsourcing calls an error."""
    if isinstance(error, PoolTimeout):
        sentence = _("PostgreSQL has not answered for {seconds} seconds").format(seconds=ANSWER_SECONDS)
        return persistence.OperationalError(sentence)
    if connection is not None and connection.broken:
        return ConnectionLostError(reason(error))
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return LogError(
            _(
                "somebody else has held the log's lock for {seconds} seconds; nothing was recorded. Look for a"
                " transaction that hangs (SELECT * FROM pg_stat_activity), then publish again"
            ).format(seconds=LOCK_SECONDS)
        )
    for ours, theirs in _ERRORS:
        if isinstance(error, ours):
            return theirs(reason(error))
    return persistence.PersistenceError(reason(error))
