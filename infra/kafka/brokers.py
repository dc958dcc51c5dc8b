"""Kafka's brokers as every part of Jejak meets them."""

from infra.language import translate as _


class BrokerError(Exception):
    """Kafka cannot be used now: the sentence says why and what to do."""


def unreachable(bootstrap: str, error: Exception) -> BrokerError:
    """Return the error that says that Kafka does not do what is asked of it."""
    return BrokerError(
        _("Kafka at {brokers} cannot be used: {reason}. See that it runs, and that JEJAK_KAFKA is right").format(
            brokers=bootstrap, reason=error
        )
    )
