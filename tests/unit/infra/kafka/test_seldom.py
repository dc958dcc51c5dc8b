"""A flood of warnings fills no disk, and its size is told."""

import logging

import pytest

from infra.kafka.seldom import Seldom


def test_each_kind_is_told_once_in_a_while_with_how_many_there_were(caplog: pytest.LogCaptureFixture) -> None:
    warnings = Seldom(logging.getLogger("any"), seconds=3_600)
    for number in range(1_000):
        warnings.warn("one", "number %d", number)
        warnings.warn("another", "other %d", number)
    assert caplog.messages == ["number 0", "other 0"]
    warnings._told.clear()  # an hour later
    warnings.warn("one", "number %d", 1_000)
    assert caplog.messages[-1] == "number 1000 (and 999 more like it before)"
