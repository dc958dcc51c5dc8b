"""`jejak population import`: records how many people live where, from a table of an office."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from events.operation import PopulationRecorded
from events.refusal import RefusedError
from infra.language import number as formatted
from infra.language import translate as _
from services.cli import exits
from services.cli.answers import Answers
from services.cli.common import COMMON, Common, Format, opened, prepare_for_bulk, say
from services.cli.interrupts import Interrupts
from services.cli.lines import MOST_LINE_BYTES, Line, batches
from services.cli.population_table import COLUMNS, BelowTheTableError, PopulationTable
from services.populations import Counts, Proposed
from services.publishing.answers import Outcome, refused_with

if TYPE_CHECKING:
    from services.composition import Jejak

_COLUMNS_OF: Final = {"subject": "region", "time": "date"}
_MOST_SHOWN: Final = 20


def import_(
    file: Annotated[
        Path, Parameter(allow_leading_hyphen=True, help=_("A CSV, one region a row; - is standard input."))
    ],
    *,
    holder: Annotated[str, Parameter(help=_("The office that records them; its region contains theirs."))],
    date: Annotated[str | None, Parameter(help=_("The day of the counts, where no column tells it."))] = None,
    source: Annotated[str | None, Parameter(help=_("Who counted, where no column tells it."))] = None,
    columns: Annotated[
        list[str] | None,
        Parameter(negative="", help=_("How the file calls its columns, such as region=kode_desa,people=jiwa.")),
    ] = None,
    format: Annotated[Format, Parameter(help=_("How the answer is printed."))] = "table",  # noqa: A002 - the flag's name
    common: Common = COMMON,
) -> int:
    """Record how many people live in each region of a CSV.

    Examples:
        jejak population import penduduk.csv --holder diskominfo-lampung
        jejak population import penduduk.csv --holder diskominfo-lampung --date 2020-12-31 --source BPS
        jejak population import desa.csv --holder diskominfo-lampung --columns region=kode_desa,people=jiwa

    """
    if str(file) != "-" and not file.is_file():
        raise exits.UsageError(_("there is no file {path}").format(path=file))
    prepare_for_bulk()
    given = {name: value for name, value in (("date", date), ("source", source)) if value is not None}
    for name, value in given.items():
        if not value.strip():
            raise exits.UsageError(_("{flag} is given without a value").format(flag=f"--{name}"))
    answers = Answers(format)

    def too_long(number: int, _pieces: Iterator[bytes]) -> None:
        answers.count_refused()
        reason = _("the line is longer than {most} bytes: no event is").format(most=MOST_LINE_BYTES)
        answers.name(file, number, reason, None)

    with Interrupts() as interrupts, opened(common) as jejak:
        table = PopulationTable(file, given, _called(columns or ()), jejak.regions)
        importing = _Importing(jejak, file, table, holder, answers)
        try:
            for lines in interrupts.between(batches(file, jejak.settings.batch, too_long)):
                importing.take(lines)
            importing.end()
        except exits.UsageError:
            raise
        except BaseException as error:
            error.add_note(answers.how_far())
            raise
        position = jejak.log.head()
    answers.tell_how_many_more()
    if format == "table":
        importing.tell_what_was_replaced()
    if answers.refused:
        say(
            _("{count} refused: mend them in {path}, then import it again; what is recorded is repeated").format(
                count=answers.refused, path=file
            )
        )
    return answers.print(position)


def _called(columns: Sequence[str]) -> dict[str, str]:
    """Return the headings by our names for them.

    Raises:
        UsageError: it is not written so, or there is no such column.

    """
    found: dict[str, str] = {}
    for each in (one for several in columns for one in several.split(",")):
        name, equals, heading = each.partition("=")
        if name.strip() not in COLUMNS or not equals or not heading.strip() or name.strip() in found:
            raise exits.UsageError(
                _("--columns is written as NAME=HEADING,…, each NAME once: {columns}; not {value}").format(
                    columns=", ".join(COLUMNS), value=each
                )
            )
        found[name.strip()] = heading
    return found


class _Importing:
    """One run of the command: finds the header, then records the rows batch by batch."""

    def __init__(self, jejak: "Jejak", file: Path, table: PopulationTable, holder: str, answers: Answers) -> None:
        self._publisher = jejak.publisher
        self._counts = Counts(jejak.log, holder)
        self._file = file
        self._table = table
        self._answers = answers
        self._replaced: list[Proposed] = []
        self._left_out = 0

    def take(self, lines: list[Line]) -> None:
        """Record a batch of lines; those up to the header tell what the columns are."""
        if not self._table.csv.has_header():
            for at, (_number, line) in enumerate(lines, 1):
                self._table.csv.look_for_header(line)
                if self._table.csv.has_header():
                    self._begin()
                    lines = lines[at:]
                    break
            else:
                return
        self._record(lines)

    def end(self) -> None:
        """Refuse a file that had no header.

        Raises:
            UsageError: it says what is missing.

        """
        if self._table.csv.has_header():
            if self._left_out > _MOST_SHOWN:
                say(_("… and {count} more").format(count=self._left_out - _MOST_SHOWN))
            return
        self._table.csv.settle()
        if not self._table.csv.has_header():
            raise exits.UsageError(
                _("{path} is empty: its first line names the columns {columns}").format(
                    path=self._file, columns=", ".join(COLUMNS)
                )
            )
        self._begin()

    def _begin(self) -> None:
        self._table.settle()
        for text in self._table.csv.above:
            if text.strip(',;\t| "'):
                sentence = _("{path}: left out, since it stands above the table: {row}")
                say(sentence.format(path=self._file, row=text))

    def _record(self, lines: list[Line]) -> None:
        """Record a batch of rows, and tell the answer to each, in their order."""
        read = list(self._read(lines))
        counts = [(number, each) for number, each in read if isinstance(each, PopulationRecorded)]
        made = iter(self._counts.events(counts))
        asked = [next(made) if isinstance(each, PopulationRecorded) else each for _number, each in read]
        published = iter(self._publisher.publish([each.event for each in asked if isinstance(each, Proposed)]))
        answers = [next(published) if isinstance(each, Proposed) else refused_with(each) for each in asked]
        answers = self._publisher.hints.added(answers)
        self._answers.count(answers)
        for (number, _count), each, answer in zip(read, asked, answers, strict=True):
            if answer.refusal is not None:
                field = answer.refusal.field
                self._answers.name(self._file, number, answer.refusal.reason(_), field and self._column(field))
                continue
            self._answers.taken(self._file, number, answer)
            if answer.outcome is Outcome.ACCEPTED and isinstance(each, Proposed) and each.replaces is not None:
                self._replaced.append(each)

    def _read(self, lines: list[Line]) -> Iterator[tuple[int, PopulationRecorded | RefusedError]]:
        """Yield what rows count, or why not; what stands below the table is told and left out."""
        for number, line in lines:
            try:
                count = self._table.count(line)
            except BelowTheTableError as reason:
                self._left_out += 1
                if self._left_out <= _MOST_SHOWN:
                    say(f"{self._file}:{number}: {reason.reason(_)}")
            except RefusedError as refusal:
                yield number, refusal
            else:
                if count is not None:
                    yield number, count

    def tell_what_was_replaced(self) -> None:
        """Say which counts take the place of others of the same date."""
        for each in self._replaced[:_MOST_SHOWN]:
            say(
                _("{region}: {before} → {now} for {date}").format(
                    region=each.count.region,
                    before=formatted(each.replaces or 0),
                    now=formatted(each.count.people),
                    date=each.count.date,
                )
            )
        if len(self._replaced) > _MOST_SHOWN:
            say(_("… and {count} more").format(count=len(self._replaced) - _MOST_SHOWN))

    def _column(self, field: str) -> str:
        """Return the heading of the column that a field of the event comes from."""
        return self._table.column(_COLUMNS_OF.get(field, field.removeprefix("data.")))
