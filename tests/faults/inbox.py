"""What a publisher does who records over Kafka."""

import json
from collections.abc import Iterable

from infra.kafka.brokers import open_producer
from infra.kafka.topics import INBOX
from tests.faults.streams import Installation


def send(installation: Installation, lines: Iterable[bytes], token: str | None) -> None:
    """Put lines into the inbox, keyed by their subject where they have one."""
    headers = [("authorization", f"Bearer {token}".encode())] if token else None
    producer = open_producer(installation.bootstrap)
    for line in lines:
        producer.send(INBOX, line, _key(line), headers)
    producer.flush()
    producer.close()


def _key(line: bytes) -> bytes:
    try:
        return str(json.loads(line)["subject"]).encode()
    except (ValueError, KeyError):
        return b""


def token(installation: Installation, *organisation: str) -> str:
    """Make a token, as an operator does."""
    made = installation.cli("token", "add", *organisation)
    assert made.status == 0, made.err
    return made.out.strip()
