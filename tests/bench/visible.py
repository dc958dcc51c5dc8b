"""How soon a step is in the view: from when it is due to be published to its row there, by relay and worker.

A thousand a second come, and those that came while others were being written are published together. Each is
counted from the moment when it was due, so that it is not left out how long it had to wait for others.
"""

import signal
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import Any, Final

import psycopg

from infra.kafka.topics import declare_topics
from infra.migrations import migrate
from infra.servers.kafka import Kafka
from services.composition import Jejak
from services.publishing.answers import Outcome
from tests.bench.measure import Bench, Figure, start_jejak
from tests.bench.streams import wait_until

NAME: Final = "visible"
_SECONDS: Final = 60
_A_SECOND: Final = 1_000
_PAUSE_SECONDS: Final = 0.005
_PARTITIONS: Final = 4
_WARM_UP: Final = 5_000
"""Events that are there before the clock runs, the organisations among them."""
_LOOK_SECONDS: Final = 0.005
_MOST_MS: Final = 500
_PARTS: Final = ("relay", "worker", "follow")
_LOOK: Final = "SELECT position FROM jejak_views.trail_step WHERE position = ANY (%s)"


def run(bench: Bench) -> list[Figure]:
    """Measure in several runs, one after the other, with everything that `jejak up` runs at work."""
    seconds = bench.size(_SECONDS)
    path = bench.lines(_WARM_UP + bench.runs * seconds * _A_SECOND)
    with bench.database() as url, Kafka(bench.directory / f"kafka-{NAME}") as kafka, path.open("rb") as lines:
        settings: dict[str, Any] = {
            "mode": "distributed",
            "postgres": url,
            "kafka": kafka.bootstrap,
            "kafka_partitions": _PARTITIONS,
        }
        migrate(url)
        with bench.installation(**settings) as jejak:
            declare_topics(kafka.bootstrap, jejak.settings)
            jejak.engine.prepare()
            with ExitStack() as at_work:
                for part in _PARTS:
                    at_work.enter_context(_running(part, jejak, settings))
                jejak.publisher.publish(list(islice(lines, _WARM_UP)))
                wait_until(lambda: jejak.engine.position() >= jejak.log.head())
                found = [_run(jejak, url, lines, seconds * _A_SECOND) for _ in range(bench.runs)]
    what = f"published, {_A_SECOND:,} a second for {seconds} s, until it is in the view"
    return [
        Figure(NAME, f"{what}: median", "ms", [median(one) for one in found]),
        Figure(NAME, f"{what}: 99 of 100", "ms", [quantiles(one, n=100)[-1] for one in found], at_most=_MOST_MS),
        Figure(NAME, f"{what}: the last", "ms", [max(one) for one in found]),
    ]


def _run(jejak: Jejak, url: str, lines: Iterable[bytes], events: int) -> list[float]:
    """Publish so many events; return how many milliseconds each took to be seen."""
    due: dict[int, float] = {}
    """Of each position that was not seen yet, when it was due."""

    def publish() -> None:
        begin, published = perf_counter(), 0
        while published < events:
            are_due = min(events, int((perf_counter() - begin) * _A_SECOND)) - published
            if not are_due:
                sleep(_PAUSE_SECONDS)
                continue
            for answer in jejak.publisher.publish(list(islice(lines, are_due))):
                if answer.outcome is not Outcome.ACCEPTED or answer.position is None:
                    raise RuntimeError("an event was not accepted")
                due[answer.position] = begin + published / _A_SECOND
                published += 1

    found = []
    with ThreadPoolExecutor(1) as thread, psycopg.connect(url, autocommit=True) as connection:
        publishing = thread.submit(publish)
        while not publishing.done() or due:
            seen = connection.execute(_LOOK, (list(due),)).fetchall()
            now = perf_counter()
            found += [(now - due.pop(position)) * 1_000 for (position,) in seen]
            sleep(_LOOK_SECONDS)
        publishing.result()
    return found


@contextmanager
def _running(part: str, jejak: Jejak, settings: dict[str, Any]) -> Iterator[None]:
    """Have a part of the program at work until the block ends."""
    process = start_jejak(
        part,
        home=jejak.settings.home / part,
        settings=settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
