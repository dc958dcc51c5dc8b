"""Homes for the tests of the command line."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from projections.follower import Follower
from services.publishing.publisher import Publisher
from services.world import Principal
from tests.acceptance.cli import SAMPLE, Cli, end_what_was_started
from tests.scenario import REGIONS, Mode


@pytest.fixture(autouse=True)
def no_process_outlives_its_test() -> Iterator[None]:
    """Let no test leave a process behind."""
    yield
    end_what_was_started()


@pytest.fixture
def cli(request: pytest.FixtureRequest, tmp_path: Path) -> Cli:
    """The command line, with nothing recorded yet; in every mode where the test or its module asks for `mode`."""
    mode: Mode = request.getfixturevalue("mode") if "mode" in request.fixturenames else "embedded"
    return Cli(tmp_path, mode)


@pytest.fixture(scope="session")
def home_with_the_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the sample is recorded and folded; to be copied, not changed."""
    cli = Cli(tmp_path_factory.mktemp("sample"))
    assert cli("publish", SAMPLE).status == 0
    assert cli("follow", "--once").status == 0
    return cli.home


@pytest.fixture
def sample(cli: Cli, home_with_the_sample: Path) -> Cli:
    """The command line, with the sample recorded at positions 1 to 39."""
    if cli.mode == "embedded":
        shutil.copytree(home_with_the_sample, cli.home)
    else:
        with cli.stores() as (log, views):
            Publisher(log, REGIONS).publish(SAMPLE.read_bytes().splitlines(), Principal())
            Follower(log, Engine(views, PROJECTIONS)).catch_up()
    return cli
