"""The Faust app of a worker.

Faust acknowledges what an agent takes, also when the agent fails: so no failure ever leaves the agent. What passes
is tried again in place; an event that cannot be folded is parked by the engine; anything else ends the process at
once, unacknowledged, and its supervisor starts it again.
"""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import faust
from eventsourcing.persistence import OperationalError
from sqlalchemy.exc import DBAPIError

from infra.kafka.steps import decode_step
from projections.worker.partitions import Partitions, Step

GROUP: Final = "jejak-worker"
"""The consumer group: partitions are dealt out among all who are in it."""

_AT_ONCE: Final = 5_000
_WITHIN_SECONDS: Final = 0.02
_RETRY_SECONDS: Final = 1.0
_FAILED: Final = 70
"""The exit status of a worker that cannot go on (EX_SOFTWARE of sysexits.h)."""

_log: Final = logging.getLogger(__name__)


def build(
    bootstrap: str,
    topic: str,
    folder: Partitions,
    sent: Callable[[], dict[int, int]],
    *,
    datadir: Path,
    group: str = GROUP,
    rebalanced: Callable[[], None] = lambda: None,
) -> faust.App:
    """Return the app that folds the partitions of `topic` that Kafka deals it out.

    `sent` tells the last position that was sent on each partition: whoever is given one begins where the views
    are, and reads from the log what was sent before.
    """
    app = faust.App(
        group,
        broker=[f"kafka://{each.strip()}" for each in bootstrap.split(",")],
        store="memory://",  # Kafka holds nothing that counts: there are no tables
        topic_allow_declare=False,
        topic_disable_leader=True,
        key_serializer="raw",
        value_serializer="raw",
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=_AT_ONCE,
        broker_max_poll_records=_AT_ONCE,
        web_enabled=False,
        datadir=str(datadir),  # which Faust makes, and leaves empty
    )
    steps = app.topic(topic, key_type=bytes, value_type=bytes)
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fold")  # the engine is plain, blocking code
    new: set[int] = set()

    async def run(fold: Callable[..., Any], *given: Any) -> None:  # noqa: ANN401 - the function's own
        await asyncio.get_running_loop().run_in_executor(thread, _until_it_passes, fold, *given)

    @app.agent(steps, concurrency=1)
    async def fold_steps(stream: Any) -> None:  # noqa: ANN401 - Faust has no types here
        async for events in stream.take_events(_AT_ONCE, within=_WITHIN_SECONDS):
            await run(_fold, folder, [(event.message.partition, event.value) for event in events])

    @app.on_partitions_assigned.connect  # type: ignore[arg-type]  # its own signature names what it never passes
    async def note(_app: Any, assigned: Any, *_: object, **__: object) -> None:  # noqa: ANN401 - likewise
        new.update(each.partition for each in assigned if each.topic == topic)
        rebalanced()

    @app.timer(1.0)  # type: ignore[untyped-decorator]
    async def catch_up() -> None:
        while new:
            partition = new.pop()
            await run(_catch_up, folder, sent, partition)

    return app


def _fold(folder: Partitions, messages: Sequence[tuple[int, bytes]]) -> None:
    by_partition: dict[int, list[Step]] = {}
    for partition, value in messages:
        by_partition.setdefault(partition, []).append(decode_step(value))
    for partition, steps in sorted(by_partition.items()):
        folder.fold(partition, steps)


def _catch_up(folder: Partitions, sent: Callable[[], dict[int, int]], partition: int) -> None:
    folder.catch_up(partition, sent().get(partition, 0))


def _until_it_passes(fold: Callable[..., None], *given: Any) -> None:  # noqa: ANN401 - the function's own
    """Run a function until no passing fault of a database is in its way; end the process at any other failure."""
    while True:
        try:
            fold(*given)
        except (OperationalError, DBAPIError) as error:
            _log.warning("%s; trying again", str(error).strip().partition("\n")[0])
            time.sleep(_RETRY_SECONDS)
        except BaseException:  # noqa: BLE001 - whatever it is, nothing may be acknowledged
            _log.critical("the worker cannot go on", exc_info=True)
            sys.stderr.flush()
            os._exit(_FAILED)
        else:
            return


def run(app: faust.App) -> int:
    """Run a worker until it is asked to stop (SIGINT or SIGTERM); return its exit status."""
    worker = faust.Worker(app, loglevel="WARNING", redirect_stdouts=False, quiet=True)
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:  # Faust leaves in no other way
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
