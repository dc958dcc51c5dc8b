"""Which log a query looks at: any view can be shown as it was."""

from datetime import datetime

from msgspec import Struct


class AsOf(Struct, frozen=True):
    """Which log is looked at: up to a position, up to a recorded_at, and only what had happened by a time."""

    position: int | None = None
    recorded: datetime | None = None
    occurred: datetime | None = None
