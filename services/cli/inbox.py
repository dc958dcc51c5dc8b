"""`jejak inbox`: records the events that come over Kafka."""

from functools import partial

from services.cli import exits
from services.cli.common import COMMON, Common, opened, prepare_for_bulk
from services.cli.observed import observed
from services.cli.streaming import until_stopped


def inbox(*, common: Common = COMMON) -> int:
    """Record the events that come over Kafka, until it is stopped (Ctrl-C or SIGTERM).

    Any number may run at once, and any may be killed: an event that comes twice is recorded once.

    Examples:
        jejak inbox

    """
    prepare_for_bulk()
    status = exits.DONE
    with opened(common) as jejak, until_stopped("inbox", jejak.settings.mode):
        found = jejak.inbox()
        if jejak.metrics is not None:
            from services.stream import measure_inbox  # noqa: PLC0415 - only an inbox that is watched

            jejak.metrics.refreshed_by(partial(measure_inbox, jejak.postgres, jejak.kafka, jejak.metrics))
        with observed(jejak, "inbox", found.why_not_ready) as report:
            status = found.run(report)
    return status
