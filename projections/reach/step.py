"""A step as figures look at it."""

from typing import Final

from msgspec import Struct

from projections.reach.tables import STEP


class Step(Struct, frozen=True, gc=False):
    """A step, as far as figures depend on it; times are in microseconds since 1970-01-01T00:00:00Z."""

    position: int
    kind: str
    subject: str
    holder: str
    region: str | None
    place: str | None
    channel: str | None
    at: int
    headcount: int | None
    people: int
    exposures: int | None
    verdict: str | None
    cause: int | None
    voided_by: int | None


COLUMNS: Final = tuple(STEP.c["cause_position" if field == "cause" else field] for field in Step.__struct_fields__)
"""The columns of the table that a step is made of."""


Pair = tuple[str, str]
"""An item and a holder."""

Mark = tuple[int, int, int | None, str | None]
"""A step of a pair: occurred_at and position, by which steps are ordered in time; its cause, and its verdict.

Positions differ, so nothing behind them is ever compared.
"""
