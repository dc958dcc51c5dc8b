"""Sends the log to Kafka, in its order, as it grows."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from math import inf
from typing import Any, Final, NoReturn

import psycopg
from eventsourcing.persistence import OperationalError
from kafka.errors import KafkaError, KafkaTimeoutError

from events.recorded import decode_state
from infra.kafka.brokers import BrokerAwayError, BrokerError, is_hopeless
from infra.kafka.partition import partition_of
from infra.kafka.sent import Sent, sent_up_to
from infra.kafka.steps import HEADERS, encode_step, subject_of
from infra.kafka.topics import STEPS, not_there, otherwise_cut
from infra.kafka.transactions import FENCED
from infra.language import number
from infra.language import translate as _
from infra.log import Log, Row
from infra.observability.trace import log_traced
from infra.postgresql import PostgresError
from services.relay.lease import Lease

TRANSACTIONAL_ID: Final = "jejak.relay"
BATCH: Final = 5_000
"""Rows of one transaction."""
_WAIT_SECONDS: Final = 1.0
_PACE_SECONDS: Final = 0.05
"""A transaction costs Kafka the same for one row as for many: so long after one was begun, rows gather."""
_RETRY_SECONDS: Final = 1.0
_FENCED_AGAIN_SECONDS: Final = 60.0
"""Fenced twice within that time, a relay gives up."""
_LONGEST_SECONDS: Final = 10.0
"""A batch takes no longer, or the relay is not ready."""

Report = Callable[[str], None]


class FencedError(Exception):
    """Another relay sends to the same topic, and it is not one of this database."""


class Relay:
    """Sends every row of the log once, as long as nothing fails, and never out of order.

    One batch is one transaction of Kafka. How far it got is saved in PostgreSQL after that; what was sent and not
    saved is sent again, and known by its position. Whatever fails, the producer is given up, and the next one
    begins where the last saved batch ended: nothing can overtake what failed.
    """

    def __init__(
        self,
        log: Log,
        take_lease: Callable[[], Lease],
        open_producer: Callable[[], AbstractContextManager[Any]],
        partitions: int,
        topic: str = STEPS,
    ) -> None:
        self._log = log
        self._take_lease = take_lease
        self._open_producer = open_producer
        self._partitions = partitions
        self._topic = topic
        self._trouble: str | None = _("the relay has not begun yet")
        self._sending_since = inf

    def why_not_ready(self) -> str | None:
        """Say why this relay neither relays nor stands by; None while it does."""
        seconds = (
            time.monotonic() - self._sending_since
        )  # kafka-python waits for a broker that is away, and says nothing
        if seconds > _LONGEST_SECONDS:
            return _("Kafka has not taken a batch for {seconds} seconds").format(seconds=int(seconds))
        return self._trouble

    def run(self, report: Report) -> None:
        """Relay without end; a passing fault is reported, and it begins again.

        Raises:
            FencedError: another installation relays to the same Kafka.
            BrokerError: Kafka lets no relay in, or the topic has another number of partitions.
            UnreadableStepError: a row of the log is damaged.

        """
        while True:
            try:
                with self._take_lease() as lease:
                    self._wait_for_turn(lease, report)
                    self._lead(lease, report)
            except (
                psycopg.OperationalError,
                PostgresError,
                OperationalError,
                KafkaError,
                BrokerAwayError,
            ) as error:
                if is_hopeless(error):
                    raise BrokerError(
                        _("Kafka does not take the log from this relay: {reason}").format(reason=error)
                    ) from error
                self._trouble, self._sending_since = str(error).strip(), inf
                report(_("{error}; beginning again").format(error=self._trouble))
                time.sleep(_RETRY_SECONDS)

    def _wait_for_turn(self, lease: Lease, report: Report) -> None:
        if not lease.try_to_take():
            self._trouble = None
            report(_("another relay is at work; standing by"))
            lease.wait()

    def _lead(self, lease: Lease, report: Report) -> None:
        """Relay as the only one, until something fails.

        A relay that was stopped may fence us when it wakes up, since kafka-python asks for the transactional id
        once more before it gives up. That happens once; another installation does it again and again.
        """
        fenced_at = -inf
        while True:
            try:
                self._relay(lease, report)
            except FENCED as error:
                lease.renew()  # raises where another relay of ours has taken over
                if time.monotonic() - fenced_at < _FENCED_AGAIN_SECONDS:
                    raise FencedError(
                        _(
                            "another installation relays to the same Kafka: give each its own brokers, or stop one"
                            " of them"
                        )
                    ) from error
                fenced_at = time.monotonic()
                report(_("{error}; beginning again").format(error=str(error).strip()))

    def _relay(self, lease: Lease, report: Report) -> NoReturn:
        """Relay by one producer, until something fails."""
        with self._open_producer() as producer, ThreadPoolExecutor(1, "read-ahead") as ahead:
            self._check_topic(producer)
            # Only now: whoever was at work before can commit no more.
            sent = lease.sent()
            position = sent_up_to(sent)
            self._trouble, self._sending_since = None, inf
            report(_("relaying from position {position}").format(position=number(position)))
            rows, begun = self._log.read(position, BATCH), -inf
            while True:
                lease.renew()
                if rows:
                    position = rows[-1][0]
                    begun = self._sending_since = time.monotonic()
                    sending = self._append(producer, rows, sent)
                    following = ahead.submit(self._log.read, position, BATCH) if len(rows) == BATCH else None
                    producer.commit_transaction()
                    _raise_first_failure(sending)
                    self._sending_since = inf
                    lease.save(sent)
                    log_traced("relayed", ((row[0], decode_state(row[2])) for row in rows))
                    rows = following.result() if following else ()
                elif self._log.wait(position, _WAIT_SECONDS):
                    time.sleep(max(0.0, begun + _PACE_SECONDS - time.monotonic()))
                    rows = self._log.read(position, BATCH)

    def _check_topic(self, producer: Any) -> None:  # noqa: ANN401 - kafka-python comes without types
        try:
            found = len(producer.partitions_for(self._topic))
        except KafkaTimeoutError as error:
            raise not_there(self._topic) from error
        if found != self._partitions:
            raise otherwise_cut(self._topic, found, self._partitions)

    def _append(self, producer: Any, rows: Sequence[Row], sent: Sent) -> list[Any]:  # noqa: ANN401 - likewise
        """Begin a transaction with these rows, and move `sent`; return what will tell of each whether it came."""
        sending = []
        producer.begin_transaction()
        for row in rows:
            subject = subject_of(row)
            partition = partition_of(subject, self._partitions)
            value = encode_step(row, sent.get(partition, 0))
            sending.append(producer.send(self._topic, value, subject.encode(), HEADERS, partition))
            sent[partition] = row[0]
        return sending


def _raise_first_failure(sending: Sequence[Any]) -> None:
    """Raise why a message did not come: kafka-python may commit what is left of a transaction without it."""
    for message in sending:
        if message.failed():
            raise message.exception
