"""The store of the views keeps rows as they are, and compares them alike, on every database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, LargeBinary, MetaData, Table, delete, select
from sqlalchemy.exc import IntegrityError

from infra.views import Views, among, insert_rows
from projections.tables import Position, Text
from tests.scenario import Mode, open_views

METADATA: Final = MetaData()
THING: Final = Table(
    "thing",
    METADATA,
    Column("number", Position, primary_key=True, autoincrement=False),
    Column("text", Text),
    Column("bytes", LargeBinary),
    Column("flag", Boolean),
)
# NUL is in no event, and PostgreSQL has no text with one; half a surrogate pair is no text.
TEXTS: Final = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
THINGS: Final = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1), st.none() | TEXTS, st.none() | st.binary(), st.none() | st.booleans()
    ),
    unique_by=lambda thing: thing[0],
)


@pytest.fixture
def views(mode: Mode, tmp_path: Path) -> Iterator[Views]:
    opened = open_views(mode, tmp_path)
    with opened.altering() as connection:
        METADATA.create_all(connection)
    yield opened
    opened.close()


def replace(views: Views, things: list[tuple[Any, ...]]) -> None:
    with views.writing() as connection:
        connection.execute(delete(THING))
        insert_rows(connection, THING, things)


def numbers(views: Views, column: Column[Any], values: list[Any]) -> list[int]:
    with views.reading() as connection:
        return sorted(connection.execute(select(THING.c.number).where(among(column, values))).scalars())


one_store_for_all_examples = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@one_store_for_all_examples
@given(things=THINGS)
def test_rows_are_read_as_they_were_written(views: Views, things: list[tuple[Any, ...]]) -> None:
    replace(views, things)
    with views.reading() as connection:
        rows = connection.execute(select(THING).order_by(THING.c.number))
        assert [tuple(row) for row in rows] == sorted(things)


@one_store_for_all_examples
@given(texts=st.lists(TEXTS, unique=True), bound=TEXTS)
def test_texts_are_compared_byte_by_byte(views: Views, texts: list[str], bound: str) -> None:
    replace(views, [(number, text, None, None) for number, text in enumerate(texts)])
    with views.reading() as connection:
        statement = select(THING.c.text).where(THING.c.text > bound).order_by(THING.c.text)
        found = list(connection.execute(statement).scalars())
    assert found == sorted((text for text in texts if text.encode() > bound.encode()), key=str.encode)


@one_store_for_all_examples
@given(things=THINGS, data=st.data())
def test_among_finds_what_has_one_of_the_values(
    views: Views, things: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    replace(views, things)
    for place, column, others in (
        (0, THING.c.number, st.integers(-(2**63), 2**63 - 1)),
        (1, THING.c.text, TEXTS),
        (2, THING.c.bytes, st.binary()),
    ):
        known = [thing[place] for thing in things if thing[place] is not None]
        asked = data.draw(st.lists(st.sampled_from(known) | others if known else others))
        assert numbers(views, column, asked) == sorted(thing[0] for thing in things if thing[place] in asked)


def test_among_takes_more_values_than_a_statement_has_parameters(views: Views) -> None:
    replace(views, [(number, str(number), bytes([number]), None) for number in range(5)])
    assert numbers(views, THING.c.number, list(range(3, 100_000))) == [3, 4]
    assert numbers(views, THING.c.text, [str(number) for number in range(3, 100_000)]) == [3, 4]
    assert numbers(views, THING.c.bytes, [number.to_bytes(3) for number in range(99_999)] + [b"\3", b"\4"]) == [
        3,
        4,
    ]


def test_a_reader_sees_one_state_while_others_write(views: Views) -> None:
    replace(views, [(1, "a", None, None)])
    with views.reading() as connection:
        assert connection.execute(select(THING.c.text)).scalars().all() == ["a"]
        replace(views, [(1, "b", None, None), (2, "c", None, None)])
        assert connection.execute(select(THING.c.text)).scalars().all() == ["a"]
    assert numbers(views, THING.c.text, ["a", "b", "c"]) == [1, 2]


def test_what_raises_leaves_no_row(views: Views) -> None:
    replace(views, [(1, "a", None, None)])
    with pytest.raises(IntegrityError):
        replace(views, [(2, "b", None, None), (2, "c", None, None)])
    assert numbers(views, THING.c.number, [1, 2]) == [1]
