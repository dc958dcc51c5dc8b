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
    broken: list[Broken] = []
    position = min(view.position, until)
    for table, statement in _statements(view.projection, kept, position, late):
        columns = [column.name for column in statement.selected_columns]
        with _rows(anew, statement) as folded, _rows(kept, statement) as held:
            for expected, found in zip_longest(folded, held):
                if expected != found:
                    broken.append(_difference(name, table, columns, expected, found))
                    break
                rows += 1
    first = min(broken, key=lambda each: each.position, default=None)
    return Compared(name, view.version, position, rows), first


def _statements(
    projection: Projection, kept: Connection, until: int, late: int
) -> Iterator[tuple[Table, Select[Any]]]:
    """Yield how each table is read, by position, as it was when the view was at `until`.

    What is told of a step afterwards, its voiding and a late cause, is left out where it came later.
    """
    far = [row.position for row in checkpoints(kept, CHECKPOINT.c.projection == projection.name)]
    for table in projection.metadata.sorted_tables:
        if table is AWAITED and far != [until]:  # what is found is taken out of it
            continue
        position = table.c.position
        told: dict[str, Any] = {name: column for name, column in table.c.items() if name != "position"}
        conditions = [position <= until]
        if "voided_by" in told:
            told["voided_by"] = case((told["voided_by"] <= until, told["voided_by"])).label("voided_by")
        cause = table.c.get("cause_position")
        if cause is not None:
            known = or_(cause < position, cause <= late)
            told["cause_position"] = case((known, cause)).label("cause_position")
            conditions += [] if cause.nullable else [known]
        keys = [column for column in table.primary_key if column is not position]
        yield table, select(position, *told.values()).where(*conditions).order_by(position, *keys)
    parked = select(PARKED.c.position, PARKED.c.subject, PARKED.c.failed)
    own = PARKED.c.projection == projection.name
    yield PARKED, parked.where(own, PARKED.c.position <= until).order_by(PARKED.c.position)


@contextmanager
def _rows(connection: Connection, statement: Select[Any]) -> Iterator[Iterator[tuple[Any, ...]]]:
    """Give the rows as they come, never many at once."""
    with connection.execute(statement, execution_options={"yield_per": _AT_ONCE}) as result:
        yield map(tuple, result)


def _difference(
    view: str,
    table: Table,
    columns: Sequence[str],
    expected: tuple[Any, ...] | None,
    found: tuple[Any, ...] | None,
) -> Broken:
    """Say how the first rows that are not the same differ."""
    if expected is not None and found is not None and expected[0] == found[0]:
        differ = [name for name, one, other in zip(columns, expected, found, strict=True) if one != other]
        sentence = _("the view {view} holds another {columns} in {table} than a fold of the log gives")
    elif found is None or (expected is not None and expected[0] < found[0]):
        differ, sentence = [], _("the view {view} lacks a row in {table} that a fold of the log gives")
    else:
        differ, sentence = [], _("the view {view} holds a row in {table} that a fold of the log does not give")
    position = min(row[0] for row in (expected, found) if row is not None)
    told = sentence.format(view=view, table=table.name, columns=", ".join(differ))
    return Broken(position, "view", view, told)
