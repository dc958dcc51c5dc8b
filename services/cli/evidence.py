"""Lists the steps behind a figure: what each of them stands for, so that the figure can be computed anew."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from events.fields import JAKARTA
from infra.language import translate as _
from infra.regions import Regions
from infra.views import Connection
from projections.audit_trail.queries import steps_at
from projections.reach.dimensions import WHEREVER
from projections.reach.figure import By, Figure, Selection
from services.cli import exits
from services.cli.common import Format, plain, print_data
from services.cli.evidence_table import print_evidence

_OF_ONE_ITEM: Final = ("cascade.", "correction.")


class EvidenceStep(Struct, frozen=True):
    """A step behind a figure, and what it stands for there; the columns are in docs/commands.md."""

    position: int
    source: str
    id: str
    type: str
    subject: str
    holder: str
    region: str | None
    occurred_at: datetime
    place: str | None
    place_name: str | None
    whom: str | None
    value: float


class PartStep(EvidenceStep, frozen=True):
    """Likewise, in one part of a break-down."""

    part: str


def print_steps(
    connection: Connection,
    figures: Sequence[Figure],
    name: str,
    selection: Selection,
    regions: Regions,
    format_: Format,
    beside: Mapping[str, object],
) -> None:
    """Print the steps behind the figure of a name, in every part that has it; `beside` stands in each row.

    Raises:
        UsageError: there is no such figure among these.

    """
    named = [figure for figure in figures if figure.name == name]
    if not named and name.startswith(_OF_ONE_ITEM) and not any(figure.item for figure in figures):
        raise exits.UsageError(_("{name} is a figure of one item: name it with --item").format(name=name))
    if not named:
        raise exits.UsageError(
            _("there is no figure {name} here; there are: {names}").format(
                name=name, names=", ".join(sorted({figure.name for figure in figures}))
            )
        )
    rows = list(_rows(connection, named, selection, regions))
    shape = PartStep if selection.by else EvidenceStep
    told = [{**plain(row), **beside} for row in rows] if beside else rows
    print_data(
        format_,
        told,
        told,
        [*shape.__struct_encode_fields__, *beside],
        lambda console: print_evidence(console, rows, named, selection, regions),
    )


def _rows(
    connection: Connection, figures: Sequence[Figure], selection: Selection, regions: Regions
) -> Iterator[EvidenceStep]:
    positions = {evidence.position for figure in figures for evidence in figure.events}
    steps = {step[0]: step for step in steps_at(connection, positions)}
    shape = PartStep if selection.by else EvidenceStep
    for figure in figures:
        part = ["/".join(_key(figure, dimension) for dimension in selection.by)] if selection.by else []
        for position, value, place, whom in figure.events:
            step = steps[position]
            where = (step[6] if place is None else place) or None
            name = regions.get(where).name if where is not None and where in regions else None
            row: list[Any] = [*step, where, name, whom, value, *part]
            yield shape(*row)


def _key(figure: Figure, dimension: By) -> str:
    """Return what a figure's part is called in one dimension; a figure of a whole item belongs to all of them."""
    if dimension in ("day", "month"):
        begin = None if figure.period is None else figure.period.from_
        return WHEREVER if begin is None else f"{begin.astimezone(JAKARTA):%Y-%m-%d}"
    keys = {"item": figure.item, "region": figure.region, "channel": figure.channel, "topic": figure.topic}
    return keys[dimension] or WHEREVER
