"""How far Kafka is behind the log, as metrics."""

from typing import TYPE_CHECKING

from events.recorded import decode_state
from infra.clock import Clock, system_clock
from infra.kafka.sent import read_sent, sent_up_to
from infra.log import Log
from infra.postgresql import as_application

if TYPE_CHECKING:
    from infra.observability.metrics import Metrics  # not everywhere installed


def measure_lag(log: Log, url: str, metrics: "Metrics", clock: Clock = system_clock) -> None:
    """Set the gauges of the relay to what is so now, whichever relay is at work.

    Raises:
        PostgresError: the database cannot be used.

    """
    with as_application(url) as connection:
        position = sent_up_to(read_sent(connection))  # before the head, which is then never behind it
    metrics.relay_lag_positions.set(log.head() - position)
    waiting = log.read(position, 1)
    age = (clock() - decode_state(waiting[0][2]).recorded_at).total_seconds() if waiting else 0.0
    metrics.relay_lag_seconds.set(max(0.0, age))
