"""Foreign words can do nothing but be read."""

import sys
import unicodedata
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.readable import lines, one_line

JOINERS: Final = {"\u200c", "\u200d"}
SEEN: Final = {*"\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"}
"""Signs around numbers in Arabic, Syriac and Kaithi: characters of format that are drawn."""


def test_every_character_that_is_not_seen_is_escaped() -> None:
    left = {
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and one_line(character) == character
        and not 0x13430 <= ord(character) <= 0x13438  # how hieroglyphs stand beside each other
    }
    assert left == JOINERS | SEEN


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("\x1b[2J\x07\x9b", r"\x1b[2J\x07\x9b"),
        ("\u202egnahc\u2069", r"\u202egnahc\u2069"),
        ("a\r\n\tb", r"a\r\n\tb"),
        ("kim\u200b-a\ufeff", r"kim\u200b-a\ufeff"),
        ("\U000e0041\ud800", r"\U000e0041\ud800"),
        (
            "2009: C:\\new “désa” ½ 日本 👨\u200d👩\u200d👧 ❤\ufe0f",
            "2009: C:\\new “désa” ½ 日本 👨\u200d👩\u200d👧 ❤\ufe0f",
        ),
    ],
)
def test_what_is_not_seen_is_named_and_everything_else_stays(words: str, shown: str) -> None:
    assert one_line(words) == shown


@given(st.text())
def test_lines_are_kept_only_where_they_are_asked_for(words: str) -> None:
    assert "\n" not in one_line(words)
    assert lines(words).split("\n") == [one_line(each) for each in words.split("\n")]
    assert one_line(one_line(words)) == one_line(words)
