"""The benches of this checkout and of another commit in turn: what a change costs, on a machine that drifts."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench.measure import RESULT, Figure, ratio

ROOT: Final = Path(__file__).parents[2]
_ROUNDS: Final = 3

Key = tuple[str, str, str]
"""Bench, what it measured, and the unit."""


def compare(names: Sequence[str], commit: str, directory: Path, console: Console, *, quick: bool) -> Table:
    """Run the benches here and at `commit`, several rounds in turn; return what each measured, and their ratios.

    Raises:
        subprocess.CalledProcessError: there is no such commit.

    """
    ours: dict[Key, list[float]] = {}
    theirs: dict[Key, list[float]] = {}
    with _checked_out(commit, directory / "against") as other:
        for number in range(_ROUNDS):
            sides = [(ROOT, ours), (other, theirs)]
            for checkout, found in sides if number % 2 else reversed(sides):
                console.print(
                    f"[dim]round {number + 1} of {_ROUNDS}, {commit if checkout == other else 'here'}[/dim]"
                )
                for figure in _run(checkout, names, directory, quick=quick):
                    found.setdefault((figure.bench, figure.what, figure.unit), []).append(figure.median)
    return _table(commit, ours, theirs)


@contextmanager
def _checked_out(commit: str, folder: Path) -> Iterator[Path]:
    git = ("git", "-C", str(ROOT), "worktree")
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def _run(checkout: Path, names: Sequence[str], directory: Path, *, quick: bool) -> list[Figure]:
    """Run benches of a checkout, by this environment; a target that is missed is no failure here."""
    folder = Path(mkdtemp(dir=directory))  # where they write what they found
    subprocess.run(
        [sys.executable, "-m", "tests.bench", *names, "--directory", directory, *(["--quick"] if quick else [])],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    written = msgspec.json.decode((folder / RESULT).read_bytes())
    return msgspec.convert(written["figures"], list[Figure])


def _table(commit: str, ours: dict[Key, list[float]], theirs: dict[Key, list[float]]) -> Table:
    table = Table(title=f"here against {commit}, medians of {_ROUNDS} rounds", box=None)
    for title in ("what", commit, "here", "here / there", "lowest to highest", "python -m tests.bench"):
        table.add_column(title, justify="left" if title == "what" else "right")
    for (name, what, unit), here in ours.items():
        there = theirs.get((name, what, unit))
        if there is None:  # that commit has no such figure
            continue
        pairs = ratio(here, there)
        table.add_row(
            what,
            f"{median(there):,.4g} {unit}",
            f"{median(here):,.4g} {unit}",
            f"{median(pairs):.3f}",
            f"{min(pairs):.3f} to {max(pairs):.3f}",
            name,
        )
    return table
