"""Whatever a stranger writes to a topic, the part that reads it goes on, and says what became of it."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from infra.kafka.partition import partition_of
from infra.kafka.steps import encode_step, subject_of
from infra.kafka.topics import INBOX, REJECTED, STEPS
from infra.servers.kafka import Kafka
from tests.bench.flows import flows
from tests.faults.inbox import send, token
from tests.faults.logs import untidy_flow
from tests.faults.streams import PARTITIONS, Installation, messages
from tests.faults.workers import Workshop
from tests.waiting import wait_until


class RawName(str):
    """The name of a header that kafka-python sends as bytes which are no UTF-8."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfe" + str(self)[1:].encode()


def send_oddities(bootstrap: str, topic: str, oddities: Sequence[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """Send messages, as keywords of `KafkaProducer.send`; return where each lies, by its `name`."""
    where = {}
    producer: Any = KafkaProducer(bootstrap_servers=bootstrap, allow_auto_create_topics=False)
    for oddity in oddities:
        given = dict(oddity)
        name = given.pop("name")
        if any(value is None for _, value in given.get("headers", ())):
            where[name] = asyncio.run(send_by_aiokafka(bootstrap, topic, None, **given))
        else:
            there = producer.send(topic, **given).get(20)
            where[name] = (there.partition, there.offset)
    producer.close()
    return where


async def send_by_aiokafka(bootstrap: str, topic: str, codec: str | None, **given: object) -> tuple[int, int]:
    """Send a message by the client that sends headers without a value, and packs; return where it lies."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type=codec) as producer:
        there = await producer.send_and_wait(topic, **given)
        return there.partition, there.offset


@pytest.mark.parametrize("unpacked", ["by the broker", "by the inbox"])
def test_compressed_messages_are_taken(installation: Installation, unpacked: str) -> None:
    if unpacked == "by the inbox":  # as on a topic that an operator made otherwise
        set_config(installation.bootstrap, INBOX, "compression.type", "producer")
    headers = [("authorization", f"Bearer {token(installation)}".encode())]
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        value = b'{"id":"' + codec.encode() + b'"}' + b" " * 5_000
        asyncio.run(send_by_aiokafka(installation.bootstrap, INBOX, codec, value=value, headers=headers))
    installation.start("inbox")
    wait_until(
        lambda: len(messages(installation.bootstrap, REJECTED)) == 4,
        lambda: installation.said("inbox"),
    )
    said = [json.loads(one.value)["event"]["id"] for one in messages(installation.bootstrap, REJECTED)]
    assert sorted(said) == ["gzip", "lz4", "snappy", "zstd"]


def set_config(bootstrap: str, topic: str, name: str, value: str) -> None:
    """Set something on a topic, and wait a moment until brokers know of it."""
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {name: value})])
    time.sleep(0.5)


def test_what_unpacks_to_more_than_a_message_may_have_is_refused_by_the_broker(installation: Installation) -> None:
    bomb = send_by_aiokafka(installation.bootstrap, INBOX, "zstd", value=b"x" * 1_000_000)
    asyncio.run(bomb)
    with pytest.raises(MessageSizeTooLargeError):
        asyncio.run(send_packed(installation.bootstrap, b"x" * 100_000_000))


async def send_packed(bootstrap: str, value: bytes) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        compression_type="zstd",
        max_request_size=200_000_000,
        request_timeout_ms=20_000,
    ) as producer:
        await producer.send_and_wait(INBOX, value)


def oddities_of_the_inbox(bearer: bytes) -> list[dict[str, Any]]:
    auth = ("authorization", bearer)
    deep = [b'{"a":' * depth + b"1" + b"}" * depth for depth in (33, 65, 700, 100_000)]
    return [
        {"name": "header without a value", "value": b"{}", "headers": [("authorization", None)]},
        {"name": "two tokens", "value": b"{}", "headers": [auth, auth]},
        {"name": "binary token", "value": b"{}", "headers": [("authorization", b"Bearer \xff\x00\xfe")]},
        {"name": "huge token", "value": b"{}", "headers": [("authorization", b"Bearer " + b"x" * 900_000)]},
        {"name": "name that is no UTF-8", "value": b"{}", "headers": [(RawName("x"), b"1"), auth]},
        {"name": "empty name", "value": b"{}", "headers": [("", b""), auth]},
        {"name": "headers", "value": b"{}", "headers": [(f"h{number}", b"1") for number in range(20_000)]},
        {"name": "attributes", "value": b"{}", "headers": [*((f"ce_a{i}", b"1") for i in range(20_000)), auth]},
        {
            "name": "no UTF-8 attribute",
            "value": b"{}",
            "headers": [(RawName("xce_id"), b"1"), ("ce_id", b"\xff"), auth],
        },
        {"name": "binary mode", "value": b"\x00\xff", "headers": [("ce_specversion", b"1.0"), auth]},
        {
            "name": "batch",
            "value": b"[]",
            "headers": [("content-type", b"application/cloudevents-batch+json"), auth],
        },
        {"name": "no key", "value": b"{}", "headers": [auth]},
        {"name": "huge key", "key": b"\xff" * 1_000_000, "value": b"{}", "headers": [auth]},
        {"name": "binary key", "key": b"\x00\xff", "value": b"{}", "headers": [auth]},
        {"name": "no value", "key": b"x", "headers": [auth]},
        {"name": "no value, no token", "key": b"x"},
        {"name": "empty value", "value": b"", "headers": [auth]},
        {"name": "junk", "value": b"\xff\xfe\x00", "headers": [auth]},
        *({"name": f"deep {len(one)}", "value": one, "headers": [auth]} for one in deep),
        {"name": "a mebibyte", "value": b'{"a":"' + b"x" * 1_048_000 + b'"}', "headers": [auth]},
        {"name": "half a mebibyte", "value": b'{"a":"' + b"x" * 524_000 + b'"}', "headers": [auth]},
        {"name": "long numbers", "value": b'{"a":[' + b"1E15," * 100_000 + b"1]}", "headers": [auth]},
        {"name": "half a character", "value": b'{"a":"\\ud800"}', "headers": [auth]},
        {
            "name": "many names",
            "value": json.dumps(dict.fromkeys(map(str, range(50_000)), 1)).encode(),
            "headers": [auth],
        },
        {"name": "long name", "value": b'{"' + b"x" * 500_000 + b'":1}', "headers": [auth]},
        {"name": "before 1970", "value": b"{}", "headers": [auth], "timestamp_ms": -1},
        {"name": "1970", "value": b"{}", "headers": [auth], "timestamp_ms": 0},
    ]


def test_every_odd_message_of_the_inbox_is_rejected_and_the_next_one_is_taken(installation: Installation) -> None:
    known = token(installation)
    (first, *_) = flows(10, seed=1, kim=2)
    inbox = installation.start("inbox")
    where = send_oddities(installation.bootstrap, INBOX, oddities_of_the_inbox(f"Bearer {known}".encode()))
    send(installation, [first], known)
    found: dict[tuple[int, int], dict[str, Any]] = {}

    def all_are_rejected() -> bool:
        said = (json.loads(one.value) for one in messages(installation.bootstrap, REJECTED))
        found.update(((one["partition"], one["offset"]), one) for one in said)
        return set(where.values()) <= found.keys()

    wait_until(
        all_are_rejected,
        lambda: ([name for name, at in where.items() if at not in found], installation.said("inbox")),
    )
    wait_until(lambda: installation.head() == 1, lambda: installation.said("inbox"))
    assert len(found) == len(where)
    assert inbox.poll() is None
    assert "Traceback" not in installation.said("inbox")
    reasons = {name: found[at]["reason"] for name, at in where.items()}
    assert "no token" in reasons["two tokens"]
    assert "one event" in reasons["batch"]
    assert "nested too deep" in reasons["deep 4201"]
    kept = [name for name, at in where.items() if found[at]["event"]]
    assert "half a mebibyte" in kept
    assert not {"a mebibyte", "deep 4201", "long numbers", "two tokens"} & set(kept)


def test_a_broker_that_takes_only_small_messages_gets_short_rejections(installation: Installation) -> None:
    known = token(installation)
    (first, *_) = flows(10, seed=1, kim=2)
    inbox = installation.start("inbox")
    for most, said in ((5_000, True), (100, False)):
        set_config(installation.bootstrap, REJECTED, "max.message.bytes", str(most))
        before = len(messages(installation.bootstrap, REJECTED))
        send(installation, [b'{"a":"' + b"x" * 20_000 + b'"}', b'{"a":"b"}', b"no JSON"], known)
        if said:
            wait_until(
                lambda before=before: len(messages(installation.bootstrap, REJECTED)) >= before + 3,  # type: ignore[misc]
                lambda: installation.said("inbox"),
            )
        else:
            installation.wait_until_said("inbox", "Kafka does not take why")
    send(installation, [first], known)
    wait_until(lambda: installation.head() == 1, lambda: installation.said("inbox"))
    assert inbox.poll() is None
    events = [json.loads(one.value)["event"] for one in messages(installation.bootstrap, REJECTED)]
    assert events.count({"a": "b"}) >= 1
    assert None in events


@pytest.fixture
def workshop(tmp_path: Path, database: str, frail_broker: Kafka) -> Iterator[Workshop]:
    """A worker, and a log that it folds."""
    made = Workshop(tmp_path, database, frail_broker.start().bootstrap)
    yield made
    made.jejak.close()


def step(**changes: object) -> bytes:
    """A step of nobody's log, with some attributes changed."""
    return json.dumps(
        {
            "specversion": "1.0",
            "type": "id.jejak.item.received.v1",
            "source": "urn:x",
            "id": "phantom",
            "subject": "info-phantom",
            "holder": "kim-phantom",
            "time": "2026-11-30T01:00:00Z",
            "recordedtime": "2026-11-30T01:00:01Z",
            "data": {"channel": "website"},
            **changes,
        }
    ).encode()


def forged_steps(head: int) -> dict[str, bytes | None]:
    """Steps that cannot be of a log of so many events, and some that come in place of its next one."""
    after, deep = str(head + 1), b"[" * 50_000 + b"]" * 50_000
    return {
        "no value": None,
        "empty": b"",
        "no UTF-8": b"\xff\xfe",
        "list": b"[1]",
        "deep": deep,
        "deep data": b'{"data":' + deep + b"}",
        "no sequence": step(),
        "sequence": step(sequence="abc"),
        "negative": step(sequence="-5"),
        "above all": step(sequence="99999999999999999999"),
        "integer": step(sequence=head + 1),
        "beyond the head": step(sequence=str(head + 1_000_000), previoussequence=str(head)),
        "after itself": step(sequence=after, previoussequence=after),
        "a hole that goes beyond": step(sequence=str(2**63 - 1), previoussequence=str(2**63 - 2)),
    }


def test_steps_that_cannot_be_of_the_log_are_named_and_left_out(workshop: Workshop) -> None:
    worker = workshop.worker()
    workshop.start("relay")
    lines = untidy_flow(600, seed=1)
    head = workshop.publish(lines[:300])
    workshop.wait_until_sent(head)
    workshop.folds_up_to_after_following(head)
    at = partition_of("info-phantom", PARTITIONS)
    oddities: list[dict[str, Any]] = [
        {"name": name, "value": value, "key": b"x", "partition": at} for name, value in forged_steps(head).items()
    ]
    oddities.append({"name": "elsewhere", "value": step(sequence="1"), "partition": (at + 1) % PARTITIONS})
    send_oddities(workshop.bootstrap, STEPS, oddities)
    workshop.publish(lines[300:])
    workshop.check_views()
    assert worker.poll() is None
    said = workshop.said("worker")
    assert f"of partition {at} is left out" in said
    assert "belongs on partition" in said
    assert "beyond the end of the log" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "changes",
    [
        {"data": [1]},
        {"time": "kemarin"},
    ],
)
def test_what_cannot_be_folded_is_taken_from_the_log_instead(workshop: Workshop, changes: dict[str, Any]) -> None:
    """A forged step in place of the next event: what is there, and what is parked, is what the log holds."""
    lines = untidy_flow(320, seed=2)
    workshop.publish(lines[:300])
    workshop.fold_here()
    workshop.publish(lines[300:])
    (row, *_) = workshop.rows()[300:]
    subject = json.loads(row[2])["subject"]
    value = step(sequence=str(row[0]), subject=subject, **changes)
    at = partition_of(subject, PARTITIONS)
    send_oddities(workshop.bootstrap, STEPS, [{"name": "forged", "value": value, "partition": at}])
    workshop.worker()
    workshop.wait_until_said("worker", "is not what the log holds")
    workshop.start("relay")
    workshop.check_views()


def test_a_step_after_one_of_another_partition_stops_nobody(workshop: Workshop) -> None:
    """A topic that was mirrored under another number of partitions names steps before that lie elsewhere."""
    lines = untidy_flow(600, seed=3)
    workshop.publish(lines[:300])
    workshop.fold_here()
    (worker,) = workshop.begins("worker")
    workshop.publish(lines[300:])
    last = {}
    producer: Any = KafkaProducer(bootstrap_servers=workshop.bootstrap)
    for row in workshop.rows()[300:]:
        key = subject_of(row).encode()
        at = partition_of(key.decode(), PARTITIONS)
        producer.send(STEPS, encode_step(row, row[0] - 1), key, partition=at)
        last[at] = row[0]
    producer.close()
    workshop.waits(lambda: workshop.jejak.partitioned_engine.positions() == last)  # by these messages alone
    workshop.put_down_as_sent()
    workshop.check_views()
    assert worker.poll() is None
