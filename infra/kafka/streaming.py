"""Faust, as Jejak runs it: it delivers, and holds nothing that counts.

It acknowledges what an agent takes, also when the agent fails. So no failure may leave an agent: what passes is
tried again in place, and anything else ends the process at once, unacknowledged; its supervisor starts it again.
"""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any, Final, NoReturn

from mode.loop import use

use("uvloop")  # before Faust is imported

import faust  # noqa: E402

from infra.ending import end_soon  # noqa: E402
from infra.kafka.brokers import BrokerAwayError, BrokerError  # noqa: E402
from infra.kafka.library_logs import shorten_library_logs  # noqa: E402
from infra.kafka.topics import not_there, otherwise_cut, partitions_of  # noqa: E402
from infra.kafka.unreadable import tolerate_unreadable_messages  # noqa: E402
from infra.language import translate as _  # noqa: E402

_AT_ONCE: Final = 5_000
_WITHIN_SECONDS: Final = 0.02
_SESSION_SECONDS: Final = 6.0
"""After so long Kafka deals the partitions of who died out to the others; no broker allows less."""
_RETRY_SECONDS: Final = 1.0
_METADATA_SECONDS: Final = 5.0
"""How soon a topic is found that was made anew."""
_FILL_SECONDS: Final = 1.0
CANNOT_GO_ON: Final = 70
"""The exit status of a process that cannot go on (EX_SOFTWARE of sysexits.h)."""

_log: Final = logging.getLogger(__name__)

Take = Callable[[Sequence[Any]], None]
"""Takes messages, as Faust has them, in order, and returns when they may be acknowledged. It may block."""
Passes = Callable[[BaseException], bool]
"""Tells whether a failure passes, so that the same is to be tried again."""
Report = Callable[[str], None]


class _AsTheyAre(faust.Schema[bytes, bytes]):
    """Takes keys and values as the bytes that they are; Faust itself would look up a codec and a type for each."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:  # noqa: ANN401, ARG002 - Faust has no types here
        return message.key

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:  # noqa: ANN401, ARG002 - likewise
        return message.value


class _Coming:
    """Gathers what is delivered, also while a batch is taken, which Faust's own `take_events` does not."""

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


class _Worker(faust.Worker):
    """Faust's process, which tells when it is asked to stop."""

    def __init__(self, app: Any, asked: Callable[[], None]) -> None:  # noqa: ANN401 - Faust has no types here
        super().__init__(app, override_logging=False, redirect_stdouts=False, quiet=True, stdout=StringIO())
        self._asked = asked

    def _schedule_shutdown(self, signal: Any) -> None:  # noqa: ANN401 - likewise
        self._asked()
        super()._schedule_shutdown(signal)


