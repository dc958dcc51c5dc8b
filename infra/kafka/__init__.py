"""Kafka: how events lie on it."""
