"""Cells of a CSV: every text comes back, none is run, and numbers stay numbers."""

import csv
import io
import re
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.cli.cells import cell, print_csv

FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@given(text=st.text())
@example(text="=HYPERLINK(A1)")
@example(text="-A1")
@example(text="'=1")
def test_a_text_is_never_run_and_comes_back(text: str) -> None:
    found = str(cell(text))
    assert (found.removeprefix("'")) == text
    assert not found.startswith(FORMULAS) or re.fullmatch("[-+][0-9]+([.,][0-9]+)?", found)


@pytest.mark.parametrize("text", ["-5", "+62812", "-0,5", "18.10"])
def test_a_text_that_is_a_number_runs_nothing(text: str) -> None:
    assert cell(text) == text


@given(number=st.floats(allow_nan=False, allow_infinity=False))
@example(number=1e-05)
@example(number=-2.5e22)
def test_a_number_has_no_exponent_and_is_the_same(number: float) -> None:
    found = str(cell(number))
    assert not set(found) - set("-0123456789.")
    assert float(found) == number


def test_what_is_no_plain_value_is_json() -> None:
    assert [cell(each) for each in (None, True, [1, "a"], {"a": None}, 3)] == [
        "",
        "true",
        '[1,"a"]',
        '{"a":null}',
        3,
    ]


@given(rows=st.lists(st.fixed_dictionaries({"a": st.text(), "b": st.none() | st.integers()})))
def test_rows_come_back_under_their_header(rows: list[dict[str, object]]) -> None:
    out = io.StringIO(newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        print_csv(["b", "a"], rows)
    found = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    assert found == [{"b": "" if row["b"] is None else str(row["b"]), "a": str(cell(row["a"]))} for row in rows]
