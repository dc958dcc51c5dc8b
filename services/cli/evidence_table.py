"""Draws the steps behind a figure for a person: which figure, of what, and a line a step."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from rich.console import Console

from events.catalogue import CATALOGUE
from events.fields import JAKARTA
from events.refusal import Message
from events.vocabulary import Channel, Kind
from infra.language import language, number, translate
from infra.language import translate as _
from infra.regions import Regions
from projections.reach.figure import Figure, Selection
from services.cli.durations import duration
from services.cli.figures_table import label, told

if TYPE_CHECKING:
    from services.cli.evidence import EvidenceStep

_GAP: Final = "  "
_BETWEEN: Final = " · "
_TIMES: Final = ("time_to_reach.", "latency.", "correction.time.")
_VALUES: Final = {
    "impressions": Message("seen"),
    "reach.": Message("people"),
    "coaching.people": Message("people"),
    "cascade.depth": Message("distance"),
    "cascade.width": Message("distance"),
    "cascade.virality": Message("paths through it"),
    **dict.fromkeys(_TIMES, Message("took")),
}
"""What the values of a figure's steps are, by the beginning of its name; any other counts steps."""


def print_evidence(
    console: Console,
    rows: Sequence["EvidenceStep"],
    figures: Sequence[Figure],
    selection: Selection,
    regions: Regions,
) -> None:
    """Print the steps behind the figures of one name, one for each part of a selection."""
    first = figures[0]
    name = first.name
    asked = _asked(selection if selection.by else _selection_of(first), regions)
    console.print(f"{label(name)} ({first.formula})", style="bold", markup=False, soft_wrap=True)
    console.print(_BETWEEN.join(asked) or _("everything"), markup=False, soft_wrap=True)
    steps = len({row.position for row in rows})
    counts = _("steps: {steps}, rows: {rows}").format(steps=number(steps), rows=number(len(rows)))
    value = [] if selection.by else [told(first)]
    console.print(_BETWEEN.join([*value, counts]), markup=False, soft_wrap=True)
    if not rows:
        return
    title = next((title for begin, title in _VALUES.items() if name.startswith(begin)), None)
    titles = ["#", _("happened (WIB)"), _("step"), _("subject"), _("holder"), _("counts at")]
    has_whom = any(row.whom for row in rows)
    titles += [_("for")] if has_whom else []
    titles += [] if title is None else [translate(title)]
    titles = [_("part"), *titles] if selection.by else titles
    lines = [list(_cells(row, regions, name, has_whom=has_whom, has_value=title is not None)) for row in rows]
    widest = [max(map(len, column)) for column in zip(titles, *lines, strict=True)]
    console.print()
    # Line by line: a table of rich takes ten times as long, and a figure may have any number of steps.
    for cells, style in ((titles, "bold"), *((line, "") for line in lines)):
        line = _GAP.join(cell.ljust(width) for cell, width in zip(cells, widest, strict=True))
        console.print(line.rstrip(), style=style, markup=False, soft_wrap=True)


def _selection_of(figure: Figure) -> Selection:
    """Return what a figure is of: that of a whole item is of less than was asked for."""
    begin, end = (None, None) if figure.period is None else (figure.period.from_, figure.period.to)
    return Selection(figure.item, figure.region, figure.channel, begin, end)


def _asked(selection: Selection, regions: Regions) -> Iterator[str]:
    """Yield what was asked for, in words."""
    if selection.item is not None:
        yield selection.item
    if selection.region is not None:
        yield _named(selection.region, regions)
    if selection.channel is not None:
        yield Channel.of(selection.channel).label(language())
    if selection.begin is not None:
        yield _("from {day}").format(day=f"{selection.begin.astimezone(JAKARTA):%Y-%m-%d}")
    if selection.end is not None:
        last = selection.end - timedelta(microseconds=1)
        yield _("up to and with {day}").format(day=f"{last.astimezone(JAKARTA):%Y-%m-%d}")


def _cells(row: "EvidenceStep", regions: Regions, name: str, *, has_whom: bool, has_value: bool) -> Iterator[str]:
    part = getattr(row, "part", None)
    if part is not None:
        yield part
    yield str(row.position)
    yield _wib(row.occurred_at)
    kind = CATALOGUE.kinds.get(row.type)
    yield Kind.of(kind).label(language()) if kind else row.type
    yield row.subject
    yield row.holder
    yield "" if row.place is None else _named(row.place, regions)
    if has_whom:
        yield row.whom or ""
    if has_value:
        yield duration(row.value, 1) if name.startswith(_TIMES) else number(row.value)


def _named(region: str, regions: Regions) -> str:
    return f"{region} {regions.get(region).name}" if region in regions else region


def _wib(time: datetime) -> str:
    return f"{time.astimezone(JAKARTA):%Y-%m-%d %H:%M}"
