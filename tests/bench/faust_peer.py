"""`python -m tests.bench.faust_peer WORK BOOTSTRAP TOPIC EVENTS DATABASE FOLDER`: an agent of Faust.

It prints how many events a second it took, from behind its first ones to the last, when it has had so many. Its
loop and its buffers are those of Jejak's own worker; else it is Faust as it comes.
"""

import sys
from collections.abc import AsyncIterator, Sequence
from time import perf_counter
from typing import Any, Final

from mode.loop import use

use("uvloop")  # before Faust is imported
import faust  # noqa: E402 - see above
import msgspec  # noqa: E402
import psycopg  # noqa: E402

TAKE: Final = "take"
"""Takes batches, and does nothing with them."""
UPSERT: Final = "upsert"
"""Writes a row for each event, and commits."""

CREATE: Final = (
    "DROP TABLE IF EXISTS peer_step",
    """
    CREATE TABLE peer_step (
        position bigint PRIMARY KEY, topic text, subject text, holder text, level text, region text, source text,
        id text, occurred_at text, recorded_at text, cause_source text, cause_id text, data text
    )
    """,
    "CREATE INDEX ON peer_step (subject, position)",
)
_UPSERT: Final = """
    INSERT INTO peer_step VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (position) DO UPDATE SET data = excluded.data
"""
_AT_ONCE: Final = 5_000
_WITHIN_SECONDS: Final = 0.02


class _Count:
    """Counts events, and prints how fast they came once all are there."""

    def __init__(self, events: int) -> None:
        self._events = events
        self._first = self._taken = 0
        self._begin = 0.0

    def add(self, events: int) -> None:
        self._taken += events
        if not self._first:
            self._first, self._begin = self._taken, perf_counter()
        if self._taken == self._events:
            sys.stdout.write(f"{(self._taken - self._first) / (perf_counter() - self._begin)}\n")
            sys.stdout.flush()


def main(work: str, bootstrap: str, topic: str, events: str, database: str, folder: str) -> None:
    """Run the agent until it is stopped."""
    app = faust.App(
        f"bench-{topic}-{perf_counter()}",
        broker=f"kafka://{bootstrap}",
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        key_serializer="raw",
        value_serializer="raw",
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=_AT_ONCE,
        stream_wait_empty=False,
        broker_max_poll_records=_AT_ONCE,
        web_enabled=False,
        datadir=folder,
    )
    count = _Count(int(events))

    async def take(stream: Any) -> None:  # noqa: ANN401 - Faust has no types here
        batches: AsyncIterator[Sequence[Any]] = stream.take_events(_AT_ONCE, within=_WITHIN_SECONDS)
        async for batch in batches:
            count.add(len(batch))

    async def upsert(stream: Any) -> None:  # noqa: ANN401 - likewise
        async with await psycopg.AsyncConnection.connect(database) as connection:
            async for value in stream:
                await connection.execute(_UPSERT, _row(msgspec.json.decode(value)))
                await connection.commit()
                count.add(1)

    steps = app.topic(topic, key_type=bytes, value_type=bytes)
    app.agent(steps, concurrency=1)({TAKE: take, UPSERT: upsert}[work])
    worker = faust.Worker(app, loglevel="WARNING", redirect_stdouts=False, quiet=True)
    worker.spinner = None
    worker.execute_from_commandline()


def _row(event: dict[str, Any]) -> tuple[Any, ...]:
    return (
        int(event["sequence"]),
        event["type"],
        event["subject"],
        event["holder"],
        event.get("holderlevel"),
        event.get("holderregion"),
        event["source"],
        event["id"],
        event["time"],
        event["recordedtime"],
        event.get("causationsource"),
        event.get("causationid"),
        msgspec.json.encode(event["data"]).decode(),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
