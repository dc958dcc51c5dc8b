"""Chance that falls the same for a seed in every process, on every machine and with every Python.

Of the module `random` only the numbers of `random()` are promised to stay the same (its "Notes on
Reproducibility"). Everything else is made of them here, with arithmetic that is exact everywhere.
"""

from base64 import b32encode
from collections.abc import Sequence
from random import Random
from typing import Final, TypeVar

T = TypeVar("T")

_PIECE_BITS: Final = 48
_PSEUDONYM_LENGTH: Final = 26


class Chance:
    """What falls by chance."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random  # noqa: S311 - nothing here is a secret

    def happens(self, probability: float) -> bool:
        """Tell whether something happens."""
        return self.random() < probability

    def between(self, least: int, most: int) -> int:
        """Return a whole number, both ends included."""
        return least + int(self.random() * (most - least + 1))

    def one(self, values: Sequence[T]) -> T:
        """Return one of the values."""
        return values[int(self.random() * len(values))]

    def some(self, values: Sequence[T], count: int) -> list[T]:
        """Return so many of the values in any order, each at most once; all where there are not so many."""
        left = list(values)
        count = min(count, len(left))
        for at in range(count):
            other = at + int(self.random() * (len(left) - at))
            left[at], left[other] = left[other], left[at]
        return left[:count]

    def about(self, seconds: float) -> int:
        """Return a delay: mostly a shorter one, now and then up to four times as long, on average this."""
        drawn = self.random()
        return int(4 * seconds * drawn * drawn * drawn)

    def pseudonym(self, key: str) -> str:
        """Return the pseudonym of somebody new."""
        number = 0
        for _ in range(3):
            number = number << _PIECE_BITS | int(self.random() * (1 << _PIECE_BITS))
        return f"p1.{key}.{b32encode(number.to_bytes(18)).decode()[:_PSEUDONYM_LENGTH]}"
