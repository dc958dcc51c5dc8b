"""Draws figures for a person with one row for each part and a column for each figure."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from infra.regions import Regions
from projections.reach.figure import Figure, Selection
from services.cli.figures_table import part_label, value_of

_WIDEST: Final = 100_000


def print_wide(
    console: Console,
    rows: Sequence[Mapping[str, Figure]],
    selection: Selection,
    regions: Regions,
    names: Sequence[str],
) -> None:
    """Print rows of figures by name, under these names."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    if selection.by:
        table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for named in rows:
        label = [" · ".join(part_label(named["coverage"], regions, selection.by))] if selection.by else []
        table.add_row(*label, *(value_of(named[name]) if name in named else "" for name in names))
    whole = Measurement.get(console, console.options.update(max_width=_WIDEST), table).maximum
    console.width = max(whole, console.width)
    console.print(table)
