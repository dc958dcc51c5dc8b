"""The flags with which a command shows things as they were."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from infra.language import translate as _
from services.cli import exits
from services.cli.moments import moment_from

if TYPE_CHECKING:
    from projections.as_of import AsOf


@Parameter(name="*")
@dataclass(frozen=True)
class AsOfFlags:
    """The flags of every command that reads views."""

    as_of_position: Annotated[int | None, Parameter(help=_("As it was at this position of the log."))] = None
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

        position, recorded, occurred = self.as_of_position, self.as_of_recorded, self.as_of_occurred
        if position is not None and position < 0:
            raise exits.UsageError(_("there is no position {position}: the first is 1").format(position=position))
        moments = (None if text is None else moment_from(text) for text in (recorded, occurred))
        return AsOf(position, *moments)

    def position(self, reached: int) -> int:
        """Return the position that is shown, of views that have reached one."""
        return reached if self.as_of_position is None else min(reached, self.as_of_position)


AS_OF = AsOfFlags()
