"""`jejak status`: how far everything is, and what needs a person."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from msgspec import Struct

from infra.language import number
from infra.language import translate as _
from infra.secret_url import without_secrets
from services.cli import exits
from services.cli.common import (
    COMMON,
    READ_ONLY,
    Common,
    Format,
    ReadOnly,
    bring_up_to_date,
    opened,
    print_data,
    say,
)
from services.cli.durations import duration

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from projections.engine import Status as EngineStatus
    from projections.lag import Behind, Lag
    from services.stream import InboxLag, Stream


class ProjectionStatus(Struct, frozen=True):
    """How far one view is. `failed` events were parked, and `waiting` ones behind them."""

    name: str
    version: int
    position: int
    lag: int
    failed: int
    waiting: int
    errors: tuple[str, ...]
    lag_seconds: float | None
    """The age of the oldest step that it lacks; 0 where it lacks none, null where that is unknown."""
    unmoved_seconds: float
    """For how long it, or one partition of it, has not moved although something waits."""


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
    from projections.lag import look_at_lag  # noqa: PLC0415 - loads slowly, and help needs none

    with opened(common, read_only=read_only) as jejak:
        if jejak.has_workers and not read_only:
            jejak.check_views()  # how far they are is what is asked for
        else:
            bring_up_to_date(jejak)
        lags = look_at_lag(jejak.log, jejak.engine)
        found = Status(
            jejak.log.head(),
            str(jejak.settings.home),
            jejak.settings.mode,
            None if jejak.settings.mode == "embedded" else without_secrets(jejak.postgres),
            [
                ProjectionStatus(
                    one.projection,
                    one.version,
                    lag.position,
                    lag.lacking,
                    one.failed,
                    one.waiting,
                    one.errors,
                    lag.seconds,
                    lag.unmoved_seconds,
                )
                for one, lag in lags
            ],
            jejak.look_at_stream(),
        )
    troubles = _troubles(found, lags)
    if format != "table":
        for trouble in troubles:
            say(trouble)
    print_data(
        format, found, found.projections, ProjectionStatus, lambda console: _table(console, found, troubles)
    )
    needs_a_person = troubles or any(one.failed for one in found.projections)
    return exits.NEEDS_A_PERSON if needs_a_person else exits.DONE


def _troubles(found: Status, lags: "Sequence[tuple[EngineStatus, Lag]]") -> list[str]:
    """Return what of the stream needs a person: nobody is there to do what waits, or it does not move."""
    stream = found.stream
    if stream is None:
        return []
    troubles = [] if stream.trouble is None else [stream.trouble]
    if stream.lag and not stream.relays:
        troubles.append(_("no relay is at work: what is recorded does not reach Kafka. Start jejak relay"))
    elif _is_stalled(stream.unmoved_seconds):
        troubles.append(
            _(
                "the relay has not moved for {duration} though {steps} steps wait: see the log of jejak relay"
            ).format(duration=duration(stream.unmoved_seconds), steps=number(stream.lag))
        )
    if stream.inbox is not None and stream.inbox.messages:
        troubles += _of_inbox(stream.inbox, stream.inboxes)
    of_workers = [lag for status, lag in lags if status.is_folded_by_workers]
    if stream.workers == 0 and any(lag.lacking for lag in of_workers):
        troubles.append(_("no worker is at work: views stay behind the log. Start jejak worker"))
    else:
        troubles += _of_workers(of_workers)
    for status, lag in lags:
        if not status.is_folded_by_workers and _is_stalled(lag.unmoved_seconds):
            troubles.append(
                _(
                    "the view {name} has not moved for {duration} though {steps} steps wait: see whether jejak"
                    " follow is at work, and its log"
                ).format(name=status.projection, duration=duration(lag.unmoved_seconds), steps=number(lag.lacking))
            )
    return troubles


def _is_stalled(unmoved_seconds: float) -> bool:
    """Tell whether what has not moved for so long needs a person."""
    from projections.lag import STALLED_SECONDS  # noqa: PLC0415 - likewise

    return unmoved_seconds >= STALLED_SECONDS


def _of_inbox(inbox: "InboxLag", processes: int | None) -> list[str]:
    """Return what of the inbox needs a person, while something waits in it."""
    if processes == 0:
        return [
            _("no inbox is at work though {messages} messages wait: start jejak inbox, or see its log").format(
                messages=number(inbox.messages)
            )
        ]
    if not _is_stalled(inbox.unmoved_seconds):
        return []
    return [
        _(
            "the inbox has not moved for {duration} though {messages} messages wait: see the log of jejak inbox"
        ).format(duration=duration(inbox.unmoved_seconds), messages=number(inbox.messages))
    ]


def _of_workers(lags: "Sequence[Lag]") -> list[str]:
    """Return which partitions no worker moves, each once: most views are folded together."""
    worst: dict[int, Behind] = {}
    for one in (each for lag in lags for each in lag.behind if _is_stalled(each.seconds)):
        worst[one.partition] = max(one, worst.get(one.partition, one), key=lambda each: each.seconds)
    return [
        _(
            "the worker has not moved partition {partition} for {duration} though {steps} steps wait: see the log"
            " of jejak worker"
        ).format(
            partition=partition,
            duration=duration(one.seconds),
            steps=("≥ " if one.at_least else "") + number(one.waiting),
        )
        for partition, one in sorted(worst.items())
    ]


def _table(console: "Console", found: Status, troubles: Sequence[str]) -> None:
    console.print(
        _("The log in {home} ends at position {position}.").format(
            home=found.database or found.home, position=number(found.position)
        ),
        soft_wrap=True,  # a path is copied, and not to be broken
        markup=False,
    )
    table = _columns(_("view"), _("version"), _("position"), _("lag"), _("age"), _("failed"), _("waiting"))
    for one in found.projections:
        table.add_row(
            one.name,
            number(one.version),
            number(one.position),
            number(one.lag),
            _age(one.lag, one.lag_seconds),
            number(one.failed),
            number(one.waiting),
            style="red" if one.failed else "",
        )
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
    table = _columns(_("part"), _("processes"), _("position"), _("lag"), _("age"))
    relay, inbox = (
        (number(stream.relayed), number(stream.lag), _age(stream.lag, stream.lag_seconds)),
        ["", "?", "?"],
    )
    if stream.inbox is not None:
        inbox = ["", number(stream.inbox.messages), _age(stream.inbox.messages, stream.inbox.seconds)]
    table.add_row("relay", number(stream.relays), *relay)
    table.add_row("worker", _processes(stream.workers))
    table.add_row("inbox", _processes(stream.inboxes), *inbox)
    console.print()
    console.print(table)


def _processes(count: int | None) -> str:
    return "?" if count is None else number(count)


def _age(waiting: int, seconds: float | None) -> str:
    """Return how old the oldest is of what waits; nothing where nothing does."""
    if not waiting:
        return ""
    return "?" if seconds is None else duration(seconds)


def _columns(name: str, *numbers: str) -> "Table":
    """Return a table of names and the numbers beside each."""
    from rich.table import Table  # noqa: PLC0415 - only a person needs it

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(name)
    for title in numbers:
        table.add_column(title, justify="right")
    return table
