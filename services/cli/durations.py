"""How long something lasts, as a person reads it."""

from infra.language import number
from infra.language import translate as _


def duration(seconds: float, decimals: int = 0) -> str:
    """Return seconds in the largest unit of which there is one, with so many decimals."""
    for length, unit in ((86_400, _("d")), (3_600, _("h")), (60, _("min"))):
        if abs(seconds) >= length:
            return f"{number(seconds / length, decimals)} {unit}"
    return f"{number(seconds)} {_('s')}"
