"""`jejak demo`: the day in Desa Bagelen, recorded in a folder of its own."""

import shlex
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.language import translate as _
from services.cli import exits
from services.cli.common import COMMON, Common, bring_up_to_date, console, opened
from services.publishing.answers import Outcome

if TYPE_CHECKING:
    from rich.console import Console

    from services.composition import Jejak

ITEM: Final = "info-2021-0117"
_SAMPLE: Final = files(__package__) / "bagelen.jsonl"


def demo(*, common: Common = COMMON) -> int:
    """Record the sample in the folder `demo` of the home, anew each time, and show its trail; then a month.

    Examples:
        jejak demo

    """
    from infra.settings import load_settings  # noqa: PLC0415 - loads slowly, and help needs none

    home = load_settings(home=common.home, lang=common.lang).home / "demo"
    for old in home.glob("*.sqlite*"):
        old.unlink()
    with opened(Common(home, common.lang), mode="embedded") as jejak:
        answers = jejak.publisher.publish(_SAMPLE.read_bytes().splitlines())
        refused = [answer.refusal for answer in answers if answer.refusal is not None]
        if refused:
            raise RuntimeError(f"the sample is refused: {refused[0]}")
        bring_up_to_date(jejak)
        out = console()
        out.print(_("The day in Desa Bagelen, 23 November 2021"), style="bold")
        out.print(
            _(
                "Diskominfo Lampung and Pesawaran coached the KIM; what followed is one item's way through the"
                " village. The day, the place and the 30 participants are from a newspaper; the rest illustrates."
            )
        )
        accepted = sum(answer.outcome is Outcome.ACCEPTED for answer in answers)
        out.print(
            _("{count} events recorded in {home}: years later, hence “recorded late”.").format(
                count=accepted, home=home
            ),
            soft_wrap=True,
            markup=False,
        )
        out.print()
        _show_trail(jejak, out)
    from services.cli.demo.month import show_month  # noqa: PLC0415 - loads slowly, and help needs none

    show_month(out, home / "month", common)
    _show_next(out, home)
    return exits.DONE


def _show_trail(jejak: "Jejak", out: "Console") -> None:
    from projections.audit_trail.queries import trail  # noqa: PLC0415 - loads slowly, and help needs none
    from services.cli.trail_table import print_trail  # noqa: PLC0415 - likewise

    with jejak.views.reading() as connection:
        found = trail(connection, "item", ITEM, limits=jejak.finding_limits)
    out.print(
        _("The trail of {item}: who had it from whom, and what became of it").format(item=ITEM), style="bold"
    )
    print_trail(out, found, jejak.regions, "tree")


def _show_next(out: "Console", home: Path) -> None:
    program = shlex.quote(sys.argv[0])
    option = f"--home {shlex.quote(str(home))}"
    out.print()
    out.print(_("What to try next:"), style="bold")
    for command, why in (
        (f"trail {ITEM} --as-of-position 35 {option}", _("before the wrong headcount was voided")),
        (f"trail pembinaan-2021-11-23 {option}", _("the coaching session")),
        (f"trail aspirasi-2021-0042 {option}", _("what the village asked, and the answer")),
        (f"trail {ITEM} --format jsonl {option}", _("the same for a program")),
        (
            f"figures --region 18.09 --by region --home {shlex.quote(str(home / 'month'))}",
            _("how far the month's information got"),
        ),
        (f"record {option}", _("record a step of your own, by answering questions")),
        (f"status {option}", _("how far everything is")),
    ):
        out.print(f"  {program} {command}", soft_wrap=True, markup=False)
        out.print(f"      {why}", style="dim")
