"""Homes for the tests of the command line."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.cli import SAMPLE, Cli, end_what_was_started


@pytest.fixture(autouse=True)
def no_process_outlives_its_test() -> Iterator[None]:
    """Let no test leave a process behind."""
    yield
    end_what_was_started()


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The command line, with a home that does not exist yet."""
    return Cli(tmp_path)


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
    shutil.copytree(home_with_the_sample, cli.home)
    return cli
