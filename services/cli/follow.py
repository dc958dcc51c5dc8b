"""`jejak follow`: keeps the views up to date."""

import signal
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from infra.ending import end_soon
from infra.language import number
from infra.language import translate as _
from projections.failures import passes
from projections.lag import measure_lag
from services.cli import exits
from services.cli.common import COMMON, Common, catch_up, opened, prepare_for_bulk
from services.cli.observed import observed

if TYPE_CHECKING:
    from services.composition import Jejak


def follow(
    *,
    once: Annotated[bool, Parameter(negative="", help=_("Catch up with the log, then end."))] = False,
    common: Common = COMMON,
) -> int:
    """Keep the views up to date until it is stopped (Ctrl-C or SIGTERM).

    Several may run at once, and any may be killed: view and checkpoint change together.

    Examples:
        jejak follow
        jejak follow --once

    """
    prepare_for_bulk()
    with opened(common) as jejak:
        failed = _follow(jejak, once=once)
    return exits.NEEDS_A_PERSON if failed else exits.DONE


def _follow(jejak: "Jejak", *, once: bool) -> int:
    """Follow until it is stopped; return how many events could not be folded."""
    stopping, follower = _Stop(), jejak.follower
    with observed(jejak, "follow", follower.why_not_ready) as report:
        if jejak.metrics is not None:
            jejak.metrics.refreshed_by(partial(measure_lag, jejak.log, jejak.engine, jejak.metrics))
        position = catch_up(follower, stopping)
        report(_("the views are at position {position}").format(position=number(position)))
        if not once:
            follower.run(stopping, report)
            report(_("stopped at position {position}").format(position=number(follower.position)))
        failed = _failed(jejak, stopping)
        if failed:
            report(_("{count} events could not be folded: see jejak status").format(count=failed))
    return failed


def _failed(jejak: "Jejak", stopping: "_Stop") -> int:
    """Return how many events could not be folded; 0 where it is to stop and nobody can tell."""
    try:
        return sum(one.failed for one in jejak.engine.status())
    except Exception as error:
        if not (stopping() and passes(error)):
            raise
        return 0


class _Stop:
    """Becomes true at the first SIGINT or SIGTERM, so that the batch at work is finished; but not for long."""

    def __init__(self) -> None:
        self._asked = False
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGTERM, self._stop)

    def __call__(self) -> bool:
        return self._asked

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        end_soon()
