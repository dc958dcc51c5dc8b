"""Draws a trail for a person: the tree of causes, or the list."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Any, Final, NamedTuple

import msgspec
from rich.console import Console
from rich.text import Text

from events.catalogue import CATALOGUE
from events.fields import JAKARTA, in_zone
from events.recorded import UNREADABLE
from events.vocabulary import Channel, FindingCode, Kind, Verdict
from infra.language import language, number
from infra.language import translate as _
from infra.readable import one_line
from infra.regions import Regions
from projections.audit_trail.queries import Trail, TrailStep
from projections.audit_trail.tree import in_tree_order
from projections.findings.rules import RULES
from services.cli.durations import duration
from services.cli.printing import text

_DEEPEST_DRAWN: Final = 12
_MOST_NAMES: Final = 3
_NARROWEST: Final = 24
_COMFORTABLE: Final = 40
_BELOW: Final = 4
_GAP: Final = "  "
_STEP_IN: Final = 3
_SHORT: Final = 20
_STUCK: Final = "\N{NO-BREAK SPACE}"
_TIME: Final = len("2021-11-23 14:05")
_STYLES: Final = {"note": "yellow", "warning": "bold yellow", "serious": "bold red"}
_LATE: Final = " !"


def print_trail(console: Console, trail: Trail, regions: Regions, layout: str) -> None:
    """Print the steps of a trail, and what its findings mean."""
    if not trail.steps:
        return
    steps = {step.position: step for step in trail.steps}
    parents = {step.position: step.parent if step.parent in steps else None for step in trail.steps}
    order = list(in_tree_order(parents)) if layout == "tree" else sorted(steps)
    titles = ["#", _("happened (WIB)").ljust(_TIME), _("lag") + " " * len(_LATE)]
    if layout == "list":
        titles.append(_("recorded (WIB)").ljust(_TIME))
    cells = {position: _cells(steps[position], layout) for position in order}
    widest = [max(map(len, column)) for column in zip(titles, *cells.values(), strict=True)]
    margin = sum(widest) + len(_GAP) * len(widest)
    # Where little room is left beside the times, the words go below them.
    below = console.width - margin < _COMFORTABLE
    if below:
        margin = _BELOW
    width = console.width - margin
    guides = _guides(parents, order, (width - _NARROWEST) // _STEP_IN) if layout == "tree" else {}
    # Line by line: a table of rich takes ten times as long, and a trail may have any number of steps.
    title = _aligned(titles, widest, "bold").append("" if below else _("who did what"), "bold")
    title.rstrip()
    console.print(title, soft_wrap=True)
    for position in order:
        guide = guides.get(position, _NO_GUIDE)
        printed = _aligned(cells[position], widest, "dim")
        for index, line in enumerate(_drawn(steps[position], guide, width, regions)):
            if index or below:
                printed.rstrip()
                printed.append("\n" + " " * margin)
            printed.append(guide.below if index else guide.first, "dim").append(line)
        console.print(printed, soft_wrap=True)
    _print_legend(console, trail)


def _aligned(cells: Sequence[str], widest: Sequence[int], style: str) -> Text:
    """Return the cells of one line, each as wide as the widest under it; a late one stands out."""
    return text(
        *(
            (cell.rjust(width) + _GAP, _STYLES["note"] if cell.endswith(_LATE) else style)
            for cell, width in zip(cells, widest, strict=True)
        )
    )


def _cells(step: TrailStep, layout: str) -> list[str]:
    """Return what stands before a step's words."""
    mark = _LATE if FindingCode.RECORDED_LATE in step.findings else " " * len(_LATE)
    cells = [str(step.position), _wib(step.occurred_at), duration(step.lag_seconds) + mark]
    return [*cells, _wib(step.recorded_at)] if layout == "list" else cells


def _wib(time: datetime) -> str:
    return in_zone(time, JAKARTA).strftime("%Y-%m-%d %H:%M")


class _Guide(NamedTuple):
    """The lines that lead to a step: on its first line, and on the lines below that."""

    first: str
    below: str


_NO_GUIDE: Final = _Guide("", "")


