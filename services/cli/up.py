"""`jejak up`: the distributed stack on this machine."""

import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from infra.language import translate as _
from services.cli import exits
from services.cli.common import COMMON, Common, say, settings_of, tell_of_two_logs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.stack.parts import Words
    from services.stack.stack import Stack


def up(
    *,
    foreground: Annotated[bool, Parameter(negative="", help=_("Stay, and end everything with Ctrl-C."))] = False,
    servers: Annotated[
        bool,
        Parameter(negative="", help=_("Start the servers alone, and no part of Jejak, for jejak partitions.")),
    ] = False,
    common: Common = COMMON,
) -> int:
    """Start PostgreSQL, Kafka and the long-running parts of Jejak on this machine, and keep them running.

    Examples:
        jejak up
        jejak up --servers
        jejak up --foreground

    """
    if sys.platform == "win32":
        raise exits.UsageError(
            _(
                "the stack runs on Linux and macOS, not on Windows: name servers in JEJAK_POSTGRES and JEJAK_KAFKA"
                " instead"
            )
        )
    from services.stack import installing  # noqa: PLC0415 - help needs none of it

    settings = settings_of(common)
    if not installing.is_installed():
        say(_("installing what the stack needs into {folder}: some 250 MB, once").format(folder=sys.prefix))
        installing.install()
    from services.stack.parts import PARTS  # noqa: PLC0415 - likewise
    from services.stack.stack import Stack  # noqa: PLC0415 - only what was just installed can load it

    stack = Stack(settings.home)
    if stack.is_running():
        say(_("the stack is running already:"))
        _tell(stack)
        return exits.DONE
    say(_("starting the stack; what it says goes to {log}").format(log=stack.log_path))
    parts = () if servers else PARTS
    if foreground:
        stack.run(lambda: _tell(stack), parts)
        return exits.DONE
    return _start_in_background(stack, parts)


def _start_in_background(stack: "Stack", parts: "Sequence[Words]") -> int:
    """Have another process keep the stack running; return when everything is ready, or when it has failed."""
    reading, writing = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        os.close(reading)
        os.setsid()  # so that the end of this terminal is not its end
        stack.run(lambda: _leave_terminal(stack, writing), parts)
        return exits.DONE
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as answer:
            if answer.read():
                _tell(stack)
                return exits.DONE
    except KeyboardInterrupt:
        os.kill(keeper, signal.SIGTERM)
        os.waitpid(keeper, 0)
        raise
    _pid, status = os.waitpid(keeper, 0)
    return os.waitstatus_to_exitcode(status)


def _leave_terminal(stack: "Stack", ready: int) -> None:
    """Say through the pipe that everything is ready, and let go of what belongs to whoever started this."""
    os.chdir(stack.folder)
    with open(os.devnull, "r+b") as nothing, stack.log_path.open("ab") as log:  # noqa: PTH123 - a device
        os.dup2(nothing.fileno(), sys.stdin.fileno())
        os.dup2(nothing.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    os.write(ready, b"ready")
    os.close(ready)


def _tell(stack: "Stack") -> None:
    """Say what runs where, and how it is used."""
    from infra.settings import load_settings  # noqa: PLC0415 - loads slowly, and help needs none

    for process in stack.processes():
        say(f"  {process.name:<10}  {process.address:<15}  " + _("process {pid}").format(pid=process.pid))
    say(_("Its log: {log}").format(log=stack.log_path))
    say(_("While it runs, every command in this home uses it: jejak status"))
    tell_of_two_logs(load_settings(home=stack.home))
    say(_("End it with: jejak down"))
