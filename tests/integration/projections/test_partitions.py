"""Partitions folded apart from each other make the views of one fold, whatever is delivered how often."""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from infra.kafka.partition import partition_of
from infra.kafka.steps import decode_step, encode_step, subject_of
from infra.log import Log, Row
from infra.views import Views
from projections.audit_trail.tables import STEP as TRAIL_STEP
from projections.catalogue import PROJECTIONS
from projections.engine import Engine, OtherPartitionsError
from projections.follower import Follower
from projections.tables import CHECKPOINT, METADATA, PARKED
from projections.worker.partitions import Partitions, Step
from tests.integration.projections.test_reach_oracle import tables
from tests.oracle.reach_logs import DRAFTS, Draft, record
from tests.scenario import Mode, Scenario, open_views, scenario_apart

NUMBER: Final = 3
BY_PARTITION: Final = [each for each in PROJECTIONS if each.partitioned]
IN_ORDER: Final = [each for each in PROJECTIONS if not each.partitioned]


def on_kafka(rows: Sequence[Row]) -> dict[int, list[Step]]:
    """Return rows as the relay sends them: by partition, each with the position before it there."""
    found: dict[int, list[Step]] = {partition: [] for partition in range(NUMBER)}
    last: dict[int, int] = {}
    for row in rows:
        partition = partition_of(subject_of(row), NUMBER)
        found[partition].append(decode_step(encode_step(row, last.get(partition, 0))))
        last[partition] = row[0]
    return found


def empty_views(mode: Mode, directory: Path) -> Views:
    """Open views that were not prepared yet."""
    views = open_views(mode, directory)
    with views.altering() as connection:
        METADATA.create_all(connection)
        connection.execute(delete(CHECKPOINT))
    return views


class Worked:
    """Views that workers and an ordered follower keep, of a log that the relay has sent whole."""

    def __init__(self, scenario: Scenario, views: Views, rows: Sequence[Row]) -> None:
        self.views = views
        self.steps = on_kafka(rows)
        self.sent = {partition: steps[-1][0][0] for partition, steps in self.steps.items() if steps}
        self.all = Engine(views, PROJECTIONS, NUMBER, lambda _: self.sent)
        self.all.prepare()
        self.filled: list[int] = []
        self.folder = self.worker(scenario)
        self.ordered = Follower(scenario.log, Engine(views, IN_ORDER, NUMBER))

    def worker(self, scenario: Scenario) -> Partitions:
        engine = Engine(self.views, BY_PARTITION, NUMBER)
        return Partitions(scenario.log, engine, NUMBER, self.filled.append)


@pytest.fixture
def others(mode: Mode, tmp_path: Path) -> Iterator[Views]:
    views = empty_views(mode, tmp_path / "partitions")
    yield views
    views.close()


@pytest.fixture
def worked(published: Scenario, others: Views) -> Worked:
    published.given(*(published.received() for _ in range(4)), published.raised())
    return Worked(published, others, published.log.read(0, 100))


def test_partitions_folded_apart_make_the_views_of_one_fold(published: Scenario, worked: Worked) -> None:
    worked.folder.fold(worked.steps)
    worked.ordered.catch_up()
    published.follower.catch_up()
    assert tables(worked.views) == tables(published.views)
    assert worked.all.position() == published.log.head()
    assert worked.filled == []


def test_what_was_never_delivered_is_filled_from_the_log(worked: Worked, published: Scenario) -> None:
    worked.folder.fold({partition: steps[-1:] for partition, steps in worked.steps.items()})
    worked.ordered.catch_up()
    published.follower.catch_up()
    assert tables(worked.views) == tables(published.views)
    assert sum(worked.filled) == sum(max(0, len(steps) - 1) for steps in worked.steps.values())


def test_a_hole_in_the_middle_is_filled_in_its_place(worked: Worked, published: Scenario) -> None:
    holes = 0
    for partition, steps in worked.steps.items():
        worked.folder.fold({partition: [*steps[:1], *steps[2:]]})
        holes += len(steps) > 2
    worked.ordered.catch_up()
    published.follower.catch_up()
    assert tables(worked.views) == tables(published.views)
    assert holes
    assert sum(worked.filled) == holes


def test_what_is_delivered_again_is_folded_once(worked: Worked, published: Scenario) -> None:
    for partition, steps in worked.steps.items():
        worked.folder.fold({partition: [*steps[:2], *steps[:2]]})
        worked.folder.fold({partition: steps[1:]})
        worked.folder.fold({partition: steps[:1]})
    worked.ordered.catch_up()
    published.follower.catch_up()
    assert tables(worked.views) == tables(published.views)
    assert worked.all.position() == published.log.head()
    assert worked.filled == []


def test_until_every_partition_is_there_nobody_is_told_more_than_what_is_complete(worked: Worked) -> None:
    first, *rest = sorted(worked.steps, key=lambda each: -worked.sent.get(each, 0))
    for partition in rest:
        worked.folder.fold({partition: worked.steps[partition]})
    worked.ordered.catch_up()
    assert worked.all.position() == 0
    worked.folder.catch_up({first: worked.sent[first]})
    assert worked.all.position() == worked.sent[first] == max(worked.sent.values())


