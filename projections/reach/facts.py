"""The facts of one part of a selection that several figures are computed from: pairs of an item and a holder."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cached_property, partial
from itertools import chain
from operator import itemgetter
from typing import Final, NamedTuple

from sqlalchemy import and_, func

from events.fields import is_region_code, microseconds
from infra.views import among
from projections.reach.chains import Chains
from projections.reach.dimensions import Where
from projections.reach.reading import ANYWHERE, Key, Reading, Row, Rows, Source
from projections.reach.step import ADDRESSING, GATHERINGS, PASSING, STAGES, TELLING
from projections.reach.tables import STEP, TARGET
from projections.reach.view import Told, View, within

Pair = tuple[str, str]
"""An item and a holder."""

pair_of: Final = itemgetter(0, 1)
"""The pair of a row that begins with item and holder."""

_PASSING: Final = STEP.alias("passing")


_STEP: Final = (STEP.c.subject, STEP.c.holder, STEP.c.at, STEP.c.position)


def receipts(reading: Reading) -> Rows:
    """Read item, holder, time, position, region and cause of receipts; and when the cause passed the item on."""
    directly = and_(
        _PASSING.c.position == STEP.c.cause_position,
        _PASSING.c.subject == STEP.c.subject,
        _PASSING.c.kind.in_(PASSING),
        *reading.view.live(_PASSING),
    )
    return reading.rows(
        (*_STEP, STEP.c.region, STEP.c.cause_position, _PASSING.c.at),
        *reading.of_holders("item.received"),
        joined=STEP.outerjoin(_PASSING, directly),
    )


def verdicts(reading: Reading) -> Rows:
    """Read item, holder, time, position and verdict of screenings."""
    return reading.rows((*_STEP, STEP.c.verdict), *reading.of_holders("item.screened"))


def _gatherings(kind: str, reading: Reading) -> Rows:
    """Read item, holder and region of discussions, shares or acts; and the position, where it is asked for."""
    columns = (STEP.c.subject, STEP.c.holder, STEP.c.region, *reading.listed(STEP.c.position))
    return reading.rows(columns, *reading.of_holders(kind))


GATHERED: Final[Mapping[str, Source]] = {kind: partial(_gatherings, kind) for kind in GATHERINGS}


def addressing(reading: Reading) -> Rows:
    """Read item, position, kind and targets of steps, wherever they lie, that may name a holder in the region."""
    selection, regions = reading.selection, reading.regions
    conditions = reading.chosen(*ADDRESSING)
    if selection.item is None and selection.region is not None:
        around = [each.code for each in regions.ancestors(selection.region)]
        names = [*reading.registry.ever_in(selection.region), *around, *regions.within(selection.region)]
        conditions += [among(TARGET.c.target, names), *within(TARGET.c.at, selection)]
    return reading.rows(
        (STEP.c.subject, STEP.c.position, STEP.c.kind),
        conditions,
        where=Where(ANYWHERE, STEP.c.channel, STEP.c.at),
        joined=STEP.join(TARGET, TARGET.c.position == STEP.c.position),
        totals=(func.aggregate_strings(TARGET.c.target, " "),),
    )


def without_channel(reading: Reading) -> Rows:
    """Read how many steps of each kind are left out because they have no channel."""
    if reading.selection.channel is None and "channel" not in reading.selection.by:
        return {}
    kinds = (*STAGES, "item.screened", *TELLING)
    steps = (*reading.of_holders(*kinds, channel=False), *reading.from_elsewhere(*kinds, channel=False))
    return reading.rows(
        (STEP.c.kind,),
        *([*conditions, STEP.c.channel.is_(None)] for conditions in steps),
        where=Where(STEP.c.region, ANYWHERE, STEP.c.at),
        totals=(func.count(),),
    )


PAIRS: Final = (receipts, *GATHERED.values(), addressing)
"""What is read of items, which come first in each row."""


class Item(NamedTuple):
    """An item: who issued it, when, and every event that says whom it is intended for."""

    issuer: str
    at: int | None
    intends: Sequence[Told]


class Shared:
    """What is known of all parts together: items, and the chains of causes that latency looks up."""

    def __init__(self, reading: Reading) -> None:
        asked = {reading.selection.item} if reading.selection.item is not None else set()
        names = {row[0] for source in PAIRS for rows in reading.of(source).values() for row in rows}
        self.items = _items(reading.view, names | asked)
        self.published = {name: item.at for name, item in self.items.items() if item.at is not None}
        """When each item was."""
        self.issuers = {(name, item.issuer) for name, item in self.items.items()}
        rows = chain.from_iterable(reading.of(receipts).values())
        self.chains = Chains(reading.view, causes=(row[5] for row in rows if row[6] is None))


def _items(view: View, names: Iterable[str]) -> dict[str, Item]:
    found = {}
    for name, told in view.told(names).items():
        first = told[0]
        published = first.at if first.kind == "item.published" else None
        found[name] = Item(first.issuer, published, [each for each in told if each.intends])
    return found


class Facts:
    """The facts of one part, from the rows that belong to it."""

    def __init__(self, reading: Reading, shared: Shared, key: Key) -> None:
        self.reading = reading
        self.shared = shared
        self._keys = reading.keys_of(key)
        self.selection, self.topic = reading.part(key)
        self.inside = Inside(self.selection.region)

    def rows(self, source: Source) -> Iterator[Row]:
        """Return the rows of a source that belong to this part."""
        found = self.reading.of(source)
        return chain.from_iterable(found.get(key, ()) for key in self._keys)

    @property
    def end(self) -> datetime:
        """The end of the window; the newest recorded_at where it is open."""
        return self.selection.end or self.reading.now

    def left_out(self, *kinds: str) -> str | None:
        """Return the note on the steps of some kinds that have no channel."""
        number = sum(steps for kind, steps in self.rows(without_channel) if kind in kinds)
        return f"{number} steps without a channel left out" if number else None

    # -- pairs ------------------------------------------------------------------------------------------

    @cached_property
    def first_receipts(self) -> Mapping[Pair, Row]:
        """The first receipt of each pair, issuers' too."""
        return first(self.rows(receipts))

    @cached_property
    def received(self) -> AbstractSet[Pair]:
        """The pairs with a receipt, the issuers left out."""
        return self.first_receipts.keys() - self.shared.issuers

    @cached_property
    def gathered(self) -> Mapping[str, AbstractSet[Pair]]:
        """The pairs of each kind of gathering, the issuers left out."""
        found = {}
        for kind, source in GATHERED.items():
            found[kind] = pairs = set(map(pair_of, self.rows(source)))
            pairs.difference_update(self.shared.issuers)
        return found

    def issuer(self, item: str) -> str | None:
        """Return who issued an item; None where its publication is not looked at."""
        known = self.shared.items.get(item)
        return None if known is None else known.issuer

    # -- whom steps address -----------------------------------------------------------------------------

    @cached_property
    def addressed(self) -> Mapping[str, AbstractSet[str]]:
        """Of each item: the holders in the region whom any step names, the issuer left out."""
        return self.named(self.rows(addressing))

    @cached_property
    def intended(self) -> Mapping[str, AbstractSet[str]]:
        """Of each item: those whom the newest event of the window that says whom it is intended for names."""
        in_force = {self._in_force(item) for item in self.addressed}
        return self.named(row for row in self.rows(addressing) if row[1] in in_force)

    def named(self, rows: Iterable[Row]) -> Mapping[str, AbstractSet[str]]:
        """Return, by item, the holders in the region whom some addressing steps name, the issuer left out."""
        registry, region = self.reading.registry, self.selection.region
        settled = registry.settled_in(region)
        names: dict[str, set[str]] = defaultdict(set)
        kim: dict[str, list[set[str] | frozenset[str]]] = defaultdict(list)
        for item, position, kind, targets in rows:
            telling = kind in TELLING
            for target in targets.split(" "):
                if telling and is_region_code(target):
                    kim[item].append(self._kim_in(target, position))
                elif settled.get(target, position) < position or registry.lay_in(target, region, position):
                    names[item].add(target)
        found = {}
        for item in names.keys() | kim.keys():
            holders, issuer = _united([*kim[item], names[item]]), self.issuer(item)
            found[item] = holders - {issuer} if issuer in holders else holders
        return found

    def _kim_in(self, target: str, position: int) -> frozenset[str]:
        region, registry = self.selection.region, self.reading.registry
        if self.inside[target]:
            return registry.kim_in(target, position)
        if region is not None and region.startswith(f"{target}."):
            return registry.kim_in(region, position)
        return frozenset()

    def _in_force(self, item: str) -> int | None:
        """Return the position of the newest event of the window that says whom an item is intended for."""
        known = self.shared.items.get(item)
        if known is None:
            return None
        # Looked for among all, not among those read here: the newest may name nobody in the region.
        return next((told.position for told in reversed(known.intends) if self._in_window(told.at)), None)

    def _in_window(self, at: int) -> bool:
        begin, end = self.selection.begin, self.selection.end
        return (begin is None or microseconds(begin) <= at) and (end is None or at < microseconds(end))


