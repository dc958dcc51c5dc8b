"""Warnings of which a flood may come: each kind is told once a minute, with how many there were."""

import logging
import time
from math import inf
from typing import Final

_SECONDS: Final = 60.0


class Seldom:
    """Logs the first warning of each kind in a minute; the next one tells how many came in between."""

    def __init__(self, log: logging.Logger, seconds: float = _SECONDS) -> None:
        self._log = log
        self._seconds = seconds
        self._told: dict[str, float] = {}
        self._untold: dict[str, int] = {}

    def warn(self, kind: str, sentence: str, *given: object) -> None:
        """Log a sentence, with its parameters as `logging` has them, unless its kind was told just now."""
        now = time.monotonic()
        if now - self._told.get(kind, -inf) < self._seconds:
            self._untold[kind] = self._untold.get(kind, 0) + 1
            return
        self._told[kind] = now
        more = self._untold.pop(kind, 0)
        self._log.warning(
            sentence + (" (and %d more like it before)" if more else ""), *given, *([more] * bool(more))
        )
