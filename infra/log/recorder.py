"""A recorder of the log, as far as it is the same wherever the log is kept.

It is eventsourcing's application recorder, and Jejak's own `Log`. What differs is the lock, the connections and
how SQL is put to them.
"""

from abc import abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Final
from uuid import UUID

from eventsourcing import persistence

from infra.log import NewRow, Row, StoredRow, Writing

_MOST: Final = 2**63 - 1


class SQLRecorder(persistence.ApplicationRecorder):
    """Reads and appends by what the recorder of a database provides."""

    _table: ClassVar[str]
    _mark: ClassVar[str]
    """What stands for a value in a statement."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - passed on to eventsourcing
        super().__init__(*given, **named)
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="append")

    @abstractmethod
    def writing(self) -> AbstractContextManager[Writing]:
        """Take the log's lock, as `Log.writing`."""

    @abstractmethod
    def _select(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, each `_mark` in it standing for a value."""

    # -- eventsourcing's interface ------------------------------------------------------------------

    def insert_events(self, stored_events: Sequence[persistence.StoredEvent], **_: object) -> Sequence[int] | None:
        """Append events that have no name of their own; return their positions."""
        with self.writing() as writing:
            head = writing.head()
            rows: list[NewRow] = [
                (position, _key(each.originator_id), each.originator_version, each.topic, each.state, None)
                for position, each in enumerate(stored_events, (head.position if head else 0) + 1)
            ]
            writing.append(rows)
        return [row[0] for row in rows]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[persistence.StoredEvent]:
        """Return the events of one stream, by version."""
        found = self._select(
            f"SELECT originator_id, originator_version, topic, state FROM {self._table}"
            f" WHERE originator_id = {self._mark}"
            f" AND originator_version > {self._mark} AND originator_version <= {self._mark}"
            f" ORDER BY originator_version {'DESC' if desc else 'ASC'} LIMIT {self._mark}",
            _key(originator_id),
            -1 if gt is None else gt,
            _MOST if lte is None else lte,
            _MOST if limit is None else limit,
        )
        return [
            persistence.StoredEvent(UUID(bytes=identity), version, topic, state.encode())
            for identity, version, topic, state in found
        ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[persistence.Notification]:
        """Return events by position."""
        among = f"AND topic IN ({', '.join([self._mark] * len(topics))})" if topics else ""
        found = self._select(
            f"SELECT position, originator_id, originator_version, topic, state FROM {self._table}"
            f" WHERE position > {self._mark} AND position <= {self._mark} {among}"
            f" ORDER BY position LIMIT {self._mark}",
            0 if start is None else start - 1 if inclusive_of_start else start,
            _MOST if stop is None else stop,
            *topics,
            limit,
        )
        return [
            persistence.Notification(UUID(bytes=identity), version, topic, state.encode(), position)
            for position, identity, version, topic, state in found
        ]

    def max_notification_id(self) -> int | None:
        """Return the last position, None while the log is empty."""
        return self.head() or None

    # -- Jejak's interface (infra.log.Log) ----------------------------------------------------------

    def head(self) -> int:  # noqa: D102 - see Log
        ((position,),) = self._select(f"SELECT max(position) FROM {self._table}")
        return position or 0

    def read(self, after: int, limit: int) -> Sequence[Row]:  # noqa: D102 - see Log
        # SQLite keeps a value of any type in any column: what comes out of here is text.
        return self._select(
            f"SELECT position, CAST(topic AS TEXT), CAST(state AS TEXT) FROM {self._table}"
            f" WHERE position > {self._mark} ORDER BY position LIMIT {self._mark}",
            after,
            limit,
        )

    def append_after(self, head: StoredRow | None, rows: Sequence[NewRow]) -> Future[bool]:  # noqa: D102 - see Log
        return self._background.submit(self._append_after, head, rows)

    def _append_after(self, head: StoredRow | None, rows: Sequence[NewRow]) -> bool:
        with self.writing() as writing:
            if writing.head() != head:
                return False
            writing.append(rows)
        return True


def _key(originator_id: UUID | str) -> bytes:
    return originator_id.bytes if isinstance(originator_id, UUID) else UUID(originator_id).bytes