class Streaming:
    """Hands the messages of a topic that Kafka deals it out to `take`, in batches, one at a time.

    `fill` is called every second, between two batches, and sees to what was not delivered. After a failure that
    `passes`, either is called again, until the process is asked to stop.
    """

    def __init__(
        self,
        group: str,
        bootstrap: str,
        topic: str,
        take: Take,
        *,
        passes: Passes,
        datadir: Path,
        fill: Callable[[], None] | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._stopping = threading.Event()
        self._passes = passes
        self._is_dealt_out = False
        self._trouble: str | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=group)  # what is done is blocking code
        datadir.mkdir(parents=True, exist_ok=True)
        app = self._app = faust.App(
            group,
            broker=[f"kafka://{each.strip()}" for each in bootstrap.split(",")],
            store="memory://",  # there are no tables
            topic_allow_declare=False,
            topic_disable_leader=True,
            consumer_auto_offset_reset="earliest",
            stream_buffer_maxsize=_AT_ONCE,
            stream_wait_empty=False,  # a batch that waits for its database holds up nobody else
            broker_max_poll_records=_AT_ONCE,
            broker_session_timeout=_SESSION_SECONDS,
            broker_heartbeat_interval=_SESSION_SECONDS / 3,
            consumer_metadata_max_age_ms=int(_METADATA_SECONDS * 1_000),
            web_enabled=False,
            # Code of Faust that is new: who has no `fill` relies on what it delivers.
            cython_optimizations=fill is not None,
            datadir=str(datadir),  # which Faust leaves empty
        )

        coming = _Coming()
        app.agent(app.topic(topic, schema=_AsTheyAre()), concurrency=1)(coming.gather)

        @app.task  # type: ignore[untyped-decorator]  # it has none
        async def take_each_batch() -> None:
            app.sensors.remove(app.monitor)  # Faust's own, which nobody asks, and which looks at each message
            while not app.should_stop:
                events = await coming.take()
                if not await self._do(take, [event.message for event in events]):
                    return
                for event in events:
                    event.ack()

        if fill is None:
            return

        @app.task  # type: ignore[untyped-decorator]  # not a timer, which complains when it has to wait for its turn
        async def fill_now_and_then() -> None:
            while not app.should_stop:
                if not await self._do(fill):
                    return
                await app.sleep(_FILL_SECONDS)

    def why_not_ready(self) -> str | None:
        """Say why nothing is taken; None once Kafka has dealt partitions out, while no failure is in the way."""
        if self._trouble is not None:
            return self._trouble
        return None if self._is_dealt_out else _("Kafka has not dealt out any partitions yet")

    def run(
        self,
        report: Report,
        dealt_out: Callable[[Sequence[int]], None] = lambda _: None,
        number: int | None = None,
    ) -> int:
        """Wait until Kafka and the topic are there, then run until it is asked to stop (SIGINT or SIGTERM).

        `dealt_out` is told the partitions whenever Kafka deals them out; `number` is how many there have to be.
        Return the exit status: what is asked to stop ends with 0, within seconds, whatever it waits for.

        Raises:
            BrokerError: Kafka does not let us in, or the topic has another number of partitions.

        """
        found = self._wait_for_topic(report)
        if number is not None and found != number:
            raise otherwise_cut(self._topic, found, number)

        @self._app.on_partitions_assigned.connect  # type: ignore[arg-type]  # its signature names what it never passes
        async def note(_app: Any, assigned: Any, *_: object, **__: object) -> None:  # noqa: ANN401 - likewise
            self._is_dealt_out = True
            dealt_out(sorted(each.partition for each in assigned if each.topic == self._topic))

        shorten_library_logs()
        tolerate_unreadable_messages()
        worker = _Worker(self._app, self._stop)
        try:
            worker.execute_from_commandline()
        except SystemExit as ended:  # Faust leaves in no other way
            return CANNOT_GO_ON if ended.code else 0

    def _stop(self) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
            end_soon()

    def _wait_for_topic(self, report: Report) -> int:
        """Wait until the topic is there, for which Faust would look minutes later; return how it is cut."""
        while not (found := self._look_for_topic(report)):
            time.sleep(_RETRY_SECONDS)
        self._trouble = None
        return found

    def _look_for_topic(self, report: Report) -> int:
        """Return into how many partitions the topic is cut; 0, with the trouble reported, while it is away."""
        try:
            found = partitions_of(self._bootstrap, self._topic)
            if not found:
                raise not_there(self._topic)
        except BrokerAwayError as error:
            if str(error) != self._trouble:
                report(_("{error}; trying again").format(error=error))
            self._trouble = str(error)
            return 0
        return found

    async def _do(self, do: Callable[..., None], *given: object) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._until_it_passes, do, *given)

    def _until_it_passes(self, do: Callable[..., None], *given: object) -> bool:
        """Call a function until no passing failure is in its way; end the process at any other.

        Tell whether it was done: it was not where the process was asked to stop meanwhile.
        """
        while True:
            try:
                do(*given)
            except BaseException as error:  # noqa: BLE001 - whatever it is, nothing may be acknowledged
                if not self._passes(error):
                    self._end(error)
                sentence = str(error).strip().partition("\n")[0]
                if sentence != self._trouble:
                    _log.warning("%s; trying again", sentence)
                self._trouble = sentence
                if self._stopping.wait(_RETRY_SECONDS):
                    return False
            else:
                self._trouble = None
                return True

    def _end(self, error: BaseException) -> NoReturn:
        """End the process: this failure does not pass."""
        if isinstance(error, BrokerError):  # its sentence says it all
            _log.critical("this process cannot go on: %s", error)
        else:
            _log.critical("this process cannot go on", exc_info=True)
        sys.stderr.flush()
        os._exit(CANNOT_GO_ON)
