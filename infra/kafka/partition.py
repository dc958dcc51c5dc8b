"""Which partition of a topic the events of a subject lie on."""

from functools import lru_cache

from kafka.partitioner.default import murmur2


@lru_cache(maxsize=100_000)
def partition_of(subject: str, partitions: int) -> int:
    """Return the partition, from 0, that Kafka's default partitioner chooses for a message with this key."""
    positive: int = murmur2(subject.encode()) & 0x7FFFFFFF
    return positive % partitions
