"""The head of a table: what it is of, and of which log, in words."""

from datetime import datetime, timedelta
from typing import Final

from rich.console import Console

from events.fields import JAKARTA, in_zone
from events.vocabulary import Channel
from infra.language import language, number
from infra.language import translate as _
from infra.regions import Regions
from projections.looked_at import LookedAt
from projections.reach.figure import Selection

_BETWEEN: Final = " · "


def print_selection(console: Console, selection: Selection, regions: Regions) -> None:
    """Print what figures are of."""
    parts = [] if selection.item is None else [selection.item]
    if selection.region is not None:
        parts.append(f"{selection.region} {regions.get(selection.region).name}")
    parts += _window(selection.begin, selection.end)
    if selection.channel is not None:
        parts.append(Channel.of(selection.channel).label(language()))
    _print(console, _BETWEEN.join(parts) or _("everything that is recorded"), "bold")


def print_log(console: Console, looked: LookedAt, regions: str) -> None:
    """Print which log was looked at."""
    asked = looked.asked
    parts = []
    if asked.position is not None:
        parts.append(_("as of position {position}").format(position=asked.position))
    if asked.recorded is not None:
        parts.append(_("as recorded by {time}").format(time=_moment(asked.recorded)))
    if asked.occurred is not None:
        parts.append(_("what had happened by {time}").format(time=_moment(asked.occurred)))
    parts.append(
        _("up to position {position} of {head}").format(position=number(looked.position), head=number(looked.head))
    )
    parts.append(_("regions of {version}").format(version=regions))
    _print(console, _BETWEEN.join(parts), "dim")
    console.print()


def _print(console: Console, words: str, style: str) -> None:
    console.print(words, style=style, markup=False, soft_wrap=True)


def _window(begin: datetime | None, end: datetime | None) -> list[str]:
    """Return a window in words, with its last day rather than the one after it."""
    first = None if begin is None else begin.date().isoformat()
    last = None if end is None else (end.date() - timedelta(days=1)).isoformat()
    if first is not None and last is not None:
        return [first if first == last else _("{first} to {last}").format(first=first, last=last)]
    if first is not None:
        return [_("from {first} on").format(first=first)]
    return [] if last is None else [_("up to {last}").format(last=last)]


def _moment(moment: datetime) -> str:
    """Return a time as a person reads it."""
    return in_zone(moment, JAKARTA).isoformat(" ", "seconds").replace("+07:00", " WIB")
