"""A sender tells what passes from what does not, and gives a producer up after any failure."""

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import errors

from infra.kafka.brokers import BrokerAwayError, BrokerError, is_hopeless, passes
from infra.kafka.sending import Sender


class Producer:
    """Sends nowhere; `fates` are the errors of values, raised by `send` itself where they come `at_once`."""

    def __init__(self, fates: Mapping[bytes, errors.KafkaError], *, at_once: bool = False) -> None:
        self._fates = fates
        self._at_once = at_once
        self.closed = False

    def partitions_for(self, _topic: str) -> set[int]:
        return {0}

    def send(self, _topic: str, value: bytes, _key: bytes | None) -> SimpleNamespace:
        fate = self._fates.get(value)
        if fate is not None and self._at_once:
            raise fate
        return SimpleNamespace(failed=lambda: fate is not None, exception=fate)

    def flush(self) -> None:
        assert not self.closed

    def close(self, timeout: float) -> None:  # noqa: ARG002 - as kafka-python calls it
        self.closed = True
        raise errors.KafkaTimeoutError


Opening = Callable[[str], Any]


def opening(*producers: Producer) -> Opening:
    """Open one producer after the other."""
    waiting = iter(producers)
    return lambda _bootstrap: next(waiting)


def sent(*values: bytes) -> Sequence[tuple[bytes | None, bytes]]:
    return [(None, value) for value in values]


@pytest.mark.parametrize("at_once", [False, True])
def test_what_no_broker_takes_is_told_and_the_next_producer_is_new(at_once: bool) -> None:  # noqa: FBT001 - a parameter
    refusal = errors.MessageSizeTooLargeError()
    first, second = Producer({b"large": refusal}, at_once=at_once), Producer({})
    sender = Sender("b:1", "topic", opening(first, second))
    assert sender.send(sent(b"a")) == [None]
    assert sender.send(sent(b"a", b"large")) == [None, refusal]
    assert first.closed
    assert sender.send(sent(b"a")) == sender.send(sent(b"a")) == [None]
    assert not second.closed
    assert sender.send([]) == []


@pytest.mark.parametrize(
    "failure",
    [
        *(errors.KafkaConnectionError(), errors.KafkaTimeoutError(), errors.NotEnoughReplicasError()),
        *(errors.LeaderNotAvailableError(), errors.UnknownTopicOrPartitionError(), errors.KafkaStorageError()),
        *(errors.CoordinatorNotAvailableError(), errors.RequestTimedOutError(), errors.NodeNotReadyError()),
    ],
)
def test_what_passes_may_be_tried_again(failure: errors.KafkaError) -> None:
    producer = Producer({b"a": failure})
    with pytest.raises(BrokerAwayError, match="b:1 cannot be used"):
        Sender("b:1", "topic", opening(producer)).send(sent(b"a"))
    assert producer.closed
    assert (passes(failure), is_hopeless(failure)) == (True, False)


@pytest.mark.parametrize(
    "failure",
    [
        *(errors.TopicAuthorizationFailedError(), errors.ClusterAuthorizationFailedError()),
        *(errors.SaslAuthenticationFailedError(), errors.UnsupportedVersionError()),
    ],
)
def test_what_is_said_of_us_is_not_tried_again(failure: errors.KafkaError) -> None:
    with pytest.raises(BrokerError, match="b:1 cannot be used") as error:
        Sender("b:1", "topic", opening(Producer({b"a": failure}))).send(sent(b"a"))
    assert not isinstance(error.value, BrokerAwayError)
    assert (passes(failure), is_hopeless(failure)) == (False, True)
