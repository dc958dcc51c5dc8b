"""What must hold of the views that workers fold, whatever was done to them."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import select

from infra.kafka.partition import partition_of
from infra.kafka.sent import save_sent
from infra.kafka.steps import subject_of
from infra.settings import Settings
from infra.views import Views
from infra.views.sqlite import open_views
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.follower import Follower
from projections.tables import PARKED
from projections.worker.partitions import Partitions
from services.composition import Jejak
from tests.faults.logs import untidy_flow
from tests.faults.streams import PARTITIONS, Installation
from tests.integration.projections.test_reach_oracle import tables
from tests.waiting import wait_until

WORKER: Final = "jejak-worker-under-test"
IN_THE_MIDDLE: Final = f"""
    FROM pg_stat_activity
    WHERE application_name = '{WORKER}' AND wait_event_type = 'Lock' AND backend_xid IS NOT NULL
"""
"""The sessions of workers that have written something, and wait before they can write more."""


class Workshop(Installation):
    """An installation whose views workers fold, each a process of its own."""

    def __init__(self, folder: Path, database: str, bootstrap: str) -> None:
        super().__init__(folder, database, bootstrap)
        self.jejak = self._open(PARTITIONS)
        self.jejak.engine.prepare()

    def _open(self, partitions: int) -> Jejak:
        settings: dict[str, Any] = {
            "postgres": self.database,
            "kafka": self.bootstrap,
            "kafka_partitions": partitions,
        }
        return Jejak(Settings(home=self.cli.home, mode="distributed", **settings))

    def set_partitions(self, number: int) -> None:
        """Have another number of partitions in the settings."""
        self.jejak.close()
        self.jejak = self._open(number)
        self.cli.variables["JEJAK_KAFKA_PARTITIONS"] = str(number)

    def worker(self) -> "subprocess.Popen[bytes]":
        """Start a worker; PostgreSQL knows its sessions by the name WORKER."""
        with (self.cli.folder / "worker.log").open("ab") as log:
            return self.cli.start("worker", stdout=log, stderr=log, PGAPPNAME=WORKER)

    def begins(self, *parts: str) -> list["subprocess.Popen[bytes]"]:
        """Start parts, and return once they are at work."""
        before = {part: self._begun(part) for part in parts}
        started = [self.worker() if part == "worker" else self.start(part) for part in parts]
        self.waits(lambda: all(self._begun(part) > before[part] for part in parts))
        return started

    def _begun(self, part: str) -> int:
        log = self.cli.folder / f"{part}.log"
        said = log.read_text(encoding="utf-8") if log.exists() else ""
        return sum(said.count(words) for words in ("relaying from", "folding the partitions"))

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement as a superuser; return its rows."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def put_down_as_sent(self, partitions: int = PARTITIONS) -> dict[int, int]:
        """Put down, as the relay does, that the whole log was sent; return the last position on each partition."""
        sent = {partition_of(subject_of(row), partitions): row[0] for row in self.rows()}
        with psycopg.connect(self.database) as connection:
            save_sent(connection, sent)
        return sent

    def fold_here(self, partitions: int = PARTITIONS) -> None:
        """Do what a relay and a worker do, up to the end of the log, without them and without Kafka."""
        sent = self.put_down_as_sent(partitions)
        folder = Partitions(self.jejak.log, self.jejak.partitioned_engine, partitions)
        folder.catch_up(sent)
        self.folds_up_to_after_following(self.head())

    @contextmanager
    def held_in_the_middle(self) -> Iterator[None]:
        """Let whoever folds wait in the middle of its transaction, until the block ends."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.database) as connection:  # it may be killed
            connection.execute("LOCK TABLE jejak_views.reach_step IN EXCLUSIVE MODE")
            yield

    def waiting_workers(self) -> list[tuple[Any, ...]]:
        """Return who waits there."""
        return self.sql(f"SELECT pid {IN_THE_MIDDLE}")

    @contextmanager
    def load(self, events: int, seed: int) -> Iterator[None]:
        """Record some hundred events a second, by a thread, until the block ends; a relay sends them."""
        relay = self.start("relay")
        lines = iter(untidy_flow(events, seed=seed))
        stopping = threading.Event()

        def publish() -> None:
            for _head in self.publish_each(iter(lambda: list(islice(lines, 25)), [])):
                if stopping.wait(0.05):
                    return

        with ThreadPoolExecutor(1) as thread:
            publishing = thread.submit(publish)
            try:
                with self.followed():
                    yield
            finally:
                stopping.set()
            publishing.result()
        assert relay.poll() is None, self.said("relay")

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Let those views that need the one order of the log follow it meanwhile, by a thread."""
        stopping = threading.Event()
        with ThreadPoolExecutor(1) as thread:
            following = thread.submit(self.jejak.follower.run, stopping.is_set, lambda _: None)
            try:
                yield
            finally:
                stopping.set()
            following.result()

    def position(self) -> int:
        """Return the position up to which every view got."""
        return self.jejak.engine.position()

    def folds_up_to(self, position: int) -> None:
        """Wait until every view has got to a position."""
        self.waits(lambda: self.position() >= position)

    def folds_up_to_after_following(self, position: int) -> None:
        """The same, and first let those views that need the one order of the log follow it."""
        self.jejak.follower.catch_up()
        self.folds_up_to(position)

    def waits(self, for_: Callable[[], object]) -> None:
        """Wait until something holds."""
        wait_until(for_, lambda: self.said("worker"))

    def check_views(self) -> None:
        """Check that every view has got to the head, and holds what a fold from scratch gives."""
        self.folds_up_to_after_following(self.head())
        with closing(open_views(self.cli.folder / "anew.sqlite")) as anew:
            Follower(self.jejak.log, Engine(anew, PROJECTIONS)).catch_up()
            assert all_of(self.jejak.views) == all_of(anew)


def all_of(views: Views) -> dict[str, list[tuple[Any, ...]]]:
    """Return every table of the views, and what was parked."""
    with views.reading() as connection:
        parked = sorted(tuple(row) for row in connection.execute(select(PARKED)))
    return {**tables(views), "parked": parked}
