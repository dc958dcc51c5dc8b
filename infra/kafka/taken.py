"""How far the messages of the inbox were taken, as PostgreSQL keeps it: Kafka's own offsets are seconds behind."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from infra.postgresql import act_as_application, connect

_READ = "SELECT partition, next_offset, moved_at FROM jejak.inbox"
_SAVE = """
    INSERT INTO jejak.inbox (partition, next_offset) SELECT * FROM unnest(%s::integer[], %s::bigint[])
    ON CONFLICT (partition) DO UPDATE SET next_offset = excluded.next_offset, moved_at = now()
"""


class Taken(NamedTuple):
    """The offset behind the last message that was taken of a partition, and when that was."""

    next_offset: int
    moved_at: datetime


def read_taken(connection: "Connection[Any]") -> dict[int, Taken]:
    """Return how far each partition was taken that anything was taken of."""
    return {partition: Taken(*rest) for partition, *rest in connection.execute(_READ)}


class TakenOffsets:
    """Puts down how far the messages were taken; for one thread.

    Raises:
        PostgresError: the database cannot be used.
        psycopg.OperationalError: when it fails; the next call connects anew.

    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connected: Connection[Any] | None = None

    def save(self, messages: Iterable[Any]) -> None:
        """Put down that messages, of which each has its `partition` and `offset`, were taken."""
        behind: dict[int, int] = {}
        for message in messages:
            behind[message.partition] = max(behind.get(message.partition, 0), message.offset + 1)
        if self._connected is None or self._connected.broken:
            self._connected = connect(self._url)
            act_as_application(self._connected)
        self._connected.execute(_SAVE, (list(behind), list(behind.values())))

    def close(self) -> None:
        """Let go of the connection."""
        if self._connected is not None:
            self._connected.close()
