"""A terminal that lacks a character shows another for it, and nothing ends for that."""

import subprocess

import pytest

from tests.acceptance.cli import ITEM, PROGRAM, Cli

ENCODINGS = ("ascii", "latin-1", "cp1252", "utf-16")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_everything_is_shown_in_any_encoding(sample: Cli, encoding: str) -> None:
    for arguments in (
        ("trail", ITEM, "--lang", "id"),
        ("figures", "--item", ITEM, "--lang", "id"),
        ("--help",),
        ("trail", "désa-日本"),
    ):
        process = sample.start(*arguments, stderr=subprocess.PIPE, PYTHONIOENCODING=encoding, COLUMNS="200")
        out, err = process.communicate(timeout=60)
        assert b"Traceback" not in err
        assert process.returncode == (2 if arguments[1:] == ("désa-日本",) else 0)
        assert (out or err).decode(encoding).strip()


def test_lines_and_bars_are_drawn_in_ascii_where_there_is_no_more(sample: Cli) -> None:
    trail = sample("trail", ITEM, PYTHONIOENCODING="ascii").out
    assert "|- kim-bagelen (Bagelen): received - face to face - < diskominfo-lampung" in trail
    assert "`- " in trail
    assert "####" in sample("figures", "--item", ITEM, PYTHONIOENCODING="ascii").out
    assert trail.isascii()


def test_a_locale_without_characters_changes_nothing(sample: Cli) -> None:
    found = sample("trail", ITEM, LANG="C", LC_ALL="C")
    assert found == sample("trail", ITEM)


def test_programs_read_utf_8_whatever_the_terminal_has(sample: Cli) -> None:
    for layout in ("json", "jsonl", "csv"):
        usual = sample("trail", ITEM, "--format", layout)
        assert sample("trail", ITEM, "--format", layout, PYTHONIOENCODING="ascii") == usual


def test_bytes_that_are_no_text_are_named(sample: Cli) -> None:
    for arguments in ((b"trail", b"d\xff"), (b"status", b"--home", b"d\xff"), (b"publish", b"d\xff.jsonl")):
        found = subprocess.run(
            [PROGRAM, *arguments],
            env=sample.environment({}),
            capture_output=True,
            check=False,
        )
        assert (found.returncode, found.stdout) == (2, b"")
        assert b"udcff" in found.stderr
        assert b"UTF-8" in found.stderr
