"""Laws of the figures on random logs: bounds hold, and sums of regions add up."""

import os
from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.reach.figure import Selection
from tests.oracle.entry import Entry
from tests.oracle.laws import check_bounds, check_roll_ups
from tests.oracle.reach import Row, expected, recorded_population
from tests.oracle.reach_logs import DRAFTS, LOOK, WIDE, Draft, Look, record, selection_of
from tests.scenario import scenario_apart

EXAMPLES: Final = 10 if os.environ.get("JEJAK_SOAK") else 1


def of_the_oracle(log: Sequence[Entry], selection: Selection) -> list[Row]:
    return expected(log, selection, recorded_population(log, selection.as_of))


@pytest.mark.soak
@settings(max_examples=30 * EXAMPLES, deadline=None)
@given(drafts=DRAFTS, looks=st.lists(LOOK, min_size=1, max_size=3))
def test_the_oracle_keeps_the_laws(drafts: list[Draft], looks: list[Look]) -> None:
    with scenario_apart("embedded") as scenario:
        log = record(scenario, drafts, [20], 1)
        for selection in [*WIDE, *(selection_of(look, log) for look in looks)]:
            check_bounds(of_the_oracle(log, selection))
            if not selection.by:
                check_roll_ups(lambda asked: of_the_oracle(log, asked), log, selection)
