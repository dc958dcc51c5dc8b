"""Drives the engine from Kafka: any number of processes, each with some of the partitions."""
