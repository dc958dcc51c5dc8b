"""The answers to the lines of files: counted while they come, then told."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from infra.language import language, number
from infra.language import translate as _
from services.cli import exits
from services.cli.common import Format, print_data, say
from services.publishing.answers import Answer, Outcome

if TYPE_CHECKING:
    from rich.console import Console

_MOST_SHOWN: Final = 20


class LineAnswer(Struct, frozen=True):
    """The answer to one line, as `--format jsonl` prints it."""

    file: str
    line: int
    outcome: Outcome
    position: int | None
    findings: Sequence[str]
    reason: str | None
    field: str | None


class Summary(Struct, frozen=True):
    """What `--format json` prints: counts, and the position that the log has reached."""

    accepted: int
    repeated: int
    refused: int
    position: int


class Answers:
    """The answers of one run of a command; the first refusals are named on stderr as they come."""

    def __init__(self, format_: Format) -> None:
        self._format: Format = format_
        self._keeps = format_ in ("jsonl", "csv")
        self._kept: list[LineAnswer] = []
        self._count: Counter[Outcome] = Counter()
        self._findings: Counter[str] = Counter()
        self._named = 0
        self._position = 0

    @property
    def refused(self) -> int:
        """How many lines were refused."""
        return self._count[Outcome.REFUSED]

    def count(self, answers: Sequence[Answer]) -> None:
        """Count the answers to a batch."""
        self._count.update([answer.outcome for answer in answers])
        self._position = max([self._position, *(answer.position or 0 for answer in answers)])

    def count_refused(self) -> None:
        """Count a line that was refused before it could become an event."""
        self._count[Outcome.REFUSED] += 1

    def taken(self, path: Path, line: int, answer: Answer) -> None:
        """Keep what is told of a line that is recorded."""
        if answer.findings:
            self._findings.update(answer.findings)
        if self._keeps:
            self._kept.append(
                LineAnswer(str(path), line, answer.outcome, answer.position, answer.findings, None, None)
            )

    def name(self, path: Path, line: int, reason: str, field: str | None) -> None:
        """Name a line that is refused, unless many were named before."""
        self._named += 1
        if self._named <= _MOST_SHOWN:
            names_it = field is None or reason.startswith(f"{field} ")
            say(f"{path}:{line}: " + ("" if names_it else f"{field}: ") + reason)
        if self._keeps:
            self._kept.append(LineAnswer(str(path), line, Outcome.REFUSED, None, (), reason, field))

    def tell_how_many_more(self) -> None:
        """Say how many lines were refused beside those named."""
        if self.refused > _MOST_SHOWN:
            say(_("… and {count} more").format(count=self.refused - _MOST_SHOWN))

    def how_far(self) -> str:
        """Say what was recorded until the run was stopped or failed."""
        return _(
            "until then {accepted} accepted, {repeated} repeated, {refused} refused, up to position {position}."
            " Run the same again to go on: what is recorded is repeated, and nothing is recorded twice"
        ).format(
            accepted=number(self._count[Outcome.ACCEPTED]),
            repeated=number(self._count[Outcome.REPEATED]),
            refused=number(self.refused),
            position=number(self._position),
        )

    def print(self, position: int) -> int:
        """Print the answers to a log that now ends at `position`; return the exit status."""
        summary = Summary(self._count[Outcome.ACCEPTED], self._count[Outcome.REPEATED], self.refused, position)
        print_data(
            self._format, summary, self._kept, LineAnswer, lambda console: _table(console, summary, self._findings)
        )
        return exits.NEEDS_A_PERSON if summary.refused else exits.DONE


def _table(console: "Console", summary: Summary, findings: Counter[str]) -> None:
    from rich.table import Table  # noqa: PLC0415 - only a person needs it

    from events.vocabulary import FindingCode  # noqa: PLC0415 - likewise
    from services.cli.printing import text  # noqa: PLC0415 - likewise

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_row(_("accepted"), number(summary.accepted), style="green" if summary.accepted else "")
    table.add_row(_("repeated"), number(summary.repeated))
    table.add_row(_("refused"), number(summary.refused), style="red" if summary.refused else "")
    table.add_row(_("the log ends at position"), number(summary.position))
    console.print(table)
    if findings:
        console.print(_("Findings on the accepted steps:"))
        for code, count in findings.most_common():
            label = FindingCode.of(code).label(language())
            console.print(text(f"  {number(count):>7}  {label} ", (f"({code})", "dim")))
