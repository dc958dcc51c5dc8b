"""`jejak relay`: sends the log to Kafka as it grows."""

from functools import partial

from infra.language import translate as _
from services.cli import exits
from services.cli.common import COMMON, Common, opened, prepare_for_bulk, say
from services.cli.observed import observed
from services.cli.streaming import until_stopped


def relay(*, common: Common = COMMON) -> int:
    """Send the log to Kafka as it grows, until it is stopped (Ctrl-C or SIGTERM).

    One is at work at a time; others stand by, and take over within five seconds.

    Examples:
        jejak relay

    """
    prepare_for_bulk()
    with opened(common) as jejak, until_stopped("relay", jejak.settings.mode):
        if jejak.metrics is not None:
            from services.relay.lag import measure_lag  # noqa: PLC0415 - only a relay that is watched

            jejak.metrics.refreshed_by(partial(measure_lag, jejak.log, jejak.postgres, jejak.metrics))
        with observed(jejak, "relay", jejak.relay.why_not_ready) as report:
            jejak.relay.run(report)
    say(_("stopped"))
    return exits.DONE
