"""The flags with which a command shows things as they were, and how what is shown says so."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter
from msgspec import Struct

from infra.language import number
from infra.language import translate as _
from services.cli import exits
from services.cli.common import say
from services.cli.moments import moment_from

if TYPE_CHECKING:
    from infra.views import Connection
    from projections.as_of import AsOf
    from projections.looked_at import LookedAt
    from services.composition import Jejak


_IS_POSITION: Final = re.compile("[0-9]{1,99}").fullmatch  # cyclopts rounds 1.5 to 2


@Parameter(name="*")
@dataclass(frozen=True)
class AsOfFlags:
    """The flags of every command that reads views."""

    as_of_position: Annotated[str | None, Parameter(help=_("As it was at this position of the log."))] = None
    as_of_recorded: Annotated[
        str | None, Parameter(help=_("As the log held it at this time (with an offset, else Asia/Jakarta)."))
    ] = None
    as_of_occurred: Annotated[
        str | None,
        Parameter(help=_("Only what had happened by this time (with an offset, else Asia/Jakarta).")),
    ] = None

    def as_of(self) -> "AsOf":
        """Return which log is looked at.

        Raises:
            UsageError: there is no such position or time.

        """
        from projections.as_of import AsOf  # noqa: PLC0415 - loads slowly, and help needs none

        position = self.as_of_position
        if position is not None and not _IS_POSITION(position):
            raise exits.UsageError(_("there is no position {position}: the first is 1").format(position=position))
        moments = (self.as_of_recorded, self.as_of_occurred)
        return AsOf(
            None if position is None else int(position),
            *(None if text is None else moment_from(text) for text in moments),
        )


AS_OF = AsOfFlags()


class AsOfTold(Struct, frozen=True):
    """The question that a document answers, as its JSON has it; what was not asked is null."""

    position: int | None
    recorded: datetime | None
    occurred: datetime | None
    beyond_end: bool


def look_at(connection: "Connection", asked: "AsOf", jejak: "Jejak") -> "LookedAt":
    """Return which log one state of the views shows; say so where more was asked for than there is."""
    from projections.looked_at import look  # noqa: PLC0415 - loads slowly, and help needs none

    looked = look(connection, asked, jejak.engine.folded(connection))
    if looked.beyond_end and looked.head:
        say(
            _(
                "what was asked for lies beyond position {head}, where the log ends: this is all of it, and it may"
                " change while the log grows"
            ).format(head=number(looked.head))
        )
    return looked


def told(looked: "LookedAt") -> AsOfTold | None:
    """Return the question in a document; none where nothing was asked."""
    from events.fields import in_zone  # noqa: PLC0415 - likewise
    from projections.as_of import AsOf  # noqa: PLC0415 - likewise

    asked = looked.asked
    if asked == AsOf():
        return None
    recorded, occurred = (
        None if each is None else in_zone(each, UTC) for each in (asked.recorded, asked.occurred)
    )
    return AsOfTold(asked.position, recorded, occurred, looked.beyond_end)


def in_each_row(looked: "LookedAt", regions: str) -> dict[str, object]:
    """Return what a row says of the question, the log and the region table; nothing where nothing was asked.

    A row may be mailed on without its file, and a file without its command.
    """
    question = told(looked)
    if question is None:
        return {}
    asked = (
        ("as_of_position", question.position),
        ("as_of_recorded", question.recorded),
        ("as_of_occurred", question.occurred),
    )
    return {
        **{name: value for name, value in asked if value is not None},
        "log_position": looked.position,
        "log_head": looked.head,
        "regions": regions,
    }
