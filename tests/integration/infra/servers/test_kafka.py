"""A Kafka of one's own: it starts, and keeps what it acknowledged whatever ends it."""

import secrets
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaTimeoutError

from infra.servers.java import of_wheel
from infra.servers.kafka import Kafka


def declare(bootstrap: str, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([topic])
    admin.close()


def send(bootstrap: str, topic: str, *values: bytes, seconds: int = 10) -> None:
    """Send records, each acknowledged."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", max_block_ms=seconds * 1_000)
    try:
        for value in values:
            producer.send(topic, value).get(seconds)
    finally:
        producer.close()


def records(bootstrap: str, topic: str) -> list[bytes]:
    """Return every record of a topic of one partition."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        end = consumer.end_offsets([partition])[partition]
        found: list[bytes] = []
        while len(found) < end:
            for batch in consumer.poll(timeout_ms=1_000).values():
                found += [record.value for record in batch]
    finally:
        consumer.close()
    return found


def test_what_was_acknowledged_outlives_a_kill_and_a_stop(servers: Path, tmp_path: Path) -> None:
    (java,) = of_wheel()
    with Kafka(servers / tmp_path.name, java=java) as server:
        address = server.bootstrap
        declare(address, "kept")
        send(address, "kept", b"1", b"2")
        server.kill()

        server.start()
        assert server.bootstrap == address
        assert records(address, "kept") == [b"1", b"2"]
        send(address, "kept", b"3")
        server.stop()

        server.start()
        assert records(address, "kept") == [b"1", b"2", b"3"]


def test_a_topic_that_nobody_declared_is_not_made(broker: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker)
    topic = f"undeclared-{secrets.token_hex(4)}"
    with pytest.raises(KafkaTimeoutError):
        send(broker, topic, b"1", seconds=2)
    assert topic not in admin.list_topics()
    admin.close()


def test_only_this_machine_reaches_it(broker: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker)
    hosts = {each["host"] for each in admin.describe_cluster()["brokers"]}
    admin.close()
    assert hosts == {"127.0.0.1"}
