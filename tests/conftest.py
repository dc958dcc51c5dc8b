"""What every test may ask for."""

import gc
import os
import secrets
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import databases_on, give_databases_back
from tests.scenario import MODES, Mode, Scenario

# A shell that runs the suite in the background has it ignore interrupts, and so every program that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", params=MODES)
def mode(request: pytest.FixtureRequest) -> Iterator[Mode]:
    """Every mode in turn: all tests in one, then all in the other."""
    found: Mode = request.param
    if found == "embedded":
        yield found
    else:
        with databases_on(request.getfixturevalue("postgresql")):
            yield found


@pytest.fixture(autouse=True)
def a_command_run_in_this_process_leaves_interrupts_as_they_were() -> Iterator[None]:
    """Undo that a command which was broken off ignores further interrupts."""
    yield
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_database_outlives_its_test() -> Iterator[None]:
    """Let the next test have the databases of this one."""
    yield
    give_databases_back()


@pytest.fixture
def garbage_collector_as_it_was() -> Iterator[None]:
    """Undo what a command that runs in this process does to the garbage collector."""
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


@pytest.fixture
def scenario(mode: Mode, tmp_path: Path) -> Iterator[Scenario]:
    """An empty log."""
    made = Scenario(mode, tmp_path)
    yield made
    made.close()


@pytest.fixture
def lampung(scenario: Scenario) -> Scenario:
    """A log with eight organisations, at positions 1 to 8."""
    return scenario.given(*scenario.registry())


@pytest.fixture
def published(lampung: Scenario) -> Scenario:
    """The same with an item of the regency office, at position 9."""
    return lampung.given(lampung.published(at=0, called="publish-1"))


@pytest.fixture(scope="session")
def servers() -> Iterator[Path]:
    """The folder of this run's servers, apart from pytest's own, which another run closes to other users."""
    with tempfile.TemporaryDirectory(prefix="jejak-servers-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgresql(servers: Path) -> Iterator[str]:
    """The URL of a PostgreSQL superuser: of the server that JEJAK_TEST_POSTGRES names, or of one of this run.

    It loses nothing when it is killed, but everything in a power cut: a test of durability starts its own.
    """
    from infra.servers.postgresql import PostgreSQL  # noqa: PLC0415 - most tests need no server, nor its libraries

    named = os.environ.get("JEJAK_TEST_POSTGRES")
    if named:
        yield named
        return
    server = PostgreSQL(servers / "postgresql", durable=False).start()
    yield server.url
    server.kill()  # nobody wants what it holds


@pytest.fixture
def database(postgresql: str) -> Iterator[str]:
    """The URL of a PostgreSQL superuser on an empty database, which is dropped afterwards."""
    from infra.servers.postgresql import create_database, drop_database  # noqa: PLC0415 - likewise

    name = f"jejak_test_{secrets.token_hex(8)}"
    yield create_database(postgresql, name)
    drop_database(postgresql, name)


@pytest.fixture(scope="session")
def broker(servers: Path) -> Iterator[str]:
    """The address of a Kafka: of the brokers that JEJAK_TEST_KAFKA names, or of one of this run.

    It is shared: a test gives its topics and groups names of their own.
    """
    from infra.servers.kafka import Kafka  # noqa: PLC0415 - likewise

    named = os.environ.get("JEJAK_TEST_KAFKA")
    if named:
        yield named
        return
    server = Kafka(servers / "kafka").start()
    yield server.bootstrap
    server.kill()
