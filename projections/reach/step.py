"""A step on its own, where a figure follows each: in a cascade, a correction, a chain of causes."""

from typing import Final

from msgspec import Struct

from projections.reach.tables import STEP


class Step(Struct, frozen=True, gc=False):
    """A step; times are in microseconds since 1970-01-01T00:00:00Z."""

    position: int
    kind: str
    subject: str
    holder: str
    region: str | None
    channel: str | None
    at: int
    cause: int | None
    voided_by: int | None


COLUMNS: Final = tuple(STEP.c["cause_position" if field == "cause" else field] for field in Step.__struct_fields__)
"""The columns of the table that a step is made of."""

PASSING: Final = ("item.published", "item.forwarded", "item.shared")
"""The kinds of step that pass an item on."""

CORRECTING: Final = ("item.corrected", "item.retracted")

GATHERINGS: Final = ("item.discussed", "item.shared", "item.acted_on")
"""The kinds of step that have people."""

STAGES: Final = ("item.received", *GATHERINGS)
"""The stages of the funnel after `addressed`."""

TELLING: Final = ("item.published", "item.revised")
"""The kinds of step that say whom an item is intended for."""

ADDRESSING: Final = (*TELLING, "item.forwarded", "item.shared")
"""The kinds of step that name holders."""
