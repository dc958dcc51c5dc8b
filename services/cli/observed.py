"""A long-running part while it is watched: its health and metrics over HTTP, its logs as JSON."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from infra.readable import lines, one_line
from services.cli.common import say

if TYPE_CHECKING:
    from infra.observability.health import Ready
    from services.composition import Jejak


@contextmanager
def observed(jejak: "Jejak", part: str, ready: "Ready") -> Iterator[Callable[[str], None]]:
    """Serve the health of a part within the block where `health_port` is set; give what it reports with.

    Without that setting a part reports on stderr, one sentence a line.

    Raises:
        HealthError: the address that the settings name is not free.

    """
    port = jejak.settings.health_port
    if port is None or jejak.metrics is None:
        if logging.lastResort is not None:
            logging.lastResort.setFormatter(_Readable())
        yield say
        return
    from infra.observability.health import HealthServer  # noqa: PLC0415 - only a part that is watched
    from infra.observability.logs import set_up_logs  # noqa: PLC0415 - likewise

    set_up_logs(part, jejak.settings.log_level)
    log = logging.getLogger(part)
    with HealthServer(jejak.settings.health_host, port, ready, jejak.metrics.text) as server:
        log.info("health is served", extra={"host": jejak.settings.health_host, "port": server.port})
        yield log.info


class _Readable(logging.Formatter):
    """How a part that is not watched logs what went wrong: in words that do not act on a terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Return the message in one line."""
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802 - likewise
        """Return a traceback: its lines are its own."""
        return lines(super().formatException(ei))
