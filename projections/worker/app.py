"""The Faust app of a worker.

Faust acknowledges what an agent takes, also when the agent fails: so no failure ever leaves the agent. What passes
is tried again in place; an event that cannot be folded is parked by the engine; anything else ends the process at
once, unacknowledged, and its supervisor starts it again.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any, Final

import faust

from infra.kafka.steps import UnreadableStepError, decode_step
from projections.worker import GROUP
from projections.worker.failures import FAILED, until_it_passes
from projections.worker.partitions import Partitions, Step
from projections.worker.share import Share

_AT_ONCE: Final = 5_000
_WITHIN_SECONDS: Final = 0.02
_SESSION_SECONDS: Final = 6.0
"""After so long Kafka deals the partitions of a dead worker out to the others; no broker allows less."""
_LOOK_SECONDS: Final = 1.0
_LATE_SECONDS: Final = 5.0
"""A partition that did not move for so long, though more was sent, is read from the log."""
_FAR_BEHIND: Final = 20_000
"""Whoever is more positions behind reads the log, which is several times as fast as what Faust delivers."""

_log: Final = logging.getLogger(__name__)


def build(
    bootstrap: str,
    topic: str,
    folder: Partitions,
    share: Share,
    *,
    datadir: Path,
    dealt_out: Callable[[Sequence[int]], None] = lambda _: None,
) -> faust.App:
    """Return the app that folds the partitions of `topic` that Kafka deals it out.

    Whoever is given a partition begins where the views are, and reads from the log what was sent before.
    """
    datadir.mkdir(parents=True, exist_ok=True)
    app = faust.App(
        GROUP,
        broker=[f"kafka://{each.strip()}" for each in bootstrap.split(",")],
        store="memory://",  # Kafka holds nothing that counts: there are no tables
        topic_allow_declare=False,
        topic_disable_leader=True,
        key_serializer="raw",
        value_serializer="raw",
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=_AT_ONCE,
        stream_wait_empty=False,  # a batch that waits for its database holds up nobody else
        broker_max_poll_records=_AT_ONCE,
        broker_session_timeout=_SESSION_SECONDS,
        broker_heartbeat_interval=_SESSION_SECONDS / 3,
        web_enabled=False,
        cython_optimizations=True,  # nothing relies on what it delivers: holes are seen, and repeats skipped
        datadir=str(datadir),  # which Faust leaves empty
    )
    steps = app.topic(topic, key_type=bytes, value_type=bytes)
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fold")  # the engine is plain, blocking code

    async def run(fold: Callable[..., Any], *given: Any) -> None:  # noqa: ANN401 - the function's own
        await asyncio.get_running_loop().run_in_executor(thread, until_it_passes, fold, *given)

    coming = _Coming()
    app.agent(steps, concurrency=1)(coming.gather)

    @app.task  # type: ignore[untyped-decorator]  # it has none
    async def fold_steps() -> None:
        app.sensors.remove(app.monitor)  # Faust's own, which nobody asks, and which looks at each message
        while not app.should_stop:
            events = await coming.take()
            await run(_fold, folder, [event.message for event in events])
            for event in events:
                event.ack()

    @app.on_partitions_assigned.connect  # type: ignore[arg-type]  # its own signature names what it never passes
    async def note(_app: Any, assigned: Any, *_: object, **__: object) -> None:  # noqa: ANN401 - likewise
        partitions = sorted(each.partition for each in assigned if each.topic == topic)
        share.deal_out(partitions)
        dealt_out(partitions)

    @app.task  # type: ignore[untyped-decorator]  # not a timer, which complains when it has to wait for its turn
    async def fill_from_the_log() -> None:
        while not app.should_stop:
            await run(_fill, folder, share)
            await app.sleep(_LOOK_SECONDS)

    return app


class _Coming:
    """Gathers what is delivered, also while a batch is folded, which Faust's own `take_events` does not."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[Any] = asyncio.Queue(_AT_ONCE)

    async def gather(self, stream: Any) -> None:  # noqa: ANN401 - Faust has no types here
        async for event in stream.noack().events():
            await self._events.put(event)

    async def take(self) -> list[Any]:
        """Wait for an event, and for a moment for others; return all that are there, unacknowledged."""
        events = [await self._events.get()]
        await asyncio.sleep(_WITHIN_SECONDS)
        return events + [self._events.get_nowait() for _ in range(self._events.qsize())]


def _fold(folder: Partitions, messages: Sequence[Any]) -> None:
    by_partition: dict[int, list[Step]] = {}
    for message in messages:
        try:
            step = decode_step(message.value or b"")
        except UnreadableStepError as error:  # if it stood for an event, that one is now a hole
            _log.warning("%s (partition %d, offset %d)", error, message.partition, message.offset)
        else:
            by_partition.setdefault(message.partition, []).append(step)
    folder.fold(by_partition)


def _fill(folder: Partitions, share: Share) -> None:
    if far := share.far_behind(_FAR_BEHIND):
        folder.catch_up(far)
    if late := share.late(_LATE_SECONDS):
        folder.fill(late)


def run(app: faust.App) -> int:
    """Run a worker until it is asked to stop (SIGINT or SIGTERM); return its exit status."""
    worker = faust.Worker(app, override_logging=False, redirect_stdouts=False, quiet=True, stdout=StringIO())
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:  # Faust leaves in no other way
        return FAILED if ended.code else 0
