"""How every SQLite file of Jejak is opened: durable, one writer and many readers, as it was measured."""

import sqlite3
import time
from typing import Final

LOCK_SECONDS: Final = 60
"""How long a writer waits for another one."""

_PRAGMAS: Final = ("synchronous=FULL", "cache_size=-64000", "wal_autocheckpoint=16000")
_RETRY_SECONDS: Final = 0.01


def settle(connection: sqlite3.Connection) -> None:
    """Put a new connection into WAL mode, with the settings of every file.

    Raises:
        sqlite3.Error: the file cannot be used.

    """
    _turn_to_wal(connection)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _turn_to_wal(connection: sqlite3.Connection) -> None:
    """Turn to WAL mode: SQLite itself does not wait while another process does the same."""
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return
