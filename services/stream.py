"""The stream as it is now: how far the log was sent to Kafka, and who is at work on it."""

from msgspec import Struct

from infra.kafka.brokers import BrokerError
from infra.kafka.sent import read_sent, sent_up_to
from infra.kafka.topics import members_of
from infra.log import Log
from infra.postgresql import as_application
from projections.worker import GROUP as WORKERS
from services.inbox.inbox import GROUP as INBOXES
from services.relay.lease import HOLDERS


class Stream(Struct, frozen=True):
    """How far the stream is, and how many processes are at work on it or stand by."""

    relayed: int
    """The position up to which the log was sent."""
    lag: int
    """How many positions it lacks."""
    relays: int
    workers: int | None
    """None where Kafka does not say; so with `inboxes`."""
    inboxes: int | None
    trouble: str | None
    """Why Kafka does not say."""


def look_at_stream(log: Log, url: str, bootstrap: str) -> Stream:
    """Return how far the stream is.

    Raises:
        PostgresError: the database cannot be used.

    """
    with as_application(url) as connection:
        relayed = sent_up_to(read_sent(connection))  # before the head, which is then never behind it
        row = connection.execute(HOLDERS).fetchone()
    lag = log.head() - relayed  # before Kafka is asked, which may take long to answer
    workers = inboxes = trouble = None
    try:
        workers, inboxes = members_of(bootstrap, WORKERS), members_of(bootstrap, INBOXES)
    except BrokerError as error:
        trouble = str(error)
    return Stream(relayed, lag, row[0] if row else 0, workers, inboxes, trouble)
