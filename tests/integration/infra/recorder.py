"""eventsourcing's own tests of an application recorder, for the log wherever it is kept."""

import threading
from abc import abstractmethod

from eventsourcing.persistence import ApplicationRecorder
from eventsourcing.tests import persistence

from infra.log import Log


class LogRecorderTestCase(persistence.ApplicationRecorderTestCase[ApplicationRecorder]):
    """eventsourcing's own definition of what a recorder does."""

    @abstractmethod
    def open_log(self) -> Log:
        """Open an empty log."""

    def create_recorder(self) -> ApplicationRecorder:
        log = self.open_log()
        before = set(threading.enumerate())

        def close() -> None:
            # The library's concurrent test leaves readers behind; a connection closed under one is a crash.
            for thread in set(threading.enumerate()) - before:
                if "read_continuously" in thread.name:
                    thread.join()
            log.close()

        self.addCleanup(close)
        assert isinstance(log, ApplicationRecorder)
        return log
