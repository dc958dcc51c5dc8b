"""What Faust and Kafka's client say, in a form that a person can read."""

import logging
import time
from math import inf
from typing import Final

_LIBRARIES: Final = ("aiokafka", "faust", "mode")
_AGAIN_SECONDS: Final = 60.0

_log: Final = logging.getLogger(__name__)


class OneSentence(logging.Handler):
    """Passes warnings on in one line each, and the same one only once a minute: a broker may be away for long.

    The traceback of what ends the process stays.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on."""
        sentence, now = record.getMessage().strip().partition("\n")[0], time.monotonic()
        if now - self._said.get(sentence, -inf) < _AGAIN_SECONDS:
            return
        self._said[sentence] = now
        crash = record.exc_info if record.name.partition(".")[0] == "mode" else None
        _log.log(record.levelno, "%s", sentence, exc_info=crash)


def shorten_library_logs() -> None:
    """Have what the libraries log pass through `OneSentence`, from now on."""
    handler = OneSentence()
    for name in _LIBRARIES:
        library = logging.getLogger(name)
        library.handlers[:] = [handler]
        library.propagate = False
