"""`jejak status`: how far everything is, and what needs a person."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from msgspec import Struct

from infra.language import number
from infra.language import translate as _
from infra.secret_url import without_secrets
from services.cli import exits
from services.cli.common import COMMON, READ_ONLY, Common, Format, ReadOnly, bring_up_to_date, opened, print_data

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from services.stream import Stream


class ProjectionStatus(Struct, frozen=True):
    """How far one view is. `failed` events were parked, and `waiting` ones behind them."""

    name: str
    version: int
    position: int
    lag: int
    failed: int
    waiting: int
    errors: tuple[str, ...]


class Status(Struct, frozen=True):
    """What `status --format json` prints."""

    position: int
    home: str
    mode: str
    database: str | None
    """Without its password; null in the embedded mode."""
    projections: list[ProjectionStatus]
    stream: "Stream | None"
    """Null where there is no Kafka."""


def status(
    *,
    read_only: ReadOnly = READ_ONLY,
    format: Annotated[Format, Parameter(help=_("How it is printed."))] = "table",  # noqa: A002 - the flag's name
    common: Common = COMMON,
) -> int:
    """Show the log's head, how far each view is, and what needs a person; exit 1 when something does.

    Examples:
        jejak status
        jejak status --format json

    """
    with opened(common, read_only=read_only) as jejak:
        if jejak.has_workers and not read_only:
            jejak.check_views()  # how far they are is what is asked for
        else:
            bring_up_to_date(jejak)
        head = jejak.log.head()
        found = Status(
            head,
            str(jejak.settings.home),
            jejak.settings.mode,
            None if jejak.settings.mode == "embedded" else without_secrets(jejak.postgres),
            [
                ProjectionStatus(
                    one.projection,
                    one.version,
                    one.position,
                    head - one.position,
                    one.failed,
                    one.waiting,
                    one.errors,
                )
                for one in jejak.engine.status()
            ],
            jejak.look_at_stream(),
        )
    troubles = _troubles(found)
    print_data(
        format, found, found.projections, ProjectionStatus, lambda console: _table(console, found, troubles)
    )
    needs_a_person = troubles or any(one.failed for one in found.projections)
    return exits.NEEDS_A_PERSON if needs_a_person else exits.DONE


def _troubles(found: Status) -> list[str]:
    """Return what of the stream needs a person: nobody is there to do what waits."""
    stream = found.stream
    if stream is None:
        return []
    troubles = [] if stream.trouble is None else [stream.trouble]
    if stream.lag and not stream.relays:
        troubles.append(_("no relay is at work: what is recorded does not reach Kafka. Start jejak relay"))
    if stream.workers == 0 and any(one.lag for one in found.projections):
        troubles.append(_("no worker is at work: views stay behind the log. Start jejak worker"))
    return troubles


def _table(console: "Console", found: Status, troubles: Sequence[str]) -> None:
    console.print(
        _("The log in {home} ends at position {position}.").format(
            home=found.database or found.home, position=number(found.position)
        ),
        soft_wrap=True,  # a path is copied, and not to be broken
        markup=False,
    )
    table = _columns(_("view"), _("version"), _("position"), _("lag"), _("failed"), _("waiting"))
    for one in found.projections:
        numbers = (one.version, one.position, one.lag, one.failed, one.waiting)
        table.add_row(one.name, *(number(one) for one in numbers), style="red" if one.failed else "")
    console.print(table)
    if found.stream is not None:
        _print_stream(console, found.stream)
    for trouble in troubles:
        console.print(trouble, style="red", markup=False)
    for one in found.projections:
        if one.failed:
            console.print(
                _(
                    "{name} could not fold {failed} events; {waiting} later ones of the same subjects wait behind"
                    " them. The log has them all, and everything else goes on. First errors:"
                ).format(name=one.name, failed=number(one.failed), waiting=number(one.waiting))
            )
            for error in one.errors:
                console.print(f"  {error}", style="red", markup=False)
            console.print(_("Use a Jejak in which this is mended; its new version of the view is folded anew."))


def _print_stream(console: "Console", stream: "Stream") -> None:
    """Print how many processes of each part are there, and how far the log was sent."""
    table = _columns(_("part"), _("processes"), _("position"), _("lag"))
    table.add_row("relay", number(stream.relays), number(stream.relayed), number(stream.lag))
    for part, processes in (("worker", stream.workers), ("inbox", stream.inboxes)):
        table.add_row(part, "?" if processes is None else number(processes))
    console.print()
    console.print(table)


def _columns(name: str, *numbers: str) -> "Table":
    """Return a table of names and the numbers beside each."""
    from rich.table import Table  # noqa: PLC0415 - only a person needs it

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(name)
    for title in numbers:
        table.add_column(title, justify="right")
    return table
