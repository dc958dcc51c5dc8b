"""What is printed for a person: the one place that makes consoles and texts, and lets nothing foreign act.

Every string that a console prints is escaped (`infra.readable`) before it is measured and wrapped, and is never
markup: `[red]` is three letters in brackets. So is every part of a `text`. No other module makes a Text or a
Console, or writes to stdout or stderr what is not data; a test holds that.
"""

import os
import sys
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from infra.readable import one_line

_AS_WIDE_AS_NEEDED: Final = 1_000_000


def text(*parts: str | tuple[str, str]) -> Text:
    """Return one line of words, some of them with a style."""
    found = Text()
    for part in parts:
        words, style = (part, "") if isinstance(part, str) else part
        found.append(one_line(words), style or None)
    return found


class Printer(Console):
    """A console on which words are words.

    Lines are broken only where they are seen on a terminal, or where COLUMNS names a width; in a file or a pipe a
    sentence is one line, and a table is as wide as it needs.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        is_seen = (sys.stderr if stderr else sys.stdout).isatty() or bool(os.environ.get("COLUMNS"))
        super().__init__(
            stderr=stderr,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=not is_seen,
            width=None if is_seen else _AS_WIDE_AS_NEEDED,
        )

    def render_str(self, text: str, **options: Any) -> Text:  # noqa: ANN401 - the library's
        """Return a string as what is printed of it: here every string comes by, those in tables and trees too."""
        return super().render_str(one_line(text), **{**options, "markup": False, "emoji": False})
