"""`jejak publish`: records files of events."""

from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from infra.language import translate as _
from services.cli import exits
from services.cli.answers import Answers
from services.cli.common import COMMON, Common, Format, opened, prepare_for_bulk, progress, say
from services.cli.file_kinds import refuse_what_holds_no_events
from services.cli.interrupts import Interrupts
from services.cli.lines import MOST_LINE_BYTES, Line, batches, beginning_of
from services.cli.rejected import Rejected
from services.cli.rejected_line import unwrap
from services.publishing.answers import Answer
from services.world import Principal

if TYPE_CHECKING:
    from services.composition import Jejak


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
        for path in files:
            if str(path) != "-":
                refuse_what_holds_no_events(path, *beginning_of(path))
        principal = Principal(simulates=allow_simulated)
        answers = Answers(format)
        publication = _Publication(jejak, refused, interrupts, principal, answers)
        try:
            with refused:
                for path in files:
                    publication.file(path)
        except BaseException as error:
            error.add_note(answers.how_far())
            raise
        position = jejak.log.head()
        publication.tell_what_was_refused()
    return answers.print(position)


class _Publication:
    """One run of the command: publishes files, and keeps what is refused."""

    def __init__(
        self,
        jejak: "Jejak",
        refused: Rejected,
        interrupts: Interrupts,
        principal: Principal,
        answers: Answers,
    ) -> None:
        self._jejak = jejak
        self._refused = refused
        self._interrupts = interrupts
        self._principal = principal
        self._answers = answers

    def file(self, path: Path) -> None:
        """Publish one file, batch by batch."""

        def too_long(number: int, pieces: Iterator[bytes]) -> None:
            reason = _("the line is longer than {most} bytes: no event is").format(most=MOST_LINE_BYTES)
            self._answers.count_refused()
            self._answers.name(path, number, reason, None)
            self._refused.write_pieces(number, reason, pieces)

        is_there = path.is_file()
        # Of files it was looked at before anything was recorded.
        look = partial(refuse_what_holds_no_events, path) if str(path) == "-" else None
        total = path.stat().st_size if is_there else 0
        read: deque[tuple[list[Line], list[bytes]]] = deque()

        def events() -> Iterator[list[bytes]]:
            for lines in self._interrupts.between(batches(path, self._jejak.settings.batch, too_long, look)):
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
        self._answers.count(answers)
        refused = []
        for (at, _line), event, answer in zip(lines, events, answers, strict=True):
            if answer.refusal is None:
                self._answers.taken(path, at, answer)
                continue
            reason = answer.refusal.reason(_)
            self._answers.name(path, at, reason, answer.refusal.field)
            refused.append((at, reason, answer.refusal.field, event))
        # Only now: whatever becomes of the file, every answer is counted and every reason named.
        for each in refused:
            self._refused.write(*each)
        self._refused.sync()

    def tell_what_was_refused(self) -> None:
        """Say how many lines more were refused, and where all of them are."""
        self._answers.tell_how_many_more()
        if self._answers.refused:
            say(
                _("{count} refused; they are in {path}: mend them there, then publish that file").format(
                    count=self._answers.refused, path=self._refused.path
                )
            )
        elif self._refused.removed:
            say(_("every line of {path} is recorded; the file is removed").format(path=self._refused.path))
