"""`jejak inbox`: records the events that come over Kafka."""

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
        with observed(jejak, "inbox", found.why_not_ready) as report:
            status = found.run(report)
    return status
