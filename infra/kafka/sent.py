"""How far the log was sent to Kafka, as PostgreSQL keeps it.

The log is sent in its order, each event to one partition. So all of it is sent up to the newest position that any
partition has.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg import Connection

Sent = dict[int, int]
"""The last position sent on each partition that has any."""

READ = "SELECT partition, last_position FROM jejak.relay"
_SAVE = """
    INSERT INTO jejak.relay (partition, last_position) SELECT * FROM unnest(%s::integer[], %s::bigint[])
    ON CONFLICT (partition) DO UPDATE SET last_position = excluded.last_position, moved_at = now()
    WHERE relay.last_position < excluded.last_position
"""

_MOVED_AT = "SELECT max(moved_at) FROM jejak.relay"

FORGET = "DELETE FROM jejak.relay"
BEGIN_AT = "INSERT INTO jejak.relay SELECT generate_series(0, %s::integer - 1), %s::bigint"
"""Puts down for each of so many partitions that everything up to a position was sent."""


def read_sent(connection: "Connection[Any]") -> Sent:
    """Return how far it was sent."""
    return dict(connection.execute(READ).fetchall())


def sent_last_at(connection: "Connection[Any]") -> datetime | None:
    """Return when anything was sent last; None where nothing ever was."""
    row = connection.execute(_MOVED_AT).fetchone()
    return row[0] if row else None


def save_sent(connection: "Connection[Any]", sent: Mapping[int, int]) -> None:
    """Put down how far it was sent."""
    connection.execute(_SAVE, (list(sent.keys()), list(sent.values())))


def sent_up_to(sent: Mapping[int, int]) -> int:
    """Return the position up to which the whole log is sent."""
    return max(sent.values(), default=0)
