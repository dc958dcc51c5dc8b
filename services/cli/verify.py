"""`jejak verify`: whether the log and its views keep what they promise."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from msgspec import Struct

from infra.language import number
from infra.language import translate as _
from services.cli import exits
from services.cli.common import (
    COMMON,
    READ_ONLY,
    Common,
    Format,
    ReadOnly,
    opened,
    prepare_for_bulk,
    print_data,
    progress,
    refuse_no_log,
    settings_of,
)

if TYPE_CHECKING:
    from rich.console import Console

    from services.auditing.broken import Broken
    from services.auditing.verify import Verdict


class Line(Struct, frozen=True):
    """A line of `verify --format jsonl`: the log or a view, up to where it was looked at, and what is broken."""

    name: str
    position: int | None
    rows: int | None
    broken: "Broken | None"


def verify(
    *,
    read_only: ReadOnly = READ_ONLY,
    format: Annotated[Format, Parameter(help=_("How it is printed."))] = "table",  # noqa: A002 - the flag's name
    common: Common = COMMON,
) -> int:
    """Look at every row of the log and every view; name the first position where a promise is broken.

    Examples:
        jejak verify
        jejak verify --read-only --home evidence --format json

    """
    prepare_for_bulk()
    refuse_no_log(settings_of(common))
    with opened(common, read_only=read_only) as jejak:
        with progress(_("verifying")) as advance:
            found = jejak.verify(advance)
        print_data(format, found, _lines(found), Line, lambda console: _table(console, found))
    return exits.DONE if found.broken is None else exits.NEEDS_A_PERSON


def _lines(found: "Verdict") -> list[Line]:
    """Return the log and the views, a line each; what is broken stands beside the one that breaks it."""
    of = None if found.broken is None else found.broken.view or "log"
    looked_at: list[tuple[str, int | None, int | None]] = [("log", found.positions, found.positions)]
    looked_at += [(view.name, view.position, view.rows) for view in found.views]
    return [Line(*each, found.broken if each[0] == of else None) for each in looked_at]


def _table(console: "Console", found: "Verdict") -> None:
    console.print(
        _("{count} rows of the log were looked at.").format(count=number(found.positions)), soft_wrap=True
    )
    for view in found.views:
        if view.position is None or view.rows is None:
            sentence = _("The view {view} is not one that this Jejak folds (version {version}): not compared.")
        else:
            sentence = _("The view {view} was compared up to position {position}: {count} rows.")
        told = sentence.format(
            view=view.name,
            version=view.version,
            position=number(view.position or 0),
            count=number(view.rows or 0),
        )
        console.print(told, soft_wrap=True, markup=False)
    if not found.views:
        console.print(_("There are no views to compare."), soft_wrap=True)
    if found.broken is None:
        console.print(_("Every promise is kept."), style="green", soft_wrap=True)
        return
    sentence = _("Position {position}: {sentence}.").format(
        position=number(found.broken.position), sentence=found.broken.sentence
    )
    console.print(sentence, style="red", markup=False, soft_wrap=True)
