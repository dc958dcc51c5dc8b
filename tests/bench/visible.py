"""How soon a step is in the view: from when it is due to be published to its row there, by relay and worker.

A thousand a second are published, ten every ten milliseconds, whatever becomes of those before them; each is
counted from the moment when it was due, so that who has to wait for others is not left out.
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
_AT_ONCE: Final = 10
_EVERY_SECONDS: Final = 0.01
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
    turns = round(seconds / _EVERY_SECONDS)
    path = bench.lines(_WARM_UP + bench.runs * turns * _AT_ONCE)
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
                found = [_run(jejak, url, lines, turns) for _ in range(bench.runs)]
    what = f"published, {round(_AT_ONCE / _EVERY_SECONDS):,} a second for {seconds} s, until it is in the view"
    return [
        Figure(NAME, f"{what}: median", "ms", [median(one) for one in found]),
        Figure(NAME, f"{what}: 99 of 100", "ms", [quantiles(one, n=100)[-1] for one in found], at_most=_MOST_MS),
        Figure(NAME, f"{what}: the last", "ms", [max(one) for one in found]),
    ]


def _run(jejak: Jejak, url: str, lines: Iterable[bytes], turns: int) -> list[float]:
    """Publish in so many turns; return how many milliseconds each step took to be seen."""
    due: dict[int, float] = {}
    """Of each position that was not seen yet, when it was due."""

    def publish() -> None:
        begin = perf_counter()
        for turn in range(turns):
            at = begin + turn * _EVERY_SECONDS
            sleep(max(0.0, at - perf_counter()))
            for answer in jejak.publisher.publish(list(islice(lines, _AT_ONCE))):
                if answer.outcome is not Outcome.ACCEPTED or answer.position is None:
                    raise RuntimeError("an event was not accepted")
                due[answer.position] = at

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
