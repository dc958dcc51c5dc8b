"""Shows foreign words to a person so that they can do nothing but be read.

Publishers, files, brokers and databases send texts of any kind. On a terminal a control character moves the cursor
and wipes what stands there, a bidirectional one shows words in another order, an invisible one makes two names
look the same. Whatever is printed for a person passes through here; what programs read (JSON, CSV) stays as it is.
"""

import re
from typing import Final

_UNSEEN: Final = (
    "\x00-\x09\x0b-\x1f\x7f-\x9f"  # controls: C0 but the line feed, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u2028\u2029"  # separators of lines and paragraphs, which some terminals obey
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u2800\u3164\ufe00-\ufe0d\ufeff"
    "\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # what takes no room, or blank room
    "\U000e0000-\U000e0fff"  # tags and more variation selectors, in which whole texts can hide
    "\ud800-\udfff"  # halves of characters: no stream takes them
)
"""Characters that are not seen. The two joiners (U+200C, U+200D) and the two selectors of emoji (U+FE0E, U+FE0F)
are spared: without them the scripts of Java and Bali and many emoji come apart, and they move nothing."""
_escape_lines: Final = re.compile(f"[{_UNSEEN}\n]").sub
_escape: Final = re.compile(f"[{_UNSEEN}]").sub


def one_line(words: str) -> str:
    r"""Return words with every character that is not seen escaped, as `\x1b` or `\u202e`; a line feed is `\n`.

    So a text can forge no line of a table and no sentence. Escape before words are measured or wrapped.
    """
    return _escape_lines(_escaped, words)


def lines(words: str) -> str:
    """Return words likewise, but leave line feeds: for what has lines of its own, such as a traceback."""
    return _escape(_escaped, words)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
