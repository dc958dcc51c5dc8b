"""A process that is asked to stop ends soon, whatever it waits for."""

import os
import sys
import threading
import time
from contextlib import suppress
from typing import Final

SECONDS: Final = 4.0
"""So long it may take to come to an end by itself."""


def end_soon(seconds: float = SECONDS) -> None:
    """End this process, successfully, unless it has ended by itself by then.

    Only for one that may be killed at any moment: a database that does not answer, a broker that is away, may hold
    it for as long as they like.
    """
    threading.Thread(target=_end_after, args=(seconds,), name="ending", daemon=True).start()


def _end_after(seconds: float) -> None:
    time.sleep(seconds)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)
