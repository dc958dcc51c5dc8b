"""Runs `jejak` as its users do: a process and a home of its own, in a folder of the test."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Final, NamedTuple

from sqlalchemy import func, select

import services.cli.demo
from infra.log import Log
from infra.views import Views
from projections.tables import CHECKPOINT
from tests.databases import database_of
from tests.scenario import Mode, open_stores

ROOT: Final = Path(__file__).parents[2]
PROGRAM: Final = Path(sys.executable).with_name("jejak")
SAMPLE: Final = Path(services.cli.demo.__file__).parent / "bagelen.jsonl"
ITEM: Final = "info-2021-0117"
SECONDS: Final = 60

Output = int | IO[bytes] | None

_started: Final[list["subprocess.Popen[bytes]"]] = []


def end_what_was_started() -> None:
    """Kill what a test started and, because it failed, left running."""
    while _started:
        process = _started.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


class Result(NamedTuple):
    """What a command left: its exit status, and what it wrote."""

    status: int
    out: str
    err: str

    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """Return what was written to stdout as JSON."""
        return json.loads(self.out)

    def rows(self) -> list[dict[str, Any]]:
        """Return what was written to stdout as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Cli:
    """Runs commands in `folder`, with the home `folder/home`, in a mode."""

    def __init__(self, folder: Path, mode: Mode = "embedded") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.home = folder / "home"
        self.rejected = folder / "jejak.rejected.jsonl"
        self.seconds = SECONDS
        self.mode = mode
        self.variables: dict[str, str] = {}
        if mode == "distributed":
            self.variables = {"JEJAK_MODE": mode, "JEJAK_POSTGRES": database_of(self.home)}

    @contextmanager
    def stores(self) -> Iterator[tuple[Log, Views]]:
        """Open log and views beside the commands."""
        log, views = open_stores(self.mode, self.home)
        try:
            yield log, views
        finally:
            views.close()
            log.close()

    def checkpoint(self) -> int:
        """Return the position that every view has reached; nothing is folded for it, as `status` would."""
        with self.stores() as (_, views):
            return reached(views)

    def __call__(self, *arguments: object, stdin: bytes | None = None, **environment: str) -> Result:
        """Run a command to its end; `environment` are variables besides those of `environment()`."""
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(environment),
            input=b"" if stdin is None else stdin,
            capture_output=True,
            timeout=self.seconds,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def together(self, *commands: Sequence[object]) -> list[Result]:
        """Run commands that do not depend on each other, two at a time; return what each left."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda command: self(*command), commands))

    def start(
        self,
        *arguments: object,
        stdin: Output = subprocess.DEVNULL,
        stdout: Output = subprocess.PIPE,
        stderr: Output = subprocess.PIPE,
        **environment: str,
    ) -> "subprocess.Popen[bytes]":
        """Start a command, and do not wait for it."""
        return self.popen(
            [PROGRAM, *map(str, arguments)], stdin=stdin, stdout=stdout, stderr=stderr, environment=environment
        )

    def popen(
        self,
        command: Sequence[object],
        *,
        stdin: Output = subprocess.DEVNULL,
        stdout: Output = subprocess.PIPE,
        stderr: Output = None,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> "subprocess.Popen[bytes]":
        """Start any program in the folder; it does not outlive the test."""
        process = subprocess.Popen(
            [str(each) for each in command],
            cwd=self.folder,
            env=self.environment(environment),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
        )
        _started.append(process)
        return process

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return an environment in which nothing of whoever runs the tests shows."""
        foreign = ("JEJAK_", "LC_", "LANG", "PYTHON")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        ours = {
            "HOME": str(self.folder),
            "JEJAK_HOME": str(self.home),
            "LANG": "C.UTF-8",
            "COLUMNS": "160",
            "PYTHONPATH": str(ROOT),
            # kafka-python reads its schemas by functions that only Python 3.11 and 3.12 deprecate.
            "PYTHONWARNINGS": "error,ignore:read_text is deprecated,ignore:open_text is deprecated",
        }
        return {**kept, **ours, **self.variables, **more}

    def write(self, name: str, content: bytes | Iterable[Mapping[str, Any]]) -> Path:
        """Write a file of bytes, or of events, into the folder."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else json_lines(content))
        return path

    def refused(self) -> list[dict[str, Any]]:
        """Return the records of the rejected file; none when there is no such file."""
        if not self.rejected.exists():
            return []
        return [json.loads(line) for line in self.rejected.read_bytes().splitlines()]


def json_lines(events: Iterable[Mapping[str, Any]]) -> bytes:
    """Return events as JSON Lines."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def reached(views: Views) -> int:
    """Return the position that every view has reached."""
    with views.reading() as connection:
        position: int = connection.execute(select(func.min(CHECKPOINT.c.position))).scalar_one()
    return position
