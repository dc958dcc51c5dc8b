"""What becomes of a failure: nothing that a worker did not fold is ever acknowledged."""

import logging
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from eventsourcing import persistence
from sqlalchemy import exc

FAILED: Final = 70
"""The exit status of a worker that cannot go on (EX_SOFTWARE of sysexits.h)."""
_RETRY_SECONDS: Final = 1.0

_log: Final = logging.getLogger(__name__)


def until_it_passes(fold: Callable[..., None], *given: Any) -> None:  # noqa: ANN401 - the function's own
    """Run a function until no passing fault of a database is in its way; end the process at any other failure."""
    said = ""
    while True:
        try:
            fold(*given)
        except BaseException as error:  # noqa: BLE001 - whatever it is, nothing may be acknowledged
            if not _passes(error):
                _log.critical("the worker cannot go on", exc_info=True)
                sys.stderr.flush()
                os._exit(FAILED)
            sentence = str(error).strip().partition("\n")[0]
            if sentence != said:
                _log.warning("%s; trying again", sentence)
            said = sentence
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _passes(error: BaseException) -> bool:
    """Tell whether a database is away, full or busy: what it has no table or no right for, does not pass."""
    return isinstance(error, persistence.OperationalError | exc.OperationalError | exc.InterfaceError) or (
        isinstance(error, exc.DBAPIError) and error.connection_invalidated
    )
