"""Faust, as Jejak runs it: it delivers, and holds nothing that counts.

It acknowledges what an agent takes, also when the agent fails. So no failure may leave an agent: what passes is
tried again in place, and anything else ends the process at once, unacknowledged; its supervisor starts it again.
"""

import asyncio
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import faust

_AT_ONCE: Final = 2_000
_WITHIN_SECONDS: Final = 0.05
_RETRY_SECONDS: Final = 1.0
_SESSION_SECONDS: Final = 8.0
CANNOT_GO_ON: Final = 70
"""The exit status of a process that cannot go on (EX_SOFTWARE of sysexits.h)."""

_log: Final = logging.getLogger(__name__)

Take = Callable[[Sequence[Any]], None]
"""Takes messages, as Faust has them, in order, and returns when they may be acknowledged. It may block."""


def streaming_app(
    group: str, bootstrap: str, topic: str, take: Take, *, passing: tuple[type[Exception], ...], datadir: Path
) -> faust.App:
    """Return an app that hands the messages of a topic to `take`, in batches, one at a time.

    `passing` are the failures after which the same batch is taken again.
    """
    datadir.mkdir(parents=True, exist_ok=True)  # Faust wants one, and leaves it empty
    app = faust.App(
        group,
        broker=[f"kafka://{each.strip()}" for each in bootstrap.split(",")],
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        key_serializer="raw",
        value_serializer="raw",
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=_AT_ONCE,
        broker_max_poll_records=_AT_ONCE,
        # After a kill others are dealt its partitions this soon; a minute is Faust's own choice.
        broker_session_timeout=_SESSION_SECONDS,
        broker_heartbeat_interval=_SESSION_SECONDS / 4,
        web_enabled=False,
        datadir=str(datadir),
    )
    messages = app.topic(topic, key_type=bytes, value_type=bytes)
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=group)

    @app.agent(messages, concurrency=1)
    async def take_each_batch(stream: Any) -> None:  # noqa: ANN401 - Faust has no types here
        batches: AsyncIterator[Sequence[Any]] = stream.take_events(_AT_ONCE, within=_WITHIN_SECONDS)
        async for events in batches:
            some = [event.message for event in events]
            await asyncio.get_running_loop().run_in_executor(thread, _until_it_passes, take, some, passing)

    return app


def _until_it_passes(take: Take, messages: Sequence[Any], passing: tuple[type[Exception], ...]) -> None:
    """Take messages until no passing fault is in the way; end the process at any other failure."""
    while True:
        try:
            take(messages)
        except passing as error:
            _log.warning("%s; trying again", str(error).strip().partition("\n")[0])
            time.sleep(_RETRY_SECONDS)
        except BaseException:  # noqa: BLE001 - whatever it is, nothing may be acknowledged
            _log.critical("this process cannot go on", exc_info=True)
            sys.stderr.flush()
            os._exit(CANNOT_GO_ON)
        else:
            return


def run(app: faust.App) -> int:
    """Run an app until it is asked to stop (SIGINT or SIGTERM); return its exit status."""
    worker = faust.Worker(app, loglevel="WARNING", redirect_stdouts=False, quiet=True)
    worker.spinner = None  # it hides the cursor of what is no terminal
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:  # Faust leaves in no other way
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
