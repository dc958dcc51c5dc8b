"""What the commands share that stand between the log and Kafka."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from infra.language import translate as _
from services.cli.exits import UsageError


@contextmanager
def until_stopped(command: str, mode: str) -> Iterator[None]:
    """Run the block until SIGINT or SIGTERM comes, wherever it is: it may be killed at any moment, too.

    Raises:
        UsageError: the mode has no Kafka.

    """
    if mode == "embedded":
        raise UsageError(
            _("jejak {command} belongs to the distributed mode: set JEJAK_MODE=distributed").format(
                command=command
            )
        )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        return
