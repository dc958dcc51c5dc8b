"""The log on PostgreSQL passes eventsourcing's own tests of an application recorder, and keeps one order."""

import threading

import pytest
from eventsourcing.tests.persistence import ApplicationRecorderTestCase

from infra.log.postgresql import LogRecorder, open_log
from infra.migrations import migrate


class TestLogRecorder(ApplicationRecorderTestCase[LogRecorder]):
    """eventsourcing's own definition of what a recorder does."""

    @pytest.fixture(autouse=True)
    def _migrated(self, database: str) -> None:
        migrate(database)
        self.url = database

    def create_recorder(self) -> LogRecorder:
        recorder = open_log(self.url)
        before = set(threading.enumerate())

        def close() -> None:
            # The library's concurrent test leaves readers behind, which fail once the log is closed under them.
            for thread in set(threading.enumerate()) - before:
                if "read_continuously" in thread.name:
                    thread.join()
            recorder.close()

        self.addCleanup(close)
        return recorder

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


del ApplicationRecorderTestCase  # pytest would collect the abstract one
