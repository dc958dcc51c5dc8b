"""Cuts what a statement asks for into lists that are short enough to be its parameters."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

MOST_PARAMETERS: Final = 10_000
"""Well below what SQLite takes in one statement (32,766 by default)."""

_T = TypeVar("_T")


def slices(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Yield the values, in order, in lists of at most `MOST_PARAMETERS`."""
    wanted = list(values)
    for first in range(0, len(wanted), MOST_PARAMETERS):
        yield wanted[first : first + MOST_PARAMETERS]
