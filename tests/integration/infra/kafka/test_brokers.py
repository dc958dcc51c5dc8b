"""Whoever waits for Kafka asks again and again: asking leaves nothing behind."""

import subprocess
import sys
from typing import Final

# Apart, since kafka-python forgets a socket that was refused: whoever collects garbage next is warned of it.
_ASKING: Final = """
import threading
from infra.kafka import brokers
from infra.kafka.topics import partitions_of

brokers.ANSWER_SECONDS = 0.2
for _ in range(3):
    try:
        partitions_of("127.0.0.1:1", "jejak.steps.v1")
    except brokers.BrokerError as error:
        print(error)
print(threading.active_count())
"""


def test_asking_a_broker_that_is_away_leaves_no_thread_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _ASKING], capture_output=True, text=True, timeout=60, check=True
    )
    *errors, threads = done.stdout.splitlines()
    assert len(errors) == 3
    assert all(error.startswith("Kafka at 127.0.0.1:1 cannot be used") for error in errors)
    assert threads == "1"
