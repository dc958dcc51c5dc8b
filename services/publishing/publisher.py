"""Batches of events into the log, and an answer to each event."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from typing import NamedTuple

from eventsourcing.persistence import IntegrityError

from events.envelope import Reader
from events.recorded import decode_state
from infra.clock import Clock, system_clock
from infra.log import ConnectionLostError, Log
from infra.observability.trace import log_traced
from infra.regions import Regions
from services.publishing.answers import Answer
from services.publishing.deciding import Decider, Draft, PublishingLimits, RepeatsError
from services.publishing.hints import Hints, Names, no_names
from services.publishing.memory import Memory
from services.publishing.proposals import Batch, read_batch
from services.world import OPERATOR, Principal


class Publisher:
    """Takes batches of events into the log. One of them serves one thread at a time."""

    def __init__(
        self,
        log: Log,
        regions: Regions,
        *,
        clock: Clock = system_clock,
        limits: PublishingLimits = PublishingLimits(),
        reader: Reader | None = None,
        names: Names = no_names,
    ) -> None:
        self._log = log
        self._reader = reader or Reader()
        self._memory = Memory(regions, self._reader.catalogue)
        self._decider = Decider(self._memory, self._reader.catalogue, clock, limits)
        self._expects_repeats = False
        self.hints = Hints(regions, lambda family, name: {*self._memory.names(family), *names(family, name)})

    def publish(self, lines: Sequence[bytes], principal: Principal = OPERATOR) -> list[Answer]:
        """Record a batch of events, one CloudEvent in JSON each; answer them in the same order.

        Raises:
            ClockBehindError: the clock lies too far behind the log; nothing was recorded.
            eventsourcing.persistence.PersistenceError: the log failed; nothing was recorded.
            ConnectionLostError: the log was lost, and again at once; what is recorded is repeated when it is
                published again.

        """
        return self.publish_together(lines, [principal] * len(lines))

    def publish_together(self, lines: Sequence[bytes], principals: Sequence[Principal]) -> list[Answer]:
        """Record events of several principals as one batch: who sent a line stands at its place in `principals`.

        Raises:
            as `publish`.

        """
        return self.hints.added(self._record(read_batch(lines, principals, self._reader)))

    def publish_each(
        self, batches: Iterable[Sequence[bytes]], principal: Principal = OPERATOR
    ) -> Iterator[list[Answer]]:
        """Record batch after batch, and decide on the next one while the log takes the last.

        For batches that are there already: with those of a publisher who waits for an answer, use `publish`.
        A batch is decided before the log is locked for it. Where somebody else has appended by then, or an event
        turns out to be recorded already, it is decided again under the lock.

        Raises:
            as `publish`: the batches answered are recorded, and at most one more.
            whatever `batches` raises, once all that came before is answered.

        """
        under_way: _UnderWay | None = None
        stopped: BaseException | None = None
        waiting = iter(batches)
        try:
            while True:
                try:
                    lines = next(waiting)
                except StopIteration:
                    break
                except BaseException as error:  # noqa: BLE001 - raised again below
                    stopped = error
                    break
                batch = read_batch(lines, [principal] * len(lines), self._reader)
                draft = self._draft(batch, alone=under_way is None)
                if under_way is not None:
                    yield self.hints.added(self._answers(under_way))
                    under_way = None
                if draft is None or draft.last is not self._memory.head:
                    yield self.hints.added(self._record(batch))
                else:
                    under_way = _UnderWay(batch, draft, self._log.append_after(draft.head, draft.rows))
            if under_way is not None:
                yield self.hints.added(self._answers(under_way))
                under_way = None
            if stopped is not None:
                raise stopped
        finally:
            if under_way is not None:
                self._memory.forget()
                wait([under_way.appended])

    def _draft(self, batch: Batch, *, alone: bool) -> Draft | None:
        """Decide on a batch without the log's lock; None where that has to be done under it.

        Unless `alone`, the batch before it is on its way into the log, and what is read there lacks it still:
        that is right as long as the memory has it.
        """
        if self._expects_repeats or (self._memory.is_full and not alone):
            return None
        try:
            with self._log.reading() as reading:
                head = reading.head() if alone else self._memory.head
                return self._decider.draft(batch, reading, head, look_up=False)
        except (RepeatsError, ConnectionLostError):
            self._memory.forget()
            return None
        except BaseException:
            self._memory.forget()
            raise

    def _answers(self, under_way: "_UnderWay") -> list[Answer]:
        """Wait until a batch is recorded, and return the answers to it."""
        try:
            if _settled(under_way.appended):
                _log_recorded(under_way.draft)
                return under_way.draft.answers
        except (IntegrityError, ConnectionLostError):
            self._expects_repeats = True
        except BaseException:
            self._memory.forget()
            raise
        self._memory.forget()
        return self._record(under_way.batch)

    def _record(self, batch: Batch) -> list[Answer]:
        """Decide on a batch under the log's lock, and append what is accepted.

        Whether events are recorded already is looked up first only where the last batch had such; elsewhere the
        log itself says so, by its unique event ids, and the batch begins again. So it does, once, when the
        connection is lost.
        """
        try:
            try:
                return self._attempt(batch, look_up=self._expects_repeats)
            except (IntegrityError, RepeatsError):
                if self._expects_repeats:
                    raise
            except ConnectionLostError:
                pass
            self._memory.forget()
            return self._attempt(batch, look_up=True)
        except BaseException:
            self._memory.forget()
            raise

    def _attempt(self, batch: Batch, *, look_up: bool) -> list[Answer]:
        with self._log.writing() as writing:
            draft = self._decider.draft(batch, writing, writing.head(), look_up=look_up)
            writing.append(draft.rows)
        _log_recorded(draft)
        self._expects_repeats = draft.repeats
        return draft.answers


class _UnderWay(NamedTuple):
    """A batch on its way into the log."""

    batch: Batch
    draft: Draft
    appended: Future[bool]


def _log_recorded(draft: Draft) -> None:
    log_traced("recorded", ((row[0], decode_state(row[4])) for row in draft.rows))


def _settled(appended: Future[bool]) -> bool:
    """Wait for the log whatever interrupts, and raise the interrupt only then."""
    interrupt: KeyboardInterrupt | None = None
    while not appended.done():
        try:
            wait([appended])
        except KeyboardInterrupt as error:
            interrupt = error
    if interrupt is not None:
        raise interrupt
    return appended.result()
