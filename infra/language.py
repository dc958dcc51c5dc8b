"""The language of what a person reads: Indonesian or English, by gettext's catalogues in `infra/locale`."""

import gettext
import os
from pathlib import Path
from typing import Final

from events.vocabulary import Language

LOCALE_FOLDER: Final = Path(__file__).parent / "locale"
_current: gettext.NullTranslations = gettext.NullTranslations()
_language: Language = "en"


def language_of_locale() -> Language:
    """Return Indonesian where the environment's locale is Indonesian, else English."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable)
        if value:
            return "id" if value.lower().startswith(("id", "in_")) else "en"
    return "en"


def use_language(language: Language | None) -> None:
    """Speak this language from now on; None means the locale's."""
    global _current, _language  # noqa: PLW0603 - one process speaks one language to one person
    _language = language or language_of_locale()
    languages = [_language]
    _current = gettext.translation("jejak", LOCALE_FOLDER, languages=languages, fallback=_language == "en")


def language() -> Language:
    """Return the language spoken."""
    return _language


def translate(message: str) -> str:
    """Return an English message in the language spoken."""
    return _current.gettext(message) if message else ""
