"""Metrics, health, logs and traces of a long-running part."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
import pytest
from structlog.contextvars import bound_contextvars

from events.recorded import State
from infra.observability.health import HealthError, HealthServer
from infra.observability.logs import OURS, set_up_logs
from infra.observability.metrics import Metrics
from infra.observability.trace import fields_of, log_traced, trace_id
from tests.health import get

HOST: Final = "127.0.0.1"
TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
PARENT: Final = "b7ad6b7169203331"
TRACEPARENT: Final = f"00-{TRACE}-{PARENT}-01"


# -- health ---------------------------------------------------------------------------------------------


class Part:
    """What a part says of itself."""

    def __init__(self) -> None:
        self.reason: str | Exception | None = None
        self.metrics = Metrics()

    def ready(self) -> str | None:
        if isinstance(self.reason, Exception):
            raise self.reason
        return self.reason


@pytest.fixture
def part() -> Part:
    return Part()


@pytest.fixture
def server(part: Part) -> Iterator[HealthServer]:
    with HealthServer(HOST, 0, part.ready, part.metrics.text) as served:
        yield served


def test_a_process_that_runs_is_healthy_ready_or_not(part: Part, server: HealthServer) -> None:
    part.reason = "the views are behind"
    assert get(server.port, "/healthz") == (200, "ok\n")
    assert get(server.port, "/readyz") == (503, "the views are behind\n")
    part.reason = None
    assert get(server.port, "/readyz") == (200, "ready\n")


def test_what_cannot_tell_whether_it_is_ready_is_not(part: Part, server: HealthServer) -> None:
    part.reason = RuntimeError("no database")
    assert get(server.port, "/readyz") == (503, "RuntimeError: no database\n")


def test_metrics_are_served_and_looked_at_when_asked_for(part: Part, server: HealthServer) -> None:
    part.metrics.appended.inc(3)
    lags = iter([7, 0])
    part.metrics.refreshed_by(lambda: part.metrics.projection_lag_positions.labels("reach").set(next(lags)))
    status, text = get(server.port, "/metrics")
    assert status == 200
    assert "\njejak_appended_events_total 3.0\n" in text
    assert '\njejak_projection_lag_positions{projection="reach"} 7.0\n' in text
    assert '\njejak_projection_lag_positions{projection="reach"} 0.0\n' in get(server.port, "/metrics")[1]
    assert get(server.port, "/metrics")[0] == 503  # there is no lag to be had any more


def test_nothing_else_is_served(server: HealthServer) -> None:
    assert get(server.port, "/")[0] == get(server.port, "/metrics/..")[0] == 404


def test_an_address_that_is_taken_is_named(part: Part, server: HealthServer) -> None:
    with pytest.raises(HealthError, match=f"{HOST}:{server.port}"):
        HealthServer(HOST, server.port, part.ready, part.metrics.text)


# -- logs -----------------------------------------------------------------------------------------------


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """A logger; what the test sets up is taken back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield logging.getLogger("test")
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)


def logged(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_its_part_and_its_fields(log: logging.Logger) -> None:
    set_up_logs("worker", stream=(stream := io.StringIO()))
    with bound_contextvars(trace_id=TRACE):
        log.warning("event %s", "parked", extra={"position": 7, "subject": "Bagelén"})
    log.debug("not shown")
    (line,) = logged(stream)
    assert datetime.fromisoformat(line.pop("time")).tzinfo is not None
    assert line == {
        "level": "warning",
        "logger": "test",
        "message": "event parked",
        "part": "worker",
        "position": 7,
        "subject": "Bagelén",
        "trace_id": TRACE,
    }


def test_what_is_raised_stands_on_its_line(log: logging.Logger) -> None:
    set_up_logs("worker", stream=(stream := io.StringIO()))
    try:
        int("odd")
    except ValueError:
        log.exception("failed")
    (line,) = logged(stream)
    (raised,) = line["exception"]
    assert raised["exc_type"] == "ValueError"
    assert "odd" in raised["exc_value"]


def test_a_terminal_gets_lines_for_a_person(log: logging.Logger) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    set_up_logs("worker", stream=(stream := Terminal()))
    log.info("all is well")
    assert "all is well" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_no_word_of_a_log_acts_on_a_terminal(log: logging.Logger) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    set_up_logs("worker", stream=(stream := Terminal()))
    evil = "odd\x1b[2J\u202e\nforged"
    log.error("a message of %s", evil, extra={"subject": evil, "many": [evil]}, exc_info=ValueError(evil))
    shown = stream.getvalue()
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown
    assert shown.count(r"odd\x1b[2J\u202e") == 4
    assert "\nforged" not in shown.partition("ValueError")[0]


# -- traces ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("traceparent", [TRACEPARENT, TRACEPARENT[:-1] + "0", f"01-{TRACEPARENT[3:]}-more"])
def test_a_traceparent_has_a_trace_id(traceparent: str) -> None:
    assert trace_id(traceparent) == TRACE


@pytest.mark.parametrize(
    "other",
    [
        None,
        7,
        "",
        TRACE,
        f"ff{TRACEPARENT[2:]}",
        f"{TRACEPARENT}-more",
        f"{TRACEPARENT}\n",
        TRACEPARENT.upper(),
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
    ],
)
def test_what_is_no_traceparent_has_none(other: object) -> None:
    assert trace_id(other) is None


def test_a_line_about_an_event_names_it_and_its_trace() -> None:
    at = datetime.fromisoformat("2021-11-23T14:05:00+07:00")
    state = State("urn:a", "e1", "info-1", "kim-bagelen", at, at, msgspec.Raw(b"{}"))
    assert fields_of(state) == {"event_source": "urn:a", "event_id": "e1"}
    traced = msgspec.structs.replace(state, extensions={"traceparent": TRACEPARENT})
    assert fields_of(traced) == {"event_source": "urn:a", "event_id": "e1", "trace_id": TRACE}


@pytest.mark.parametrize("level", ["info", "debug"])
def test_what_is_done_with_a_traced_event_is_told_at_level_debug_alone(log: logging.Logger, level: str) -> None:
    at = datetime.fromisoformat("2021-11-23T14:05:00+07:00")
    state = State("urn:a", "e1", "info-1", "kim-bagelen", at, at, msgspec.Raw(b"{}"))
    traced = msgspec.structs.replace(state, id="e2", extensions={"traceparent": TRACEPARENT})
    read: list[int] = []

    def done() -> Iterator[tuple[int, State]]:
        for position, one in enumerate((state, traced), 1):
            read.append(position)
            yield position, one

    set_up_logs("worker", level, stream := io.StringIO())
    log_traced("folded", done())
    log.debug("a library goes on and on")
    told = [(line["message"], line["position"], line["event_id"], line["trace_id"]) for line in logged(stream)]
    assert told == ([("folded", 2, "e2", TRACE)] if level == "debug" else [])
    assert read == ([1, 2] if level == "debug" else [])
