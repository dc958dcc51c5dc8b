"""Moments as a person types them."""

import re
from datetime import datetime
from typing import Final

from infra.language import translate as _
from services.cli import exits

_TYPED: Final = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?P<hour>\d{2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}(?:\.\d+)?))?"
    r" ?(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?)?"
)


def moment_from(text: str) -> datetime:
    """Return the moment that a person typed: hour and minute also as 14.05, no offset means Asia/Jakarta.

    A day alone is its first moment.

    Raises:
        UsageError: it is no moment.

    """
    from events.fields import JAKARTA  # noqa: PLC0415 - loads slowly, and help needs none

    typed = _TYPED.fullmatch(text.strip())
    try:
        if typed is None:
            raise ValueError  # noqa: TRY301 - told below, as what no calendar has
        day, hour, minute, second, offset = typed.groups("")
        found = datetime.fromisoformat(f"{day}T{hour or '00'}:{minute or '00'}:{second or '00'}{offset.upper()}")
    except ValueError:
        raise exits.UsageError(
            _("{text} is not a time such as 2021-11-23T14:05 or 2021-11-23T14:05:00+07:00").format(text=text)
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=JAKARTA)
