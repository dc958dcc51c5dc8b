"""The language of what a person reads: Indonesian or English, by gettext's catalogues in `infra/locale`."""

import gettext
import locale
import os
import re
from pathlib import Path
from typing import Final

from events.vocabulary import Language

LOCALE_FOLDER: Final = Path(__file__).parent / "locale"
_current: gettext.NullTranslations = gettext.NullTranslations()
_language: Language = "en"
# Unix says id_ID.UTF-8 (long ago in_ID), Windows Indonesian_Indonesia.1252.
_is_indonesian: Final = re.compile(r"(id|in|indonesian)(?![a-z])", re.IGNORECASE).match

_INDONESIAN: Final = str.maketrans(",.", ".,")


def language_of_locale() -> Language:
    """Return Indonesian where the environment's locale is Indonesian, else English."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable)
        if value:
            break
    else:  # as on Windows, which has none of them
        value = locale.setlocale(locale.LC_CTYPE, None)  # asks; getlocale fails on names that it does not know
    return "id" if _is_indonesian(value) else "en"


def use_language(language: Language | None) -> None:
    """Speak this language from now on; None means the locale's."""
    global _current, _language  # noqa: PLW0603 - one process speaks one language to one person
    _language = language or language_of_locale()
    _current = gettext.translation("jejak", LOCALE_FOLDER, languages=[_language], fallback=True)


def language() -> Language:
    """Return the language spoken."""
    return _language


def translate(message: str) -> str:
    """Return an English message in the language spoken."""
    return _current.gettext(message) if message else ""


def number(value: float, decimals: int = 0) -> str:
    """Return a number with its thousands grouped and so many decimals, as the language spoken does it."""
    shown = f"{value:,.{decimals}f}"
    return shown.translate(_INDONESIAN) if _language == "id" else shown


def percentage(share: float, decimals: int = 0) -> str:
    """Return a share of 1 in per cent, likewise."""
    return f"{number(share * 100, decimals)}%"
