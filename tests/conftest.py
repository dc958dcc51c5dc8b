"""What every test may ask for."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenario import MODES, Mode, Scenario

# A shell that runs the suite in the background has it ignore interrupts, and so every program that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    """Every mode in turn."""
    found: Mode = request.param
    return found


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
