"""How far Kafka is behind the log, and for how long the relay has not moved although it is."""

from typing import TYPE_CHECKING, NamedTuple

from events.fields import microseconds
from infra.clock import Clock, system_clock
from infra.kafka.sent import read_sent, sent_last_at, sent_up_to
from infra.log import Log
from infra.postgresql import as_application
from projections.lag import oldest_seconds, unmoved_seconds

if TYPE_CHECKING:
    from infra.observability.metrics import Metrics  # not everywhere installed


class RelayLag(NamedTuple):
    """Up to which position the log was sent, and how many positions Kafka lacks.

    `seconds` is the age of the oldest of them: 0 where there is none, None where that is unknown.
    `unmoved_seconds` is for how long nothing was sent although something waits.
    """

    position: int
    lacking: int
    seconds: float | None
    unmoved_seconds: float


def relay_lag(log: Log, url: str, clock: Clock = system_clock) -> RelayLag:
    """Return how far Kafka is behind the log now, whichever relay is at work.

    Raises:
        PostgresError: the database cannot be used.

    """
    with as_application(url) as connection:
        position = sent_up_to(read_sent(connection))  # before the head, which is then never behind it
        moved_at = sent_last_at(connection)
    lacking, now = log.head() - position, microseconds(clock())
    if not lacking:
        return RelayLag(position, 0, 0.0, 0.0)
    since, seconds = None if moved_at is None else microseconds(moved_at), oldest_seconds(log, position, now)
    return RelayLag(position, lacking, seconds, unmoved_seconds(since, seconds, now))


def measure_lag(log: Log, url: str, metrics: "Metrics", clock: Clock = system_clock) -> None:
    """Set the gauges of the relay to what is so now.

    Raises:
        PostgresError: the database cannot be used.

    """
    found = relay_lag(log, url, clock)
    metrics.relay_lag_positions.set(found.lacking)
    metrics.relay_lag_seconds.set(found.seconds or 0)
    metrics.relay_unmoved_seconds.set(found.unmoved_seconds)
