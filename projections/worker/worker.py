"""A worker: waits for Kafka, then folds the partitions that it deals out, until it is asked to stop."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from events.refusal import excerpt
from infra.kafka.partition import partition_of
from infra.kafka.seldom import Seldom
from infra.kafka.steps import UnreadableStepError, decode_step, subject_of
from infra.kafka.streaming import Streaming
from infra.language import translate as _
from projections.failures import passes
from projections.worker import GROUP
from projections.worker.partitions import Partitions, Step
from projections.worker.share import Positions, Share

_LATE_SECONDS: Final = 5.0
"""A partition that did not move for so long, though more was sent, is read from the log."""
_FAR_BEHIND: Final = 20_000
"""Whoever is more positions behind reads the log, which is several times as fast as what Faust delivers."""

_warnings: Final = Seldom(logging.getLogger(__name__))

Report = Callable[[str], None]


class BeyondTheLogError(UnreadableStepError):
    """A step is not of this log: the log does not reach so far."""


class OtherPartitionError(UnreadableStepError):
    """A step lies on a partition that its subject does not belong on."""


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
            BrokerError: Kafka does not let us in, or the topic has another number of partitions.

        """

        def dealt_out(partitions: Sequence[int]) -> None:
            self._share.deal_out([each for each in partitions if each < self._number])
            rebalanced()
            report(
                _("folding the partitions {partitions}").format(partitions=", ".join(map(str, partitions)) or "-")
            )

        return self._streaming.run(report, dealt_out, self._number)

    def _fold(self, messages: Sequence[Any]) -> None:
        by_partition: dict[int, list[Step]] = {}
        for message in messages:
            try:
                step = self._step_in(message)
            except UnreadableStepError as error:  # if it stood for an event, that one is now a hole
                _warnings.warn(
                    type(error).__name__,
                    "the message at offset %d of partition %d is left out: %s",
                    message.offset,
                    message.partition,
                    error,
                )
            else:
                by_partition.setdefault(message.partition, []).append(step)
        self._folder.fold(by_partition)

    def _step_in(self, message: Any) -> Step:  # noqa: ANN401 - Faust has no types here
        """Return the step that a message is.

        Raises:
            UnreadableStepError: it cannot be one of this log, on this partition.

        """
        step = decode_step(message.value or b"")
        (row, _previous) = step
        if not self._folder.has(row[0]):
            raise BeyondTheLogError(_("position {position} is beyond the end of the log").format(position=row[0]))
        subject = subject_of(row)
        if partition_of(subject, self._number) != message.partition:
            raise OtherPartitionError(
                _("{subject} belongs on partition {partition}").format(
                    subject=excerpt(subject), partition=partition_of(subject, self._number)
                )
            )
        return step

    def _fill(self) -> None:
        """Read from the log what was sent and does not come: before a partition was dealt out, or ever."""
        if far := self._share.far_behind(_FAR_BEHIND):
            self._folder.catch_up(far)
        if late := self._share.late(_LATE_SECONDS):
            self._folder.fill(late)