def _guides(parents: dict[int, int | None], order: list[int], deepest: int) -> dict[int, _Guide]:
    """Return the lines that lead from each step to its parent; below `deepest` only how deep it lies."""
    last = {parents[position]: position for position in order}
    found: dict[int, _Guide] = {}
    depth: dict[int, int] = {}
    for position in order:
        parent = parents[position]
        if parent is None:
            found[position], depth[position] = _NO_GUIDE, 0
            continue
        depth[position] = depth[parent] + 1
        if depth[position] > min(deepest, _DEEPEST_DRAWN):
            first = f"… {depth[position]} "
            found[position] = _Guide(first, " " * len(first))
            continue
        above = found[parent].below
        is_last = last[parent] == position
        found[position] = _Guide(above + ("└─ " if is_last else "├─ "), above + ("   " if is_last else "│  "))
    return found


def _drawn(step: TrailStep, guide: _Guide, width: int, regions: Regions) -> Iterator[Text]:
    """Yield the lines of a step in words, as wide as the tree beside them allows, then its findings."""
    struck = "strike" if step.voided_by is not None else ""
    for words, style in ((f"{_who(step, regions)}: {_what(step)}", struck), *_notes(step)):
        for line in wrap(one_line(words), width - len(guide.first), break_on_hyphens=False):
            yield text((line.replace(_STUCK, " "), style))


def _notes(step: TrailStep) -> Iterator[tuple[str, str]]:
    """Yield what is to be said of a step, each with its style: voided, its findings, those made good.

    That it was recorded late is told by its lag, and would hide what else is to be said.
    """
    if step.voided_by is not None:
        yield _("✗ voided by #{position}").format(position=step.voided_by), "dim"
    for code in step.findings:
        if code is not FindingCode.RECORDED_LATE:
            yield f"! {code.label(language())}", _STYLES[RULES[code].severity]
    for mended in step.made_good:
        label = FindingCode.of(mended["code"]).label(language())
        yield _("✓ {finding}: made good by #{position}").format(finding=label, position=mended["by"]), "green"


def _what(step: TrailStep) -> str:
    kind = CATALOGUE.kinds.get(step.type)
    words = [Kind.of(kind).label(language()) if kind else step.type]
    try:
        CATALOGUE.decode(step.type, step.data)
    except UNREADABLE:  # a type of a newer Jejak, or a row that is damaged
        words.append(_("what it says cannot be read"))
    else:
        if step.channel is not None:
            words.append(Channel.of(step.channel).label(language()))
        words.extend(_details(msgspec.json.decode(step.data)))
    return f"{_STUCK}· ".join(each if len(each) > _SHORT else each.replace(" ", _STUCK) for each in words)


def _details(data: dict[str, Any]) -> list[str]:
    """Return what a reader wants to know of an event's data, in a few words."""
    found = []
    if "title" in data:
        found.append(f"“{data['title']}”")
    if "name" in data:
        found.append(data["name"])
    if "verdict" in data:
        found.append(Verdict.of(data["verdict"]).label(language()))
    found.extend(
        _("{count} people").format(count=number(data[name])) for name in ("headcount", "people") if name in data
    )
    if "exposures" in data:
        found.append(_("seen {count} times").format(count=number(data["exposures"])))
    found.extend(f"→{_STUCK}{_some(data[name])}" for name in ("to", "kim") if data.get(name))
    if "from" in data:
        found.append(f"←{_STUCK}{data['from']}")
    found.extend(
        data[name]
        for name in ("action", "outcome", "reason", "summary", "reply", "resolution", "number", "date")
        if name in data
    )
    return found


def _some(names: list[str]) -> str:
    """Return the first few of a list of names, and how many more there are."""
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return _("{names} and {count} more").format(
        names=", ".join(names[:_MOST_NAMES]), count=len(names) - _MOST_NAMES
    )


def _who(step: TrailStep, regions: Regions) -> str:
    if step.region is None or step.region not in regions:
        return step.holder
    return f"{step.holder} ({regions.get(step.region).name})"


def _print_legend(console: Console, trail: Trail) -> None:
    counts = Counter(code for step in trail.steps for code in step.findings)
    if not counts:
        return
    console.print()
    console.print(_("Findings"), style="bold")
    for code, count in sorted(counts.items(), key=lambda each: (-_rank(each[0]), each[0])):
        line = f"  {code.label(language())} ({code}) · {number(count)}"
        if code is FindingCode.RECORDED_LATE:
            line += " · " + _("lag marked !")
        console.print(line, style=_STYLES[RULES[code].severity])


def _rank(code: FindingCode) -> int:
    return list(_STYLES).index(RULES[code].severity)
