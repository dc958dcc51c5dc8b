"""Whoever is asked to stop ends within five seconds, whatever is away; whoever starts early waits."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import psutil  # type: ignore[import-untyped]  # it comes without types
import pytest
from kafka import KafkaAdminClient

from infra.kafka.topics import TOPICS, Shape, declare
from infra.servers.kafka import Kafka
from infra.servers.kept import free_port
from infra.servers.postgresql import PostgreSQL
from infra.servers.server import Server
from tests.bench.flows import flows
from tests.faults.inbox import send, token
from tests.faults.rounds import SOAK
from tests.faults.streams import PARTITIONS, Installation
from tests.health import get, wait_until_ready
from tests.waiting import SECONDS, wait_until

PARTS: Final = ("inbox", "worker", "relay", "follow")
SOON: Final = 5.0


@contextmanager
def away(server: Server, how: Literal["killed", "hung"]) -> Iterator[None]:
    """Let a server be away: killed, or there and silent, so that whoever connects waits for an answer."""
    if how == "killed":
        server.kill()
        yield
        server.start()
        return
    assert server._process is not None
    process = psutil.Process(server._process.pid)
    processes = [process, *process.children(recursive=True)]
    for each in processes:
        each.suspend()
    try:
        yield
    finally:
        for each in processes:
            each.resume()


@pytest.mark.parametrize("how", ["hung", "killed"] if SOAK else ["hung"])
@pytest.mark.parametrize("which", ["postgresql", "kafka"])
def test_whoever_is_asked_to_stop_ends_while_a_server_is_away(
    tmp_path: Path,
    frail_postgresql: PostgreSQL,
    frail_database: str,
    frail_broker: Kafka,
    which: str,
    how: Literal["killed", "hung"],
) -> None:
    installation = Installation(tmp_path, frail_database, frail_broker.start().bootstrap)
    known, lines = token(installation), list(flows(40, seed=1, kim=5))
    ports = {part: free_port() for part in PARTS}
    parts = {part: start(installation, part, ports[part]) for part in PARTS}
    for part in PARTS:
        wait_until_ready(ports[part])
    send(installation, lines[:1], known)
    wait_until(lambda: installation.head() == 1, lambda: installation.said("inbox"))
    server: Server = frail_postgresql if which == "postgresql" else frail_broker
    if which == "kafka":
        installation.publish(lines[1:20])  # which the relay cannot send
    with away(server, how):
        if which == "postgresql":
            send(installation, lines[1:2], known)
        time.sleep(3)
        took = {}
        for process in parts.values():
            process.send_signal(signal.SIGTERM)
        begin = time.monotonic()
        statuses = {}
        for name, process in parts.items():
            statuses[name] = process.wait(SECONDS)
            took[name] = time.monotonic() - begin
    assert statuses == dict.fromkeys(PARTS, 0), [installation.said(part) for part in PARTS]
    assert max(took.values()) < SOON, took
    if which == "postgresql":  # what was not taken was not acknowledged
        installation.start("inbox")
        wait_until(lambda: installation.head() == 2, lambda: installation.said("inbox"))


def start(installation: Installation, part: str, port: int) -> "subprocess.Popen[bytes]":
    with (installation.cli.folder / f"{part}.log").open("ab") as log:
        return installation.cli.start(part, stdout=log, stderr=log, JEJAK_HEALTH_PORT=str(port))


def test_a_part_waits_for_its_topic_and_is_not_ready_before(installation: Installation) -> None:
    known, lines = token(installation), list(flows(40, seed=2, kim=5))
    with KafkaAdminClient(bootstrap_servers=installation.bootstrap) as admin:
        admin.delete_topics(list(TOPICS))
        wait_until(lambda: not set(TOPICS) & set(admin.list_topics()))
    parts = ("inbox", "worker", "relay")
    ports = {part: free_port() for part in parts}
    started = {part: start(installation, part, ports[part]) for part in parts}
    for part in parts:
        wait_until(
            lambda part=part: "is not there: run jejak migrate" in get(ports[part], "/readyz")[1],  # type: ignore[misc]
            lambda part=part: (get(ports[part], "/readyz"), installation.said(part)),  # type: ignore[misc]
        )
        assert "is not there: run jejak migrate" in installation.said(part)
    declare(installation.bootstrap, TOPICS, Shape(PARTITIONS, 1, 3_600_000))
    begin = time.monotonic()
    send(installation, lines[:1], known)
    wait_until(lambda: installation.head() == 1, lambda: installation.said("inbox"))
    installation.wait_until_sent(1)
    for part in parts:
        wait_until_ready(ports[part])
        assert started[part].poll() is None
    assert time.monotonic() - begin < 20


@pytest.mark.soak
@pytest.mark.skipif(not SOAK, reason="long, and seldom touched: it runs in a soak")
def test_a_topic_that_is_made_anew_is_read_again_within_seconds(installation: Installation) -> None:
    known, lines = token(installation), list(flows(40, seed=3, kim=5))
    inbox = installation.start("inbox")
    send(installation, lines[:1], known)
    wait_until(lambda: installation.head() == 1, lambda: installation.said("inbox"))
    with KafkaAdminClient(bootstrap_servers=installation.bootstrap) as admin:
        admin.delete_topics(list(TOPICS))
        wait_until(lambda: not set(TOPICS) & set(admin.list_topics()))
    declare(installation.bootstrap, TOPICS, Shape(PARTITIONS, 1, 3_600_000))
    send(installation, [*lines[1:2], b"no JSON"], known)
    wait_until(lambda: installation.head() == 2, lambda: installation.said("inbox"))
    assert inbox.poll() is None
