"""The topics are declared once, as the settings say; one that is there is never cut anew in silence."""

import secrets
from datetime import timedelta

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from infra.kafka.brokers import BrokerError
from infra.kafka.topics import Shape, declare
from infra.settings import Settings
from tests.waiting import wait_until

SHAPE = Shape(3, 1, 3_600_000)


@pytest.fixture
def topics() -> tuple[str, ...]:
    """Names that no other test has."""
    return tuple(f"{name}-{secrets.token_hex(4)}" for name in ("steps", "inbox"))


def found(broker: str, name: str) -> tuple[int, int, dict[str, str]]:
    """Return the partitions of a topic, its replicas, and what is set on it."""
    with KafkaAdminClient(bootstrap_servers=broker) as admin:
        (topic,) = admin.describe_topics([name])
        configs = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])["topic"][name]
    replicas = {len(one["replica_nodes"]) for one in topic["partitions"]}
    return len(topic["partitions"]), replicas.pop(), {key: one["value"] for key, one in configs.items()}


def test_they_are_made_as_the_settings_say(broker: str, topics: tuple[str, ...]) -> None:
    assert declare(broker, topics, SHAPE) == list(topics)
    for name in topics:
        partitions, replicas, configs = found(broker, name)
        assert (partitions, replicas) == (3, 1)
        assert configs["retention.ms"] == "3600000"
        assert configs["min.insync.replicas"] == "1"


def test_a_second_time_nothing_is_made_and_what_is_missing_comes_back(
    broker: str, topics: tuple[str, ...]
) -> None:
    assert declare(broker, topics[:1], SHAPE) == [topics[0]]
    assert declare(broker, topics, SHAPE) == [topics[1]]
    assert declare(broker, topics, SHAPE) == []


def test_retention_follows_the_setting(broker: str, topics: tuple[str, ...]) -> None:
    declare(broker, topics, SHAPE)
    declare(broker, topics, SHAPE._replace(retention_ms=7_200_000))
    # A broker hears of it from the controller, a moment later.
    wait_until(lambda: {found(broker, name)[2]["retention.ms"] for name in topics} == {"7200000"})


def test_another_number_of_partitions_is_named_and_left_alone(broker: str, topics: tuple[str, ...]) -> None:
    declare(broker, topics[:1], SHAPE)
    with pytest.raises(
        BrokerError, match=rf"{topics[0]} has 3 partitions, and kafka_partitions says 4: set it to 3"
    ):
        declare(broker, topics, SHAPE._replace(partitions=4))
    with KafkaAdminClient(bootstrap_servers=broker) as admin:
        assert topics[1] not in admin.list_topics(), "nothing is done by halves"
    assert found(broker, topics[0])[0] == 3


def test_another_number_of_replicas_is_named(broker: str, topics: tuple[str, ...]) -> None:
    declare(broker, topics, SHAPE)
    with pytest.raises(BrokerError, match="has 1 replicas, and kafka_replicas says 3"):
        declare(broker, topics, SHAPE._replace(replicas=3))


def test_more_replicas_than_brokers_are_refused_with_why(broker: str, topics: tuple[str, ...]) -> None:
    with pytest.raises(BrokerError, match=rf"{broker} cannot be used"):
        declare(broker, topics, SHAPE._replace(replicas=3))


@pytest.mark.parametrize(("replicas", "in_sync"), [(1, "1"), (2, "1"), (3, "2")])
def test_all_replicas_but_one_have_what_counts_as_taken(replicas: int, in_sync: str) -> None:
    settings = Settings(kafka_replicas=replicas, kafka_partitions=6, kafka_retention=timedelta(days=1))
    assert Shape.of(settings) == (6, replicas, 86_400_000)
    assert Shape.of(settings).configs["min.insync.replicas"] == in_sync
