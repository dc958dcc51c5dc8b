"""Drives the engine from the log, in the process."""

import time
from collections.abc import Callable
from typing import Final

from infra.language import translate as _
from infra.log import Log
from projections.engine import Engine, OtherLogError
from projections.failures import passes

BATCH: Final = 10_000
_WAIT_SECONDS: Final = 1.0
_PACE_SECONDS: Final = 0.02
"""A transaction costs much the same for one event as for many: so long after one was begun, events gather."""
_RETRY_SECONDS: Final = 1.0


class Follower:
    """Brings the views up to date, and keeps them so."""

    def __init__(self, log: Log, engine: Engine) -> None:
        self._log = log
        self._engine = engine
        engine.prepare()
        self.position = engine.position()
        """The position reached."""
        self._caught_up = False

    def catch_up(
        self, progress: Callable[[int, int], None] | None = None, stopped: Callable[[], bool] = lambda: False
    ) -> int:
        """Fold everything that is in the log now, unless `stopped`; return the position reached.

        `progress` is called with the position reached and the head after every batch.

        Raises:
            OtherLogError: the views do not belong to this log.
            OtherVersionError: a newer program has taken the views over.

        """
        self._engine.verify(self._log)
        head = self._log.head()
        while self.position < head and not stopped():
            rows = self._log.read(self.position, BATCH)
            if not rows:
                raise OtherLogError(self.position)
            self._engine.fold(rows)
            self.position = rows[-1][0]
            if progress is not None:
                progress(self.position, max(head, self.position))
        self._caught_up |= self.position >= head
        return self.position

    def why_not_ready(self) -> str | None:
        """Say why nobody should read the views yet; None once they have caught up with the log.

        Raises:
            as `catch_up`, and what the databases raise that cannot be reached.

        """
        self._engine.verify(self._log)
        return None if self._caught_up else _("the views have not caught up with the log yet")

    def run(self, stopped: Callable[[], bool], report: Callable[[str], None]) -> None:
        """Follow the log until `stopped`; a passing fault of the database is reported and tried again.

        Raises:
            as `catch_up`, and whatever does not pass.

        """
        while not stopped():
            begun = time.monotonic()
            try:
                self.catch_up(stopped=stopped)
                if self._log.wait(self.position, _WAIT_SECONDS):
                    time.sleep(max(0.0, begun + _PACE_SECONDS - time.monotonic()))
            except Exception as error:
                if not passes(error):
                    raise
                report(_("{error}; trying again").format(error=error))
                time.sleep(_RETRY_SECONDS)
