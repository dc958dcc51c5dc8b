"""`jejak simulate`: prints a made-up flow over real regions, as a file of events."""

import sys
from datetime import date, timedelta
from typing import Annotated, Final

from cyclopts import Parameter

from events.fields import JAKARTA
from infra.clock import system_clock
from infra.language import translate as _
from infra.regions import Regions, UnknownRegionError
from services.cli import exits
from services.cli.common import COMMON, Common, prepare_for_bulk
from services.cli.whole import whole
from services.simulation.flow import REGION, UNTIL, TooManyVillagesError, flow

_EARLIEST: Final = date(1950, 1, 1)


def simulate(
    *,
    villages: Annotated[int | None, whole(_("How many villages take part; default: all of the region."))] = None,
    region: Annotated[str, Parameter(help=_("The region that the villages are drawn from."))] = REGION,
    items: Annotated[int | None, whole(_("How many items are issued; default: one a day."))] = None,
    days: Annotated[int, whole(_("How many days the flow lasts."))] = 30,
    seed: Annotated[int, whole(_("Where chance begins: another seed, another flow."))] = 1,
    until: Annotated[date, Parameter(help=_("The last day of the flow, which has to be over."))] = UNTIL,
    common: Common = COMMON,  # noqa: ARG001 - the language is in use already, and no home is needed
) -> int:
    """Print a made-up flow of information over real regions, ready for `jejak publish -`.

    Examples:
        jejak simulate | jejak publish --home trial -
        jejak simulate --region 18.09.01 --villages 10 --days 7 --seed 2 > flow.jsonl

    """
    for flag, value in (("--villages", villages), ("--items", items), ("--days", days)):
        if value is not None and value < 1:
            raise exits.UsageError(_("{flag} is at least 1, not {value}").format(flag=flag, value=value))
    _check_days(days, until)
    prepare_for_bulk()
    try:
        lines = flow(Regions(), region=region, villages=villages, items=items, days=days, seed=seed, until=until)
    except UnknownRegionError as error:
        raise exits.UsageError(f"--region: {error}") from error
    except TooManyVillagesError as error:
        raise exits.UsageError(
            _("{region} has {there_are} villages: --villages is at most that, not {value}").format(
                region=region, there_are=error.there_are, value=error.asked
            )
        ) from error
    sys.stdout.buffer.writelines(lines)
    return exits.DONE


def _check_days(days: int, until: date) -> None:
    """Refuse days of which publishing takes no steps: those to come, and those long ago."""
    yesterday = system_clock().astimezone(JAKARTA).date() - timedelta(days=1)
    if until > yesterday:
        raise exits.UsageError(
            _("--until {until} is not over yet: steps in the future are refused; at most {most}").format(
                until=until, most=yesterday
            )
        )
    if days > (until - _EARLIEST).days:
        raise exits.UsageError(
            _("{days} days until {until} begin before {earliest}").format(
                days=days, until=until, earliest=_EARLIEST
            )
        )
