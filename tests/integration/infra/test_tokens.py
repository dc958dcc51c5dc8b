"""A token is shown once, kept as its hash, and known until it is revoked."""

from collections.abc import Iterator

import psycopg
import pytest

from infra.migrations import migrate
from infra.tokens import Tokens


@pytest.fixture
def tokens(database: str) -> Iterator[Tokens]:
    """The tokens of an empty database."""
    migrate(database)
    made = Tokens(database)
    yield made
    made.close()


def test_a_token_speaks_for_its_organisation_or_the_operator(tokens: Tokens) -> None:
    _, of_kim = tokens.add("kim-bagelen")
    _, of_operator = tokens.add(None)
    assert tokens.organisations({of_kim, of_operator, "jejak_unknown", ""}) == {
        of_kim: "kim-bagelen",
        of_operator: None,
    }


def test_a_revoked_token_is_known_no_more(tokens: Tokens) -> None:
    kept, token = tokens.add("kim-bagelen")
    other, _ = tokens.add("kim-bagelen")
    assert tokens.revoke(kept.id)
    assert tokens.organisations({token}) == {}
    first, second = tokens.all()
    assert (first.id, first.revoked_at is None) == (kept.id, False)
    assert second == other
    assert tokens.revoke(kept.id), "again changes nothing"
    assert tokens.all()[0] == first
    assert not tokens.revoke("unknown")


def test_the_token_itself_is_kept_nowhere(tokens: Tokens, database: str) -> None:
    _, token = tokens.add("kim-bagelen")
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT token::text, encode(digest, 'escape') FROM jejak.token").fetchone()
    assert row is not None
    assert token not in "".join(row)
    assert len(token) > 40


def test_the_application_changes_nothing_of_a_token_but_that_it_is_revoked(tokens: Tokens, database: str) -> None:
    tokens.add("kim-bagelen")
    with psycopg.connect(database) as connection:
        connection.execute("SET ROLE jejak_app")
        for statement in ("UPDATE jejak.token SET organisation = NULL", "DELETE FROM jejak.token"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)


def test_a_lost_connection_is_made_anew(tokens: Tokens, database: str) -> None:
    _, token = tokens.add("kim-bagelen")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(psycopg.OperationalError):
        tokens.organisations({token})
    assert tokens.organisations({token}) == {token: "kim-bagelen"}
