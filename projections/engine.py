"""Folds batches of the log into views; view and checkpoint change in one transaction.

Who drives it (the follower here, a worker elsewhere) may deliver again or stop at any moment: what lies at or
below a projection's checkpoint is skipped. An event that a projection cannot fold is parked, with the later
events of its subject behind it, before the checkpoint moves; the rest goes on.
"""

import logging
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple, Protocol

import msgspec
from sqlalchemy import MetaData, delete, func, insert, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from events.recorded import RecordedEvent, State, read_row
from infra.language import translate as _
from infra.log import Log, Row
from infra.observability.trace import fields_of
from infra.views import Connection, Views, ViewsError
from projections.labels import keep_labels
from projections.tables import CHECKPOINT, METADATA, PARKED

_log: Final = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())  # where no logs are set up, nothing is printed

MOST_FAILED: Final = 100
"""Events that may fail in one projection; beyond that the projection is broken, not the events."""


class Projection(Protocol):
    """One view: its tables, and how it folds events into them."""

    name: str
    version: int
    """Goes up with every change of the tables or the fold; the view is then folded anew."""
    metadata: MetaData

    def fold(self, events: Sequence[RecordedEvent], connection: Connection) -> None:
        """Fold events, in order, into the tables. However the log is cut into batches, they end the same."""


class OtherLogError(ViewsError):
    """The views were folded from another log than this one, or from one that was restored from an older copy."""

    def __init__(self, position: int) -> None:
        super().__init__(
            _(
                "the views do not belong to this log: what they hold at position {position} is not what the log"
                " holds there. Was the log restored from an older copy? Move the file of the views away (on"
                " PostgreSQL, drop the tables of the schema jejak_views); they are then made anew"
            ).format(position=position)
        )


class OtherVersionError(ViewsError):
    """The tables are those of a newer version of the projection."""

    def __init__(self, projection: str, version: int, known: int) -> None:
        super().__init__(
            _(
                "the view {projection} was made by a newer Jejak (version {version}, this one knows {known}): use"
                " the newer one, or move the file of the views away (on PostgreSQL, drop the tables of the schema"
                " jejak_views); they are then made anew"
            ).format(projection=projection, version=version, known=known)
        )


class HoleError(Exception):
    """The rows given do not go on from the checkpoint: positions are missing."""


class BrokenProjectionError(Exception):
    """So many events failed that the projection must be broken; nothing more is parked."""


class Status(msgspec.Struct, frozen=True):
    """How far a projection got: `failed` events were parked, and `waiting` ones behind them."""

    projection: str
    version: int
    position: int
    failed: int
    waiting: int
    errors: tuple[str, ...] = ()


