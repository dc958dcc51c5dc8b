"""What every command shares: its common flags, the installation, and how it prints data."""

import gc
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from cyclopts import Parameter

from infra.language import number, use_language
from infra.language import translate as _
from infra.readable import one_line
from services.cli.two_logs import which_of_two_logs

if TYPE_CHECKING:
    from rich.console import Console

    from infra.settings import Settings
    from projections.follower import Follower
    from services.composition import Jejak

Format = Literal["table", "json", "jsonl", "csv"]


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """The flags of every command."""

    home: Annotated[Path | None, Parameter(help=_("The folder of the log and the views (JEJAK_HOME)."))] = None
    lang: Annotated[Literal["id", "en"] | None, Parameter(help=_("Language of what is printed (JEJAK_LANG)."))] = (
        None
    )


COMMON = Common()

ReadOnly = Annotated[
    bool, Parameter(negative="", help=_("Write nothing beside the log and the views: read a copy of them."))
]
READ_ONLY: Final = False

_WAIT_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.02


class HomeError(Exception):
    """The home cannot be used: the sentence says why and what to do."""


def settings_of(common: Common, mode: Literal["embedded"] | None = None) -> "Settings":
    """Return the settings in force, or those of a certain mode, and speak their language from now on."""
    from infra.settings import load_settings  # noqa: PLC0415 - loads slowly, and help needs none

    settings = load_settings(home=common.home, lang=common.lang, mode=mode)
    use_language(settings.lang)
    return settings


@contextmanager
def opened(
    common: Common, mode: Literal["embedded"] | None = None, *, read_only: bool = False
) -> "Iterator[Jejak]":
    """Give the installation that the flags, the environment and jejak.toml describe, or of a certain mode.

    Read-only, an embedded one is a copy of log and views, in a folder for that alone; on PostgreSQL the server
    refuses to write.
    """
    from services.composition import Jejak  # noqa: PLC0415 - loads slowly, and help needs none

    settings = settings_of(common, mode)
    for path in (settings.home, *settings.home.parents):
        if path.is_file():
            raise HomeError(
                _("the home {home} cannot be a folder, since {path} is a file: name another with --home").format(
                    home=settings.home, path=path
                )
            )
    if read_only:
        refuse_no_log(settings)
        with _copied(settings) as jejak:
            yield jejak
        return
    for path in (settings.home, settings.log_path, settings.views_path):
        if path.exists() and not os.access(path, os.W_OK):
            raise HomeError(
                _(
                    "{path} cannot be written. Jejak writes in its home {home}, even to show something: give"
                    " yourself the right to, add --read-only to a command that only shows something, or name"
                    " another home with --home, such as a copy of this one"
                ).format(path=path, home=settings.home)
            )
    tell_of_two_logs(settings)
    jejak = Jejak(settings)
    try:
        yield jejak
    finally:
        jejak.close()


def refuse_no_log(settings: "Settings") -> None:
    """Refuse a home without a log: of one that was mistyped nothing may be said, nor is it made."""
    if settings.mode == "embedded" and not settings.log_path.exists():
        raise HomeError(
            _("there is no log in {home}: see that --home or JEJAK_HOME is right").format(home=settings.home)
        )


def tell_of_two_logs(settings: "Settings") -> None:
    """Say which log a command uses, where the home holds two."""
    which = which_of_two_logs(settings)
    if which is not None:
        say(which)


@contextmanager
def _copied(settings: "Settings") -> "Iterator[Jejak]":
    """Give an installation that writes nothing where log and views are kept."""
    from infra.sqlite_copy import copy_database  # noqa: PLC0415 - no other command needs it
    from services.composition import Jejak  # noqa: PLC0415 - loads slowly, and help needs none

    with tempfile.TemporaryDirectory(prefix="jejak-copy-") as folder:
        if settings.mode == "embedded":
            for path in (settings.log_path, settings.views_path):
                try:
                    copy_database(path, Path(folder) / path.name)
                except (OSError, sqlite3.Error) as error:
                    raise HomeError(_("cannot read {path}: {error}").format(path=path, error=error)) from error
        jejak = Jejak(settings, Path(folder), read_only=True)
        try:
            yield jejak
        finally:
            jejak.close()


def prepare_for_bulk() -> None:
    """Let the garbage collector look seldom: millions of small objects live and die, none of them in cycles."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def console(*, stderr: bool = False) -> "Console":
    """Return a console: data goes to stdout, everything else to stderr."""
    from services.cli.printing import Printer  # noqa: PLC0415 - scripts that ask for JSON need none

    return Printer(stderr=stderr)


def say(sentence: str) -> None:
    """Print a sentence for a person, on stderr, in a line of its own."""
    sys.stderr.write(one_line(sentence) + "\n")


def bring_up_to_date(jejak: "Jejak") -> int:
    """Fold what the views lack, or wait until workers have; return the position reached."""
    if jejak.read_only and jejak.settings.mode == "distributed":
        return _as_they_are(jejak)
    return _wait_for_workers(jejak) if jejak.has_workers else catch_up(jejak.follower)


def _wait_for_workers(jejak: "Jejak") -> int:
    """Wait, for a moment, until the views are where the log is now; say so where they are not."""
    jejak.check_views()
    head, until = jejak.log.head(), time.monotonic() + _WAIT_SECONDS
    while (position := jejak.engine.position()) < head and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
    if position < head:
        say(
            _(
                "the views are at position {position} of {head}: this is the log as it was there. Workers fold the"
                " rest; jejak status says how far they are"
            ).format(position=number(position), head=number(head))
        )
    return position


def _as_they_are(jejak: "Jejak") -> int:
    """Return how far views are that nobody may fold now; say so where they are behind."""
    jejak.engine.verify(jejak.log)
    head, position = jejak.log.head(), jejak.engine.position()
    if position < head:
        say(
            _(
                "the views are at position {position} of {head}: this is the log as it was there. Without"
                " --read-only they are brought up to date"
            ).format(position=number(position), head=number(head))
        )
    return position


def catch_up(follower: "Follower", stopped: Callable[[], bool] = lambda: False) -> int:
    """Fold what the views of a follower lack, with a progress bar on a terminal; return the position reached."""
    with progress(_("bringing the views up to date")) as advance:
        return follower.catch_up(advance, stopped)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Give a function (done, total) that moves a progress bar; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import (  # noqa: PLC0415 - only a terminal needs it
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as bars:
        task = bars.add_task(one_line(what), total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def print_data(
    format_: Format,
    document: object,
    rows: Sequence[object],
    columns: type[msgspec.Struct] | Sequence[str],
    table: Callable[["Console"], None],
) -> None:
    """Print data in the format asked for: `document` as JSON, `rows` as JSON Lines or CSV, or a table."""
    if format_ == "table":
        table(console())
        return
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # whatever a terminal has: programs read UTF-8 (RFC 8259)
    if format_ == "json":
        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    elif format_ == "jsonl":
        encode = msgspec.json.Encoder().encode
        sys.stdout.writelines(encode(each).decode() + "\n" for each in rows)
    else:
        from services.cli.cells import print_csv  # noqa: PLC0415 - only a CSV needs it

        names = columns.__struct_encode_fields__ if isinstance(columns, type) else columns
        print_csv(names, map(plain, rows))
    sys.stdout.flush()


def plain(row: object) -> dict[str, Any]:
    """Return a row as plain JSON."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(row))
    return found
