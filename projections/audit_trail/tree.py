"""The steps of a trail as trees of causes, without recursion: a chain of any length works."""

from collections.abc import Iterator, Mapping


def depths(parents: Mapping[int, int | None]) -> dict[int, int]:
    """Return each step's depth, 0 for a root. `parents` maps position to parent, and has no cycle."""
    found: dict[int, int] = {}
    for position in parents:
        path = []
        above: int | None = position
        while above is not None and above not in found:
            path.append(above)
            above = parents[above]
        depth = -1 if above is None else found[above]
        for each in reversed(path):
            depth += 1
            found[each] = depth
    return found


def without_cycles(parents: Mapping[int, int | None]) -> dict[int, int | None]:
    """Return the parents with every cycle cut: its step of the lowest position becomes a root."""
    cut = dict(parents)
    done: set[int] = set()
    for position in parents:
        path: dict[int, None] = {}
        above: int | None = position
        while above is not None and above not in done and above not in path:
            path[above] = None
            above = cut[above]
        if above is not None and above in path:
            members = list(path)
            cut[min(members[members.index(above) :])] = None
        done.update(path)
    return cut


def in_tree_order(parents: Mapping[int, int | None]) -> Iterator[int]:
    """Yield the positions as a tree is read from top to bottom; siblings by position."""
    children: dict[int | None, list[int]] = {}
    for position in sorted(parents, reverse=True):
        children.setdefault(parents[position], []).append(position)
    waiting = children.get(None, [])
    while waiting:
        position = waiting.pop()
        yield position
        waiting.extend(children.get(position, ()))
