"""Draws a trail for a person: the tree of causes, or the list."""

from collections import Counter
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from events.catalogue import CATALOGUE
from events.fields import JAKARTA
from events.vocabulary import Channel, FindingCode, Kind, Verdict
from infra.language import language
from infra.language import translate as _
from infra.regions import Regions
from projections.audit_trail.queries import Trail, TrailStep
from projections.audit_trail.tree import in_tree_order
from projections.findings.rules import RULES

_DEEPEST_DRAWN: Final = 12
_MOST_NAMES: Final = 3
_STYLES: Final = {"note": "dim", "warning": "yellow", "serious": "bold red"}


def print_trail(console: Console, trail: Trail, regions: Regions, layout: str) -> None:
    """Print the steps of a trail, and what its findings mean."""
    steps = {step.position: step for step in trail.steps}
    parents = {step.position: step.parent if step.parent in steps else None for step in trail.steps}
    order = list(in_tree_order(parents)) if layout == "tree" else sorted(steps)
    guides = _guides(parents, order) if layout == "tree" else dict.fromkeys(order, "")
    everywhere = _on_every_step(trail)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("#", justify="right", style="dim")
    table.add_column(_("when (WIB)"), no_wrap=True)
    table.add_column(_("step"))
    table.add_column(_("holder"))
    table.add_column(_("findings"))
    for position in order:
        step = steps[position]
        struck = "strike dim" if step.voided_by is not None else ""
        what = Text(guides[position], style="dim")
        what.append(_what(step), style=struck)
        table.add_row(
            str(position),
            step.occurred_at.astimezone(JAKARTA).strftime("%Y-%m-%d %H:%M"),
            what,
            Text(_who(step, regions), style=struck),
            _findings(step, everywhere),
        )
    console.print(table)
    _print_legend(console, trail, everywhere)


def _guides(parents: dict[int, int | None], order: list[int]) -> dict[int, str]:
    """Return the lines that lead from each step to its parent."""
    last = {parents[position]: position for position in order}
    own: dict[int, str] = {}
    below: dict[int, str] = {}
    depth: dict[int, int] = {}
    for position in order:
        parent = parents[position]
        if parent is None:
            own[position] = below[position] = ""
            depth[position] = 0
            continue
        depth[position] = depth[parent] + 1
        if depth[position] > _DEEPEST_DRAWN:
            own[position] = below[position] = f"… {depth[position]} "
            continue
        is_last = last[parent] == position
        own[position] = below[parent] + ("└─ " if is_last else "├─ ")
        below[position] = below[parent] + ("   " if is_last else "│  ")
    return own


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
        found.append(_("{count:,} people").format(count=data["headcount"]))
    if "exposures" in data:
        found.append(_("seen {count:,} times").format(count=data["exposures"]))
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
    """Return the findings that nearly every step has: they are said once, below."""
    live = [step for step in trail.steps if step.voided_by is None]
    counts = Counter(code for step in live for code in step.findings)
    return {code for code, count in counts.items() if len(live) > 1 and count >= len(live) - 1}


def _findings(step: TrailStep, everywhere: set[FindingCode]) -> Text:
    text = Text()
    if step.voided_by is not None:
        text.append(_("voided by #{position}").format(position=step.voided_by), style="dim")
    for code in step.findings:
        if code not in everywhere:
            text.append((", " if text else "") + code.label(language()), style=_STYLES[RULES[code].severity])
    for mended in step.made_good:
        label = FindingCode.of(mended["code"]).label(language())
        mended_text = _("{finding}: made good by #{position}").format(finding=label, position=mended["by"])
        text.append((", " if text else "") + mended_text, style="dim")
    return text


def _print_legend(console: Console, trail: Trail, everywhere: set[FindingCode]) -> None:
    counts = Counter(code for step in trail.steps for code in step.findings)
    if not counts:
        return
    console.print()
    console.print(Text(_("Findings"), style="bold"))
    for code, count in sorted(counts.items(), key=lambda each: (-_rank(each[0]), each[0])):
        style = _STYLES[RULES[code].severity]
        where = _("on every step") if code in everywhere else _("on {count} steps").format(count=count)
        console.print(Text(f"  {code.label(language())} ({code}), {where}", style=style))


def _rank(code: FindingCode) -> int:
    return list(_STYLES).index(RULES[code].severity)
