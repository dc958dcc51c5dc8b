"""Group commit: events that many threads hand in one by one go into the log in batches.

While a batch is being written the next events gather, and then go as one batch: the more callers wait, the less
each commit costs. Nobody waits for others to come, so a caller alone is as fast as with a publisher of its own.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from itertools import islice
from queue import Queue
from threading import Lock, Thread
from typing import Final, NamedTuple

from infra.language import translate as _
from services.publishing.answers import Answer
from services.publishing.publisher import Publisher
from services.world import OPERATOR, Principal

MOST_WAITING: Final = 1_000
"""Callers that may wait for the next batch, which takes all of them; one more waits until it may hand in."""


class GroupClosedError(Exception):
    """The group takes no more events: the program is about to end."""

    def __init__(self) -> None:
        super().__init__(
            _("Jejak is stopping and records nothing more here: send the same again when it has started anew")
        )


class _HandedIn(NamedTuple):
    """What one caller handed in."""

    lines: Sequence[bytes]
    principal: Principal
    answers: Future[list[Answer]]


class GroupCommit:
    """Takes events of many threads at once; a thread of its own owns the publisher."""

    def __init__(self, publisher: Publisher, *, most_waiting: int = MOST_WAITING) -> None:
        self._publisher = publisher
        self._waiting: Queue[_HandedIn | None] = Queue(most_waiting)
        self._handing_in = Lock()
        self._closed = False
        self._thread = Thread(target=self._run, name="group-commit")
        self._thread.start()

    def publish(self, lines: Sequence[bytes], principal: Principal = OPERATOR) -> list[Answer]:
        """Record events, one CloudEvent in JSON each, and return the answers to them once they are durable.

        Raises:
            GroupClosedError: the group is closed; nothing was recorded.
            as `Publisher.publish`: nothing of the batch was recorded, and all who share it are told the same.

        """
        return self.submit(lines, principal).result()

    def submit(self, lines: Sequence[bytes], principal: Principal = OPERATOR) -> Future[list[Answer]]:
        """Hand in events, and return their answers to come; wait while too many are waiting already.

        Raises:
            GroupClosedError: the group is closed.

        """
        answers: Future[list[Answer]] = Future()
        with self._handing_in:
            if self._closed:
                raise GroupClosedError
            self._waiting.put(_HandedIn(lines, principal, answers))
        return answers

    def close(self) -> None:
        """Take no more, and return when all that was handed in is answered."""
        with self._handing_in:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        """Record batch after batch, until the group is closed."""
        closing = False
        while not closing:
            waiting = self._waiting
            batch = [waiting.get(), *(waiting.get() for _one in range(waiting.qsize()))]
            closing = batch[-1] is None
            wanted = [one for one in batch if one is not None and one.answers.set_running_or_notify_cancel()]
            if wanted:
                self._record(wanted)

    def _record(self, batch: Sequence[_HandedIn]) -> None:
        """Record what some callers handed in, and give each its answers, or all of them the failure."""
        lines = [line for one in batch for line in one.lines]
        principals = [one.principal for one in batch for _line in one.lines]
        try:
            answers = iter(self._publisher.publish_together(lines, principals))
        except BaseException as error:  # noqa: BLE001 - raised in the thread of each caller
            for one in batch:
                one.answers.set_exception(error)
        else:
            for one in batch:
                one.answers.set_result(list(islice(answers, len(one.lines))))
