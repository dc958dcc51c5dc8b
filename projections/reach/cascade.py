"""The cascade of an item: how it was passed on from its publication.

Structural virality is that of Goel, Anderson, Hofman and Watts, "The Structural Virality of Online Diffusion",
Management Science 62(1), 2016: the mean distance of two nodes of the tree.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from projections.reach.chains import Chains, Turn
from projections.reach.figure import Evidence
from projections.reach.found import Found, count, ratio
from projections.reach.step import CORRECTING, PASSING
from projections.reach.tables import STEP
from projections.reach.view import View


class Cascade(NamedTuple):
    """The passing steps of an item that come from its publication, and those that lead to nothing."""

    depths: Mapping[int, int]
    """The depth of every node of the tree, 0 for the publication, from the top down."""
    parents: Mapping[int, int]
    """The parent of every node but the publication."""
    orphans: Sequence[int]


def figures(view: View, item: str) -> Iterator[Found]:
    """Yield the figures of the cascade of an item."""
    cascade = read(view, item)
    depths = cascade.depths
    widths = Counter(depths.values())
    size = len(depths)
    paths = _paths(cascade)

    def by_depth() -> Iterator[Evidence]:
        return map(Evidence, depths, depths.values())

    yield count("cascade.size", size, lambda: map(Evidence, depths))
    yield count("cascade.depth", max(widths, default=0), by_depth)
    yield count("cascade.width", max(widths.values(), default=0), by_depth)
    yield ratio("cascade.virality", 2 * sum(paths), size * (size - 1), lambda: map(Evidence, depths, paths))
    yield count("cascade.orphans", len(cascade.orphans), lambda: map(Evidence, cascade.orphans))


def read(view: View, item: str) -> Cascade:
    """Read the cascade of an item, in any region, window and channel."""
    steps = view.steps(STEP.c.subject == item, STEP.c.kind.in_((*PASSING, *CORRECTING)))
    passing = sorted((step for step in steps if step.kind in PASSING), key=attrgetter("position"))
    root = next((step for step in passing if step.kind == "item.published"), None)
    chains = Chains(view, steps)
    above = {step.position: None if step is root else chains.turning(step.cause, item) for step in passing}
    fates = {} if root is None else {root.position: _TREE}
    for step in passing:
        _settle(step.position, above, fates)
    parents = {
        position: parent.position
        for position, parent in above.items()
        if parent is not None and fates[position] == _TREE
    }
    depths = {} if root is None else _depths(root.position, parents)
    return Cascade(depths, parents, [position for position in above if fates[position] == _LOST])


_TREE: Final = "tree"
_CORRECTION: Final = "correction"
_LOST: Final = "lost"


def _settle(position: int, above: Mapping[int, Turn | None], fates: dict[int, str]) -> None:
    """Find out where the parents of a node lead: to the publication, to a correction, or nowhere."""
    path: dict[int, None] = {}
    fate = _LOST
    here: int | None = position
    while here is not None and here not in path:
        if here in fates:
            fate = fates[here]
            break
        path[here] = None
        parent = above[here]
        if parent is not None and parent.kind in CORRECTING:
            fate = _CORRECTION
            break
        here = None if parent is None else parent.position
    fates.update(dict.fromkeys(path, fate))


def _depths(root: int, parents: Mapping[int, int]) -> dict[int, int]:
    children: dict[int, list[int]] = {}
    for position, parent in parents.items():
        children.setdefault(parent, []).append(position)
    found = {root: 0}
    waiting = [root]
    for position in waiting:
        for child in children.get(position, ()):
            found[child] = found[position] + 1
            waiting.append(child)
    return found


def _paths(cascade: Cascade) -> list[int]:
    """Return s (n - s) of the edge above each node, from the top down, and 0 for the publication.

    That is how many of the paths between two nodes go through it: their sum is that of all distances.
    """
    size = len(cascade.depths)
    below = dict.fromkeys(cascade.depths, 1)
    for position in reversed(cascade.depths):  # from the bottom up
        parent = cascade.parents.get(position)
        if parent is not None:
            below[parent] += below[position]
    return [one * (size - one) for one in below.values()]
