"""`jejak population import`: records how many people live where, from a table of an office."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from events.refusal import RefusedError
from infra.language import translate as _
from services.cli import exits
from services.cli.answers import Answers
from services.cli.common import COMMON, Common, Format, opened, prepare_for_bulk, say
from services.cli.interrupts import Interrupts
from services.cli.lines import MOST_LINE_BYTES, Line, batches
from services.cli.population_table import COLUMNS, Table
from services.publishing.answers import refused_with
from services.publishing.publisher import Publisher

_COLUMNS_OF: Final = {"subject": "region", "time": "date"}


def import_(
    file: Annotated[
        Path, Parameter(allow_leading_hyphen=True, help=_("A CSV, one region a row; - is standard input."))
    ],
    *,
    holder: Annotated[str, Parameter(help=_("The office that records them; its region contains theirs."))],
    date: Annotated[str | None, Parameter(help=_("The day of the counts, where no column tells it."))] = None,
    source: Annotated[str | None, Parameter(help=_("Who counted, where no column tells it."))] = None,
    format: Annotated[Format, Parameter(help=_("How the answer is printed."))] = "table",  # noqa: A002 - the flag's name
    common: Common = COMMON,
) -> int:
    """Record how many people live in each region of a CSV.

    Examples:
        jejak population import penduduk.csv --holder diskominfo-lampung
        jejak population import penduduk.csv --holder diskominfo-lampung --date 2020-12-31 --source BPS

    """
    if str(file) != "-" and not file.is_file():
        raise exits.UsageError(_("there is no file {path}").format(path=file))
    prepare_for_bulk()
    given = {name: value for name, value in (("date", date), ("source", source)) if value is not None}
    answers = Answers(format)
    table: Table | None = None

    def too_long(number: int, _pieces: Iterator[bytes]) -> None:
        answers.count_refused()
        reason = _("the line is longer than {most} bytes: no event is").format(most=MOST_LINE_BYTES)
        answers.name(file, number, reason, None)

    with Interrupts() as interrupts, opened(common) as jejak:
        try:
            for lines in interrupts.between(batches(file, jejak.settings.batch, too_long)):
                if table is None:
                    table = Table(file, lines.pop(0)[1], holder, given)
                _record(jejak.publisher, file, table, lines, answers)
        except BaseException as error:
            if table is not None:
                error.add_note(answers.how_far())
            raise
        if table is None:
            raise exits.UsageError(
                _("{path} is empty: its first line names the columns {columns}").format(
                    path=file, columns=", ".join(COLUMNS)
                )
            )
        position = jejak.log.head()
    answers.tell_how_many_more()
    if answers.refused:
        say(
            _("{count} refused: mend them in {path}, then import it again; what is recorded is repeated").format(
                count=answers.refused, path=file
            )
        )
    return answers.print(position)


def _record(publisher: Publisher, file: Path, table: Table, lines: list[Line], answers: Answers) -> None:
    """Record a batch of rows, and tell the answer to each, in their order."""
    read: list[tuple[int, bytes | RefusedError]] = []
    for number, line in lines:
        try:
            event = table.event(line)
        except RefusedError as refusal:
            read.append((number, refusal))
        else:
            if event is not None:
                read.append((number, event))
    published = iter(publisher.publish([each for _number, each in read if isinstance(each, bytes)]))
    found = [next(published) if isinstance(each, bytes) else refused_with(each) for _number, each in read]
    answers.count(found)
    for (number, _each), answer in zip(read, found, strict=True):
        if answer.refusal is None:
            answers.taken(file, number, answer)
        else:
            answers.name(file, number, answer.refusal.reason(_), _column(answer.refusal.field))


def _column(field: str | None) -> str | None:
    """Return the column that a field of the event comes from."""
    return None if field is None else _COLUMNS_OF.get(field, field.removeprefix("data."))
