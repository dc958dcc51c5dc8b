"""Many rows into the log by one statement.

`executemany` takes Python's lock back for every row, so a thread that appends and a thread that works hold each
other up. One statement takes it for no row: SQLite appends on one core while Python decides on another. SQLite
has no parameter that is a list, so each column comes as one blob, from which the statement cuts its values.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from infra.language import translate as _
from infra.log import LogError, NewRow

_MOST_BYTES: Final = 256 * 1024 * 1024
"""Of states at once: SQLite takes no blob of 1,000,000,000 bytes."""

_DIGITS: Final = 10
_NO_EVENT_ID: Final = bytes(16)

_INSERT: Final = """
WITH RECURSIVE row (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM row WHERE n + 1 < :count)
INSERT INTO log (position, originator_id, originator_version, topic, state, event_id)
SELECT
    :first + n,
    substr(:streams, n * 16 + 1, 16),
    CAST(substr(:versions, n * 10 + 1, 10) AS INTEGER),
    rtrim(CAST(substr(:topics, substr(:topic, n * 10 + 1, 10) * :width + 1, :width) AS TEXT)),
    CAST(substr(:states, substr(:starts, n * 10 + 1, 10), substr(:starts, n * 10 + 11, 10)
        - substr(:starts, n * 10 + 1, 10)) AS TEXT),
    nullif(substr(:events, n * 16 + 1, 16), zeroblob(16))
FROM row
"""


def append(connection: sqlite3.Connection, rows: Sequence[NewRow]) -> None:
    """Append rows whose positions follow each other."""
    some: list[NewRow] = []
    size = 0
    for row in rows:
        if size > _MOST_BYTES:
            _append(connection, some)
            some, size = [], 0
        some.append(row)
        size += len(row[4])
    if some:
        _append(connection, some)


def _append(connection: sqlite3.Connection, rows: Sequence[NewRow]) -> None:
    positions, streams, versions, topics, states, events = zip(*rows, strict=True)
    numbers = {topic: number for number, topic in enumerate(dict.fromkeys(topics))}
    width = max(map(len, map(str.encode, numbers)))
    connection.execute(
        _INSERT,
        {
            "count": len(rows),
            "first": positions[0],
            "streams": b"".join(streams),
            "versions": _digits(versions),
            "topic": _digits(map(numbers.__getitem__, topics)),
            "topics": b"".join(topic.encode().ljust(width) for topic in numbers),
            "width": width,
            "states": b"".join(states),
            "starts": _digits(accumulate(map(len, states), initial=1)),
            "events": b"".join([event or _NO_EVENT_ID for event in events]),
        },
    )


def _digits(numbers: Iterable[int]) -> bytes:
    """Return numbers as text of fixed width."""
    all_ = tuple(numbers)
    text = b"%010d" * len(all_) % all_
    if len(text) != _DIGITS * len(all_):
        raise LogError(
            _(
                "the log goes on from a position or a version of more than ten digits: it is damaged; nothing was"
                " recorded. Run jejak verify, and restore the log from a backup"
            )
        )
    return text
