"""Any message at all, through the inbox and through a worker: an answer to each, and no exception."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from infra.kafka.partition import partition_of
from infra.kafka.sending import Message
from infra.kafka.steps import encode_step, subject_of
from infra.settings import Settings
from infra.views.sqlite import open_views
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.worker.partitions import Partitions
from projections.worker.worker import Worker
from services.composition import Jejak
from services.inbox.inbox import Inbox
from services.inbox.message import received
from tests.faults.logs import untidy_flow
from tests.faults.rounds import rounds, tell

PARTITIONS: Final = 3
KNOWN: Final = "jejak_known"
TEXTS: Final = st.text(max_size=20) | st.sampled_from(["", "\0", "\u0661", "9" * 30, "0001-01-01T00:00:00Z"])
SCALARS: Final = (
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.sampled_from([2**63, -1, 1e300, "\ud800"])
)
JSON: Final = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=8
)
DEEP: Final = st.builds(
    lambda opening, closing, depth: opening * depth + b"1" + closing * depth,
    st.sampled_from([b"[", b'{"data":']),
    st.sampled_from([b"]", b"}", b""]),
    st.integers(1, 3_000),
)
NAMES: Final = TEXTS | st.sampled_from(
    [
        *(
            "authorization",
            "Authorization",
            "content-type",
            "ce_",
            "ce_specversion",
            "ce_id",
            "ce_source",
            "ce_type",
        ),
        *("ce_subject", "ce_time", "ce_holder", "ce_data", "ce_datacontenttype", "CE_ID", "\\xff"),
    ]
)
BINARIES: Final = st.none() | st.binary(max_size=40) | TEXTS.map(lambda text: text.encode(errors="replace"))
HEADERS: Final = st.lists(
    st.tuples(
        NAMES,
        BINARIES
        | st.sampled_from(
            [
                *(b"1.0", f"Bearer {KNOWN}".encode(), b"Bearer", b"application/json", b"text/plain; charset=x"),
                *(
                    b"application/cloudevents+json",
                    b"application/cloudevents-batch+json",
                    b"APPLICATION/CloudEvents",
                ),
            ]
        ),
    ),
    max_size=8,
)


@st.composite
def changed(draw: st.DrawFn, values: Sequence[Mapping[str, Any]]) -> bytes:
    """JSON of one of some values, with something in it another, gone or added, or some of its bytes."""
    value: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(values))))
    for _ in range(draw(st.integers(0, 3))):
        at: Any = value
        while isinstance(at, dict) and at:
            name = draw(st.sampled_from(sorted(at)) | TEXTS)
            if isinstance(at.get(name), dict) and draw(st.booleans()):
                at = at[name]
            elif draw(st.booleans()):
                at.pop(name, None)
                break
            else:
                at[name] = draw(JSON)
                break
    line = bytearray(json.dumps(value).encode(errors="replace"))
    for _ in range(draw(st.integers(0, 2))):
        line[draw(st.integers(0, len(line) - 1))] = draw(st.integers(0, 255))
    return bytes(line)


def values_of(values: Sequence[Mapping[str, Any]]) -> st.SearchStrategy[bytes | None]:
    """Values of messages, most of them near to one of some."""
    rest = BINARIES | JSON.map(lambda value: json.dumps(value).encode(errors="replace")) | DEEP
    return st.integers(0, 9).flatmap(lambda chance: changed(values) if chance else rest)


def home_of(value: bytes | None) -> int:
    """Return the partition that a value belongs on, where it says so."""
    try:
        return partition_of(json.loads(value or b"")["subject"], PARTITIONS)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return 0


class Tokens:
    """Knows one token, which speaks for the operator."""

    def organisations(self, tokens: set[str]) -> dict[str, str | None]:
        return dict.fromkeys(tokens & {KNOWN})


class Recorded:
    """Where rejections go: each is held against what Kafka takes; every third is refused."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.refusals = 0

    def send(self, messages: Sequence[Message]) -> list[Exception | None]:
        answers: list[Exception | None] = []
        for key, value in messages:
            assert len(key or b"") + len(value) < 1_000_000
            self.refusals += 1
            if self.refusals % 3 == 0:
                answers.append(ValueError("no"))
                continue
            self.said.append(json.loads(value))
            answers.append(None)
        return answers


