"""The stream as it is now: how far relay and inbox are, who is at work, and for how long each has not moved."""

from math import nan
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from events.fields import microseconds
from infra.clock import Clock, system_clock
from infra.kafka.backlog import backlog_of
from infra.kafka.brokers import BrokerError, administering
from infra.kafka.taken import read_taken
from infra.kafka.topics import INBOX, members
from infra.log import Log
from infra.postgresql import as_application
from projections.lag import seconds_since, unmoved_seconds
from projections.worker import GROUP as WORKERS
from services.inbox.inbox import GROUP as INBOXES
from services.relay.lag import relay_lag
from services.relay.lease import HOLDERS

if TYPE_CHECKING:
    from infra.observability.metrics import Metrics  # not everywhere installed


_SCRAPE_SECONDS: Final = 3
"""Whoever asks for metrics waits no longer for Kafka: Prometheus gives up after ten seconds."""


class InboxLag(Struct, frozen=True):
    """What waits in the inbox."""

    messages: int
    seconds: float | None
    """The age of the oldest, by its own timestamp; 0 where none waits, None where none says."""
    unmoved_seconds: float
    """For how long the partition that is worst has not moved although something waits on it."""


class Stream(Struct, frozen=True):
    """How far the stream is, and how many processes are at work on it or stand by."""

    relayed: int
    """The position up to which the log was sent."""
    lag: int
    """How many positions it lacks."""
    relays: int
    workers: int | None
    """None where Kafka does not say; so with `inboxes` and `inbox`."""
    inboxes: int | None
    trouble: str | None
    """Why Kafka does not say."""
    lag_seconds: float | None
    """The age of the oldest step that was not sent; 0 where there is none, None where that is unknown."""
    unmoved_seconds: float
    """For how long nothing was sent although something waits."""
    inbox: InboxLag | None


def look_at_stream(log: Log, url: str, bootstrap: str, clock: Clock = system_clock) -> Stream:
    """Return how far the stream is.

    Raises:
        PostgresError: the database cannot be used.

    """
    with as_application(url) as connection:
        row = connection.execute(HOLDERS).fetchone()
    relay = relay_lag(log, url, clock)  # before Kafka is asked, which may take long to answer
    workers = inboxes = inbox = trouble = None
    try:
        with administering(bootstrap) as admin:
            workers, inboxes = members(admin, WORKERS), members(admin, INBOXES)
            inbox = _inbox_lag(admin, url, bootstrap, clock)
    except BrokerError as error:
        trouble = str(error)
    return Stream(
        relay.position,
        relay.lacking,
        row[0] if row else 0,
        workers,
        inboxes,
        trouble,
        relay.seconds,
        relay.unmoved_seconds,
        inbox,
    )


def measure_inbox(url: str, bootstrap: str, metrics: "Metrics", clock: Clock = system_clock) -> None:
    """Set the gauges of the inbox to what is so now; to NaN while Kafka does not say: the others are there still.

    Raises:
        PostgresError: the database cannot be used.

    """
    try:
        with administering(bootstrap, answer_seconds=_SCRAPE_SECONDS) as admin:
            found = _inbox_lag(admin, url, bootstrap, clock)
    except BrokerError:  # whether the inbox is ready says why
        messages = seconds = unmoved = nan
    else:
        messages, unmoved = found.messages, found.unmoved_seconds
        seconds = nan if found.seconds is None else found.seconds
    metrics.inbox_lag_messages.set(messages)
    metrics.inbox_lag_seconds.set(seconds)
    metrics.inbox_unmoved_seconds.set(unmoved)


def _inbox_lag(admin: Any, url: str, bootstrap: str, clock: Clock) -> InboxLag:  # noqa: ANN401 - kafka-python comes without types
    with as_application(url) as connection:
        taken = read_taken(connection)
    waiting = backlog_of(
        admin, bootstrap, INBOXES, INBOX, {partition: one.next_offset for partition, one in taken.items()}
    )
    now = microseconds(clock())
    latest = max((one.moved_at for one in taken.values()), default=None)
    unmoved, ages = [0.0], [] if waiting else [0.0]
    for partition, backlog in waiting.items():
        age = seconds_since(backlog.sent_at, now)
        if age is not None:
            ages.append(age)
        # Where a partition never moved and nobody knows how old a message is, the others tell.
        moved_at = taken[partition].moved_at if partition in taken else latest if age is None else None
        unmoved.append(unmoved_seconds(None if moved_at is None else microseconds(moved_at), age, now))
    return InboxLag(sum(one.messages for one in waiting.values()), max(ages, default=None), max(unmoved))
