"""What is still to come, in the order in which it happens."""

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Act = Callable[..., bytes | None]
"""Something that happens at a second of the flow: the line of its event, where it is written at once."""


class Agenda:
    """The acts to come. Times are seconds since the first midnight; what lies beyond the end never comes."""

    def __init__(self, end: int) -> None:
        self.end = end
        self._to_come: list[tuple[int, int, Act, tuple[object, ...]]] = []
        self._numbers = count()

    def plan(self, at: int, act: Act, *about: object) -> None:
        """Let `act(at, *about)` come; of two at one time, the one that was planned first."""
        if at < self.end:
            heappush(self._to_come, (at, next(self._numbers), act, about))

    def lines(self) -> Iterator[bytes]:
        """Yield what is written, until nothing is to come."""
        to_come = self._to_come
        while to_come:
            at, _, act, about = heappop(to_come)
            line = act(at, *about)
            if line is not None:
                yield line
