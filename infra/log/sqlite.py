"""The log in one SQLite file, as a persistence module of eventsourcing.

A commit that was answered survives a power cut (`infra.sqlite_file`). One writer at a time takes
BEGIN IMMEDIATE before it reads the head, so positions have no gap and a tailing reader misses nothing.
"""

import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from eventsourcing import persistence, sqlite
from eventsourcing.utils import Environment, EnvType

from infra.failures import why
from infra.language import translate as _
from infra.log import LogError, NewRow, Reading, StoredRow, Writing
from infra.log.recorder import SQLRecorder
from infra.log.sqlite_bulk import append
from infra.slices import slices
from infra.sqlite_file import LOCK_SECONDS, settle

SCHEMA_VERSION: Final = 1
APPLICATION_ID: Final = 0x4A656A6B  # "Jejk": tells `file` and us that a database is a log of Jejak

_CREATE: Final = (
    """
    CREATE TABLE IF NOT EXISTS log (
        position INTEGER PRIMARY KEY,
        originator_id BLOB NOT NULL,
        originator_version INTEGER NOT NULL,
        topic TEXT NOT NULL,
        state TEXT NOT NULL,
        event_id BLOB,
        UNIQUE (originator_id, originator_version)
    )
    """,
    "CREATE UNIQUE INDEX IF NOT EXISTS log_event_id ON log (event_id) WHERE event_id IS NOT NULL",
    """
    CREATE INDEX IF NOT EXISTS log_voided ON log (originator_id)
    WHERE topic = 'id.jejak.step.voided.v1'
    """,
)

_COLUMNS: Final = "position, originator_id, originator_version, topic, state, event_id"
_POLL_SECONDS: Final = 0.01

_ERRORS: Final = (
    (sqlite3.IntegrityError, persistence.IntegrityError),
    (sqlite3.OperationalError, persistence.OperationalError),
    (sqlite3.DataError, persistence.DataError),
    (sqlite3.InternalError, persistence.InternalError),
    (sqlite3.ProgrammingError, persistence.ProgrammingError),
    (sqlite3.NotSupportedError, persistence.NotSupportedError),
    (sqlite3.DatabaseError, persistence.DatabaseError),
    (sqlite3.InterfaceError, persistence.InterfaceError),
)


@contextmanager
def _library_errors() -> Iterator[None]:
    """Raise SQLite's errors as those of eventsourcing."""
    try:
        yield
    except sqlite3.Error as error:
        for ours, theirs in _ERRORS:
            if isinstance(error, ours):
                raise theirs(str(error)) from error
        raise persistence.PersistenceError(str(error)) from error


class Pool(sqlite.SQLiteConnectionPool):
    """Connections with the settings that the log is measured with."""

    def _create_connection(self) -> sqlite.SQLiteConnection:
        _refuse_foreign_file(Path(self.db_name))
        self.is_journal_mode_wal = True  # `settle` sees to it, and waits where the library would fail
        with _library_errors():
            connection = super()._create_connection()
            settle(connection._sqlite_conn)  # noqa: SLF001 - the library gives no other way to it
        return connection


class Datastore(sqlite.SQLiteDatastore):
    """The file of the log and its connections."""

    def __init__(self, db_name: str, lock_timeout: int | None = None) -> None:
        super().__init__(db_name, lock_timeout=lock_timeout)
        self.pool = Pool(db_name=db_name, lock_timeout=lock_timeout or LOCK_SECONDS)


