"""`jejak trail`: the audit trail of one subject."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from cyclopts import Parameter
from msgspec import Struct

from events.refusal import nearest
from infra.language import translate as _
from services.cli import exits
from services.cli.as_of import AS_OF, AsOfFlags, AsOfTold, in_each_row, look_at, told
from services.cli.common import (
    COMMON,
    READ_ONLY,
    Common,
    Format,
    ReadOnly,
    bring_up_to_date,
    opened,
    plain,
    print_data,
    say,
)

if TYPE_CHECKING:
    from rich.console import Console

Family = Literal["item", "organisation", "aspiration", "coaching", "population"]


def trail(
    subject: Annotated[str, Parameter(help=_("The id of an item, organisation, aspiration or coaching session."))],
    *,
    family: Annotated[
        Family | None, Parameter(help=_("What the id is of, where it is of more than one thing."))
    ] = None,
    layout: Annotated[
        Literal["tree", "list"], Parameter(help=_("The steps by cause, or in the order they were recorded."))
    ] = "tree",
    read_only: ReadOnly = READ_ONLY,
    format: Annotated[Format, Parameter(help=_("How it is printed."))] = "table",  # noqa: A002 - the flag's name
    moment: AsOfFlags = AS_OF,
    common: Common = COMMON,
) -> int:
    """Show every step of an item (or organisation, aspiration, coaching), with its findings.

    Examples:
        jejak trail info-2021-0117
        jejak trail kim-bagelen --layout list
        jejak trail info-2021-0117 --as-of-position 20 --format jsonl

    """
    from projections.audit_trail import queries  # noqa: PLC0415 - loads slowly, and help needs none

    as_of = moment.as_of()
    with opened(common, read_only=read_only) as jejak:
        bring_up_to_date(jejak)
        with jejak.views.reading() as connection:
            looked = look_at(connection, as_of, jejak)
            found_in = queries.families(connection, subject)
            # What a damaged row calls its family nobody can ask for.
            families = [each for each in found_in if each in get_args(Family)] or found_in
            if family is None and len(families) > 1:
                raise exits.UsageError(
                    _("{subject} is the id of more than one thing; add --family with one of: {families}").format(
                        subject=subject, families=", ".join(families)
                    )
                )
            if families and family is not None and family not in families:
                raise exits.UsageError(
                    _("{subject} is of the family {families}; nothing of the family {family} has that id").format(
                        subject=subject, families=", ".join(families), family=family
                    )
                )
            if not families:
                near = nearest(subject, queries.subjects_like(connection, subject), limit=3)
                raise _NotFoundError(subject, near)
            found = queries.trail(connection, family or families[0], subject, looked.as_of, jejak.finding_limits)
        if not found.steps:
            say(_("at that point nothing of {subject} had been recorded").format(subject=subject))
        version = jejak.regions.version
        document = _Document(
            looked.position, looked.head, told(looked), version, found.family, subject, found.steps
        )
        beside = in_each_row(looked, version)

        def draw(console: "Console") -> None:
            from services.cli.heading import print_log  # noqa: PLC0415 - loads slowly, and help needs none
            from services.cli.trail_table import print_trail  # noqa: PLC0415 - likewise

            if beside and found.steps:
                print_log(console, looked, version)
            print_trail(console, found, jejak.regions, layout)

        print_data(
            format,
            document,
            [plain(step) | beside for step in found.steps] if beside else found.steps,
            [*queries.TrailStep.__struct_encode_fields__, *beside],
            draw,
        )
    if format == "table" and found.family == "organisation":
        say(
            _(
                "This is what is recorded of {subject} itself; the steps it took are in the trails of the items."
            ).format(subject=subject)
        )
    return exits.DONE


class _NotFoundError(exits.UsageError):
    """There is no trail of that id."""

    def __init__(self, subject: str, near: list[str]) -> None:
        sentence = _("nothing in the log has the id {subject}").format(subject=subject)
        if near:
            sentence += "; " + _("did you mean {nearest}?").format(nearest=", ".join(near))
        super().__init__(sentence)


class _Document(Struct, frozen=True):
    """What `trail --format json` prints."""

    position: int
    head: int
    as_of: AsOfTold | None
    regions: str
    family: str
    subject: str
    steps: Sequence[object]
