"""Says of a home that holds two logs, an embedded one and that of its stack, which of them is used."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from infra.language import translate as _

if TYPE_CHECKING:
    from infra.settings import Settings


def which_of_two_logs(settings: "Settings") -> str | None:
    """Say which log a command uses, and how to use the other, where the home holds both; else None."""
    from infra.settings import SERVERS  # noqa: PLC0415 - loads slowly, and help needs none

    servers = settings.home / SERVERS
    if not servers.exists() and not (servers.parent / "postgresql").exists():
        return None
    if settings.mode == "distributed":
        if not _holds_events(settings.log_path):
            return None
        sentence = _(
            "this home holds two logs: this is that of PostgreSQL, and not {path}, which JEJAK_MODE=embedded uses"
        )
    elif servers.exists():
        sentence = _(
            "this home holds two logs: this is {path}, and not that of its stack, which JEJAK_MODE=distributed"
            " uses"
        )
    else:
        sentence = _(
            "this home holds two logs: this is {path}, and not that of its stack, which every command uses once"
            " jejak up runs it"
        )
    return sentence.format(path=settings.log_path)


def _holds_events(log: Path) -> bool:
    """Tell whether a file is a log with events; one that cannot be read may hold some."""
    if not log.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{log.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT 1 FROM log LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return True
