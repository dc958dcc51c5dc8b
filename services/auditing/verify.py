"""Verifies a log and its views: names the first position at which a promise of docs/log.md is broken."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from typing import Final

from msgspec import Struct

from infra.language import translate as _
from infra.log import Log, StoredRow
from infra.views import Views
from infra.views.sqlite import open_views
from projections.checkpoints import HowFarSent
from projections.engine import Engine, Projection
from services.auditing.broken import Broken
from services.auditing.rows import Rows
from services.auditing.views import Compared, KeptView, compare, kept_views

_BATCH: Final = 10_000
_BEFORE_ALL: Final = -(2**63)

Progress = Callable[[int, int], None]
"""Is told how many positions are done, of how many."""


class Verdict(Struct, frozen=True):
    """What was looked at, and the first promise that is broken; None where every one is kept.

    `positions` is the number of rows up to which the log itself keeps them.
    """

    positions: int
    views: list[Compared]
    broken: Broken | None


def verify(
    log: Log,
    views: Views | None,
    projections: Sequence[Projection],
    how_far_sent: HowFarSent = lambda _: {},
    progress: Progress | None = None,
) -> Verdict:
    """Look at every row of the log, and compare every view with one folded anew, in a folder for that alone.

    A view that is behind the log is compared up to where it is.

    Raises:
        BrokenProjectionError: a projection fails on so many events that nothing can be folded anew.
        and what the databases raise that cannot be read.

    """
    kept = [] if views is None else kept_views(views, projections, how_far_sent)
    with (
        tempfile.TemporaryDirectory(prefix="jejak-verify-") as folder,
        closing(open_views(Path(folder) / "views.sqlite")) as anew,
    ):
        comparable = [view for view in kept if view.is_comparable]
        engine = Engine(anew, projections)
        engine.prepare()
        walk = _Walk(log, engine, comparable, progress)
        found = [each for each in (walk.broken, *walk.checkpoints()) if each is not None]
        compared = []
        if views is not None:
            late = min((view.position for view in comparable if not view.projection.partitioned), default=0)
            late = min(late, walk.position)
            with views.reading() as connection, anew.reading() as scratch:
                for view in kept:
                    if not view.is_comparable:
                        compared.append(Compared(view.projection.name, view.version, None, None))
                        continue
                    told, broken = compare(view, connection, scratch, walk.position, late)
                    compared.append(told)
                    found += [] if broken is None else [broken]
    return Verdict(walk.position, compared, min(found, key=lambda each: each.position, default=None))


class _Walk:
    """One way through the log: each row is looked at, and folded as far as a view was."""

    def __init__(self, log: Log, engine: Engine, views: Sequence[KeptView], progress: Progress | None) -> None:
        self._views = views
        self._wanted = {position for view in views for position in view.checkpoints}
        self._digests: dict[int, bytes] = {}
        self._engine = engine
        self._fold_to = max((view.position for view in views), default=0)
        self.broken: Broken | None = None
        self._rows = Rows()
        head = log.head()
        with log.reading() as reading:
            while self.broken is None and (batch := reading.rows(self.position or _BEFORE_ALL, _BATCH)):
                self.broken = self._rows.look_at(batch, reading.find)
                self._take([row for row in batch if 0 < row.position <= self.position])
                if progress is not None:
                    progress(self.position, max(head, self.position))

    @property
    def position(self) -> int:
        """The last position up to which the rows keep every promise."""
        return self._rows.position

    def _take(self, rows: Sequence[StoredRow]) -> None:
        self._digests |= {
            row.position: sha256(row.state.encode()).digest() for row in rows if row.position in self._wanted
        }
        shown = takewhile(lambda row: row.position <= self._fold_to, rows)
        self._engine.fold([(row.position, row.topic, row.state) for row in shown])

    def checkpoints(self) -> list[Broken]:
        """Return which checkpoints of the views are not those of this log."""
        return [
            found for view in self._views if (found := self._checkpoint(view.projection.name, view.checkpoints))
        ]

    def _checkpoint(self, view: str, checkpoints: Mapping[int, bytes]) -> Broken | None:
        for position, digest in sorted(checkpoints.items()):
            if position > self.position:
                if self.broken is not None:  # further than the log was looked at
                    return None
                sentence = _(
                    "the view {view} was folded up to position {position}, and the log ends at {head}: rows at its"
                    " end are gone"
                ).format(view=view, position=position, head=self.position)
                return Broken(self.position + 1, "checkpoint", view, sentence)
            if self._digests[position] != digest:
                sentence = _("the view {view} was folded from another row than the log holds here")
                return Broken(position, "checkpoint", view, sentence.format(view=view))
        return None
