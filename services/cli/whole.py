"""Whole numbers as a person types them: the library rounds what is none, and another number than asked is used."""

import re
from collections.abc import Sequence
from typing import Any, Final

from cyclopts import Parameter

_IS_WHOLE: Final = re.compile("[+-]?[0-9]{1,18}", re.ASCII).fullmatch


def _whole(_type: object, tokens: Sequence[Any]) -> int:
    """Return the number of a flag; the library makes a usage error of ValueError."""
    if not _IS_WHOLE(tokens[0].value):
        raise ValueError
    return int(tokens[0].value)


def whole(help_: str) -> Parameter:
    """Return the parameter of a whole number."""
    return Parameter(converter=_whole, help=help_)
