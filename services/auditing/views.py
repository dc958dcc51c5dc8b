"""Compares the tables of a view with those that a fold from scratch gives, row by row, in the order of the log."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from msgspec import Struct
from sqlalchemy import Select, Table, case, inspect, or_, select

from infra.language import translate as _
from infra.views import Connection, Views
from projections.checkpoints import HowFarSent, checkpoints, reached
from projections.engine import Projection
from projections.late_causes.tables import AWAITED
from projections.tables import CHECKPOINT, PARKED
from services.auditing.broken import Broken

_AT_ONCE: Final = 1_000
_TOLD: Final = frozenset({"voided_by", "cause_position"})
"""What a later event tells of a step: the columns hold its position."""


class KeptView(NamedTuple):
    """A view as it is kept: up to where it is complete, and the checkpoints (position and digest) of its parts."""

    projection: Projection
    version: int | None
    """None while it was never folded."""
    position: int
    checkpoints: Mapping[int, bytes]

    @property
    def is_comparable(self) -> bool:
        """Whether this program folds it as it was folded."""
        return self.version == self.projection.version


class Compared(Struct, frozen=True):
    """A view that was looked at: up to which position it was compared, and how many rows its tables have there.

    Both are null where its version is not the one that this program folds.
    """

    name: str
    version: int | None
    position: int | None
    rows: int | None


def kept_views(views: Views, projections: Sequence[Projection], how_far_sent: HowFarSent) -> list[KeptView]:
    """Return the views as they are kept; none where no table was ever made."""
    with views.reading() as connection:
        if not inspect(connection).has_table(CHECKPOINT.name):
            return []
        sent = how_far_sent(connection)
        found = []
        for projection in projections:
            rows = checkpoints(connection, CHECKPOINT.c.projection == projection.name)
            far = {row.partition: row.position for row in rows}
            position = reached(far, sent if projection.partitioned else {}) if far else 0
            digests = {row.position: row.digest for row in rows if row.position}
            found.append(KeptView(projection, rows[0].version if rows else None, position, digests))
    return found


def compare(
    view: KeptView, kept: Connection, anew: Connection, until: int, late: int
) -> tuple[Compared, Broken | None]:
    """Compare a view with the one folded anew, up to a position, and late causes up to another."""
    name, rows = view.projection.name, 0
    first: Broken | None = None
    position = min(view.position, until)
    for table, statement in _statements(view.projection, position, late):
        columns = [column.name for column in statement.selected_columns]
        with _rows(anew, statement) as folded, _rows(kept, statement) as held:
            for expected, found in zip_longest(folded, held):
                if expected == found:
                    rows += 1
                    continue
                difference = _difference(columns, expected, found)
                if first is None or difference.position < first.position:
                    first = difference.broken(name, table)
                if not difference.is_told:
                    break
    return Compared(name, view.version, position, rows), first


def _statements(projection: Projection, until: int, late: int) -> Iterator[tuple[Table, Select[Any]]]:
    """Yield how each table is read, in the order of the events that its rows come from, up to `until`.

    What is told of a step afterwards, its voiding and a late cause, is left out where it came later. Who waits for
    a cause is left out: it is the rest of those who have theirs.
    """
    for table in projection.metadata.sorted_tables:
        if table is AWAITED:
            continue
        position, cause = table.c.position, table.c.get("cause_position")
        columns: dict[str, Any] = dict(table.c.items())
        if "voided_by" in columns:
            columns["voided_by"] = case((columns["voided_by"] <= until, columns["voided_by"])).label("voided_by")
        conditions, order = [position <= until], [position, *table.primary_key]
        if cause is not None:
            known = or_(cause < position, cause <= late)
            if cause.nullable:
                columns["cause_position"] = case((known, cause)).label("cause_position")
            else:  # its rows come with the cause
                conditions, order = [known], [cause, position]
        first = columns.pop(order[0].name)
        yield table, select(first, *columns.values()).where(*conditions).order_by(*order)
    parked = select(PARKED.c.position, PARKED.c.subject, PARKED.c.failed)
    own = PARKED.c.projection == projection.name
    yield PARKED, parked.where(own, PARKED.c.position <= until).order_by(PARKED.c.position)


@contextmanager
def _rows(connection: Connection, statement: Select[Any]) -> Iterator[Iterator[tuple[Any, ...]]]:
    """Give the rows as they come, never many at once."""
    with connection.execute(statement, execution_options={"yield_per": _AT_ONCE}) as result:
        yield map(tuple, result)


class _Difference(NamedTuple):
    """How two rows that are not the same differ; `is_told`: only in what a later event tells."""

    position: int
    sentence: str
    columns: Sequence[str] = ()
    is_told: bool = False

    def broken(self, view: str, table: Table) -> Broken:
        """Say it of a view."""
        told = self.sentence.format(view=view, table=table.name, columns=", ".join(self.columns))
        return Broken(self.position, "view", view, told)


def _difference(
    columns: Sequence[str], expected: tuple[Any, ...] | None, found: tuple[Any, ...] | None
) -> _Difference:
    """Return how the first rows that are not the same differ; their first column is the position."""
    if found is None or (expected is not None and expected[0] < found[0]):
        position = expected[0] if expected else 0
        return _Difference(position, _("the view {view} lacks a row in {table} that a fold of the log gives"))
    if expected is None or found[0] < expected[0]:
        sentence = _("the view {view} holds a row in {table} that a fold of the log does not give")
        return _Difference(found[0], sentence)
    pairs = {name: (one, other) for name, one, other in zip(columns, expected, found, strict=True) if one != other}
    sentence = _("the view {view} holds another {columns} in {table} than a fold of the log gives")
    if pairs.keys() <= _TOLD:
        position = min(value for pair in pairs.values() for value in pair if value is not None)
        return _Difference(position, sentence, [*pairs], is_told=True)
    return _Difference(found[0], sentence, [*pairs])
