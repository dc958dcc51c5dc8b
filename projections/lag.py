"""How far the views are behind the log, as metrics."""

from typing import TYPE_CHECKING

from events.recorded import decode_state
from infra.clock import Clock, system_clock
from infra.log import Log
from projections.engine import Engine

if TYPE_CHECKING:
    from infra.observability.metrics import Metrics  # not everywhere installed


def measure_lag(log: Log, engine: Engine, metrics: "Metrics", clock: Clock = system_clock) -> None:
    """Set the gauges of every projection to what is so now."""
    status = engine.status()  # before the head, which is then never behind a view
    head = log.head()
    ages = {position: _age(log, position, clock) for position in {one.position for one in status}}
    for one in status:
        metrics.projection_lag_positions.labels(one.projection).set(head - one.position)
        metrics.projection_lag_seconds.labels(one.projection).set(ages[one.position])
        metrics.parked.labels(one.projection).set(one.failed + one.waiting)


def _age(log: Log, after: int, clock: Clock) -> float:
    """Return how many seconds the event that follows a position has been in the log; 0 where there is none."""
    rows = log.read(after, 1)
    if not rows:
        return 0.0
    recorded_at = decode_state(rows[0][2]).recorded_at
    return max(0.0, (clock() - recorded_at).total_seconds())
