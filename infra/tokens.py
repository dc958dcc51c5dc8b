"""Tokens, by which whoever publishes from afar is known: kept in PostgreSQL, as their SHA-256."""

import secrets
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from msgspec import Struct
from psycopg import Connection
from psycopg.rows import class_row

from infra.postgresql import act_as_application, connect

_PREFIX: Final = "jejak_"
"""So that one that was published by mistake is recognised."""
_ID_LENGTH: Final = 12


class Token(Struct, frozen=True):
    """What is kept of a token. `organisation` is whom it speaks for, None for the operator."""

    id: str
    organisation: str | None
    added_at: datetime
    revoked_at: datetime | None


class Tokens:
    """The tokens of one database; for one thread.

    Raises:
        PostgresError: the database cannot be used.
        psycopg.OperationalError: by every method, when it fails; the next call connects anew.

    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connected: Connection[Any] | None = None

    @property
    def _connection(self) -> "Connection[Any]":
        if self._connected is None or self._connected.broken:
            self._connected = connect(self._url)
            act_as_application(self._connected)
        return self._connected

    def add(self, organisation: str | None) -> tuple[Token, str]:
        """Make a token, and return what is kept of it and the token itself: it is told this once only."""
        token = _PREFIX + secrets.token_urlsafe()
        digest = _digest(token)
        row = self._connection.execute(
            "INSERT INTO jejak.token (id, digest, organisation) VALUES (%s, %s, %s)"
            " RETURNING id, organisation, added_at, revoked_at",
            (digest.hex()[:_ID_LENGTH], digest, organisation),
        ).fetchone()
        return Token(*row or ()), token

    def all(self) -> list[Token]:
        """Return every token, in the order in which they were made; those that were revoked, too."""
        with self._connection.cursor(row_factory=class_row(Token)) as cursor:
            cursor.execute("SELECT id, organisation, added_at, revoked_at FROM jejak.token ORDER BY added_at, id")
            return cursor.fetchall()

    def revoke(self, identity: str) -> bool:
        """Let a token be known no more, from now on; tell whether there is one of this id."""
        revoked = self._connection.execute(
            "UPDATE jejak.token SET revoked_at = coalesce(revoked_at, now()) WHERE id = %s", (identity,)
        )
        return revoked.rowcount > 0

    def organisations(self, tokens: Collection[str]) -> dict[str, str | None]:
        """Return whom each of these tokens speaks for; one that is not known now is left out."""
        if not tokens:
            return {}
        digests = {_digest(token): token for token in tokens}
        found = self._connection.execute(
            "SELECT digest, organisation FROM jejak.token WHERE digest = ANY (%s) AND revoked_at IS NULL",
            (list(digests),),
        ).fetchall()
        return {digests[digest]: organisation for digest, organisation in found}

    def close(self) -> None:
        """Let go of the connection."""
        if self._connected is not None:
            self._connected.close()


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
