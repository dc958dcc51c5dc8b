"""Every metric of Jejak: its name, what it counts, in which unit. docs/metrics.md says the same to operators."""

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BATCHES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_000, 2_000, 5_000, 10_000, 50_000)
_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """The metrics of one process. Some are counted where something happens, others looked at when asked for."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._refresh: list[Callable[[], None]] = []

        # Publishing.
        self.appended = Counter(
            # Events appended to the log; they are durable.
            "jejak_appended_events_total",
            "Events appended to the log.",
            registry=registry,
        )
        self.repeated = Counter(
            # Events that were in the log already: sent again, nothing changed.
            "jejak_repeated_events_total",
            "Events that were recorded before.",
            registry=registry,
        )
        self.refused = Counter(
            # Events refused, each answered with why.
            "jejak_refused_events_total",
            "Events refused.",
            registry=registry,
        )
        self.failed_batches = Counter(
            # Batches of which nothing was recorded, because the log or the clock failed.
            "jejak_failed_batches_total",
            "Batches that failed whole.",
            registry=registry,
        )
        self.batch_events = Histogram(
            # Events in a batch, whatever became of them.
            "jejak_batch_events",
            "Events in a batch.",
            buckets=_BATCHES,
            registry=registry,
        )
        self.append_seconds = Histogram(
            # Seconds from a batch's bytes to its commit, the wait for the log's lock included.
            "jejak_append_seconds",
            "Seconds from a batch's bytes to its commit.",
            buckets=_SECONDS,
            registry=registry,
        )

        # Relay: the log to Kafka.
        self.relay_lag_positions = Gauge(
            # Positions of the log that are not in Kafka yet.
            "jejak_relay_lag_positions",
            "Positions of the log that the relay has not sent.",
            registry=registry,
        )
        self.relay_lag_seconds = Gauge(
            # How long the oldest of them has been in the log; 0 when there is none.
            "jejak_relay_lag_seconds",
            "Age of the oldest event that the relay has not sent.",
            registry=registry,
        )

        self.relay_unmoved_seconds = Gauge(
            # Seconds for which the relay has sent nothing although something waits.
            "jejak_relay_unmoved_seconds",
            "Seconds for which the relay has not moved although something waits.",
            registry=registry,
        )

        # Inbox: Kafka to the log.
        self.inbox_lag_messages = Gauge(
            # Messages of the inbox that are not taken yet; NaN while Kafka does not say, and so are the next two.
            "jejak_inbox_lag_messages",
            "Messages of the inbox that wait.",
            registry=registry,
        )
        self.inbox_lag_seconds = Gauge(
            # The age of the oldest of them, by its own timestamp; 0 when there is none.
            "jejak_inbox_lag_seconds",
            "Age of the oldest message of the inbox that waits.",
            registry=registry,
        )
        self.inbox_unmoved_seconds = Gauge(
            # Seconds for which the inbox has taken nothing of a partition although something waits on it.
            "jejak_inbox_unmoved_seconds",
            "Seconds for which the inbox has not moved although something waits.",
            registry=registry,
        )

        # Projections: the log to the views.
        self.projection_lag_positions = Gauge(
            # Positions of the log that a view lacks.
            "jejak_projection_lag_positions",
            "Positions of the log that a view lacks.",
            ["projection"],
            registry=registry,
        )
        self.projection_lag_seconds = Gauge(
            # How long the oldest of them has been in the log; 0 when there is none.
            "jejak_projection_lag_seconds",
            "Age of the oldest event that a view lacks.",
            ["projection"],
            registry=registry,
        )
        self.projection_unmoved_seconds = Gauge(
            # Seconds for which a view, or one partition of it, has not moved although something waits for it.
            "jejak_projection_unmoved_seconds",
            "Seconds for which a view has not moved although something waits.",
            ["projection"],
            registry=registry,
        )
        self.parked = Gauge(
            # Events parked now: those that could not be folded, and those that wait behind them.
            "jejak_parked_events",
            "Events parked now.",
            ["projection"],
            registry=registry,
        )
        self.holes_filled = Counter(
            # Events that did not come through Kafka in time and were read from the log instead.
            "jejak_holes_filled_events_total",
            "Events read from the log because the stream lacked them.",
            registry=registry,
        )
        self.rebalances = Counter(
            # Times that Kafka dealt the partitions out anew, as this worker saw it.
            "jejak_rebalances_total",
            "Rebalances seen.",
            registry=registry,
        )

        # The process.
        started = Gauge(
            # When this process started: where it changes, the part was started again.
            "jejak_start_time_seconds",
            "Start of the process, in seconds since 1970 UTC.",
            registry=registry,
        )
        started.set_to_current_time()

    def refreshed_by(self, refresh: Callable[[], None]) -> None:
        """Let a function set gauges each time that the metrics are asked for: they are then never out of date."""
        self._refresh.append(refresh)

    def text(self) -> bytes:
        """Return the metrics as Prometheus reads them.

        Raises:
            Exception: what a function that refreshes them raised.

        """
        for refresh in self._refresh:
            refresh()
        return generate_latest(self._registry)

    def names(self) -> set[str]:
        """Return the name of every metric, a counter's with its `_total`."""
        return {
            f"{family.name}_total" if family.type == "counter" else family.name
            for family in self._registry.collect()
        }
