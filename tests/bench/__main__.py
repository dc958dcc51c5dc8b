"""`python -m tests.bench [NAME…] [--quick] [--against COMMIT]`: measures, prints a table, keeps it as JSON."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

import msgspec
import psutil  # type: ignore[import-untyped]  # it comes without types
from rich.console import Console
from rich.table import Table

from services.cli.common import prepare_for_bulk
from tests.bench.against import compare
from tests.bench.measure import RESULT, Bench, Figure, machine

NAMES: Final = (
    "publish",
    "publish_postgresql",
    "group",
    "group_postgresql",
    "follow",
    "follow_postgresql",
    "relay",
    "worker",
    "partitions",
    "visible",
    "wakeup",
    "memory",
    "trail",
    "figures",
    "chain",
    "startup",
)
_WIDTH: Final = 150
"""Of the table in a file or a pipe, which has no width of its own."""
_QUIET: Final = 0.5
"""The load of a machine that has nothing else to do, or nearly."""


def main() -> int:
    """Run the benches that are asked for; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="What Jejak does a second.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the events: shows that it runs, no more")
    parser.add_argument("--directory", type=Path, help="where the databases go (default: a temporary folder)")
    parser.add_argument("--against", metavar="COMMIT", help="the same at that commit, in turn; nothing is written")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no bench {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}")
    names = [name for name in NAMES if name in asked.names or not asked.names]
    console, progress = Console(), Console(stderr=True, highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH
    if asked.against:
        with TemporaryDirectory(dir=asked.directory, prefix="jejak-bench-") as directory:
            console.print(compare(names, asked.against, Path(directory), progress, quick=asked.quick))
        return 0
    # As `jejak publish` and `jejak follow` set it; whoever is measured beside them has the same.
    prepare_for_bulk()
    found: list[Figure] = []
    begin, load = perf_counter(), psutil.getloadavg()[0]
    with TemporaryDirectory(dir=asked.directory, prefix="jejak-bench-") as directory:
        bench = Bench(Path(directory), progress, quick=asked.quick)
        with bench.closing:
            for name in names:
                progress.print(f"[bold]{name}[/bold]")
                run: Callable[[Bench], list[Figure]] = import_module(f"tests.bench.{name}").run
                found += run(bench)
    _print(console, found, quick=asked.quick)
    console.print(f"{perf_counter() - begin:,.0f} s; written to {RESULT}")
    if load > _QUIET:
        console.print(f"[yellow]the machine was not quiet when it began: load {load:.1f}[/yellow]")
    _write(found, quick=asked.quick)
    return 1 if any(figure.met is False for figure in found) else 0


def _print(console: Console, figures: Sequence[Figure], *, quick: bool) -> None:
    table = Table(title="Jejak" + (" (--quick: not to be quoted)" if quick else ""), box=None)
    table.add_column("what")
    table.add_column("median", justify="right", no_wrap=True)
    table.add_column("lowest to highest", justify="right", no_wrap=True, style="dim")
    table.add_column("target", justify="right", no_wrap=True)
    table.add_column("python -m tests.bench", style="dim", no_wrap=True)
    before = None
    for figure in figures:
        if before not in (None, figure.bench):
            table.add_row()
        before = figure.bench
        met = {True: "[green]met[/green]", False: "[red]missed[/red]", None: ""}[figure.met]
        low, high = min(figure.values), max(figure.values)
        table.add_row(
            figure.what + (f"\n[dim]{figure.note}[/dim]" if figure.note else ""),
            f"{_number(figure.median)} {figure.unit}",
            f"{_number(low)} to {_number(high)}" if len(figure.values) > 1 else "",
            f"{figure.target} {met}",
            figure.bench,
        )
    console.print(table)


def _number(value: float) -> str:
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.3g}"


def _write(figures: Sequence[Figure], *, quick: bool) -> None:
    """Write the figures; those of benches that did not run stay as they were written before."""
    kept: list[dict[str, Any]] = []
    if RESULT.exists():
        ran = {figure.bench for figure in figures}
        kept = [one for one in msgspec.json.decode(RESULT.read_bytes())["figures"] if one["bench"] not in ran]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    new = [
        {
            **msgspec.to_builtins(figure),
            "median": figure.median,
            "met": figure.met,
            "command": figure.command,
            "quick": quick,
            "at": at,
        }
        for figure in figures
    ]
    order = {name: number for number, name in enumerate(NAMES)}
    document = {"machine": machine(), "figures": sorted([*kept, *new], key=lambda one: order[one["bench"]])}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


if __name__ == "__main__":
    sys.exit(main())
