"""The cascade of an item: how it was passed on from its publication.

Structural virality is that of Goel, Anderson, Hofman and Watts, "The Structural Virality of Online Diffusion",
Management Science 62(1), 2016: the mean distance of two nodes of the tree.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from projections.reach.chains import Chains, Turn
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
    nodes = list(cascade.depths)
    widths = Counter(cascade.depths.values())
    size = len(nodes)
    yield count("cascade.size", size, lambda: nodes)
    yield count("cascade.depth", max(widths, default=0), lambda: nodes)
    yield count("cascade.width", max(widths.values(), default=0), lambda: nodes)
    yield ratio("cascade.virality", 2 * _paths(cascade), size * (size - 1), lambda: nodes)
    yield count("cascade.orphans", len(cascade.orphans), lambda: cascade.orphans)


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


def _paths(cascade: Cascade) -> int:
    """Return the sum over edges of s (n - s), which is that of the distances of all pairs of nodes."""
    size = len(cascade.depths)
    below = dict.fromkeys(cascade.depths, 1)
    total = 0
    for position in reversed(cascade.depths):  # from the bottom up
        parent = cascade.parents.get(position)
        if parent is not None:
            total += below[position] * (size - below[position])
            below[parent] += below[position]
    return total
