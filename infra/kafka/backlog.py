"""What of a topic waits for a group of consumers: how many messages, and how old the oldest is."""

import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import OffsetSpec

from infra.kafka.brokers import ANSWER_SECONDS
from infra.kafka.topics import once_coordinated

_POLL_MS: Final = 500
_FETCH_BYTES: Final = 4_096
"""Of each partition one message is looked at, however large: a broker sends the first whole."""
_EARLIEST_MS: Final = 946_684_800_000
"""The year 2000: whoever sends may write any time into a message, and an older one is no time at all."""
_AHEAD_MS: Final = 300_000
"""So far a sender's clock may be ahead."""


class Backlog(NamedTuple):
    """What waits on a partition; `sent_at` is when the oldest was sent, in microseconds, None where unknown."""

    messages: int
    sent_at: int | None


def backlog_of(admin: Any, bootstrap: str, group: str, topic: str, taken: Mapping[int, int]) -> dict[int, Backlog]:  # noqa: ANN401 - kafka-python comes without types
    """Return the partitions of a topic on which something waits for a group.

    `taken` is the offset behind what is known to be taken of each partition: what the group has committed may be
    some seconds behind that. Kafka's own marks (of transactions) take offsets, too, so the number of messages is
    exact only where nobody sends in transactions; where nothing but marks is left, nothing waits.

    Raises:
        kafka.errors.KafkaError: Kafka does not do what is asked of it.

    """
    partitions = [
        TopicPartition(topic, one["partition_index"])
        for found in admin.describe_topics([topic])
        for one in found["partitions"]
    ]
    if not partitions:
        return {}
    begins = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
    ends = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    committed = once_coordinated(lambda: admin.list_group_offsets({group: partitions}))[group]
    waiting: dict[Any, tuple[int, int]] = {}
    for one in partitions:
        begin, end = begins[one].offset, ends[one].offset
        known = (taken.get(one.partition, 0), committed[one].offset if one in committed else 0)
        # Beyond the end lies what was taken of a topic that was deleted since.
        following = max([begin, *(offset for offset in known if offset <= end)])
        if following < end:
            waiting[one] = (following, end)
    if not waiting:
        return {}
    return {one.partition: found for one, found in _look_at_oldest(bootstrap, waiting).items()}


def _look_at_oldest(bootstrap: str, waiting: Mapping[Any, tuple[int, int]]) -> dict[Any, Backlog]:
    """Return what waits on partitions, from an offset of each up to another."""
    consumer: Any = KafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        bootstrap_timeout_ms=ANSWER_SECONDS * 1_000,
        enable_auto_commit=False,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    found: dict[Any, Backlog] = {}
    try:
        left = set(waiting)
        consumer.assign(list(left))
        for one, (following, _end) in waiting.items():
            consumer.seek(one, following)
        until = time.monotonic() + ANSWER_SECONDS
        while left and time.monotonic() < until:
            for one, messages in consumer.poll(timeout_ms=_POLL_MS).items():
                if one in left and messages:
                    oldest = messages[0]
                    found[one] = Backlog(waiting[one][1] - oldest.offset, _sane(oldest.timestamp))
                    left.remove(one)
                    consumer.pause(one)
            left = {one for one in left if consumer.position(one) < waiting[one][1]}
    finally:
        consumer.close(autocommit=False)
    return found | {one: Backlog(waiting[one][1] - waiting[one][0], None) for one in left}


def _sane(timestamp_ms: int) -> int | None:
    """Return a time that a sender wrote, in microseconds; None where it can be none."""
    latest = time.time() * 1_000 + _AHEAD_MS
    return timestamp_ms * 1_000 if _EARLIEST_MS <= timestamp_ms <= latest else None
