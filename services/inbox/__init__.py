"""The inbox: events that come over Kafka, into the log."""
