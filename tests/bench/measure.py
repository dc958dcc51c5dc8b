"""What the benches share: figures, runs in turn, files of events, and the program as another process."""

import gc
import os
import platform
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from types import MappingProxyType
from typing import Any, Final

import msgspec
import psutil  # type: ignore[import-untyped]  # it comes without types
from rich.console import Console

from events import identity
from infra.servers.postgresql import PostgreSQL, create_database, drop_database
from infra.settings import Settings
from services.cli.lines import batches
from services.cli.rejected_line import unwrap
from services.composition import Jejak
from tests.bench.flows import flows

RESULT: Final = Path("build/bench.json")
MILLION: Final = 1_000_000
DAYS: Final = 5
YEAR: Final = 365
_LOOK_SECONDS: Final = 0.01
_MANY_RUNS: Final = 10
"""From so many on they are too short for anybody to wait for each."""

Contestant = Callable[[], float]
"""One run; it returns events a second, or whatever else is measured."""


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One figure: a value for each run, and what the median should be."""

    bench: str
    what: str
    unit: str
    values: Sequence[float]
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """The figure: the median of its runs."""
        return median(self.values)

    @property
    def target(self) -> str:
        """The target in words."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return "" if self.at_most is None else f"≤ {self.at_most:g}"

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.at_least is not None:
            return self.median >= self.at_least
        return None if self.at_most is None else self.median <= self.at_most

    @property
    def command(self) -> str:
        """What repeats the figure."""
        return f"python -m tests.bench {self.bench}"