def _united(sets: Sequence[set[str] | frozenset[str]]) -> set[str] | frozenset[str]:
    """Return the union of sets; the largest, perhaps every KIM of a province, is not copied where it has all."""
    largest = max(sets, key=len)
    return largest if all(map(largest.issuperset, sets)) else frozenset().union(*sets)


def first(rows: Iterable[Row]) -> dict[Pair, Row]:
    """Return the first row of each pair, of rows that begin with item, holder, time and position."""
    found: dict[Pair, Row] = {}
    for row in rows:
        pair = row[:2]
        known = found.setdefault(pair, row)
        if known is not row and row[2:4] < known[2:4]:
            found[pair] = row
    return found


def last(rows: Iterable[Row]) -> dict[Pair, Row]:
    """Return the last row of each pair, likewise."""
    found: dict[Pair, Row] = {}
    for row in rows:
        pair = row[:2]
        known = found.setdefault(pair, row)
        if known is not row and row[2:4] > known[2:4]:
            found[pair] = row
    return found


class Inside(dict[str | None, bool]):
    """Whether a region lies in another one; what was asked once is remembered."""

    def __init__(self, outer: str | None) -> None:
        self._outer = outer

    def __missing__(self, region: str | None) -> bool:
        outer = self._outer
        found = outer is None or (region is not None and (region == outer or region.startswith(f"{outer}.")))
        self[region] = found
        return found