@pytest.fixture(scope="module")
def jejak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jejak]:
    """An embedded log with some hundred events."""
    made = Jejak(Settings(home=tmp_path_factory.mktemp("fuzz"), mode="embedded"))
    made.publisher.publish(untidy_flow(300, seed=1))
    yield made
    made.close()


def message(
    partition: int, offset: int, key: bytes | None, value: bytes | None, headers: object
) -> SimpleNamespace:
    return SimpleNamespace(partition=partition, offset=offset, key=key, value=value, headers=headers)


@pytest.mark.soak
def test_the_inbox_answers_every_message(jejak: Jejak) -> None:
    recorded = Recorded()
    tokens: Any = Tokens()
    inbox = Inbox(jejak.publisher, tokens, recorded)
    counts = {"messages": 0, "recorded": 0}
    events = [json.loads(line) for line in untidy_flow(400, seed=1)[300:]]
    bearer = ("authorization", f"Bearer {KNOWN}".encode())

    @settings(max_examples=200 * rounds(1), deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @example([(None, json.dumps(event).encode(), [], True) for event in events])
    @given(
        st.lists(
            st.tuples(
                BINARIES, values_of(events), st.just([]) | HEADERS, st.sampled_from([True, True, True, False])
            ),
            min_size=1,
            max_size=6,
        )
    )
    def take(some: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]], bool]]) -> None:
        head = jejak.log.head()
        taken = [
            received(message(0, number, key, value, [*headers, *[bearer] * known] or None))
            for number, (key, value, headers, known) in enumerate(some)
        ]
        recorded.said.clear()
        inbox.take(taken)
        counts["messages"] += len(taken)
        counts["recorded"] += jejak.log.head() - head
        assert {one["offset"] for one in recorded.said} <= set(range(len(taken)))
        assert all(one["reason"] for one in recorded.said)

    take()
    tell(f"inbox: {counts['messages']:,} messages, {counts['recorded']:,} of them recorded, no exception")
    assert counts["recorded"]


@pytest.mark.soak
def test_a_worker_takes_every_message(jejak: Jejak, tmp_path: Path) -> None:
    rows = jejak.log.read(0, 300)
    steps = []
    sent: dict[int, int] = {}
    for row in rows:
        partition = partition_of(subject_of(row), PARTITIONS)
        steps.append(json.loads(encode_step(row, sent.get(partition, 0))))
        sent[partition] = row[0]
    counts = {"messages": 0, "folded": 0}
    with closing(open_views(tmp_path / "views.sqlite")) as views:
        partitioned = [each for each in PROJECTIONS if each.partitioned]
        engine = Engine(views, partitioned, PARTITIONS)
        Engine(views, PROJECTIONS, PARTITIONS).prepare()
        folder = Partitions(jejak.log, engine, PARTITIONS)
        worker = Worker("127.0.0.1:1", "any", PARTITIONS, folder, dict, datadir=tmp_path / "worker")

        @settings(
            max_examples=200 * rounds(1), deadline=None, suppress_health_check=list(HealthCheck), database=None
        )
        @given(st.lists(st.tuples(st.integers(0, 8 * PARTITIONS), values_of(steps)), min_size=1, max_size=6))
        def fold(some: list[tuple[int, bytes | None]]) -> None:
            before = sum(folder.positions().values())
            worker._fold(
                [
                    message(at if at <= PARTITIONS else home_of(value), number, None, value, None)
                    for number, (at, value) in enumerate(some)
                ]
            )
            counts["messages"] += len(some)
            counts["folded"] += sum(folder.positions().values()) > before

        fold()
        assert all(status.failed < 100 for status in engine.status())
    tell(f"worker: {counts['messages']:,} messages, {counts['folded']:,} batches moved a partition, no exception")
    assert counts["folded"]
