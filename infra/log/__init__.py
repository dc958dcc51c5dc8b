"""The log of facts: one order, positions 1, 2, 3 … without a gap.

Here is what the rest of Jejak knows of it; `infra.log.sqlite` keeps it in a file.
"""

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from eventsourcing.persistence import OperationalError

from infra.language import translate as _

Row = tuple[int, str, str]
"""Position, topic and state: what a projection reads."""


class StoredRow(NamedTuple):
    """A row of the log, whole."""

    position: int
    originator_id: bytes
    originator_version: int
    topic: str
    state: str
    event_id: bytes | None


NewRow = tuple[int, bytes, int, str, bytes, bytes | None]
"""The same fields in the same order, the state in UTF-8: a plain tuple, as one is made for every event."""


def stored(row: NewRow) -> StoredRow:
    """Return a new row as it is read once it is recorded."""
    position, stream, version, topic, state, event = row
    return StoredRow(position, stream, version, topic, state.decode(), event)


class Reading(Protocol):
    """The log as a decision looks at it."""

    def first(self) -> StoredRow | None:
        """Return the row at position 1."""

    def head(self) -> StoredRow | None:
        """Return the last row."""

    def rows(self, after: int, limit: int) -> list[StoredRow]:
        """Return at most `limit` rows that follow position `after`, in order."""

    def find(self, event_ids: Collection[bytes]) -> list[StoredRow]:
        """Return the rows of these events (16 bytes each), as far as they are recorded."""

    def streams(self, originator_ids: Collection[bytes]) -> list[StoredRow]:
        """Return every row of these streams, by position."""

    def voided(self, originator_ids: Collection[bytes]) -> list[StoredRow]:
        """Return the rows that void a step of these streams."""


class Writing(Reading, Protocol):
    """The log under its lock: nobody else appends until the end of the `with` block, which commits."""

    def append(self, rows: Sequence[NewRow]) -> None:
        """Append rows whose positions go on from the head."""


class Log(Protocol):
    """The log as its readers and its one writer see it."""

    def head(self) -> int:
        """Return the last position, 0 while the log is empty."""

    def read(self, after: int, limit: int) -> Sequence[Row]:
        """Return at most `limit` rows that follow position `after`, in order."""

    def wait(self, after: int, seconds: float) -> bool:
        """Wait until there is a row after `after`, for `seconds` at most; tell whether there is one."""

    def reading(self) -> AbstractContextManager[Reading]:
        """Look at the log without its lock: others may append meanwhile."""

    def writing(self) -> AbstractContextManager[Writing]:
        """Take the log's lock; commit at the end of the block, or roll back when it raises."""

    def append_after(self, head: StoredRow | None, rows: Sequence[NewRow]) -> Future[bool]:
        """Append rows and commit, in the background, if the log still ends with `head`; tell whether it did."""

    def close(self) -> None:
        """Let go of every connection, once what was begun is committed."""


class LogError(Exception):
    """The log cannot be used now: the sentence says why and what to do."""


class UnreadableRowError(LogError):
    """A row of the log that has to be looked at is damaged: the sentence says which."""

    def __init__(self, position: int, error: Exception) -> None:
        super().__init__(
            _(
                "the row at position {position} of the log cannot be read ({error}); nothing was recorded. Run"
                " jejak verify, and restore the log from a backup"
            ).format(position=position, error=f"{type(error).__name__}: {error}")
        )


class ConnectionLostError(OperationalError):
    """The connection broke, and nothing of what was under way is recorded.

    Unless the log stays away: then nobody knows, and it has to be looked up. Either way it may be tried again.
    """
