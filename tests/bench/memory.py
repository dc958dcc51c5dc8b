"""Memory: a million events recorded and followed by the program, in processes of its own."""

from typing import Final

from tests.bench.measure import Bench, Figure

NAME: Final = "memory"
_MOST_MIB: Final = 400


def run(bench: Bench) -> list[Figure]:
    """Measure the most memory that publishing and following had at once."""
    made = bench.million
    figures = []
    for command, took in (("publish FILE", made.publishing), ("follow --once", made.following)):
        what = f"jejak {command}, {made.events:,} events"
        figures += [
            Figure(NAME, f"{what}: most memory", "MiB", [took.peak_mib], at_most=_MOST_MIB),
            Figure(
                NAME,
                f"{what}: from start to end",
                "s",
                [took.seconds],
                note=f"of it, {took.processor:.0f} s of processor",
            ),
        ]
    for name in ("log", "views"):
        size = sum(file.stat().st_size for file in made.home.glob(f"{name}.sqlite*"))
        figures.append(Figure(NAME, f"the {name} on disk", "bytes/event", [size / made.events]))
    return figures