class Engine:
    """Keeps a set of projections up to date."""

    def __init__(self, views: Views, projections: Sequence[Projection]) -> None:
        self._views = views
        self._projections = tuple(projections)

    def prepare(self) -> None:
        """Make the tables; begin anew every projection whose version is not the one in force.

        Several processes may do so at once.
        """
        with self._views.altering() as connection:
            METADATA.create_all(connection)
            keep_labels(connection)
            for projection in self._projections:
                statement = select(CHECKPOINT.c.version).where(CHECKPOINT.c.projection == projection.name)
                if connection.execute(statement).scalar() == projection.version:
                    continue
                # Whoever folds into the old tables now comes to an end first.
                version = connection.execute(statement.with_for_update()).scalar()
                if version is not None and version > projection.version:
                    raise OtherVersionError(projection.name, version, projection.version)
                projection.metadata.drop_all(connection)
                projection.metadata.create_all(connection)
                connection.execute(delete(PARKED).where(PARKED.c.projection == projection.name))
                start = {"version": projection.version, "position": 0, "digest": _BEFORE_THE_FIRST}
                if version is None:
                    connection.execute(insert(CHECKPOINT).values(projection=projection.name, **start))
                else:
                    own = CHECKPOINT.c.projection == projection.name
                    connection.execute(update(CHECKPOINT).where(own).values(**start))

    def verify(self, log: Log) -> None:
        """Make sure that the views were folded from this log, by projections of these versions.

        Raises:
            OtherLogError: the log does not hold what the checkpoints stand for.
            OtherVersionError: a newer program has taken the views over.

        """
        with self._views.reading() as connection:
            checkpoints = self._checkpoints(connection)
        for position, digest in {(row.position, row.digest) for row in checkpoints.values()}:
            rows = log.read(position - 1, 1) if position else []
            if position and (not rows or _digest(rows[0]) != digest):
                raise OtherLogError(position)

    def _checkpoints(self, connection: Connection, *, locked: bool = False) -> dict[str, Any]:
        """Return the checkpoints by projection; they are those of the versions in force.

        While they are locked, nobody else folds these projections: of two that do, one goes on from where the
        other got.
        """
        names = [projection.name for projection in self._projections]
        # In one order, so that two never wait for each other.
        statement = select(CHECKPOINT).where(CHECKPOINT.c.projection.in_(names)).order_by(CHECKPOINT.c.projection)
        rows = connection.execute(statement.with_for_update() if locked else statement)
        found = {row.projection: row for row in rows}
        for projection in self._projections:
            version = found[projection.name].version
            if version != projection.version:
                raise OtherVersionError(projection.name, version, projection.version)
        return {projection.name: found[projection.name] for projection in self._projections}

    def position(self) -> int:
        """Return the position up to which every projection has got."""
        return min((status.position for status in self.status()), default=0)

    def status(self) -> list[Status]:
        """Return how far each projection got."""
        with self._views.reading() as connection:
            checkpoints = {row.projection: row for row in connection.execute(select(CHECKPOINT))}
            counts = {
                (name, failed): count
                for name, failed, count in connection.execute(
                    select(PARKED.c.projection, PARKED.c.failed, func.count()).group_by(
                        PARKED.c.projection, PARKED.c.failed
                    )
                )
            }
            found = []
            for projection in self._projections:
                name, row = projection.name, checkpoints[projection.name]
                errors = connection.execute(
                    select(PARKED.c.error)
                    .where(PARKED.c.projection == name, PARKED.c.failed)
                    .order_by(PARKED.c.position)
                    .limit(3)
                ).scalars()
                failed, waiting = counts.get((name, True), 0), counts.get((name, False), 0)
                found.append(Status(name, row.version, row.position, failed, waiting, tuple(errors)))
        return found

    def fold(self, rows: Sequence[Row]) -> None:
        """Fold rows of the log, in order, into every projection that has not got so far yet.

        Raises:
            HoleError: the rows do not go on from a projection's checkpoint.
            OtherVersionError: a newer program has taken the views over.
            BrokenProjectionError: a projection fails on too many events.
            sqlalchemy.exc.DBAPIError: the database failed; nothing changed.

        """
        with self._views.writing() as connection:
            checkpoints = {name: row.position for name, row in self._checkpoints(connection, locked=True).items()}
            first = min(checkpoints.values())
            events, broken = _decoded(row for row in rows if row[0] > first)
            for projection in self._projections:
                checkpoint = checkpoints[projection.name]
                new = [event for event in events if event.position > checkpoint]
                unreadable = [each for each in broken if each.position > checkpoint]
                if not new and not unreadable:
                    continue
                if rows[0][0] > checkpoint + 1 or rows[-1][0] - rows[0][0] != len(rows) - 1:
                    raise HoleError(
                        f"{projection.name} is at {checkpoint}; the {len(rows)} rows given are not all from"
                        f" {rows[0][0]} to {rows[-1][0]}"
                    )
                _Folding(projection, connection).fold(new, unreadable)
                connection.execute(
                    update(CHECKPOINT)
                    .where(CHECKPOINT.c.projection == projection.name)
                    .values(position=rows[-1][0], digest=_digest(rows[-1]))
                )


_BEFORE_THE_FIRST: Final = b""


def _digest(row: Row) -> bytes:
    """Return what tells a row from every other: its state names its event and when it was recorded."""
    return sha256(row[2].encode()).digest()


