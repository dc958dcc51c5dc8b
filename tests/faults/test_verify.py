"""Whatever is done to a row behind Jejak's back, `verify` names its position; what fits no type stops nobody."""

import json
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import pytest

from events.identity import event_id
from infra.log import Log, StoredRow
from infra.log.sqlite import open_log
from infra.views import Views
from infra.views.sqlite import open_views
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.follower import Follower
from services.auditing.verify import Verdict, verify
from services.publishing.answers import Outcome
from services.publishing.publisher import Publisher
from tests.faults.logs import untidy_flow
from tests.faults.rounds import SOAK, tell
from tests.scenario import REGIONS, Clock

STEPS: Final = 1_000
EACH: Final = 1 if SOAK else 91
"""At every how manieth position something is done."""
BATCH: Final = 20


class Memory:
    """A log whose rows are a list, to be tampered with."""

    def __init__(self, rows: list[StoredRow]) -> None:
        self._rows = rows

    def head(self) -> int:
        return self._rows[-1].position if self._rows else 0

    @contextmanager
    def reading(self) -> Iterator[Any]:
        yield self

    def rows(self, after: int, limit: int) -> list[StoredRow]:
        return [row for row in self._rows if row.position > after][:limit]

    def find(self, event_ids: Collection[bytes]) -> list[StoredRow]:
        return [row for row in self._rows if row.event_id in event_ids]


class Kept(NamedTuple):
    """A log of STEPS rows and the views that were folded from it."""

    rows: list[StoredRow]
    views: Views


@pytest.fixture(scope="module")
def kept() -> Iterator[Kept]:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        with (
            closing(open_log(folder / "log.sqlite")) as log,
            closing(open_views(folder / "views.sqlite")) as views,
        ):
            clock = Clock()
            clock.now += timedelta(days=60)
            publisher = Publisher(log, REGIONS, clock=clock)
            lines = untidy_flow(STEPS, seed=3, kim=10)  # and some more, that void others
            for first in range(0, len(lines), BATCH):
                answers = publisher.publish(lines[first : first + BATCH])
                assert {answer.outcome for answer in answers} == {Outcome.ACCEPTED}
                clock.now += timedelta(seconds=1)
            Follower(log, Engine(views, PROJECTIONS)).catch_up()
            with log.reading() as reading:
                yield Kept(reading.rows(0, 2 * STEPS), views)


def with_state(row: StoredRow, **changes: object) -> StoredRow:
    """Return the row with other values in its state."""
    return row._replace(state=json.dumps({**json.loads(row.state), **changes}))


def shifted(rows: list[StoredRow], by: int) -> list[StoredRow]:
    """Return the rows further up or down."""
    return [row._replace(position=row.position + by) for row in rows]


def changed(rows: list[StoredRow], at: int) -> list[StoredRow]:
    """Change the first number of a row, or when it happened where there is none."""
    row, (before, after) = rows[at - 1], (rows[: at - 1], rows[at:])
    state = json.loads(row.state)
    number = next((name for name, value in state["data"].items() if isinstance(value, int)), None)
    if number is None:
        time = datetime.fromisoformat(state["occurred_at"]) + timedelta(minutes=1)
        return [*before, with_state(row, occurred_at=time.isoformat()), *after]
    return [*before, with_state(row, data={**state["data"], number: state["data"][number] + 1}), *after]


def moved(by: timedelta) -> Callable[[list[StoredRow], int], list[StoredRow]]:
    """Return what changes when a row was recorded."""

    def move(rows: list[StoredRow], at: int) -> list[StoredRow]:
        row = rows[at - 1]
        time = datetime.fromisoformat(json.loads(row.state)["recorded_at"]) + by
        return [*rows[: at - 1], with_state(row, recorded_at=time.isoformat()), *rows[at:]]

    return move


def inserted(rows: list[StoredRow], at: int) -> list[StoredRow]:
    """Put a copy of a row under another name before it, and all others one further."""
    row = rows[at - 1]
    source = json.loads(row.state)["source"]
    copy = with_state(row, id="inserted")._replace(event_id=event_id(source, "inserted"))
    return [*rows[: at - 1], copy, *shifted(rows[at - 1 :], 1)]


def deleted(rows: list[StoredRow], at: int) -> list[StoredRow]:
    """Take a row out."""
    return [*rows[: at - 1], *rows[at:]]


