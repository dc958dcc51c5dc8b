"""The flags with which a command shows things as they were."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from infra.language import translate as _

if TYPE_CHECKING:
    from projections.as_of import AsOf


@Parameter(name="*")
@dataclass(frozen=True)
class AsOfFlags:
    """The flags of every command that reads views."""

    as_of_position: Annotated[int | None, Parameter(help=_("As it was at this position of the log."))] = None
    as_of_recorded: Annotated[
        datetime | None, Parameter(help=_("As the log held it at this time (with an offset, else Asia/Jakarta)."))
    ] = None
    as_of_occurred: Annotated[
        datetime | None,
        Parameter(help=_("Only what had happened by this time (with an offset, else Asia/Jakarta).")),
    ] = None

    def as_of(self) -> "AsOf":
        """Return which log is looked at."""
        from projections.as_of import AsOf  # noqa: PLC0415 - loads slowly, and help needs none

        return AsOf(self.as_of_position, with_offset(self.as_of_recorded), with_offset(self.as_of_occurred))

    def position(self, reached: int) -> int:
        """Return the position that is shown, of views that have reached one."""
        return reached if self.as_of_position is None else max(min(reached, self.as_of_position), 0)


AS_OF = AsOfFlags()


def with_offset(time: datetime | None) -> datetime | None:
    """Return the time; one without an offset is that of Asia/Jakarta, as days are."""
    from events.fields import JAKARTA  # noqa: PLC0415 - only an as-of needs it

    return time.replace(tzinfo=JAKARTA) if time is not None and time.tzinfo is None else time
