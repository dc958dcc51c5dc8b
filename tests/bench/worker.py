"""A worker that folds every view from Kafka, against agents of Faust that read the same messages.

One does nothing with them, and takes batches as large as a worker does. The other upserts a row and commits,
event by event, as its documentation shows an agent; it has one table to write. All begin with the messages on
Kafka, each as a process of its own, and all who write wait for the disk.
"""

import subprocess
import sys
from functools import partial
from typing import Final

import psutil  # type: ignore[import-untyped]  # it comes without types
import psycopg

from infra.kafka.topics import STEPS
from infra.servers.kafka import Kafka
from tests.bench.faust_peer import CREATE, TAKE, UPSERT
from tests.bench.measure import Bench, Figure, ratio
from tests.bench.streams import Stream

NAME: Final = "worker"
_EVENTS: Final = 100_000
_UPSERTED: Final = 10_000
_PARTITIONS: Final = 4


def run(bench: Bench) -> list[Figure]:
    """Measure a worker and the agents in turn."""
    events, upserted = bench.size(_EVENTS), bench.size(_UPSERTED)
    with bench.database() as url, Kafka(bench.directory / f"kafka-{NAME}") as kafka:
        stream = Stream(bench, url, kafka, events)
        with stream.cut_into(_PARTITIONS) as workers:
            rates = bench.in_turn(
                {
                    NAME: lambda: workers.fold(1).events_a_second,
                    "far behind": lambda: workers.fold(1, sent=True).events_a_second,
                    TAKE: partial(_agent, TAKE, stream, events),
                    UPSERT: partial(_agent, UPSERT, stream, upserted),
                }
            )
    ours, behind, bare, one_by_one = rates.values()
    return [
        Figure(NAME, f"a worker, every view, on {_PARTITIONS} partitions, all of it from Kafka", "events/s", ours),
        Figure(NAME, "the same, where a relay has put down what it sent: from the log", "events/s", behind),
        Figure(NAME, "a Faust agent that takes batches of them, and does nothing", "events/s", bare),
        Figure(NAME, "a Faust agent that upserts and commits each", "events/s", one_by_one),
        Figure(NAME, "against the one that does nothing", "x", ratio(ours, bare), at_least=0.8),
        Figure(NAME, "from the log, against the one that does nothing", "x", ratio(behind, bare)),
        Figure(NAME, "against the one that upserts and commits", "x", ratio(ours, one_by_one), at_least=4),
    ]


def _agent(work: str, stream: Stream, events: int) -> float:
    with psycopg.connect(stream.url) as connection:
        for statement in CREATE:
            connection.execute(statement)
    words = (
        sys.executable,
        "-m",
        "tests.bench.faust_peer",
        work,
        stream.bootstrap,
        STEPS,
        str(events),
        stream.url,
        str(stream.bench.home()),
    )
    process = psutil.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        return float(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
