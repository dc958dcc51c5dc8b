"""One event by its trace id, from its publisher through Kafka to its trail."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from infra.servers.kafka import Kafka
from tests.bench.flows import flows
from tests.faults.inbox import send, token
from tests.faults.workers import Workshop

TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT: Final = f"00-{TRACE}-b7ad6b7169203331-01"
PARTS: Final = ("inbox", "relay", "worker")


@pytest.fixture
def workshop(tmp_path: Path, database: str, frail_broker: Kafka) -> Iterator[Workshop]:
    made = Workshop(tmp_path, database, frail_broker.start().bootstrap)
    yield made
    made.jejak.close()


def told(workshop: Workshop, part: str) -> list[dict[str, Any]]:
    """Return the lines of a part's log that have a trace."""
    lines = [json.loads(line) for line in workshop.said(part).splitlines()]
    return [line for line in lines if "trace_id" in line]


def test_an_event_is_followed_by_its_trace_from_its_publisher_to_its_trail(workshop: Workshop) -> None:
    lines = list(flows(40, seed=1, kim=10))
    before = workshop.publish(lines)
    known = token(workshop)
    workshop.cli.variables |= {"JEJAK_HEALTH_PORT": "0", "JEJAK_LOG_LEVEL": "debug"}
    for part in PARTS:
        workshop.start(part)
    step = json.loads(next(line for line in lines if b"item.received" in line))
    traced = {**step, "id": "traced", "traceparent": TRACEPARENT}
    send(workshop, [json.dumps({**step, "id": "untraced"}).encode(), json.dumps(traced).encode()], known)
    workshop.waits(lambda: workshop.head() == before + 2)
    workshop.folds_up_to_after_following(before + 2)

    shown = workshop.cli("trail", step["subject"], "--format", "json").json()["steps"]
    assert {each["id"] for each in shown} >= {"traced", "untraced"}
    assert {each["id"]: each["trace_id"] for each in shown if each["trace_id"]} == {"traced": TRACE}
    (position,) = [each["position"] for each in shown if each["id"] == "traced"]
    for part, words in zip(PARTS, ("recorded", "relayed", "folded"), strict=True):
        workshop.wait_until_said(part, TRACE)
        (line,) = told(workshop, part)
        assert (line["part"], line["level"], line["message"]) == (part, "debug", words)
        assert (line["trace_id"], line["event_id"], line["position"]) == (TRACE, "traced", position)
