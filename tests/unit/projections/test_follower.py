"""A follower that is asked to stop does so between two batches, however much lies ahead."""

from typing import Any, Final

from projections.follower import Follower

HEAD: Final = 100_000


class Log:
    """A log of empty rows, which gives ten at a time."""

    def head(self) -> int:
        return HEAD

    def read(self, after: int, _most: int) -> list[tuple[int, str, str]]:
        return [(position, "", "") for position in range(after + 1, after + 11)]


class Engine:
    """Folds nothing, and counts how often."""

    folded = 0

    def prepare(self) -> None:
        """Make nothing."""

    def position(self) -> int:
        return 0

    def verify(self, _log: object) -> None:
        """Find nothing."""

    def fold(self, _rows: object) -> None:
        self.folded += 1


def test_it_stops_between_two_batches_and_has_not_caught_up_then() -> None:
    log: Any = Log()
    engine: Any = Engine()
    follower = Follower(log, engine)
    assert follower.catch_up(stopped=lambda: engine.folded == 3) == 30
    assert follower.why_not_ready() is not None
    assert follower.catch_up(stopped=lambda: False) == HEAD
    assert follower.why_not_ready() is None
