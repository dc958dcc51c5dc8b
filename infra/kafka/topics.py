"""The topics on Kafka: their names, and how they are declared."""

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupIdNotFoundError,
    KafkaTimeoutError,
    NotCoordinatorError,
)

from infra.kafka.brokers import ANSWER_SECONDS, BrokerAwayError, BrokerError, administering
from infra.language import translate as _
from infra.settings import Settings

INBOX: Final = "jejak.inbox.v1"
"""What publishers send: CloudEvents."""
REJECTED: Final = "jejak.rejected.v1"
"""What of it was refused, and why."""
STEPS: Final = "jejak.steps.v1"
"""Every recorded event, in the order of the log on each partition."""

TOPICS: Final = (INBOX, REJECTED, STEPS)
_LOOK_SECONDS: Final = 0.05


class Shape(NamedTuple):
    """How the topics are to be."""

    partitions: int
    replicas: int
    retention_ms: int

    @classmethod
    def of(cls, settings: Settings) -> "Shape":
        """Return what the settings say."""
        retention_ms = int(settings.kafka_retention.total_seconds() * 1_000)
        return cls(settings.kafka_partitions, settings.kafka_replicas, retention_ms)

    @property
    def configs(self) -> dict[str, str]:
        """What may change while a topic is there.

        A message is durable once all replicas but one have it: so one broker may be away, and nothing is lost.
        Brokers unpack what comes compressed: so it is held against the largest size unpacked, too, and whoever
        reads needs no codec.
        """
        return {
            "retention.ms": str(self.retention_ms),
            "min.insync.replicas": str(max(1, self.replicas - 1)),
            "compression.type": "uncompressed",
        }


_CUT_AS_IT_WAS_MADE: Final = frozenset({INBOX, REJECTED})
"""Whoever reads these asks no subject where it lies: they may have another number of partitions than the steps."""


def declare_topics(bootstrap: str, settings: Settings) -> list[str]:
    """Make the topics of the contract that are not there yet, as the settings say; return which.

    Retention, in-sync replicas and compression are set on those that are there, too.

    Raises:
        BrokerError: Kafka cannot be used, or a topic has another number of partitions or replicas.

    """
    return declare(bootstrap, TOPICS, Shape.of(settings))


def declare(bootstrap: str, topics: tuple[str, ...], shape: Shape) -> list[str]:
    """Make these topics, as `declare_topics` does."""
    with administering(bootstrap) as admin:
        found = {one["name"]: one["partitions"] for one in admin.describe_topics(list(topics))}
        there = {name: found[name] for name in topics if found.get(name)}
        for name, partitions in there.items():
            _check(name, partitions, shape)
        if there:
            topic = ConfigResourceType.TOPIC
            admin.alter_configs([ConfigResource(topic, name, shape.configs) for name in there])
        missing = [name for name in topics if name not in there]
        if missing:
            how = {
                "num_partitions": shape.partitions,
                "replication_factor": shape.replicas,
                "configs": shape.configs,
            }
            admin.create_topics(dict.fromkeys(missing, how), wait_for_metadata=True)
        return missing


def make_anew(bootstrap: str, topic: str, shape: Shape) -> None:
    """Delete a topic with all that lies on it, if it is there, and make it as it is to be.

    Raises:
        BrokerError: Kafka cannot be used; the topic may be gone then.

    """
    with administering(bootstrap) as admin:
        if topic in admin.list_topics():
            admin.delete_topics([topic])
        until = time.monotonic() + ANSWER_SECONDS
        while topic in admin.list_topics():  # brokers hear of it a moment later
            if time.monotonic() > until:
                raise KafkaTimeoutError(f"{topic} is still there")
            time.sleep(_LOOK_SECONDS)
    declare(bootstrap, (topic,), shape)


def members_of(bootstrap: str, group: str) -> int:
    """Return how many are in a group of consumers.

    Raises:
        BrokerError: Kafka cannot be used.

    """
    with administering(bootstrap) as admin:
        return members(admin, group)


def members(admin: Any, group: str) -> int:  # noqa: ANN401 - kafka-python comes without types
    """Return how many are in a group of consumers, by a client that is connected."""
    try:
        return len(once_coordinated(lambda: admin.describe_groups([group]))[group]["members"])
    except GroupIdNotFoundError:  # nobody ever was
        return 0


def once_coordinated(ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - likewise
    """Ask for something of a group; again while its coordinator is made, as it is for the first who asks."""
    until = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            return ask()
        except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError):
            if time.monotonic() > until:
                raise
            time.sleep(_LOOK_SECONDS)


def partitions_of(bootstrap: str, topic: str) -> int:
    """Return into how many partitions a topic is cut; 0 when it is not there.

    Raises:
        BrokerError: Kafka cannot be used.

    """
    with administering(bootstrap) as admin:
        return sum(len(one["partitions"]) for one in admin.describe_topics([topic]))


def not_there(topic: str) -> BrokerAwayError:
    """Return the error that says that nobody has made a topic yet."""
    return BrokerAwayError(_("the topic {topic} is not there: run jejak migrate").format(topic=topic))


def otherwise_cut(topic: str, found: int, wanted: int) -> BrokerError:
    """Return the error that says that a topic has another number of partitions than the settings want."""
    return BrokerError(
        _(
            "the topic {topic} has {found} partitions, and kafka_partitions says {wanted}: set it to"
            " {found}; docs/kafka.md says how the number is changed"
        ).format(topic=topic, found=found, wanted=wanted)
    )


def _check(name: str, partitions: list[dict[str, Any]], shape: Shape) -> None:
    if len(partitions) != shape.partitions and name not in _CUT_AS_IT_WAS_MADE:
        raise otherwise_cut(name, len(partitions), shape.partitions)
    replicas = {len(one["replica_nodes"]) for one in partitions}
    if replicas != {shape.replicas}:
        raise BrokerError(
            _(
                "the topic {topic} has {found} replicas, and kafka_replicas says {wanted}: set it to {found}, or"
                " move the replicas with kafka-reassign-partitions.sh"
            ).format(topic=name, found=", ".join(map(str, sorted(replicas))), wanted=shape.replicas)
        )