class _Unreadable(NamedTuple):
    """A row whose state is damaged; `subject` is empty where even that cannot be read."""

    position: int
    subject: str
    error: str


def _decoded(rows: Iterable[Row]) -> tuple[list[RecordedEvent], list[_Unreadable]]:
    """Return the events of the rows, and those rows whose state cannot be read."""
    events, broken = [], []
    for position, topic, state in rows:
        try:
            events.append(read_row(position, topic, state))
        except msgspec.MsgspecError as error:
            broken.append(_Unreadable(position, _subject_in(state), f"{type(error).__name__}: {error}"))
    return events, broken


def _subject_in(state: str) -> str:
    try:
        subject = msgspec.json.decode(state, type=dict[str, Any]).get("subject")
    except msgspec.MsgspecError:
        return ""
    # PostgreSQL has no text with a NUL in it, and no event has such a subject.
    return subject if isinstance(subject, str) and "\0" not in subject else ""


def _is_of_the_database(error: Exception) -> bool:
    """Tell whether the database failed, and not what an event says: that is no reason to park it."""
    return isinstance(error, DBAPIError) and not isinstance(error, DataError | IntegrityError)


class _Folding:
    """One batch of one projection, inside the transaction."""

    def __init__(self, projection: Projection, connection: Connection) -> None:
        self._projection = projection
        self._connection = connection
        self._parked = set(
            connection.execute(
                select(PARKED.c.subject).where(PARKED.c.projection == projection.name).distinct()
            ).scalars()
        )

    def fold(self, events: Sequence[RecordedEvent], unreadable: Sequence[_Unreadable]) -> None:
        for row in unreadable:
            self._fold([event for event in events if event.position < row.position])
            self._park(row.position, row.subject, row.error, failed=True)
            events = [event for event in events if event.position > row.position]
        self._fold(events)

    def _fold(self, events: Sequence[RecordedEvent]) -> None:
        # Those of other subjects are still folded together: one parked event must not make all others slow.
        free = [event for event in events if event.state.subject not in self._parked]
        try:
            with self._connection.begin_nested():
                self._projection.fold(free, self._connection)
        except Exception as error:
            if _is_of_the_database(error):
                raise
            left = events  # whatever it is, they are folded one by one
        else:
            left = [event for event in events if event.state.subject in self._parked]
        for event in left:
            self._fold_one(event)

    def _fold_one(self, event: RecordedEvent) -> None:
        subject = event.state.subject
        if subject in self._parked:
            self._park(event.position, subject, "waits behind an event of the same subject", failed=False)
            return
        try:
            with self._connection.begin_nested():
                self._projection.fold([event], self._connection)
        except Exception as error:
            if _is_of_the_database(error):
                raise
            # A projection may fail in any way; the event is kept, not lost.
            reason = f"{type(error).__name__}: {error}"
            self._park(event.position, subject, reason, failed=True, state=event.state)

    def _park(self, position: int, subject: str, error: str, *, failed: bool, state: State | None = None) -> None:
        self._parked.add(subject)
        self._connection.execute(
            insert(PARKED).values(
                projection=self._projection.name,
                position=position,
                subject=subject,
                failed=failed,
                error=error.replace("\0", r"\0"),
            )
        )
        if failed:
            about = {"projection": self._projection.name, "position": position, "subject": subject, "error": error}
            _log.warning("event parked", extra=about if state is None else about | fields_of(state))
            self._refuse_to_park_everything(error)

    def _refuse_to_park_everything(self, error: str) -> None:
        statement = select(func.count()).where(PARKED.c.projection == self._projection.name, PARKED.c.failed)
        if self._connection.execute(statement).scalar_one() > MOST_FAILED:
            raise BrokenProjectionError(
                _(
                    "the projection {name} fails on more than {most} events, last: {error}; it is broken, mend it"
                    " and start again"
                ).format(name=self._projection.name, most=MOST_FAILED, error=error)
            )