def test_partitions_folded_together_are_each_as_far_as_their_own_steps(worked: Worked) -> None:
    counts = {partition: 1 + number for number, partition in enumerate(worked.steps)}
    some = {partition: steps[: counts[partition]] for partition, steps in worked.steps.items()}
    worked.folder.fold(some)
    assert worked.folder.positions() == {partition: steps[-1][0][0] for partition, steps in some.items()}
    worked.folder.fold({partition: steps[counts[partition] :] for partition, steps in worked.steps.items()})
    assert worked.folder.positions() == worked.sent
    assert worked.filled == []


class DamagedLog:
    """The log with another row in place of one."""

    def __init__(self, log: Log, damaged: Row) -> None:
        self._log = log
        self._damaged = damaged

    def head(self) -> int:
        return self._log.head()

    def read(self, after: int, most: int) -> list[Row]:
        return [self._damaged if row[0] == self._damaged[0] else row for row in self._log.read(after, most)]


@pytest.mark.parametrize("in_the_log", [True, False])
@pytest.mark.parametrize("damaged", ['{"subject": "SUBJECT"}', '{"subject": 5}'])
def test_what_cannot_be_folded_of_one_partition_holds_up_no_other_of_the_batch(
    worked: Worked, monkeypatch: pytest.MonkeyPatch, damaged: str, *, in_the_log: bool
) -> None:
    """It is parked where the log holds it; what only Kafka holds is taken from the log instead."""
    one, other = (each for each in worked.steps if each != partition_of("", NUMBER))
    (position, topic, state), previous = worked.steps[one][-1]
    row = (position, topic, damaged.replace("SUBJECT", subject_of((position, topic, state))))
    worked.steps[one][-1] = (row, previous)
    if in_the_log:
        monkeypatch.setattr(worked.folder, "_log", DamagedLog(worked.folder._log, row))
    worked.folder.fold({other: worked.steps[other][:1]})
    worked.folder.fold({each: worked.steps[each] for each in (one, other)})
    with worked.views.reading() as connection:
        parked = connection.execute(select(PARKED.c.position, PARKED.c.failed).distinct()).all()
        shown = set(connection.execute(select(TRAIL_STEP.c.position)).scalars())
    assert [tuple(row) for row in parked] == [(position, True)] * in_the_log
    unfolded = {position} if in_the_log else set()
    assert shown == {row[0] for each in (one, other) for row, _ in worked.steps[each]} - unfolded
    assert worked.folder.positions()[one] == position


def test_partitions_are_caught_up_in_one_pass_over_the_log(worked: Worked, published: Scenario) -> None:
    thirds = {each: steps[2][0][0] for each, steps in worked.steps.items() if len(steps) > 2}
    first = min(thirds, key=lambda each: thirds[each])
    rest = worked.steps.keys() - {first}
    worked.folder.fold({first: worked.steps[first][:1]})
    until = worked.sent | {first: worked.steps[first][1][0][0]}
    folded = worked.folder.catch_up(until)
    assert worked.folder.positions() == until
    assert folded == sum(len(worked.steps[each]) for each in rest) + 1
    assert worked.folder.catch_up(worked.sent) == len(worked.steps[first]) - 2
    worked.ordered.catch_up()
    published.follower.catch_up()
    assert tables(worked.views) == tables(published.views)


def test_another_number_of_partitions_is_named(worked: Worked) -> None:
    with pytest.raises(OtherPartitionsError, match="on 3 partitions, here are 5"):
        Engine(worked.views, PROJECTIONS, 5).prepare()


@pytest.mark.soak
@settings(max_examples=10, deadline=None)
@given(drafts=DRAFTS, seed=st.integers())
def test_in_any_order_between_partitions_and_delivered_again_the_views_are_the_same(
    mode: Mode, drafts: list[Draft], seed: int
) -> None:
    chance = random.Random(seed)
    with scenario_apart(mode) as scenario, closing(empty_views(mode, scenario.directory / "partitions")) as views:
        record(scenario, drafts, [7], 1)
        worked = Worked(scenario, views, scenario.log.read(0, 1000))
        at = dict.fromkeys(worked.steps, 0)
        while any(at[partition] < len(steps) for partition, steps in worked.steps.items()):
            _deliver_some(chance, scenario, worked, at)
        for partition, steps in worked.steps.items():  # else the last may be those that were never delivered
            worked.folder.fold({partition: steps[-1:]})
        worked.ordered.catch_up()
        scenario.follower.catch_up()
        assert tables(views) == tables(scenario.views)
        assert worked.all.position() == scenario.log.head()


def _deliver_some(chance: random.Random, scenario: Scenario, worked: Worked, at: dict[int, int]) -> None:
    """Deliver a few steps of one partition, perhaps some again or not at all, perhaps to a worker just started."""
    if chance.random() < 0.3:
        worked.ordered.catch_up()
    folder: Any = worked.worker(scenario) if chance.random() < 0.3 else worked.folder
    partition = chance.randrange(NUMBER)
    first = max(0, at[partition] - chance.randrange(4))
    last = at[partition] + chance.randrange(6)
    skipped = chance.randrange(3) if chance.random() < 0.2 else 0
    folder.fold({partition: worked.steps[partition][first + skipped : last]})
    at[partition] = max(at[partition], last)
