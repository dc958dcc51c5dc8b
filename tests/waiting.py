"""Waits, in tests, for what will hold in a moment."""

import time
from collections.abc import Callable
from typing import Final

SECONDS: Final = 60
"""Nothing takes longer, unless it never comes."""


def wait_until(holds: Callable[[], object], said: Callable[[], object] = lambda: "it never held") -> None:
    """Wait until something holds; fail with what `said` tells where it does not."""
    until = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < until, said()
        time.sleep(0.02)
