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
from events.fields import JAKARTA
from events.vocabulary import Channel, FindingCode, Kind, Verdict
from infra.language import language, number
from infra.language import translate as _
from infra.regions import Regions
from projections.audit_trail.queries import Trail, TrailStep
from projections.audit_trail.tree import in_tree_order
from projections.findings.rules import RULES

_DEEPEST_DRAWN: Final = 12
_MOST_NAMES: Final = 3
_NARROWEST: Final = 24
_GAP: Final = "  "
_TIME: Final = len("2021-11-23 14:05")
_STYLES: Final = {"note": "dim", "warning": "yellow", "serious": "bold red"}


def print_trail(console: Console, trail: Trail, regions: Regions, layout: str) -> None:
    """Print the steps of a trail, and what its findings mean."""
    steps = {step.position: step for step in trail.steps}
    parents = {step.position: step.parent if step.parent in steps else None for step in trail.steps}
    order = list(in_tree_order(parents)) if layout == "tree" else sorted(steps)
    guides = _guides(parents, order) if layout == "tree" else {}
    everywhere = _on_every_step(trail)
    titles = ["#", _("happened (WIB)").ljust(_TIME), _("lag")]
    if layout == "list":
        titles.append(_("recorded (WIB)").ljust(_TIME))
    cells = {position: _cells(steps[position], layout) for position in order}
    widest = [max(map(len, column)) for column in zip(titles, *cells.values(), strict=True)]
    margin = sum(widest) + len(_GAP) * len(widest)
    width = max(console.width - margin, _NARROWEST)
    # Line by line: a table of rich takes ten times as long, and a trail may have any number of steps.
    console.print(Text(_aligned(titles, widest) + _("who did what"), style="bold"), soft_wrap=True)
    for position in order:
        guide = guides.get(position, _NO_GUIDE)
        text = Text(_aligned(cells[position], widest), style="dim")
        for index, line in enumerate(_drawn(steps[position], guide, width, regions, everywhere)):
            text.append("\n" + " " * margin + guide.below if index else guide.first).append(line)
        console.print(text, soft_wrap=True)
    _print_legend(console, trail, everywhere)


def _aligned(cells: Sequence[str], widest: Sequence[int]) -> str:
    """Return the cells of one line, each as wide as the widest under it."""
    return "".join(cell.rjust(width) + _GAP for cell, width in zip(cells, widest, strict=True))


def _cells(step: TrailStep, layout: str) -> list[str]:
    """Return what stands before a step's words."""
    cells = [str(step.position), _wib(step.occurred_at), _lag(step.lag_seconds)]
    return [*cells, _wib(step.recorded_at)] if layout == "list" else cells


def _wib(time: datetime) -> str:
    return time.astimezone(JAKARTA).strftime("%Y-%m-%d %H:%M")


def _lag(seconds: float) -> str:
    """Return how long after a step happened it was recorded, in its largest unit."""
    for length, unit in ((86_400, _("d")), (3_600, _("h")), (60, _("min"))):
        if abs(seconds) >= length:
            return f"{number(seconds / length)} {unit}"
    return f"{seconds:.0f} {_('s')}"


class _Guide(NamedTuple):
    """The lines that lead to a step: on its first line, and on the lines below that."""

    first: str
    below: str


_NO_GUIDE: Final = _Guide("", "")


def _guides(parents: dict[int, int | None], order: list[int]) -> dict[int, _Guide]:
    """Return the lines that lead from each step to its parent."""
    last = {parents[position]: position for position in order}
    found: dict[int, _Guide] = {}
    depth: dict[int, int] = {}
    for position in order:
        parent = parents[position]
        if parent is None:
            found[position], depth[position] = _NO_GUIDE, 0
            continue
        depth[position] = depth[parent] + 1
        if depth[position] > _DEEPEST_DRAWN:
            found[position] = _Guide(f"… {depth[position]} ", "  ")
            continue
        above = found[parent].below
        is_last = last[parent] == position
        found[position] = _Guide(above + ("└─ " if is_last else "├─ "), above + ("   " if is_last else "│  "))
    return found


def _drawn(
    step: TrailStep, guide: _Guide, width: int, regions: Regions, everywhere: set[FindingCode]
) -> Iterator[Text]:
    """Yield the lines of a step in words, as wide as the tree beside them allows, then its findings."""
    struck = "strike" if step.voided_by is not None else ""
    for words, style in ((f"{_who(step, regions)}: {_what(step)}", struck), *_notes(step, everywhere)):
        for line in wrap(words, max(width - len(guide.first), _NARROWEST), break_on_hyphens=False):
            yield Text(line, style=f"not dim {style}")


def _notes(step: TrailStep, everywhere: set[FindingCode]) -> Iterator[tuple[str, str]]:
    """Yield what is to be said of a step, each with its style: voided, its findings, those made good."""
    if step.voided_by is not None:
        yield _("✗ voided by #{position}").format(position=step.voided_by), "dim"
    for code in step.findings:
        if code not in everywhere:
            yield f"! {code.label(language())}", _STYLES[RULES[code].severity]
    for mended in step.made_good:
        label = FindingCode.of(mended["code"]).label(language())
        yield _("✓ {finding}: made good by #{position}").format(finding=label, position=mended["by"]), "green"


def _what(step: TrailStep) -> str:
    kind = CATALOGUE.kinds.get(step.type)
    words = [Kind.of(kind).label(language()) if kind else step.type]
    data: dict[str, Any] = msgspec.json.decode(step.data)
    if step.channel is not None:
        words.append(Channel.of(step.channel).label(language()))
    words.extend(_details(data))
    return " · ".join(words)


def _details(data: dict[str, Any]) -> list[str]:
    """Return what a reader wants to know of an event's data, in a few words."""
    found = []
    if "title" in data:
        found.append(f"“{data['title']}”")
    if "name" in data:
        found.append(data["name"])
    if "verdict" in data:
        found.append(Verdict.of(data["verdict"]).label(language()))
    if "headcount" in data:
        found.append(_("{count} people").format(count=number(data["headcount"])))
    if "exposures" in data:
        found.append(_("seen {count} times").format(count=number(data["exposures"])))
    if data.get("to"):
        found.append("→ " + _some(data["to"]))
    if "from" in data:
        found.append("← " + data["from"])
    found.extend(
        data[name]
        for name in ("action", "outcome", "reason", "summary", "reply", "resolution", "number")
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


def _on_every_step(trail: Trail) -> set[FindingCode]:
    """Return the findings that every step has: they are said once, below."""
    live = [step for step in trail.steps if step.voided_by is None]
    counts = Counter(code for step in live for code in step.findings)
    return {code for code, count in counts.items() if len(live) > 1 and count == len(live)}


def _print_legend(console: Console, trail: Trail, everywhere: set[FindingCode]) -> None:
    counts = Counter(code for step in trail.steps for code in step.findings)
    if not counts:
        return
    console.print()
    console.print(Text(_("Findings"), style="bold"))
    for code, count in sorted(counts.items(), key=lambda each: (-_rank(each[0]), each[0])):
        style = _STYLES[RULES[code].severity]
        where = _("on every step") if code in everywhere else f"· {number(count)}"
        console.print(Text(f"  {code.label(language())} ({code}) {where}", style=style))


def _rank(code: FindingCode) -> int:
    return list(_STYLES).index(RULES[code].severity)
