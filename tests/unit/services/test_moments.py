"""Moments as people type them; what could be read in two ways is refused."""

import pytest

from services.cli.exits import UsageError
from services.cli.moments import moment_from


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2021-11-23", "2021-11-23T00:00:00+07:00"),
        ("2021-11-23 14.05", "2021-11-23T14:05:00+07:00"),
        ("2021-11-23 14:05", "2021-11-23T14:05:00+07:00"),
        (" 2021-11-23T14.05.09 ", "2021-11-23T14:05:09+07:00"),
        ("2021-11-23T14:05:09.5", "2021-11-23T14:05:09.500000+07:00"),
        ("2021-11-23T14:05:09.9999999", "2021-11-23T14:05:09.999999+07:00"),
        ("2021-11-23t14:05z", "2021-11-23T14:05:00+00:00"),
        ("2021-11-23 14:05 +0900", "2021-11-23T14:05:00+09:00"),
    ],
)
def test_what_is_typed_is_what_is_meant(typed: str, meant: str) -> None:
    assert moment_from(typed).isoformat() == meant


@pytest.mark.parametrize(
    "typed",
    ["", "yesterday", "20211123", "2021-W47-2", "2021-11-23 14", "2021-11-23 14,05", "2021-13-45", "23-11-2021"],
)
def test_what_is_no_moment_is_refused_with_one_that_is(typed: str) -> None:
    with pytest.raises(UsageError, match="2021-11-23T14:05"):
        moment_from(typed)
