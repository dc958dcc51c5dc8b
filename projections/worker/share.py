"""The share of a worker: the partitions that it was dealt out, and whether they move."""

import time
from collections.abc import Callable, Collection, Mapping
from math import inf
from threading import Lock
from typing import Final

from infra.language import translate as _

_STUCK_SECONDS: Final = 30.0
_NEVER_SEEN: Final = (inf, -inf)

Positions = Callable[[], Mapping[int, int]]
"""Tells a position of each partition."""


class Share:
    """Tells which partitions are behind what was sent on them, and for how long they have not moved.

    `folded` tells how far each partition is, `sent` the last position that was sent on each. May be asked by any
    thread.
    """

    def __init__(self, folded: Positions, sent: Positions) -> None:
        self._folded = folded
        self._sent = sent
        self._lock = Lock()
        self._seen: dict[int, tuple[float, float]] = {}
        """Of each partition: where it was when somebody looked, and when it last moved or had nothing to do."""

    def deal_out(self, partitions: Collection[int]) -> None:
        """Have these partitions from now on, and no others; a new one is taken for one that never moved."""
        with self._lock:
            self._seen = {partition: self._seen.get(partition, _NEVER_SEEN) for partition in partitions}

    def late(self, seconds: float) -> dict[int, int]:
        """Return the partitions that have lagged for so long and not moved, with the position that was sent.

        Raises:
            as `folded` and `sent` do.

        """
        sent, folded, now = self._sent(), self._folded(), time.monotonic()
        found: dict[int, int] = {}
        with self._lock:
            for partition, (before, since) in self._seen.items():
                here, until = folded[partition], sent.get(partition, 0)
                moment = now if here >= until or here > before else since
                if now - moment >= seconds and here < until:
                    found[partition] = until
                self._seen[partition] = (here, moment)
        return found

    def far_behind(self, positions: int) -> dict[int, int]:
        """Return the partitions that are more positions of the log behind, with the position that was sent.

        Raises:
            as `folded` and `sent` do.

        """
        sent, folded = self._sent(), self._folded()
        with self._lock:
            return {each: sent[each] for each in self._seen if sent.get(each, 0) - folded[each] > positions}

    def why_not_ready(self) -> str | None:
        """Say which partitions do not move; None while all do.

        Raises:
            as `late`.

        """
        stuck = self.late(_STUCK_SECONDS)
        if not stuck:
            return None
        return _(
            "nothing was folded for {seconds} seconds of what was sent on the partitions {partitions}"
        ).format(seconds=int(_STUCK_SECONDS), partitions=", ".join(map(str, sorted(stuck))))