class Bench:
    """One run of the benches: where files go, how much is done, and what several benches use."""

    def __init__(self, directory: Path, console: Console, *, quick: bool) -> None:
        self.directory = directory
        self.quick = quick
        self.closing = ExitStack()
        """What has to be stopped in the end."""
        self._console = console
        self._homes = count(1)

    def say(self, what: str) -> None:
        """Tell whoever waits what is going on."""
        self._console.print(f"[dim]{what}[/dim]")

    def size(self, events: int) -> int:
        """Return how many events to use: a tenth with --quick."""
        return events // 10 if self.quick else events

    @property
    def runs(self) -> int:
        """How often each contestant runs."""
        return 2 if self.quick else 3

    def home(self) -> Path:
        """Return the path of a home that does not exist yet."""
        return self.directory / f"home-{next(self._homes)}"

    @cached_property
    def _postgresql(self) -> str:
        """The URL of a PostgreSQL of this run, which waits for the disk as any other."""
        return self.closing.enter_context(PostgreSQL(self.directory / "postgresql")).url

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the URL of an empty database, as its superuser."""
        name = f"bench_{secrets.token_hex(8)}"
        yield create_database(self._postgresql, name)
        drop_database(self._postgresql, name)

    @contextmanager
    def installation(self, home: Path | None = None, **settings: Any) -> Iterator[Jejak]:  # noqa: ANN401 - of any setting
        """Give an installation, by default an empty one, with nothing left in memory from a run before."""
        for remembered in (
            identity.item_stream,
            identity.organisation_stream,
        ):
            remembered.cache_clear()
        jejak = Jejak(Settings(home=home or self.home(), **settings))
        try:
            yield jejak
        finally:
            jejak.close()

    def lines(self, events: int, *, kim: int | None = None, days: int = DAYS) -> Path:
        """Return a file of so many realistic events of the last days."""
        path = self.directory / f"flows-{events}-{kim}-{days}.jsonl"
        if not path.exists():
            self.say(f"making {events:,} events of {days} days")
            begin = datetime.now(UTC) - timedelta(days=1.1 * days + 1)  # they lie over about so many days
            with path.open("wb") as file:
                file.writelines(flows(events, start=begin, days=days, kim=kim))
        return path

    def in_turn(self, contestants: Mapping[str, Contestant], runs: int | None = None) -> dict[str, list[float]]:
        """Run every contestant once, then all again, so that a machine that drifts drifts for all of them."""
        found: dict[str, list[float]] = {name: [] for name in contestants}
        for run in range(runs or self.runs):
            names = list(contestants)
            for name in names[run % len(names) :] + names[: run % len(names)]:
                gc.collect()
                value = contestants[name]()
                if (runs or self.runs) < _MANY_RUNS:
                    self.say(f"run {run + 1}, {name}: {value:,.4g}")
                found[name].append(value)
        return found

    @cached_property
    def million(self) -> "MillionEvents":
        """A home with a million events, recorded and followed by the program itself."""
        return MillionEvents(self)

    @cached_property
    def million_of_a_year(self) -> "MillionEvents":
        """Another one, whose events lie over a year: those of an item lie closer together in its log."""
        return MillionEvents(self, YEAR)


class MillionEvents:
    """A home with a million events, and how much memory recording and following them took at most (MiB)."""

    def __init__(self, bench: Bench, days: int = DAYS) -> None:
        self.events = bench.size(MILLION)
        self.home = bench.home()
        path = bench.lines(self.events, days=days)
        bench.say(f"publishing and following {self.events:,} events")
        self.publishing = run_jejak(
            "publish", path, "--rejected", bench.directory / "rejected", home=self.home, watch_memory=True
        )
        self.following = run_jejak("follow", "--once", home=self.home, watch_memory=True)
        path.unlink()


class Finished(msgspec.Struct, frozen=True):
    """What a run of the program took, and how much of it the processor was at work for it."""

    seconds: float
    processor: float
    peak_mib: float = 0.0
    """The most memory that it had at once, where that was watched."""


def run_jejak(
    *arguments: str | Path, home: Path, stdout: Path | None = None, watch_memory: bool = False
) -> Finished:
    """Run the program as a process of its own, to a successful end."""
    with Path(stdout or os.devnull).open("wb") as out:
        before, begin, peak = _processor_of_children(), perf_counter(), 0
        process = start_jejak(*arguments, home=home, stdout=out, stderr=subprocess.DEVNULL)
        # Not getrusage: the memory that it gives of a child may be that of the parent which started it.
        while watch_memory and process.poll() is None:
            with suppress(psutil.NoSuchProcess):
                peak = max(peak, process.memory_info().rss)
            sleep(_LOOK_SECONDS)
        process.wait()
        seconds = perf_counter() - begin
    if process.returncode != 0:
        raise RuntimeError(f"jejak {arguments[0]} ended with {process.returncode}")
    return Finished(seconds, _processor_of_children() - before, peak / 2**20)


def _processor_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def start_jejak(
    *arguments: str | Path,
    home: Path,
    settings: Mapping[str, object] = MappingProxyType({}),
    **given: Any,  # noqa: ANN401 - Popen's own
) -> psutil.Popen:
    """Start the program as a process of its own."""
    program = Path(sys.executable).with_name("jejak")
    variables = {f"JEJAK_{name.upper()}": str(value) for name, value in settings.items()}
    environment = {**os.environ, "JEJAK_HOME": str(home), **variables}
    return psutil.Popen([program, *arguments], env=environment, **given)


def publish(bench: Bench, path: Path, home: Path | None = None, **settings: Any) -> float:  # noqa: ANN401 - likewise
    """Record a file as the command does; return how many events a second from its bytes to the last commit."""
    with bench.installation(home, **settings) as jejak:
        publisher, taken = jejak.publisher, 0
        begin = perf_counter()
        read = batches(path, jejak.settings.batch, _too_long)
        for answers in publisher.publish_each([unwrap(content) for _number, content in lines] for lines in read):
            taken += len(answers)
        seconds = perf_counter() - begin
        if not taken or taken != jejak.log.head():
            raise RuntimeError("an event was not accepted")
    return taken / seconds


def _too_long(number: int, _: object) -> None:
    raise RuntimeError(f"line {number} is too long")


def ratio(subject: Sequence[float], peer: Sequence[float]) -> list[float]:
    """Return subject / peer of each run."""
    return [one / other for one, other in zip(subject, peer, strict=True)]


def machine() -> dict[str, object]:
    """Return what the figures were measured on."""
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.system(),
        "cores": psutil.cpu_count(),
        "memory_mib": psutil.virtual_memory().total // 2**20,
        "load": [round(one, 2) for one in psutil.getloadavg()],
    }
