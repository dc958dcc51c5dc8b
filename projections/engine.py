"""Folds batches of the log into views; view and checkpoint change in one transaction.

Who drives it (the follower here, a worker elsewhere) may deliver again or stop at any moment: what lies at or
below a projection's checkpoint is skipped. An event that a projection cannot fold is parked, with the later
events of its subject behind it, before the checkpoint moves; the rest goes on.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import chain
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import msgspec
from sqlalchemy import ColumnElement, MetaData, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from events.fields import microseconds
from events.recorded import RecordedEvent, State, read_row
from infra.clock import Clock, system_clock
from infra.language import translate as _
from infra.log import Log, Row
from infra.observability.trace import fields_of, log_traced
from infra.views import Connection, Views, ViewsError, among
from projections.checkpoints import HowFarSent, checkpoints, reached
from projections.labels import keep_labels
from projections.tables import CHECKPOINT, PARKED, make_tables

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
    partitioned: bool
    """Whether subjects may be folded apart from each other; else it needs the one order of the log."""

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


class OtherPartitionsError(ViewsError):
    """The views were folded on another number of partitions."""

    def __init__(self, projection: str, partitions: int, known: int) -> None:
        super().__init__(
            _(
                "the view {projection} was folded on {partitions} partitions, here are {known}: set"
                " kafka_partitions as it was, or change it with jejak partitions"
            ).format(projection=projection, partitions=partitions, known=known)
        )


class HoleError(Exception):
    """The rows given do not go on from the checkpoint: positions are missing."""


class MissingRowError(HoleError):
    """The log itself lacks a row between others."""

    def __init__(self, position: int) -> None:
        super().__init__(
            _(
                "position {position} is missing in the log: somebody took the row out, or the file is damaged. Run"
                " jejak verify, and restore the log from a backup"
            ).format(position=position)
        )


class BrokenProjectionError(Exception):
    """So many events failed that the projection must be broken; nothing more is parked."""


class Checkpoint(NamedTuple):
    """How far a partition was folded, when it came there (in microseconds), and the last that was sent on it.

    `sent` is None where nobody sends: the log itself is read.
    """

    partition: int
    position: int
    moved_at: int
    sent: int | None


class Status(msgspec.Struct, frozen=True):
    """How far a projection got: `failed` events were parked, and `waiting` ones behind them."""

    projection: str
    version: int
    position: int
    failed: int
    waiting: int
    errors: tuple[str, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()

    @property
    def is_folded_by_workers(self) -> bool:
        """Whether it is folded from what was sent, and not from the log itself."""
        return any(each.sent is not None for each in self.checkpoints)


class Folded(NamedTuple):
    """How far one state of the views goes: everything up to `complete`, and some of it up to `farthest`."""

    complete: int
    farthest: int


class Engine:
    """Keeps a set of projections up to date.

    The subjects of the log are cut into partitions, which may be folded apart from each other, by different
    processes. A projection that is not partitioned has one checkpoint, and follows the log itself. Where workers
    fold, `how_far_sent` tells what was sent to them.
    """

    def __init__(
        self,
        views: Views,
        projections: Sequence[Projection],
        partitions: int = 1,
        how_far_sent: HowFarSent | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self._views = views
        self._projections = tuple(projections)
        self._partitions = partitions
        self._has_workers = how_far_sent is not None
        self._how_far_sent = how_far_sent or (lambda _: {})
        self._clock = clock

    def prepare(self) -> None:
        """Make the tables; begin anew every projection whose version is not the one in force.

        Several processes may do so at once.

        Raises:
            OtherVersionError: a newer program has taken the views over.
            OtherPartitionsError: the views were folded on another number of partitions.

        """
        with self._views.altering() as connection:
            make_tables(connection)
            keep_labels(connection)
            for projection in self._projections:
                own = CHECKPOINT.c.projection == projection.name
                if self._is_in_force(projection, checkpoints(connection, own)):
                    continue
                # Whoever folds into the old tables now comes to an end first.
                if self._is_in_force(projection, checkpoints(connection, own, locked=True)):
                    continue
                projection.metadata.drop_all(connection)
                projection.metadata.create_all(connection)
                connection.execute(delete(PARKED).where(PARKED.c.projection == projection.name))
                connection.execute(delete(CHECKPOINT).where(own))
                start = {
                    "projection": projection.name,
                    "version": projection.version,
                    "position": 0,
                    "digest": _BEFORE_THE_FIRST,
                    "moved_at": microseconds(self._clock()),
                }
                connection.execute(
                    insert(CHECKPOINT), [start | {"partition": one} for one in self._of(projection)]
                )

    def _of(self, projection: Projection) -> range:
        """Return the partitions of a projection."""
        return range(self._partitions if projection.partitioned else 1)

    def _is_in_force(self, projection: Projection, rows: Sequence[Any]) -> bool:
        """Tell whether the checkpoints of a projection are those of its version, and not of an older one."""
        versions = {row.version for row in rows}
        if any(version > projection.version for version in versions):
            raise OtherVersionError(projection.name, max(versions), projection.version)
        if versions != {projection.version}:
            return False
        if len(rows) != len(self._of(projection)):
            raise OtherPartitionsError(projection.name, len(rows), len(self._of(projection)))
        return True

    def verify(self, log: Log) -> None:
        """Make sure that the views were folded from this log, by projections of these versions.

        Raises:
            OtherLogError: the log does not hold what the checkpoints stand for.
            MissingRowError: it lacks the row at a checkpoint, and goes on behind it.
            OtherVersionError, OtherPartitionsError: another program has taken the views over.

        """
        with self._views.reading() as connection:
            rows = self._checkpoints(connection)
        for position, digest in {(row.position, row.digest) for some in rows.values() for row in some}:
            found = log.read(position - 1, 1) if position else []
            if found and found[0][0] != position:
                raise MissingRowError(position)
            if position and (not found or _digest(found[0]) != digest):
                raise OtherLogError(position)

    def _checkpoints(
        self, connection: Connection, partitions: Collection[int] | None = None, *, locked: bool = False
    ) -> dict[str, list[Any]]:
        """Return the checkpoints of each projection, of some partitions or of all; they are in force.

        While they are locked, nobody else folds what they stand for: of two that do, one goes on from where the
        other got.
        """
        found: dict[str, list[Any]] = {projection.name: [] for projection in self._projections}
        conditions: list[ColumnElement[bool]] = [CHECKPOINT.c.projection.in_(found)]
        if partitions is not None:
            conditions.append(CHECKPOINT.c.partition.in_(partitions))
        for row in checkpoints(connection, *conditions, locked=locked):
            found[row.projection].append(row)
        if partitions is not None:
            self._check_number(connection, found)
        for projection in self._projections:
            rows = found[projection.name]
            wanted = len(self._of(projection) if partitions is None else partitions)
            if not rows or len(rows) != wanted:
                raise OtherPartitionsError(projection.name, len(rows), wanted)
            if not self._is_of(projection, rows):
                raise OtherVersionError(projection.name, rows[0].version, projection.version)
        return found

    def _check_number(self, connection: Connection, names: Iterable[str]) -> None:
        """See that nobody has changed the number of partitions, while only some of them are looked at."""
        counted = select(CHECKPOINT.c.projection, func.count()).where(CHECKPOINT.c.projection.in_(names))
        for name, number in connection.execute(counted.group_by(CHECKPOINT.c.projection)):
            if number != self._partitions:
                raise OtherPartitionsError(name, number, self._partitions)

    @staticmethod
    def _is_of(projection: Projection, rows: Sequence[Any]) -> bool:
        return all(row.version == projection.version for row in rows)

    def position(self) -> int:
        """Return the position up to which every projection has got."""
        return min((status.position for status in self.status()), default=0)

    def folded(self, connection: Connection) -> Folded:
        """Return how far one state of the views goes."""
        found = self._checkpoints(connection)
        sent = self._how_far_sent(connection)
        complete = [
            reached(
                {row.partition: row.position for row in found[projection.name]},
                sent if projection.partitioned else {},
            )
            for projection in self._projections
        ]
        farthest = max((row.position for row in chain.from_iterable(found.values())), default=0)
        return Folded(min(complete, default=0), farthest)

    def positions(self) -> dict[int, int]:
        """Return, for each partition, the position up to which every partitioned projection has got."""
        with self._views.reading() as connection:
            found = self._checkpoints(connection)
        rows = [
            row for projection in self._projections if projection.partitioned for row in found[projection.name]
        ]
        return {
            partition: min(row.position for row in rows if row.partition == partition)
            for partition in range(self._partitions)
        }

    def status(self) -> list[Status]:
        """Return how far each projection got."""
        with self._views.reading() as connection:
            rows = self._checkpoints(connection)
            sent = self._how_far_sent(connection)
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
                name = projection.name
                far = {row.partition: row.position for row in rows[name]}
                errors = connection.execute(
                    select(PARKED.c.error)
                    .where(PARKED.c.projection == name, PARKED.c.failed)
                    .order_by(PARKED.c.position)
                    .limit(3)
                ).scalars()
                position = reached(far, sent if projection.partitioned else {})
                failed, waiting = counts.get((name, True), 0), counts.get((name, False), 0)
                is_sent = projection.partitioned and self._has_workers
                each = tuple(
                    Checkpoint(
                        row.partition, row.position, row.moved_at, sent.get(row.partition, 0) if is_sent else None
                    )
                    for row in rows[name]
                )
                found.append(Status(name, projection.version, position, failed, waiting, tuple(errors), each))
        return found

    def fold(self, rows: Sequence[Row]) -> None:
        """Fold rows of the log, in order and without a gap, into every projection that has not got so far yet.

        Raises:
            MissingRowError: the log lacks a row between these, or between a projection's checkpoint and these.
            OtherVersionError, OtherPartitionsError: another program has taken the views over.
            BrokenProjectionError: a projection fails on too many events.
            sqlalchemy.exc.DBAPIError: the database failed; nothing changed.

        """
        if rows and rows[-1][0] - rows[0][0] != len(rows) - 1:
            raise MissingRowError(next(at for at, row in enumerate(rows, rows[0][0]) if row[0] != at))
        last = dict.fromkeys(range(self._partitions), rows[-1]) if rows else {}

        def partition_of(row: _Placed) -> int:
            return self._partition_of(row.subject)

        try:
            self._fold(rows, last, partition_of)
        except _UnfoldableError:
            self._fold(rows, last, partition_of, parking=True)

    def fold_partitions(
        self,
        rows: Mapping[int, Sequence[Row]],
        after: Mapping[int, int],
        as_recorded: Callable[[Mapping[int, Sequence[Row]]], Mapping[int, Sequence[Row]]] = lambda rows: rows,
    ) -> None:
        """Fold rows of some partitions into every projection that has not got so far yet, in one transaction.

        The rows of each follow each other on it, from behind the position `after` on. Rows that did not come from
        the log itself are taken from it, by `as_recorded`, before one of them is parked.

        Raises:
            HoleError: the rows do not go on from a projection's checkpoint.
            as `fold`, but for the missing row.

        """
        try:
            self._fold_partitions(rows, after)
        except _UnfoldableError:
            self._fold_partitions(as_recorded(rows), after, parking=True)

    def _fold_partitions(
        self, rows: Mapping[int, Sequence[Row]], after: Mapping[int, int], *, parking: bool = False
    ) -> None:
        last = {partition: some[-1] for partition, some in rows.items() if some}
        of = {row[0]: partition for partition, some in rows.items() for row in some}
        every = sorted(chain.from_iterable(rows.values()))
        self._fold(every, last, lambda row: of[row.position], after, parking=parking)

    def _fold(
        self,
        rows: Sequence[Row],
        last: Mapping[int, Row],
        partition_of: "Callable[[_Placed], int]",
        after: Mapping[int, int] | None = None,
        *,
        parking: bool = False,
    ) -> None:
        """Fold rows of all partitions, or of those that `last` has the last ones of, from behind `after`."""
        if not rows:
            return
        with self._views.writing() as connection:
            events = self._fold_in(connection, rows, last, partition_of, after, parking=parking)
        log_traced("folded", ((event.position, event.state) for event in events))

    def _fold_in(
        self,
        connection: Connection,
        rows: Sequence[Row],
        last: Mapping[int, Row],
        partition_of: "Callable[[_Placed], int]",
        after: Mapping[int, int] | None,
        *,
        parking: bool,
    ) -> Sequence[RecordedEvent]:
        """Fold rows in this transaction, and return the events that some projection lacked.

        Those that cannot be folded are parked, or without `parking` an error.
        """
        found = self._checkpoints(connection, None if after is None else last, locked=True)
        first = min(row.position for some in found.values() for row in some)
        events, broken = _decoded(row for row in rows if row[0] > first)
        sent = self._how_far_sent(connection) if after is None else {}
        parked = _parked(connection)
        for projection in self._projections:
            far = {row.partition: row.position for row in found[projection.name]}
            if rows[-1][0] <= min(far.values()):
                continue
            if after is None:
                here = reached(far, sent if projection.partitioned else {})
                if rows[0][0] - 1 > here:
                    raise MissingRowError(here + 1)
            else:
                for partition in last:
                    _refuse_a_hole(projection, far[partition], after[partition])
            new = _above(far, events, partition_of)
            unreadable = _above(far, broken, partition_of)
            folding = _Folding(projection, connection, parked.get(projection.name, set()))
            if parking:
                folding.fold(new, unreadable)
            else:
                folding.fold_all(new, unreadable)
        _move(found, last, connection, microseconds(self._clock()))
        return events

    def _partition_of(self, subject: str) -> int:
        from infra.kafka.partition import partition_of  # noqa: PLC0415 - a single partition needs no Kafka

        return partition_of(subject, self._partitions)


_Readable = TypeVar("_Readable", RecordedEvent, "_Unreadable")


def _above(
    far: Mapping[int, int], rows: Sequence[_Readable], partition_of: "Callable[[_Placed], int]"
) -> Sequence[_Readable]:
    """Return what lies above the checkpoints, one for each partition."""
    if len(set(far.values())) > 1:
        return [row for row in rows if row.position > far[partition_of(row)]]
    (position,) = set(far.values())
    return [row for row in rows if row.position > position]


def _refuse_a_hole(projection: Projection, here: int, before: int) -> None:
    if before > here:
        raise HoleError(f"{projection.name} is at {here}; the rows given begin behind {before}")


def _move(names: Iterable[str], last: Mapping[int, Row], connection: Connection, now: int) -> None:
    """Move the checkpoints of partitions to the last row that was folded of each; none moves back."""
    connection.execute(
        update(CHECKPOINT)
        .where(
            among(CHECKPOINT.c.projection, names),
            CHECKPOINT.c.partition == bindparam("of"),
            CHECKPOINT.c.position < bindparam("to"),
        )
        .values(position=bindparam("to"), digest=bindparam("its_digest"), moved_at=now),
        [{"of": partition, "to": row[0], "its_digest": _digest(row)} for partition, row in last.items()],
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


_Placed = RecordedEvent | _Unreadable


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


@contextmanager
def _together(connection: Connection) -> Iterator[None]:
    """Let everything that the block writes stand, or nothing of it."""
    savepoint = connection.begin_nested()
    try:
        yield
    except Exception as error:
        try:
            savepoint.rollback()
        except DBAPIError:
            if not _is_of_the_database(error):
                raise
            # The database failed and ended the whole transaction: it is that failure which is told.
        raise
    savepoint.commit()


def _parked(connection: Connection) -> dict[str, set[str]]:
    """Return the subjects of which something is parked, of each projection that has any."""
    found: dict[str, set[str]] = {}
    for name, subject in connection.execute(select(PARKED.c.projection, PARKED.c.subject).distinct()):
        found.setdefault(name, set()).add(subject)
    return found


class _UnfoldableError(Exception):
    """Something has to be parked."""


class _Folding:
    """One batch of one projection, inside the transaction."""

    def __init__(self, projection: Projection, connection: Connection, parked: set[str]) -> None:
        self._projection = projection
        self._connection = connection
        self._parked = parked

    def fold_all(self, events: Sequence[RecordedEvent], unreadable: Sequence[_Unreadable]) -> None:
        """Fold events of which none has to be parked: no savepoint is needed, which takes long in small batches.

        Raises:
            _UnfoldableError: one has to be; the transaction is of no use any more.

        """
        if unreadable or (self._parked and any(event.state.subject in self._parked for event in events)):
            raise _UnfoldableError
        try:
            self._projection.fold(events, self._connection)
        except Exception as error:
            if _is_of_the_database(error):
                raise
            raise _UnfoldableError from error

    def fold(self, events: Sequence[RecordedEvent], unreadable: Sequence[_Unreadable]) -> None:
        """Fold events, and park those that cannot be folded."""
        for row in unreadable:
            self._fold([event for event in events if event.position < row.position])
            self._park(row.position, row.subject, row.error, failed=True)
            events = [event for event in events if event.position > row.position]
        self._fold(events)

    def _fold(self, events: Sequence[RecordedEvent]) -> None:
        # Those of other subjects are still folded together: one parked event must not make all others slow.
        free = [event for event in events if event.state.subject not in self._parked]
        try:
            with _together(self._connection):
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
            with _together(self._connection):
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
