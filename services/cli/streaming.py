"""What the commands share that stand between the log and Kafka."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from infra.ending import end_soon
from infra.language import translate as _
from services.cli.exits import UsageError


@contextmanager
def until_stopped(command: str, mode: str) -> Iterator[None]:
    """Run the block until SIGINT or SIGTERM comes, wherever it is: it may be killed at any moment, too.

    It then ends within seconds, whatever it waits for.

    Raises:
        UsageError: the mode has no Kafka.

    """
    if mode == "embedded":
        raise UsageError(
            _("jejak {command} belongs to the distributed mode: set JEJAK_MODE=distributed").format(
                command=command
            )
        )
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # in a background job of a script it stays ignored
        signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        return


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    end_soon()
    raise KeyboardInterrupt
