"""A worker: waits for Kafka, then folds the partitions that it deals out, until it is asked to stop."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from infra.kafka.brokers import BrokerError
from infra.kafka.steps import UnreadableStepError, decode_step
from infra.kafka.streaming import Streaming
from infra.kafka.topics import not_there, otherwise_cut, partitions_of
from infra.language import translate as _
from projections.failures import passes
from projections.worker import GROUP
from projections.worker.partitions import Partitions, Step
from projections.worker.share import Positions, Share

_RETRY_SECONDS: Final = 1.0
_LATE_SECONDS: Final = 5.0
"""A partition that did not move for so long, though more was sent, is read from the log."""
_FAR_BEHIND: Final = 20_000
"""Whoever is more positions behind reads the log, which is several times as fast as what Faust delivers."""

_log: Final = logging.getLogger(__name__)

Report = Callable[[str], None]


class Worker:
    """Folds its share of a topic's partitions, with all others of its group.

    `sent` tells the last position that was sent on each partition.
    """

    def __init__(
        self, bootstrap: str, topic: str, number: int, folder: Partitions, sent: Positions, *, datadir: Path
    ) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._number = number
        self._folder = folder
        self._share = Share(folder.positions, sent)
        self._streaming = Streaming(
            GROUP,
            bootstrap,
            topic,
            self._fold,
            passes=passes,
            datadir=datadir,
            fill=self._fill,
        )

    def why_not_ready(self) -> str | None:
        """Say why nobody should count on this worker; None once it has its share, and all of it moves.

        Raises:
            what the databases raise that cannot be reached.

        """
        return self._streaming.why_not_ready() or self._share.why_not_ready()

    def run(self, report: Report, rebalanced: Callable[[], None] = lambda: None) -> int:
        """Fold until SIGINT or SIGTERM comes; return the exit status.

        Raises:
            BrokerError: the topic is not there, or has another number of partitions.

        """
        self._wait_for_topic(report)

        def dealt_out(partitions: Sequence[int]) -> None:
            self._share.deal_out(partitions)
            rebalanced()
            report(
                _("folding the partitions {partitions}").format(partitions=", ".join(map(str, partitions)) or "-")
            )

        return self._streaming.run(dealt_out)

    def _fold(self, messages: Sequence[Any]) -> None:
        by_partition: dict[int, list[Step]] = {}
        for message in messages:
            try:
                step = decode_step(message.value or b"")
            except UnreadableStepError as error:  # if it stood for an event, that one is now a hole
                _log.warning("%s (partition %d, offset %d)", error, message.partition, message.offset)
            else:
                by_partition.setdefault(message.partition, []).append(step)
        self._folder.fold(by_partition)

    def _fill(self) -> None:
        """Read from the log what was sent and does not come: before a partition was dealt out, or ever."""
        if far := self._share.far_behind(_FAR_BEHIND):
            self._folder.catch_up(far)
        if late := self._share.late(_LATE_SECONDS):
            self._folder.fill(late)

    def _wait_for_topic(self, report: Report) -> None:
        """Wait until Kafka answers, and see that the topic is cut as the settings say."""
        said = ""
        while True:
            try:
                found = partitions_of(self._bootstrap, self._topic)
            except BrokerError as error:
                if str(error) != said:
                    report(_("{error}; trying again").format(error=error))
                said = str(error)
                time.sleep(_RETRY_SECONDS)
            else:
                break
        if not found:
            raise not_there(self._topic)
        if found != self._number:
            raise otherwise_cut(self._topic, found, self._number)
