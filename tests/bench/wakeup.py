"""How soon a step is in the view: from a commit here to its row there, while `jejak follow` runs beside."""

import signal
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import Final

from tests.bench.flows import chain
from tests.bench.measure import Bench, Figure, start_jejak

NAME: Final = "wakeup"
_EVENTS: Final = 150
_MOST_PAUSE: Final = 0.1
_LOOK_SECONDS: Final = 0.0005
_MOST_WAIT: Final = 30
_MOST_MS: Final = 50


def run(bench: Bench) -> list[Figure]:
    """Measure single commits at moments of chance, in several runs."""
    found = [_run(bench) for _ in range(bench.runs)]
    what = "from the commit of one event to its row in the view"
    return [
        Figure(NAME, f"{what}: median", "ms", [median(one) for one in found], at_most=_MOST_MS),
        Figure(NAME, f"{what}: 99 of 100", "ms", [quantiles(one, n=100)[-1] for one in found], at_most=_MOST_MS),
    ]


def _run(bench: Bench) -> list[float]:
    home, random = bench.home(), Random(1)
    lines = list(chain(_EVENTS, start=datetime.now(UTC) - timedelta(days=6)))
    first, singles = lines[:-_EVENTS], lines[-_EVENTS:]
    with bench.installation(home) as jejak:
        jejak.publisher.publish(first)
        jejak.follower.catch_up()
        follower = start_jejak("follow", home=home, stderr=subprocess.DEVNULL)
        try:
            with closing(sqlite3.connect(jejak.settings.views_path, isolation_level=None)) as view:
                found = []
                for line in singles:
                    sleep(random.uniform(0, _MOST_PAUSE))
                    position = jejak.publisher.publish([line])[0].position
                    begin = perf_counter()
                    while (
                        view.execute("SELECT 1 FROM trail_step WHERE position = ?", (position,)).fetchone() is None
                    ):
                        if perf_counter() - begin > _MOST_WAIT:
                            raise RuntimeError(f"position {position} does not come")
                        sleep(_LOOK_SECONDS)
                    found.append((perf_counter() - begin) * 1_000)
        finally:
            follower.send_signal(signal.SIGTERM)
            follower.wait()
    return found[1:]  # the first waits until the program has started
