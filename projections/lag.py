"""How far the views are behind the log, as count and as age, and for how long each has not moved."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.fields import microseconds
from infra.clock import Clock, system_clock
from infra.log import Log, Row
from projections.engine import Checkpoint, Engine, Status

if TYPE_CHECKING:
    from infra.observability.metrics import Metrics  # not everywhere installed

STALLED_SECONDS: Final = 60.0
"""What has not moved for so long, although something older waits for it, needs a person."""
_MOST_READ: Final = 20_000
"""So many rows of the log are looked at, to find what each partition lacks."""
_AT_ONCE: Final = 1_000


class Behind(NamedTuple):
    """A partition that is behind: `seconds` for which it has not moved although its oldest step waits.

    `waiting` steps wait on it, or at least so many.
    """

    partition: int
    seconds: float
    waiting: int
    at_least: bool


class Lag(NamedTuple):
    """How far a view is behind the log.

    `seconds` is the age of the oldest step that it lacks: 0 where it lacks none, None where that is unknown.
    `behind` are its partitions that lack something which they could have: a worker folds no more than was sent.
    """

    position: int
    lacking: int
    seconds: float | None
    behind: tuple[Behind, ...]

    @property
    def unmoved_seconds(self) -> float:
        """For how long the worst partition has not moved although something waits; 0 where nothing does."""
        return max((each.seconds for each in self.behind), default=0.0)


def look_at_lag(log: Log, engine: Engine, clock: Clock = system_clock) -> list[tuple[Status, Lag]]:
    """Return how far each view got, and how far it is behind the log."""
    status = engine.status()  # before the head, which is then never behind a view
    head, now = log.head(), microseconds(clock())
    lags: dict[tuple[Checkpoint, ...], Lag] = {}
    for one in status:  # most are folded together
        if one.checkpoints not in lags:
            lags[one.checkpoints] = _lag(log, one, head, now)
    return [(one, lags[one.checkpoints]) for one in status]


def measure_lag(log: Log, engine: Engine, metrics: "Metrics", clock: Clock = system_clock) -> None:
    """Set the gauges of every projection to what is so now."""
    for status, lag in look_at_lag(log, engine, clock):
        metrics.projection_lag_positions.labels(status.projection).set(lag.lacking)
        metrics.projection_lag_seconds.labels(status.projection).set(lag.seconds or 0)
        metrics.projection_unmoved_seconds.labels(status.projection).set(lag.unmoved_seconds)
        metrics.parked.labels(status.projection).set(status.failed + status.waiting)


def oldest_seconds(log: Log, after: int, now: int) -> float | None:
    """Return for how long the step behind a position is recorded: 0 where there is none, None where unknown."""
    rows = log.read(after, 1)
    return seconds_since(_look(rows[0])[1], now) if rows else 0.0


def seconds_since(moment: int | None, now: int) -> float | None:
    """Return how many seconds ago a moment was, both in microseconds; another machine's clock may be ahead."""
    return None if moment is None else max(0.0, (now - moment) / 1_000_000)


def unmoved_seconds(moved_at: int | None, oldest_seconds: float | None, now: int) -> float:
    """Return for how long something has not moved although something waits for it: not longer than that waits.

    `moved_at` is None where it never moved, `oldest_seconds` where nobody knows how long that waits.
    """
    known = [each for each in (seconds_since(moved_at, now), oldest_seconds) if each is not None]
    return min(known, default=0.0)


class _Waiting(NamedTuple):
    """What waits: the first position, when that was recorded (None: unknown), how many there are, or at least."""

    position: int
    recorded_at: int | None
    steps: int
    at_least: bool = False


def _lag(log: Log, status: Status, head: int, now: int) -> Lag:
    until = {each.partition: head if each.sent is None else min(each.sent, head) for each in status.checkpoints}
    whole, waiting = _look_at_log(log, status, until, head)
    behind = tuple(
        Behind(
            one.partition,
            unmoved_seconds(one.moved_at, seconds_since(found.recorded_at, now), now),
            found.steps,
            found.at_least,
        )
        for one in status.checkpoints
        if (found := waiting.get(one.partition)) is not None
    )
    if whole is None:
        return Lag(head, 0, 0.0, ())
    return Lag(whole.position - 1, head - whole.position + 1, seconds_since(whole.recorded_at, now), behind)


def _look_at_log(
    log: Log, status: Status, until: Mapping[int, int], head: int
) -> tuple[_Waiting | None, dict[int, _Waiting]]:
    """Return what waits of the log for a view, and what of it could have been folded on each partition."""
    far = {each.partition: each.position for each in status.checkpoints}
    if len(far) == 1:
        ((only, position),) = far.items()
        rows = log.read(position, 1)
        if not rows:
            return None, {}
        whole = _Waiting(position + 1, _look(rows[0])[1], head - position)
        sent = until[only] - position
        return whole, {only: whole._replace(steps=sent)} if sent > 0 else {}
    from infra.kafka.partition import partition_of  # noqa: PLC0415 - a single partition needs no Kafka

    first, waiting = None, dict[int, _Waiting]()
    after, end = status.position, min(head, status.position + _MOST_READ)
    while after < end and (rows := log.read(after, min(_AT_ONCE, end - after))):
        after = rows[-1][0]
        for row in rows:
            subject, recorded_at = _look(row)
            partition = partition_of(subject, len(far))
            if row[0] <= far[partition]:
                continue
            first = first or _Waiting(row[0], recorded_at, 1)
            if row[0] <= until[partition]:
                found = waiting.get(partition) or _Waiting(row[0], recorded_at, 0)
                waiting[partition] = found._replace(steps=found.steps + 1)
    for partition, last in until.items():
        if last > max(after, far[partition]):
            found = waiting.get(partition) or _Waiting(after + 1, None, 1)
            waiting[partition] = found._replace(at_least=True)
    if first is None and after < head:
        first = _Waiting(after + 1, None, 1)
    return first, waiting


class _Looked(msgspec.Struct, gc=False):
    """What is looked at of a state."""

    subject: str
    recorded_at: datetime


_decode: Final = msgspec.json.Decoder(_Looked).decode


def _look(row: Row) -> tuple[str, int | None]:
    """Return the subject of a row, and when it was recorded; a damaged one waits too, and tells neither."""
    try:
        looked = _decode(row[2])
    except msgspec.MsgspecError:
        return "", None
    return looked.subject, microseconds(looked.recorded_at)