class SQLiteReading(Reading):
    """The log through one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def first(self) -> StoredRow | None:  # noqa: D102 - see Reading
        rows = self._rows(f"SELECT {_COLUMNS} FROM log WHERE position = ?", (1,))
        return rows[0] if rows else None

    def head(self) -> StoredRow | None:  # noqa: D102 - see Reading
        rows = self._rows(f"SELECT {_COLUMNS} FROM log ORDER BY position DESC LIMIT 1", ())
        return rows[0] if rows else None

    def rows(self, after: int, limit: int) -> list[StoredRow]:  # noqa: D102 - see Reading
        return self._rows(
            f"SELECT {_COLUMNS} FROM log WHERE position > ? ORDER BY position LIMIT ?", (after, limit)
        )

    def find(self, event_ids: Collection[bytes]) -> list[StoredRow]:  # noqa: D102 - see Reading
        return self._select("event_id IN ({}) AND event_id IS NOT NULL", event_ids)

    def streams(self, originator_ids: Collection[bytes]) -> list[StoredRow]:  # noqa: D102 - see Reading
        return sorted(self._select("originator_id IN ({})", originator_ids))

    def voided(self, originator_ids: Collection[bytes]) -> list[StoredRow]:  # noqa: D102 - see Reading
        return self._select("originator_id IN ({}) AND topic = 'id.jejak.step.voided.v1'", originator_ids)

    def _select(self, condition: str, values: Collection[Any]) -> list[StoredRow]:
        found: list[StoredRow] = []
        for some in slices(values):
            marks = ",".join("?" * len(some))
            found += self._rows(f"SELECT {_COLUMNS} FROM log WHERE {condition.format(marks)}", some)
        return found

    def _rows(self, statement: str, values: Sequence[Any]) -> list[StoredRow]:
        return [StoredRow(*row) for row in _fetch(self._connection, statement, values)]


class SQLiteWriting(SQLiteReading, Writing):
    """The log under BEGIN IMMEDIATE."""

    def append(self, rows: Sequence[NewRow]) -> None:  # noqa: D102 - see Writing
        append(self._connection, rows)


class LogRecorder(SQLRecorder, sqlite.SQLiteApplicationRecorder):  # type: ignore[misc]  # it forgets the empty log
    """The log in one file."""

    _table = "log"
    _mark = "?"
    datastore: Datastore

    def __init__(self, datastore: Datastore) -> None:
        super().__init__(datastore, events_table_name="log")

    def construct_create_table_statements(self) -> list[str]:
        """Return the statements that make the log."""
        return list(_CREATE)

    def create_table(self) -> None:
        """Make the log where there is none yet.

        Raises:
            LogError: it was made by a newer Jejak.

        """
        with _library_errors(), self._connection(for_writing=True) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == SCHEMA_VERSION:
                return
            if version > SCHEMA_VERSION:
                sentence = _("the log has schema {version}, this Jejak knows {known}: use a newer one")
                raise LogError(sentence.format(version=version, known=SCHEMA_VERSION))
            with _immediate(connection):
                for statement in self.create_table_statements:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def wait(self, after: int, seconds: float) -> bool:  # noqa: D102 - see Log
        until = time.monotonic() + seconds
        while self.head() <= after:
            if time.monotonic() >= until:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    @contextmanager
    def reading(self) -> Iterator[Reading]:  # noqa: D102 - see Log
        with _library_errors(), self._connection() as connection:
            yield SQLiteReading(connection)

    @contextmanager
    def writing(self) -> Iterator[Writing]:  # noqa: D102 - see Log
        with _library_errors(), self._connection(for_writing=True) as connection, _immediate(connection):
            yield SQLiteWriting(connection)

    def close(self) -> None:  # noqa: D102 - see Log
        self._background.shutdown()
        self.datastore.close()

    def _select(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with _library_errors(), self._connection() as connection:
            return _fetch(connection, statement, values)

    @contextmanager
    def _connection(self, *, for_writing: bool = False) -> Iterator[sqlite3.Connection]:
        with self.datastore.get_connection(commit=for_writing) as pooled:
            connection = pooled._sqlite_conn  # noqa: SLF001 - the library gives no other way to its cursor settings
            connection.row_factory = None
            yield connection


class Factory(sqlite.SQLiteFactory):
    """Makes the log's recorder for an eventsourcing application (PERSISTENCE_MODULE=infra.log.sqlite)."""

    application_recorder_class: type[sqlite.SQLiteApplicationRecorder] = LogRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self.datastore.close()
        self.datastore = Datastore(self.datastore.pool.db_name, self.datastore.pool.lock_timeout)


def open_log(path: Path) -> LogRecorder:
    """Open the log in the file `path`, and make it where there is none.

    Raises:
        LogError: the file cannot be used.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        recorder = LogRecorder(Datastore(str(path)))
        recorder.create_table()
    except (OSError, persistence.PersistenceError) as error:
        raise LogError(_("cannot open the log {path}: {error}").format(path=path, error=why(error))) from error
    return recorder


def _fetch(connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a statement; bytes that are no UTF-8 come as escapes, which are no JSON either."""
    try:
        return connection.execute(statement, values).fetchall()
    except sqlite3.OperationalError as error:
        if "decode to UTF-8" not in str(error):
            raise
    # One damaged row must not hide all others, and a decoder in Python for every text would slow down every read.
    connection.text_factory = _escaped
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.text_factory = str


def _escaped(text: bytes) -> str:
    return text.decode(errors="backslashreplace")


@contextmanager
def _immediate(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have rolled the transaction back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _refuse_foreign_file(path: Path) -> None:
    """Raise before SQLite changes anything in a file that is not ours.

    Source: the database header, sections 1.3.1 and 1.3.16 of SQLite's file format.
    """
    if not path.is_file() or not path.stat().st_size:
        return
    with path.open("rb") as file:
        header = file.read(100)
    if not header.startswith(b"SQLite format 3\0"):
        raise LogError(_("{path} is not a database").format(path=path))
    # 0 while the pages that say so are still in the write-ahead log.
    if int.from_bytes(header[68:72]) not in (0, APPLICATION_ID):
        raise LogError(_("{path} is a database of another program").format(path=path))
