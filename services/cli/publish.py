"""`jejak publish`: records files of events."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter
from msgspec import Struct

from infra.language import language, number
from infra.language import translate as _
from services.cli import exits
from services.cli.common import COMMON, Common, Format, opened, prepare_for_bulk, print_data, progress, say
from services.cli.interrupts import Interrupts
from services.cli.lines import MOST_LINE_BYTES, Line, batches
from services.cli.rejected import Rejected
from services.cli.rejected_line import unwrap
from services.publishing.answers import Answer, Outcome
from services.world import Principal

if TYPE_CHECKING:
    from rich.console import Console

    from services.composition import Jejak

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
    """What `publish --format json` prints: counts, and the position that the log has reached."""

    accepted: int
    repeated: int
    refused: int
    position: int


def publish(
    *files: Annotated[
        Path,
        Parameter(
            allow_leading_hyphen=True, help=_("Files of JSON Lines, one event a line; - is standard input.")
        ),
    ],
    rejected: Annotated[
        Path, Parameter(help=_("Where refused lines go, with the reason; publish it again once mended."))
    ] = Path("jejak.rejected.jsonl"),
    allow_simulated: Annotated[
        bool, Parameter(negative="", help=_("Take simulated events into a log that holds real ones, too."))
    ] = False,
    format: Annotated[Format, Parameter(help=_("How the answer is printed."))] = "table",  # noqa: A002 - the flag's name
    common: Common = COMMON,
) -> int:
    """Record events from files of JSON Lines.

    Each event is answered by itself: accepted, repeated (recorded before, nothing changes), or refused. The good
    lines are recorded; the refused ones are named and kept.

    Examples:
        jejak publish events.jsonl
        other-program | jejak publish -
        jejak publish jejak.rejected.jsonl        (after mending it)

    """
    if not files:
        raise exits.UsageError(_("name at least one file, or - for standard input"))
    for path in files:
        if str(path) != "-" and not path.is_file():
            raise exits.UsageError(_("there is no file {path}").format(path=path))
    prepare_for_bulk()
    with Interrupts() as interrupts, opened(common) as jejak:
        refused = Rejected(rejected, files)
        principal = Principal(simulates=allow_simulated)
        publication = _Publication(jejak, refused, interrupts, principal, keep_answers=format in ("jsonl", "csv"))
        try:
            with refused:
                for path in files:
                    publication.file(path)
        except BaseException as error:
            error.add_note(publication.how_far())
            raise
        summary = publication.summary(jejak.log.head())
        publication.tell_what_was_refused()
    print_data(
        format,
        summary,
        publication.answers,
        LineAnswer,
        lambda console: _table(console, summary, publication.findings),
    )
    return exits.NEEDS_A_PERSON if summary.refused else exits.DONE


class _Publication:
    """One run of the command: counts the answers and keeps what is refused."""

    def __init__(
        self,
        jejak: "Jejak",
        refused: Rejected,
        interrupts: Interrupts,
        principal: Principal,
        *,
        keep_answers: bool,
    ) -> None:
        self._jejak = jejak
        self._refused = refused
        self._interrupts = interrupts
        self._principal = principal
        self._keep_answers = keep_answers
        self._named = 0
        self._position = 0
        self._count: Counter[Outcome] = Counter()
        self.findings: Counter[str] = Counter()
        self.answers: list[LineAnswer] = []

    def file(self, path: Path) -> None:
        """Publish one file, batch by batch."""

        def too_long(number: int, pieces: Iterator[bytes]) -> None:
            reason = _("the line is longer than {most} bytes: no event is").format(most=MOST_LINE_BYTES)
            self._count[Outcome.REFUSED] += 1
            self._note(path, number, reason, None)
            self._refused.write_pieces(number, reason, pieces)

        is_there = path.is_file()
        total = path.stat().st_size if is_there else 0
        read: deque[tuple[list[Line], list[bytes]]] = deque()

        def events() -> Iterator[list[bytes]]:
            for lines in self._interrupts.between(batches(path, self._jejak.settings.batch, too_long)):
                read.append((lines, [unwrap(content) for _number, content in lines]))
                yield read[-1][1]

        publisher = self._jejak.publisher
        # What comes through a pipe is answered before the next is waited for.
        if is_there:
            answered = publisher.publish_each(events(), self._principal)
        else:
            answered = (publisher.publish(each, self._principal) for each in events())
        done = 0
        with progress(_("recording {path}").format(path=path)) as advance:
            for answers in answered:
                lines, sent = read.popleft()
                self._take(path, lines, sent, answers)
                if advance is not None:
                    done += sum(len(content) for _number, content in lines)
                    advance(done, max(total, done))

    def _take(self, path: Path, lines: Sequence[Line], events: Sequence[bytes], answers: Sequence[Answer]) -> None:
        """Count the answers to a batch, and keep what is refused."""
        self._count.update([answer.outcome for answer in answers])
        self._position = max([self._position, *(answer.position or 0 for answer in answers)])
        refused = []
        for (at, _line), event, answer in zip(lines, events, answers, strict=True):
            if answer.refusal is not None:
                reason = answer.refusal.reason(_)
                self._note(path, at, reason, answer.refusal.field)
                refused.append((at, reason, answer.refusal.field, event))
                continue
            if answer.findings:
                self.findings.update(answer.findings)
            if self._keep_answers:
                self.answers.append(_taken(path, at, answer))
        # Only now: whatever becomes of the file, every answer is counted and every reason named.
        for each in refused:
            self._refused.write(*each)
        self._refused.sync()

    def _note(self, path: Path, number: int, reason: str, field: str | None) -> None:
        self._named += 1
        if self._named <= _MOST_SHOWN:
            names_it = field is None or reason.startswith(f"{field} ")
            say(f"{path}:{number}: " + ("" if names_it else f"{field}: ") + reason)
        if self._keep_answers:
            self.answers.append(LineAnswer(str(path), number, Outcome.REFUSED, None, (), reason, field))

    def summary(self, position: int) -> Summary:
        """Return the counts; `position` is the end of the log."""
        count = self._count
        return Summary(count[Outcome.ACCEPTED], count[Outcome.REPEATED], count[Outcome.REFUSED], position)

    def tell_what_was_refused(self) -> None:
        """Say how many lines more were refused, and where all of them are."""
        refused = self._count[Outcome.REFUSED]
        if refused > _MOST_SHOWN:
            say(_("… and {count} more").format(count=refused - _MOST_SHOWN))
        if refused:
            say(
                _("{count} refused; they are in {path}: mend them there, then publish that file").format(
                    count=refused, path=self._refused.path
                )
            )
        elif self._refused.removed:
            say(_("every line of {path} is recorded; the file is removed").format(path=self._refused.path))

    def how_far(self) -> str:
        """Say what was recorded until the run was stopped or failed."""
        return _(
            "until then {accepted} accepted, {repeated} repeated, {refused} refused, up to position {position}."
            " Publish the same again to go on: what is recorded is repeated, and nothing is recorded twice"
        ).format(
            accepted=number(self._count[Outcome.ACCEPTED]),
            repeated=number(self._count[Outcome.REPEATED]),
            refused=number(self._count[Outcome.REFUSED]),
            position=number(self._position),
        )


def _taken(path: Path, number: int, answer: Answer) -> LineAnswer:
    return LineAnswer(str(path), number, answer.outcome, answer.position, answer.findings, None, None)


def _table(console: "Console", summary: Summary, findings: Counter[str]) -> None:
    from rich.table import Table  # noqa: PLC0415 - only a person needs it

    from events.vocabulary import FindingCode  # noqa: PLC0415 - likewise

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
            console.print(f"  {number(count):>7}  {FindingCode.of(code).label(language())} [dim]({code})[/dim]")
