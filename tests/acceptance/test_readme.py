"""The README shows what the program prints."""

import re
import shlex
import shutil
from typing import Final

from tests.acceptance.cli import ROOT, SAMPLE, Cli

README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND: Final = re.compile(r"^\$ jejak (.+)\n", re.MULTILINE)
# How long ago the sample happened, and the ids made at random: they are others each day, and of the same length.
CHANGING: Final = re.compile(r"[\d.,]+ (?=(?:d|hr) !?)|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def plain(text: str) -> str:
    return CHANGING.sub("·", text.strip())


def fits(shown: str, printed: str) -> bool:
    """Tell whether this is the output, shortened where it says `…`."""
    found = 0
    pieces = plain(shown).split("…")
    for piece in pieces:
        found = printed.find(piece, found) + len(piece)
        if found < len(piece):
            return False
    return printed.startswith(pieces[0]) and printed.endswith(pieces[-1])


def test_what_the_readme_shows_is_what_is_printed(cli: Cli) -> None:
    cli.home = cli.folder / ".local" / "share" / "jejak"
    shutil.copytree(SAMPLE.parent, cli.folder / SAMPLE.parent.relative_to(ROOT))
    outputs = 0
    for language, block in BLOCK.findall(README):
        if language == "json":
            cli.write("laporan.jsonl", block.encode())
        _, *calls = COMMAND.split(block)
        for call, shown in zip(calls[::2], calls[1::2], strict=True):
            words = shlex.split(call)
            if words == ["publish", "jejak.rejected.jsonl"]:
                mended = cli.rejected.read_text().replace(
                    '"channel": "whatsap_group"', '"channel": "whatsapp_group"'
                )
                cli.rejected.write_text(mended)
            found = cli(*words, COLUMNS="100")
            printed = (found.err + found.out).replace(str(cli.folder), "~")
            assert fits(shown, plain(printed)), f"$ jejak {call}\n{printed}"
            outputs += 1
    assert outputs > 10
