"""What the fault tests share with the tests of the command line, and servers that they may kill."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.cli import end_what_was_started
from tests.acceptance.conftest import cli, home_with_the_sample, no_process_outlives_its_test, sample

if TYPE_CHECKING:
    from infra.servers.kafka import Kafka
    from infra.servers.postgresql import PostgreSQL
    from tests.faults.streams import Installation

__all__ = ["cli", "home_with_the_sample", "no_process_outlives_its_test", "sample"]


@pytest.fixture(scope="session")
def frail_broker(servers: Path) -> "Iterator[Kafka]":
    """A Kafka that a test may kill, and use all topics of; the next one starts it again."""
    from infra.servers.kafka import Kafka  # noqa: PLC0415 - most tests need no server, nor its libraries

    with Kafka(servers / "frail-kafka") as server:
        yield server


@pytest.fixture
def frail_postgresql(servers: Path, tmp_path: Path) -> "Iterator[PostgreSQL]":
    """A PostgreSQL that a test may kill; what the test started ends before it."""
    from infra.servers.postgresql import PostgreSQL  # noqa: PLC0415 - likewise

    with PostgreSQL(servers / tmp_path.name) as server:
        yield server
        end_what_was_started()


@pytest.fixture
def frail_database(frail_postgresql: "PostgreSQL") -> str:
    """The URL of a superuser on an empty database of that server."""
    from infra.servers.postgresql import create_database  # noqa: PLC0415 - likewise

    return create_database(frail_postgresql.url, "jejak_test")


@pytest.fixture
def installation(tmp_path: Path, database: str, frail_broker: "Kafka") -> "Installation":
    """An empty installation on a Kafka of its own."""
    from tests.faults.streams import Installation  # noqa: PLC0415 - likewise

    return Installation(tmp_path, database, frail_broker.start().bootstrap)
