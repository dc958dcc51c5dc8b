"""`jejak down`: ends the distributed stack on this machine."""

from infra.language import translate as _
from services.cli import exits
from services.cli.common import COMMON, Common, say, settings_of


def down(*, common: Common = COMMON) -> int:
    """End everything that `jejak up` started, in order.

    Examples:
        jejak down

    """
    from services.stack import installing  # noqa: PLC0415 - help needs none of it

    settings = settings_of(common)
    if not installing.is_installed():
        say(_("nothing of the stack was running"))
        return exits.DONE
    from services.stack.stack import Stack  # noqa: PLC0415 - without what it needs it does not load

    stack = Stack(settings.home)
    ended = stack.stop()
    for process in ended:
        say(_("ended: {name}").format(name=process.name))
    if not ended:
        say(_("nothing of the stack was running"))
    return exits.DONE
