"""The relay: the log of facts, as it grows, to Kafka."""
