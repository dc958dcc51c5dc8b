"""Draws figures for a person: by section with bars, or a row for each part of a break-down."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from events.fields import JAKARTA
from events.refusal import Message
from events.vocabulary import Channel, Topic
from infra.language import language, number, percentage, translate
from infra.language import translate as _
from infra.regions import Regions
from projections.reach.figure import By as Dimension
from projections.reach.figure import Figure, Period, Selection
from services.cli.durations import duration

_BAR: Final = 24
_LEAST_SHOWN: Final = 0.001
_NARROWEST: Final = 12
_WIDEST: Final = 1_000
_WIDE: Final = 90
"""Columns of a terminal that leave room for bars beside the numbers."""
_STAGES: Final = ("addressed", "received", "discussed", "shared", "acted_on")
_LABELS: Final = {
    "impressions": Message("impressions"),
    "reach.lower": Message("people reached, at least"),
    "reach.upper": Message("people reached, at most"),
    "reach.share.lower": Message("share of the people, at least"),
    "reach.share.upper": Message("share of the people, at most"),
    "coverage": Message("villages reached"),
    "funnel.addressed": Message("addressed"),
    "funnel.received": Message("received"),
    "funnel.discussed": Message("discussed"),
    "funnel.shared": Message("shared"),
    "funnel.acted_on": Message("acted on"),
    "time_to_reach.p50": Message("until half of the intended had it"),
    "time_to_reach.p90": Message("until nine of ten had it"),
    "time_to_reach.p100": Message("until all had it"),
    "latency.p50": Message("from hand to hand, half within"),
    "latency.p90": Message("from hand to hand, nine of ten within"),
    "latency.max": Message("from hand to hand, the slowest"),
    "cascade.size": Message("times passed on, with the publication"),
    "cascade.depth": Message("steps to the farthest"),
    "cascade.width": Message("most at one distance"),
    "cascade.virality": Message("structural virality"),
    "cascade.orphans": Message("passed on without a way to the publication"),
    "correction.reach": Message("holders of the original that got the correction"),
    "correction.time.p50": Message("until half of the holders of the original had it"),
    "correction.time.p90": Message("until nine of ten had it"),
    "correction.time.p100": Message("until all had it"),
    "screening.share": Message("screened what they received"),
    "screening.verified": Message("found it true"),
    "screening.unproven": Message("found it unproven"),
    "screening.hoax": Message("found it a hoax"),
    "screening.shared_before_hoax": Message("shares before the own hoax verdict"),
    "screening.shared_after_hoax": Message("shares after the own hoax verdict"),
    "coaching.held": Message("coaching sessions"),
    "coaching.people": Message("people coached"),
    "coaching.villages": Message("villages coached"),
    "kim.active": Message("active KIM among those with a decree"),
    "aspiration.answered": Message("aspirations answered in time"),
}
"""What a reader calls a figure, in the order in which they are read."""


By = Mapping[str, Figure]


def print_figures(console: Console, figures: Sequence[Figure], selection: Selection, regions: Regions) -> None:
    """Print figures: all of them of the whole selection, the main ones of each part."""
    if selection.by:
        print_parts(console, figures, regions, selection.by)
        return
    by_name = {figure.name: figure for figure in figures}
    _print_reach(console, by_name)
    print_funnel(console, by_name)
    _print_section(console, _("Time"), by_name, ("time_to_reach.", "latency."))
    _print_section(console, _("Cascade"), by_name, ("cascade.",))
    _print_section(console, _("Correction"), by_name, ("correction.",))
    _print_section(console, _("Screening"), by_name, ("screening.",))
    _print_section(console, _("Coaching, KIM and aspirations"), by_name, ("coaching.", "kim.", "aspiration."))


def label(name: str) -> str:
    """Return what a reader calls a figure."""
    return translate(_LABELS[name]) if name in _LABELS else name


def names() -> list[str]:
    """Return the names of all figures, in the order in which they are read."""
    ratios = {f"funnel.{stage}": (".closed", ".open") for stage in _STAGES[1:]}
    return [name + end for name in _LABELS for end in ("", *ratios.get(name, ()))]


def _print_reach(console: Console, by_name: By) -> None:
    console.print(_("Reach"), style="bold")
    table = _table()
    table.add_row(label("impressions"), value_of(by_name["impressions"]), _note(by_name["impressions"]))
    lower, upper = by_name["reach.lower"], by_name["reach.upper"]
    table.add_row(_("people reached"), _between(value_of(lower), value_of(upper)), _note(lower))
    lower, upper = by_name["reach.share.lower"], by_name["reach.share.upper"]
    table.add_row(_("share of the people"), _between(value_of(lower), value_of(upper)), _note(lower))
    coverage = by_name["coverage"]
    table.add_row(label("coverage"), value_of(coverage), bar(coverage.value) + " " + _note(coverage))
    _print_whole(console, table)


def print_funnel(console: Console, by_name: By) -> None:
    """Print the funnel, each stage with a bar and how many of the stage before are in it, too."""
    console.print()
    console.print(_("Funnel (pairs of an item and a holder; share of the line above)"), style="bold")
    most = max(by_name[f"funnel.{stage}"].value or 0 for stage in _STAGES) or 1
    table = _table()
    for stage in _STAGES:
        figure = by_name[f"funnel.{stage}"]
        closed = by_name.get(f"funnel.{stage}.closed")
        share = ""
        if closed is not None and closed.value is not None:
            share = value_of(closed)  # its denominator is the stage above
        table.add_row(label(figure.name), value_of(figure), f"{bar((figure.value or 0) / most)} {share}")
    _print_whole(console, table)


def _print_section(console: Console, title: str, by_name: By, prefixes: tuple[str, ...]) -> None:
    figures = [by_name[name] for name in _LABELS if name in by_name and name.startswith(prefixes)]
    if not figures:
        return
    console.print()
    console.print(title, style="bold")
    table = _table()
    for figure in figures:
        table.add_row(label(figure.name), value_of(figure), _note(figure))
    _print_whole(console, table)


_IN_PARTS: Final = ("addressed", "received", "shared", "acted_on")
_MAIN: Final = ("reach.lower", "coverage", *(f"funnel.{stage}" for stage in _IN_PARTS))


def print_parts(console: Console, figures: Sequence[Figure], regions: Regions, by: Sequence[Dimension]) -> None:
    """Print the main figures of each part of a break-down, one part a row.

    Regions are shown though nothing is in them; of other parts, those that have something of these figures.
    """
    parts: dict[tuple[str, ...], dict[str, Figure]] = {}
    for figure in figures:
        if figure.name in _MAIN:
            parts.setdefault(part_label(figure, regions, by), {})[figure.name] = figure
    shown = {
        part: named
        for part, named in parts.items()
        if "region" in by or any(figure.value for figure in named.values())
    }
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", min_width=_NARROWEST)
    table.add_column(_("villages"), justify="right", no_wrap=True)
    if console.width >= _WIDE:
        table.add_column("", no_wrap=True)
    for title in (_("people"), *(label(f"funnel.{stage}") for stage in _IN_PARTS)):
        table.add_column(title, justify="right", no_wrap=True)
    for part, named in sorted(shown.items()):
        coverage = named["coverage"]
        table.add_row(
            " · ".join(each for each in part if each),
            f"{number(coverage.numerator or 0)}/{number(coverage.denominator or 0)}",
            *([bar(coverage.value, 8)] if console.width >= _WIDE else []),
            f"≥ {value_of(named['reach.lower'])}",
            *(value_of(named[f"funnel.{stage}"]) for stage in _IN_PARTS),
        )
    _print_whole(console, table)
    if len(shown) < len(parts):
        console.print(
            _("parts with none of these, but other figures: {count} (--format json shows them)").format(
                count=number(len(parts) - len(shown))
            ),
            style="dim",
        )


def part_label(figure: Figure, regions: Regions, by: Sequence[Dimension]) -> tuple[str, ...]:
    """Return what a part is called, by what it is broken down by."""
    return tuple(_called(figure, each, regions) for each in _PARTS if each in by)


def _called(figure: Figure, dimension: Dimension, regions: Regions) -> str:
    match dimension:
        case "region":
            return f"{figure.region} {regions.get(figure.region or '').name}"
        case "item":
            return figure.item or ""
        case "day":
            return _first_day(figure.period)
        case "month":
            return _first_day(figure.period)[: len("2021-11")]
        case "channel":
            return Channel.of(figure.channel or "").label(language())
        case "topic":
            return Topic.of(figure.topic or "").label(language())


_PARTS: Final[Sequence[Dimension]] = ("region", "item", "day", "month", "channel", "topic")


def _first_day(period: Period | None) -> str:
    if period is None or period.from_ is None:
        return ""
    return period.from_.astimezone(JAKARTA).date().isoformat()


def bar(share: float | None, width: int = _BAR) -> str:
    """Return a bar for a share from 0 to 1; something is never drawn as nothing, nor a part as the whole."""
    if not share:
        return "░" * width
    full = width if share >= 1 else min(max(round(share * width), 1), width - 1)
    return "█" * full + "░" * (width - full)


def _table() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    return table


def _print_whole(console: Console, table: Table) -> None:
    """Print a table; where the terminal is too narrow for it, its lines go on below, and nothing is cut off."""
    least = Measurement.get(console, console.options.update(max_width=_WIDEST), table).minimum
    console.width = max(least, console.width)
    console.print(table)


def _between(lower: str, upper: str) -> str:
    return lower if lower == upper else f"{lower} … {upper}"


_NOTES: Final = {
    "none": Message("nothing to measure"),
    "no population": Message("no population is known"),
    "not reached yet": Message("not reached yet"),
    "more people than live there (visitors)": Message("more people than live there (visitors)"),
    "1 shares say nothing of exposures or people": Message("1 share says nothing of exposures or people"),
    "{count} shares say nothing of exposures or people": Message(
        "{count} shares say nothing of exposures or people"
    ),
    "1 steps without people": Message("1 step without people"),
    "{count} steps without people": Message("{count} steps without people"),
    "1 steps without a channel left out": Message("1 step without a channel left out"),
    "{count} steps without a channel left out": Message("{count} steps without a channel left out"),
    "1 first receipts lead to no passing step": Message("1 first receipt leads to no passing step"),
    "{count} first receipts lead to no passing step": Message("{count} first receipts lead to no passing step"),
}
"""What notes say to a person, one apart from many; in JSON they are as `docs/figures.md` has them."""


def _note(figure: Figure) -> str:
    return "; ".join(map(_said, figure.note.split("; "))) if figure.note else ""


def _said(note: str) -> str:
    count, _space, rest = note.partition(" ")
    if note in _NOTES:
        return translate(_NOTES[note])
    if not count.isdecimal():
        return translate(note)
    return translate(_NOTES.get("{count} " + rest) or "{count} " + rest).format(count=number(int(count)))


def told(figure: Figure) -> str:
    """Return a figure's value as a person reads it, with its note."""
    return " · ".join(each for each in (value_of(figure), _note(figure)) if each)


def value_of(figure: Figure) -> str:
    """Return a value as a person reads it, a ratio with what it is made of."""
    value = figure.value
    if value is None:
        return "?"
    if ".time." in figure.name or figure.name.startswith(("time_to_reach", "latency")):
        return duration(value, 1)
    if figure.name == "cascade.virality":
        return number(value, 2)
    if figure.denominator is not None:
        share = percentage(value, 1 if value >= _LEAST_SHOWN or not value else 4)
        return f"{share} ({number(figure.numerator or 0)}/{number(figure.denominator)})"
    return number(value)
