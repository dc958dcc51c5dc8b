"""`--help`, `--version` and the completion of a shell."""

import subprocess

import pytest

from services.cli.app import COMMANDS, GROUPS
from tests.acceptance.cli import Cli


def _below(command: str) -> list[tuple[str, ...]]:
    """Return what follows a command that does something: nothing, or one of the commands of a group."""
    return [(each,) for each in GROUPS.get(command, ())] or [()]


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_list_of_commands_is_complete(cli: Cli, language: str) -> None:
    found = cli("--help", "--lang", language)
    assert (found.status, found.err) == (0, "")
    for command in COMMANDS:
        assert f" {command} " in found.out


def test_every_command_has_an_example(cli: Cli) -> None:
    called = [(command, *below) for command in COMMANDS for below in _below(command)]
    english = cli.together(*((*command, "--help") for command in called))
    indonesian = cli.together(*((*command, "--help", "--lang", "id") for command in called))
    for words, found, translated in zip(called, english, indonesian, strict=True):
        command = " ".join(words)
        assert (found.status, found.err) == (0, "")
        usage, heading, examples = found.out.partition("Examples:")
        assert heading, found.out
        assert "--home" in usage
        assert f"  jejak {command}" in examples
        assert f"  jejak {command}" in translated.out
        assert "Examples:" not in translated.out


def test_without_a_command_it_helps(cli: Cli) -> None:
    found = cli()
    assert found.status == 0
    assert found.out == cli("--help").out


def test_the_version_is_a_number(cli: Cli) -> None:
    found = cli("--version")
    assert (found.status, found.err) == (0, "")
    assert found.out.strip().replace(".", "").isdigit()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_generated(cli: Cli, shell: str) -> None:
    script = cli.folder / f"completion.{shell}"
    found = cli("--install-completion", "--shell", shell, "--output", script)
    assert found.status == 0, found.err
    written = script.read_text()
    assert all(command in written for command in COMMANDS)
    assert "as-of-position" in written


def test_bash_completes_a_command_with_it(cli: Cli) -> None:
    script = cli.folder / "completion.bash"
    assert cli("--install-completion", "--shell", "bash", "--output", script).status == 0
    asked = f"source {script}; COMP_WORDS=(jejak tr); COMP_CWORD=1; _jejak; echo ${{COMPREPLY[@]}}"
    found = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.split() == ["trail"]
