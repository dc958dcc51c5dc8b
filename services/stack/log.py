"""One log of everything that the parts of a stack say, with the time and the part's name on each line."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from infra.readable import one_line

_BYTES: Final = 10 * 2**20
_OLDER_FILES: Final = 4


Say = Callable[[str, str], None]
"""Puts down who said something, and the line."""


@contextmanager
def combined_log(path: Path) -> Iterator[Say]:
    """Give what puts a line into the log, from any thread; at 10 MiB the file becomes `log.1`, and so on."""
    handler = RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_OLDER_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)-10s | %(message)s"))

    def say(part: str, line: str) -> None:
        handler.handle(logging.LogRecord(part, logging.INFO, "", 0, one_line(line), None, None))

    try:
        yield say
    finally:
        handler.close()
