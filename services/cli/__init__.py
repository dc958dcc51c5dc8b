"""The command line. `main` stays light: a command's own module is loaded when the command is called."""

import signal
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `jejak` and exit: 0 done, 1 something needs a person, 2 usage, 3 the environment."""
    try:
        from services.cli.app import run  # noqa: PLC0415 - so that importing this package costs nothing
        from services.cli.streams import prepare  # noqa: PLC0415 - likewise

        prepare()
        status = run(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:  # while modules are loaded: nothing has begun that something could be said of
        status = 128 + signal.SIGINT
    sys.exit(status)
