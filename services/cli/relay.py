"""`jejak relay`: sends the log to Kafka as it grows."""

from infra.language import translate as _
from services.cli import exits
from services.cli.common import COMMON, Common, opened, prepare_for_bulk, say
from services.cli.streaming import until_stopped


def relay(*, common: Common = COMMON) -> int:
    """Send the log to Kafka as it grows, until it is stopped (Ctrl-C or SIGTERM).

    One is at work at a time; others stand by, and take over within five seconds.

    Examples:
        jejak relay

    """
    prepare_for_bulk()
    with opened(common) as jejak, until_stopped("relay", jejak.settings.mode):
        jejak.relay.run(say)
    say(_("stopped"))
    return exits.DONE
