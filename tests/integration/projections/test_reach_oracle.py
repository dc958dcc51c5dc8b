"""The figures of random logs against the oracle, however the log was published and folded."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select

from infra.log import Log
from infra.log import Row as LogRow
from infra.views import Views
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.follower import Follower
from projections.reach.figure import Evidence, Figure, Selection
from projections.reach.queries import figures
from tests.oracle import reach as oracle
from tests.oracle.drafts import cut
from tests.oracle.entry import Entry
from tests.oracle.laws import check_bounds, check_roll_ups
from tests.oracle.reach_logs import DRAFTS, LOOK, SIZES, WIDE, Draft, Look, record, selection_of
from tests.oracle.recount import Line, Listing, recount
from tests.scenario import REGIONS, Mode, open_views, scenario_apart

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]  # a failure is made smaller before it is told
EXAMPLES: Final = 10 if os.environ.get("JEJAK_SOAK") else 1


# -- the product --------------------------------------------------------------------------------------


def figures_of(views: Views, selection: Selection) -> list[oracle.Row]:
    """Ask the product."""
    with views.reading() as connection:
        return [oracle.row_of(each) for each in figures(connection, selection, regions=REGIONS)]


def tables(views: Views) -> dict[str, list[tuple[Any, ...]]]:
    """Return every table of the view, whole."""
    with views.reading() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for projection in PROJECTIONS
            for table in projection.metadata.sorted_tables
        }


# -- ways to fold -------------------------------------------------------------------------------------


def in_one_go(views: Views, log: Log) -> None:
    Follower(log, Engine(views, PROJECTIONS)).catch_up()


def in_slices(views: Views, rows: Sequence[LogRow], slices: Sequence[int], back: Sequence[int]) -> None:
    """Fold the log slice by slice; before each, what drives the engine begins anew and delivers rows again."""
    Engine(views, PROJECTIONS).prepare()
    for batch, again in zip(cut(rows, slices), cycle_of(back), strict=False):
        first = max(batch[0][0] - 1 - again, 0)
        Engine(views, PROJECTIONS).fold(rows[first : batch[-1][0]])
    Engine(views, PROJECTIONS).fold(rows)


def cycle_of(numbers: Sequence[int]) -> Iterator[int]:
    """Yield the numbers over and over, 0 where there are none."""
    while True:
        yield from numbers or [0]


# -- what stands behind a figure ----------------------------------------------------------------------


def recount_all(views: Views, log: Sequence[Entry], selection: Selection) -> None:
    """Compute every figure anew from the steps that it lists, none of which is voided or outside of its region."""
    with views.reading() as connection:
        plain = figures(connection, selection, regions=REGIONS)
        listed = figures(connection, selection, regions=REGIONS, events_of={figure.name for figure in plain})
    known = oracle.Known(log, selection.as_of)
    entries = {entry.position: entry for entry in known.steps}
    parts: dict[oracle.Asked, dict[str, Figure]] = {}
    for figure, same in zip(listed, plain, strict=True):
        assert replace(figure, events=()) == same, selection
        parts.setdefault(oracle.row_of(figure).asked, {})[figure.name] = figure
    for named in parts.values():
        for figure in named.values():
            lines = [line_of(each, entries[each.position], known) for each in figure.events]
            assert all(oracle.lies(figure.region, line.place) for line in lines), (figure, selection)
            share = named.get("reach.share.lower", figure)  # not so where a figure is of an item alone
            listing = Listing(figure.name, lines, figure.denominator, share.denominator, share.numerator or 0)
            assert recount(listing) == (figure.value, figure.numerator), (figure, selection)


def line_of(evidence: Evidence, step: Entry, known: oracle.Known) -> Line:
    """Return a row as `jejak figures --events` prints it."""
    place = known.place(step) if evidence.place is None else evidence.place
    return Line(step.position, step.subject, step.holder, place, evidence.whom, evidence.value)


# -- the comparison -----------------------------------------------------------------------------------


def compare(views: Views, log: Sequence[Entry], selection: Selection) -> None:
    """Compare value, numerator and denominator of each figure; a group that nothing is in may be shown or not."""
    population = oracle.recorded_population(log, selection.as_of)
    wanted = {oracle.key(row): row for row in oracle.expected(log, selection, population)}
    shown = figures_of(views, selection)
    known = oracle.Known(log, selection.as_of)
    found = {oracle.key(row): row for row in shown}
    if selection.by:
        for asked in dict.fromkeys(row.asked for row in shown if oracle.key(row) not in wanted):
            such = {oracle.key(each): each for each in oracle.figures(known, asked, population)}
            wanted |= {key: such[key] for key in such.keys() & found.keys() - wanted.keys()}
    assert [key for key in wanted if key not in found] == [], selection
    for row in shown:
        assert oracle.key(row) in wanted, (row, selection)
        assert row[1:4] == wanted[oracle.key(row)][1:4], (row, wanted[oracle.key(row)], selection)
    order = [(row.name, row.asked.item or "", row.asked.region or "") for row in shown]
    assert order == sorted(order)
    check_bounds(shown)


@settings(max_examples=10 * EXAMPLES, deadline=None)
@given(
    drafts=DRAFTS,
    sizes=SIZES,
    publishers=st.integers(1, 3),
    slices=SIZES,
    back=st.lists(st.integers(0, 9)),
    looks=st.lists(LOOK, min_size=1, max_size=4),
)
def test_figures_agree_with_the_oracle(
    *,
    mode: Mode,
    drafts: list[Draft],
    sizes: list[int],
    publishers: int,
    slices: list[int],
    back: list[int],
    looks: list[Look],
) -> None:
    with (
        scenario_apart(mode) as scenario,
        closing(open_views(mode, scenario.directory / "whole")) as whole,
        closing(open_views(mode, scenario.directory / "parts")) as parts,
    ):
        log = record(scenario, drafts, sizes, publishers)
        rows = scenario.restart().log.read(0, 1000)
        assert [entry.position for entry in log] == [row[0] for row in rows]
        in_one_go(whole, scenario.log)
        in_slices(parts, rows, slices, back)
        assert tables(parts) == tables(whole)
        for selection in [*WIDE, *(selection_of(look, log) for look in looks)]:
            compare(whole, log, selection)
            if not selection.by:
                check_roll_ups(lambda asked: figures_of(whole, asked), log, selection)
            recount_all(whole, log, selection)


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(drafts=DRAFTS, sizes=SIZES, looks=st.lists(LOOK, max_size=2))
def test_while_the_log_grows_figures_agree_and_the_past_stays_as_it_was(
    mode: Mode, drafts: list[Draft], sizes: list[int], looks: list[Look]
) -> None:
    with scenario_apart(mode) as scenario, closing(open_views(mode, scenario.directory / "reach")) as views:
        log = record(scenario, drafts, sizes, 1)
        first = 1 + next(entry.position for entry in log if entry.name[1] == "publish-info-e")
        rows = scenario.log.read(0, 1000)
        Engine(views, PROJECTIONS).prepare()
        for head in sorted({first, (first + len(log)) // 2, len(log)} & set(range(len(log) + 1))):
            Engine(views, PROJECTIONS).fold(rows[:head])
            for selection in [*WIDE, *(selection_of(look, log[:head]) for look in looks)]:
                compare(views, log[:head], selection)
