"""How long a command takes that has next to nothing to do, as a process of its own."""

from statistics import median
from typing import Final

from tests.bench.flows import FIRST_ITEM, flows
from tests.bench.measure import Bench, Contestant, Figure, run_jejak

NAME: Final = "startup"
_REPEATS: Final = 10
_MOST_SECONDS: Final = 0.3
_EVENTS: Final = 100


def run(bench: Bench) -> list[Figure]:
    """Measure the commands in turn; all but `publish` again and again on the same small log."""
    home, lines = bench.home(), bench.directory / "small.jsonl"
    with lines.open("wb") as file:
        file.writelines(flows(_EVENTS))
    rejected = str(bench.directory / "rejected")
    commands: dict[str, tuple[str, ...]] = {
        "--help": ("--help",),
        f"publish, {_EVENTS} events recorded before": ("publish", str(lines), "--rejected", rejected),
        "follow --once": ("follow", "--once"),
        "status": ("status",),
        f"trail {FIRST_ITEM}": ("trail", FIRST_ITEM),
    }
    for arguments in commands.values():
        run_jejak(*arguments, home=home)
    processor: dict[str, list[float]] = {what: [] for what in commands}

    def contestant(what: str) -> Contestant:
        def start() -> float:
            took = run_jejak(*commands[what], home=home)
            processor[what].append(took.processor)
            return took.seconds

        return start

    took = bench.in_turn({what: contestant(what) for what in commands}, _REPEATS)
    return [
        Figure(
            NAME,
            f"jejak {what}",
            "s",
            values,
            at_most=_MOST_SECONDS if what == "--help" else None,
            note=f"of it, {median(processor[what]):.2f} s of processor",
        )
        for what, values in took.items()
    ]
