"""Help in the language spoken: what the library would say of its own in English is said here."""

from typing import Any

from cyclopts.help import DefaultFormatter, HelpEntry, HelpPanel
from rich.console import Console, ConsoleOptions

from infra.language import translate as _
from services.cli.printing import text


class HelpFormatter(DefaultFormatter):
    """Draws help as the library does, with choices, defaults and what is required in our words."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print a panel."""
        super().__call__(console, options, panel.copy(entries=[_said(entry) for entry in panel.entries]))

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:  # noqa: ANN401, ARG002 - the library's signature
        """Print how the command is called."""
        console.print(text((_("Usage: {usage}").format(usage=str(usage).strip()), "bold")))
        console.print()


def _said(entry: HelpEntry) -> HelpEntry:
    """Return an entry whose description holds what the library would add to it."""
    notes = []
    if entry.choices:
        notes.append(_("[choices: {choices}]").format(choices=", ".join(entry.choices)))
    if entry.default is not None and entry.default != "()":
        notes.append(_("[default: {default}]").format(default=entry.default))
    if entry.required:
        notes.append(_("[required]"))
    for note in notes:
        entry.description.append(text((note, "dim")))
    return entry.copy(choices=None, default=None, required=False)
