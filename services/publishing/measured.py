"""A publisher whose batches are counted and timed."""

from collections import Counter
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from infra.log import Log
from infra.regions import Regions
from services.publishing.answers import Answer, Outcome
from services.publishing.deciding import PublishingLimits
from services.publishing.hints import Names, no_names
from services.publishing.publisher import Publisher
from services.world import Principal

if TYPE_CHECKING:
    from infra.observability.metrics import Metrics  # not everywhere installed


class MeasuredPublisher(Publisher):
    """For the long-running parts, which publish what comes; a file (`publish_each`) is not measured."""

    def __init__(
        self, log: Log, regions: Regions, limits: PublishingLimits, metrics: "Metrics", names: Names = no_names
    ) -> None:
        super().__init__(log, regions, limits=limits, names=names)
        self._metrics = metrics

    def publish_together(self, lines: Sequence[bytes], principals: Sequence[Principal]) -> list[Answer]:
        """Record a batch as every publisher does, and count what became of it."""
        metrics, begin = self._metrics, perf_counter()
        with metrics.failed_batches.count_exceptions():
            answers = super().publish_together(lines, principals)
        metrics.append_seconds.observe(perf_counter() - begin)
        metrics.batch_events.observe(len(lines))
        outcomes = Counter(answer.outcome for answer in answers)
        metrics.appended.inc(outcomes[Outcome.ACCEPTED])
        metrics.repeated.inc(outcomes[Outcome.REPEATED])
        metrics.refused.inc(outcomes[Outcome.REFUSED])
        return answers