def closed_up(rows: list[StoredRow], at: int) -> list[StoredRow]:
    """Take a row out and close the gap."""
    return [*rows[: at - 1], *shifted(rows[at:], -1)]


def swapped(rows: list[StoredRow], at: int) -> list[StoredRow]:
    """Swap a row with the next one."""
    if at == len(rows):
        return swapped(rows, at - 1)
    return [*rows[: at - 1], *shifted(rows[at : at + 1], -1), *shifted(rows[at - 1 : at], 1), *rows[at + 1 :]]


TAMPERED: Final[Mapping[str, Callable[[list[StoredRow], int], list[StoredRow]]]] = {
    "a changed number": changed,
    "a row recorded earlier": moved(-timedelta(microseconds=1)),
    "a row recorded later": moved(timedelta(hours=1)),
    "an inserted row": inserted,
    "a deleted row": deleted,
    "a deleted row and no gap": closed_up,
    "a swapped pair": swapped,
}


def found(rows: list[StoredRow], views: Views | None) -> Verdict:
    """Return what `verify` finds in rows."""
    return verify(cast("Log", Memory(rows)), views, PROJECTIONS)


def test_nothing_is_broken_where_nobody_did_anything(kept: Kept) -> None:
    verdict = found(kept.rows, kept.views)
    assert (verdict.positions, verdict.broken) == (len(kept.rows), None)
    assert len(kept.rows) > STEPS
    assert {view.name: view.position for view in verdict.views} == {
        each.name: len(kept.rows) for each in PROJECTIONS
    }
    assert all(view.rows for view in verdict.views if view.name in {"audit_trail", "reach", "registry"})


@pytest.mark.soak
@pytest.mark.parametrize("what", TAMPERED)
def test_a_row_that_was_tampered_with_is_named(kept: Kept, what: str) -> None:
    promises: dict[str, int] = {}
    last = len(kept.rows)
    for position in range(1, last + 1, EACH):
        rows = TAMPERED[what](kept.rows, position)
        broken = found(rows, kept.views).broken
        assert broken is not None, position
        assert broken.position == (last - 1 if what == "a swapped pair" and position == last else position)
        promises[broken.promise] = promises.get(broken.promise, 0) + 1
    tell(f"{what}: named in each of {sum(promises.values())} rows, by {promises}")


@pytest.mark.parametrize("what", ["a deleted row", "a row recorded earlier"])
def test_some_of_it_shows_without_a_view(kept: Kept, what: str) -> None:
    broken = found(TAMPERED[what](kept.rows, 510), None).broken
    assert broken is not None
    assert (broken.position, broken.view) == (510, None)


def where(rows: list[StoredRow], key: str) -> StoredRow:
    """Return the last row whose state has a key."""
    return next(row for row in reversed(rows) if key in json.loads(row.state))


BREAKS: Final[Mapping[str, Callable[[list[StoredRow]], StoredRow]]] = {
    "state": lambda rows: rows[499]._replace(state="{"),
    "topic": lambda rows: rows[499]._replace(topic="id.jejak.item.shared.v9"),
    "data": lambda rows: with_state(rows[499], data={"channel": 5}),
    "event_id": lambda rows: with_state(rows[499], id="another"),
    "stream": lambda rows: rows[499]._replace(originator_id=bytes(16)),
    "version": lambda rows: rows[499]._replace(originator_version=77),
    "causeposition": lambda rows: with_state(where(rows, "causeposition"), causeposition=1),
    "voids": lambda rows: with_state(where(rows, "voids"), voids=1),
    "holder": lambda rows: with_state(rows[499], region="18.01"),
}


@pytest.mark.parametrize("promise", BREAKS)
def test_each_promise_is_looked_at_without_a_view(kept: Kept, promise: str) -> None:
    row = BREAKS[promise](kept.rows)
    rows = [row if each.position == row.position else each for each in kept.rows]
    broken = found(rows, None).broken
    assert broken is not None
    assert (broken.position, broken.promise, broken.view) == (row.position, promise, None)


def test_a_text_that_was_changed_does_not_have_its_sha256(kept: Kept) -> None:
    row = next(row for row in kept.rows if '"text"' in row.state)
    data = json.loads(row.state)["data"]
    rows = [*kept.rows]
    rows[row.position - 1] = with_state(row, data={**data, "text": "lain"})
    broken = found(rows, kept.views).broken
    assert broken is not None
    assert (broken.position, broken.promise) == (row.position, "data")
