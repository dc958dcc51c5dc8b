"""Drives the engine from Kafka: any number of processes, each with some of the partitions."""

from typing import Final

GROUP: Final = "jejak-worker"
"""The consumer group: partitions are dealt out among all who are in it."""
