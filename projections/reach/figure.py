"""What is asked of the reach view, and what it answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

from msgspec import Struct

from projections.as_of import AsOf

By = Literal["item", "region", "channel", "day", "month", "topic"]
"""What figures can be broken down by: one group an item, a child of the region, a channel, …"""


class Selection(Struct, frozen=True):
    """Which steps figures are asked of; what is None is not restricted.

    The window is [`begin`, `end`) by occurred_at. `by` breaks the selection down, one dimension inside the other.
    """

    item: str | None = None
    region: str | None = None
    channel: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    by: tuple[By, ...] = ()
    as_of: AsOf = AsOf()


class Period(Struct, frozen=True, rename={"from_": "from"}):
    """A window [from, to), in UTC as far as its calendar goes; null where it is open."""

    from_: datetime | None
    to: datetime | None


VERSIONS: Final[Mapping[str, int]] = {
    "correction.time.p50": 2,
    "correction.time.p90": 2,
    "correction.time.p100": 2,
    "kim.active": 2,
}
"""The versions of the formulas that are not in their first."""


class Evidence(NamedTuple):
    """What a step stands for in a figure, so that the figure can be computed from all of them.

    One step has several where it counts at several places, or for several holders. How they are counted is in
    docs/figures.md.
    """

    position: int
    value: float = 1
    """What it adds: people, exposures, seconds, …; 1 where steps, places or holders are counted."""
    place: str | None = None
    """The region it stands for, empty for the nation; None: the region of the step's holder."""
    whom: str | None = None
    """Whom it counts, where that is not the step's holder: another holder, or those of a key id of pseudonyms."""


class Figure(Struct, frozen=True, omit_defaults=True):
    """One figure, as the contract's `figures --format json` shows it.

    `value` is null, with a `note`, where it is not known. `events` are the steps behind it, where they were asked
    for.
    """

    name: str
    value: float | None
    numerator: int | None
    denominator: int | None
    formula: str
    item: str | None = None
    region: str | None = None
    period: Period | None = None
    channel: str | None = None
    topic: str | None = None
    note: str | None = None
    events: Sequence[Evidence] = ()
