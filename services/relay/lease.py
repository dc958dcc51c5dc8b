"""The right to relay: one process has it at a time, and loses it when it is dead, cut off or stopped."""

from contextlib import suppress
from threading import Event, Thread
from typing import Final, Self

import psycopg

from infra.kafka.sent import Sent, read_sent, save_sent
from infra.postgresql import act_as_application, connect

SECONDS: Final = 3.0
"""A process that says nothing for so long loses the right."""
_RENEWALS: Final = 6
"""How often it says something in that time."""

_KEY: Final = "hashtextextended('jejak.relay', 0)"
_TRY: Final = f"SELECT pg_try_advisory_lock({_KEY})"
_WAIT: Final = f"SELECT pg_advisory_lock({_KEY})"
HOLDERS: Final = f"""
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32 | objid::bigint) = {_KEY}
"""
"""How many have the right or wait for it."""
# A machine that vanishes closes no connection: PostgreSQL finds out by itself.
_SETTINGS: Final = f"""
    SET idle_session_timeout = '{SECONDS}s';
    SET tcp_keepalives_idle = 1;
    SET tcp_keepalives_interval = 1;
    SET tcp_keepalives_count = 2;
"""


class Lease:
    """A session of PostgreSQL that holds a lock, and is ended by PostgreSQL when it falls silent.

    How far the log was sent is saved by this session and no other. So a process that was stopped, and does not
    know yet that another one has the right now, can put down nothing.

    Raises:
        PostgresError: the database cannot be used.
        psycopg.OperationalError: by every method, once the right is lost.

    """

    def __init__(self, url: str) -> None:
        self._connection = connect(url)
        self._released = Event()
        self._heart = Thread(target=self._beat, name="lease", daemon=True)

    def try_to_take(self) -> bool:
        """Take the right, if nobody has it; tell whether we have it now."""
        act_as_application(self._connection)
        row = self._connection.execute(_TRY).fetchone()
        if row is None or not row[0]:
            return False
        self._keep()
        return True

    def wait(self) -> None:
        """Wait until nobody else has the right, and take it."""
        self._connection.execute(_WAIT)
        self._keep()

    def _keep(self) -> None:
        self._connection.execute(_SETTINGS, prepare=False)  # several at once
        self._heart.start()

    def renew(self) -> None:
        """Say that we are alive, and see that the right is still ours."""
        self._connection.execute("SELECT")

    def sent(self) -> Sent:
        """Return how far the log was sent."""
        return read_sent(self._connection)

    def save(self, sent: Sent) -> None:
        """Put down how far the log was sent."""
        save_sent(self._connection, sent)

    def _beat(self) -> None:
        with suppress(psycopg.Error):  # whoever uses the lease meets the same
            while not self._released.wait(SECONDS / _RENEWALS):
                self.renew()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._connection.close()
