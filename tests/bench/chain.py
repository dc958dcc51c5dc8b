"""A chain of causes: one item whose every step is caused by the step before, published, followed and shown."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from tests.bench.flows import FIRST_ITEM, chain
from tests.bench.measure import Bench, Figure, run_jejak

NAME: Final = "chain"
_DEEP: Final = 100_000


def run(bench: Bench) -> list[Figure]:
    """Measure each command on the chain."""
    deep, home = bench.size(_DEEP), bench.home()
    lines, out = bench.directory / "chain.jsonl", bench.directory / "trail.jsonl"
    with lines.open("wb") as file:
        file.writelines(chain(deep, start=datetime.now(UTC) - timedelta(days=6)))
    commands: dict[str, tuple[str, ...]] = {
        "publish": ("publish", str(lines), "--rejected", str(bench.directory / "rejected")),
        "follow --once": ("follow", "--once"),
        "trail, as a tree, --format jsonl": ("trail", FIRST_ITEM, "--layout", "tree", "--format", "jsonl"),
        "trail, as a list, --format jsonl": ("trail", FIRST_ITEM, "--layout", "list", "--format", "jsonl"),
    }
    figures = []
    for what, arguments in commands.items():
        bench.say(what)
        took = run_jejak(*arguments, home=home, stdout=out)
        figures.append(
            Figure(
                NAME,
                f"{deep:,} causes deep: {what}",
                "s",
                [took.seconds],
                note=f"of it, {took.processor:.1f} s of processor",
            )
        )
    with out.open("rb") as file:
        deepest = max(int(msgspec.json.decode(line)["depth"]) for line in file)
    if deepest != deep:
        raise RuntimeError(f"the trail is {deepest} deep")
    return figures
