"""How long something lasts, as a person reads it."""

from infra.language import number
from infra.language import translate as _


def duration(seconds: float) -> str:
    """Return seconds in the largest unit of which there is one, whole."""
    for length, unit in ((86_400, _("d")), (3_600, _("h")), (60, _("min"))):
        if seconds >= length:
            return f"{number(seconds // length)} {unit}"
    return f"{number(seconds // 1)} {_('s')}"
