"""A worker: waits for Kafka, then folds the partitions that it deals out, until it is asked to stop."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from infra.kafka.brokers import BrokerError
from infra.kafka.topics import partitions_of
from infra.language import translate as _
from projections.worker.library_logs import shorten_library_logs
from projections.worker.partitions import Partitions
from projections.worker.share import Positions, Share

_RETRY_SECONDS: Final = 1.0

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
        self._datadir = datadir

    def why_not_ready(self) -> str | None:
        """Say why nobody should count on this worker; None once it has its share, and all of it moves.

        Raises:
            what the databases raise that cannot be reached.

        """
        return self._share.why_not_ready()

    def run(self, report: Report, rebalanced: Callable[[], None] = lambda: None) -> int:
        """Fold until SIGINT or SIGTERM comes; return the exit status.

        Raises:
            BrokerError: the topic is not there, or has another number of partitions.

        """
        self._wait_for_topic(report)
        from mode.loop import use  # noqa: PLC0415 - Faust loads slowly

        use("uvloop")  # before Faust is imported
        from projections.worker.app import build, run  # noqa: PLC0415 - likewise

        def dealt_out(partitions: Sequence[int]) -> None:
            rebalanced()
            report(
                _("folding the partitions {partitions}").format(partitions=", ".join(map(str, partitions)) or "-")
            )

        shorten_library_logs()
        return run(
            build(
                self._bootstrap,
                self._topic,
                self._folder,
                self._share,
                datadir=self._datadir,
                dealt_out=dealt_out,
            )
        )

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
            raise BrokerError(_("the topic {topic} is not there: run jejak migrate").format(topic=self._topic))
        if found != self._number:
            raise BrokerError(
                _(
                    "the topic {topic} has {found} partitions, and kafka_partitions says {wanted}: set it to"
                    " {found}; docs/kafka.md says how the number is changed"
                ).format(topic=self._topic, found=found, wanted=self._number)
            )
