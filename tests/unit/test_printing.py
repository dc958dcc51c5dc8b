"""What is printed for a person goes through one place: no other module makes texts, consoles or sentences."""

import ast
from pathlib import Path
from typing import Final

import pytest

from services.cli.common import progress
from services.cli.printing import Printer, text

ROOT: Final = Path(__file__).parents[2]
SERVICES: Final = sorted((ROOT / "services").rglob("*.py"))
MAKERS: Final = {"Text", "Console", "Progress", "Panel", "print", "input"}
WRITERS: Final = {"sys.stdout.write", "sys.stderr.write", "sys.stdout.writelines", "sys.stderr.writelines"}
ALLOWED: Final = {
    ("services/cli/printing.py", "Text"),
    ("services/cli/common.py", "Progress"),  # of our columns and our console
    ("services/cli/common.py", "sys.stderr.write"),
    ("services/cli/common.py", "sys.stdout.write"),  # data
    ("services/cli/common.py", "sys.stdout.writelines"),
    ("services/cli/app.py", "sys.stderr.write"),  # an empty line
    ("services/cli/app.py", "sys.stderr.writelines"),
    ("services/cli/questions.py", "input"),
    ("services/cli/token.py", "sys.stdout.write"),  # a token, of letters and digits
}


def calls(path: Path) -> set[str]:
    """Return what a module calls, as it is written there."""
    found = [node.func for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)]
    return {ast.unparse(each) for each in found if isinstance(each, ast.Name | ast.Attribute)}


def test_no_other_module_prints() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), call)
        for path in SERVICES
        for call in calls(path)
        if call in MAKERS | WRITERS or call.endswith(("from_markup", "from_ansi"))
    }
    assert found == ALLOWED


EVIL: Final = "[red]a[/red]\x1b[2J\u202e\nforged :smile:"
SHOWN: Final = r"[red]a[/red]\x1b[2J\u202e\nforged :smile:"


def test_a_string_is_words_wherever_a_console_meets_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.table import Table  # noqa: PLC0415 - as the commands do
    from rich.tree import Tree  # noqa: PLC0415

    monkeypatch.setenv("COLUMNS", "200")  # nothing is wrapped
    console = Printer()
    table = Table(EVIL, title=EVIL, caption=EVIL, box=None)
    table.add_row(EVIL)
    tree = Tree(EVIL)
    tree.add(EVIL)
    for each in (EVIL, text(EVIL, (EVIL, "bold")), table, tree):
        console.print(each)
    out = capsys.readouterr().out
    assert out.count(SHOWN) == 1 + 2 + 4 + 2
    assert not set("\x1b\u202e") & set(out)
    assert not any(line.startswith("forged") for line in out.splitlines())


def test_a_sentence_is_one_line_where_nobody_sees_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    Printer().print("word " * 100)
    assert len(capsys.readouterr().out.splitlines()) == 1
    monkeypatch.setenv("COLUMNS", "40")
    Printer().print("word " * 100)
    assert len(capsys.readouterr().out.splitlines()) > 10


def test_a_progress_bar_shows_words_as_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm-256color")
    with progress(EVIL) as advance:
        assert advance is not None
        advance(1, 2)
    err = capsys.readouterr().err
    assert SHOWN in err
    assert "\u202e" not in err
    assert "\x1b[2J" not in err
