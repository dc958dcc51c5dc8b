"""The facts of a selection, read once; every figure is computed from them, for the whole and for each part."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeVar

from msgspec import structs
from sqlalchemy import ColumnElement

from events.fields import is_region_code, microseconds, moment
from infra.regions import Regions
from infra.views import among
from projections.reach.chains import Chains
from projections.reach.figure import Selection
from projections.reach.tables import PLACE, STEP, TARGET
from projections.reach.view import Step, Told, View, lies_elsewhere, within
from projections.registry.queries import Registry

GATHERINGS: Final = ("item.discussed", "item.shared", "item.acted_on")
"""The kinds of step that have people."""

STAGES: Final = ("item.received", *GATHERINGS)
"""The stages of the funnel after `addressed`."""

_ADDRESSING: Final = ("item.published", "item.revised", "item.forwarded", "item.shared")
_COUNTED: Final = (*STAGES, "item.screened", "item.forwarded", "item.published", "item.revised")


_position = attrgetter("position")
_Key = TypeVar("_Key", bound=Hashable)


class Item(NamedTuple):
    """An item: who issued it, when, its topic, and every event that says whom it is intended for."""

    issuer: str
    at: int | None
    topic: str | None
    intends: Sequence[Told]


Population = Callable[[str | None, datetime], int | None]
"""How many people live in a region, by the newest record before a moment; None where that is not known."""


@dataclass(frozen=True)
class Common:
    """What the parts of a selection share."""

    view: View
    regions: Regions
    registry: Registry
    population: Population
    chains: Chains
    """Those of every receipt."""
    places: Mapping[int, Sequence[tuple[str, int]]]
    """Of steps with origins: the regions of their people, and how many are there."""
    persons: Mapping[int, Sequence[str]]
    targets: Mapping[int, Sequence[str]]
    """Of addressing steps: whom they name."""
    items: Mapping[str, Item]
    now: int
    """The newest recorded_at that is looked at."""


@dataclass(frozen=True)
class Facts:
    """The steps of a selection or of a part of it; none of them is voided."""

    selection: Selection
    common: Common
    steps: Sequence[Step]
    """Those that lie in the region or have people there, and all that may have coached a KIM there."""
    addressing: Sequence[Step]
    """Those that may name a holder in the region, wherever they lie."""
    unchanneled: Mapping[str, int] = field(default_factory=dict)
    """With a channel: how many steps of each kind are left out because they have none."""

    @cached_property
    def by_kind(self) -> dict[str, list[Step]]:
        """The steps of each kind."""
        found: dict[str, list[Step]] = {}
        for step in self.steps:
            found.setdefault(step.kind, []).append(step)
        return found

    def of(self, *kinds: str) -> list[Step]:
        """Return the steps of some kinds."""
        return [step for kind in kinds for step in self.by_kind.get(kind, ())]

    def held(self, *kinds: str) -> list[Step]:
        """Return the steps of some kinds whose holder lies in the region."""
        return [step for step in self.of(*kinds) if self.inside[step.region]]

    @cached_property
    def inside(self) -> "_Inside":
        """Whether a region lies in that of the selection."""
        return _Inside(self.selection.region)

    def issuer(self, item: str) -> str | None:
        """Return who issued an item; None where its publication is not looked at."""
        known = self.common.items.get(item)
        return None if known is None else known.issuer

    def in_force(self, item: str) -> int | None:
        """Return the position of the newest event of the window that says whom an item is intended for."""
        known = self.common.items.get(item)
        if known is None:
            return None
        # Looked for among all, not in `addressing`: the newest may name nobody in the region.
        return next((told.position for told in reversed(known.intends) if self._in_window(told.at)), None)

    def _in_window(self, at: int) -> bool:
        begin, end = self.selection.begin, self.selection.end
        return (begin is None or microseconds(begin) <= at) and (end is None or at < microseconds(end))

    @property
    def end(self) -> datetime:
        """The end of the window; the newest recorded_at where it is open."""
        return self.selection.end or moment(self.common.now)

    def left_out(self, *kinds: str) -> str | None:
        """Return the note on the steps of some kinds that have no channel."""
        number = sum(self.unchanneled.get(kind, 0) for kind in kinds)
        return f"{number} steps without a channel left out" if number else None

    def people(self, step: Step) -> tuple[int, Sequence[str]]:
        """Return H and P of a step for the region."""
        headcount = step.headcount or 0
        places = self.common.places.get(step.position)
        if places is None:
            here = headcount if self.inside[step.place or step.region] else 0
        else:
            here = sum(people for region, people in places if self.inside[region])
        return here, self.common.persons.get(step.position, ()) if here == headcount else ()

    # -- parts --------------------------------------------------------------------------------------------

    def of_selection(self, **narrower: Any) -> "Facts":  # noqa: ANN401 - each is of its field's type
        """Return the same of a narrower selection."""
        return replace(self, selection=structs.replace(self.selection, **narrower))

    def of_steps(self, steps: Sequence[Step], addressing: Sequence[Step]) -> "Facts":
        """Return the same of fewer steps."""
        return replace(self, steps=steps, addressing=addressing)

    def split(self, key: Callable[[Step], _Key | None]) -> "dict[_Key, Facts]":
        """Return the parts whose steps have the same key; steps without one are in none."""
        steps: dict[_Key, list[Step]] = _grouped(self.steps, key)
        addressing: dict[_Key, list[Step]] = _grouped(self.addressing, key)
        return {
            each: self.of_steps(steps.get(each, ()), addressing.get(each, ()))
            for each in dict.fromkeys((*steps, *addressing))
        }

    def in_channel(self, channel: str) -> "Facts":
        """Return the part that has a channel."""
        return replace(
            self.of_selection(channel=channel),
            steps=[step for step in self.steps if step.channel == channel],
            addressing=[step for step in self.addressing if step.channel == channel],
            unchanneled=Counter(step.kind for step in self.steps if step.channel is None),
        )

    def in_region(self, region: str) -> "Facts":
        """Return the part that lies in a region, or has people there."""
        inside, places = _Inside(region), self.common.places

        def touches(step: Step) -> bool:
            if inside[step.region] or (step.place is not None and inside[step.place]):
                return True
            if step.kind == "coaching.held":  # a KIM that it coached may lie there
                return True
            return any(inside[place] for place, _ in places.get(step.position, ()))

        return replace(self.of_selection(region=region), steps=[step for step in self.steps if touches(step)])


def _grouped(steps: Iterable[Step], key: Callable[[Step], _Key | None]) -> dict[_Key, list[Step]]:
    found: dict[_Key, list[Step]] = {}
    for step in steps:
        its_key = key(step)
        if its_key is not None:
            found.setdefault(its_key, []).append(step)
    return found


class _Inside(dict[str | None, bool]):
    """Whether a region lies in another one; what was asked once is remembered."""

    def __init__(self, outer: str | None) -> None:
        self._outer = outer

    def __missing__(self, region: str | None) -> bool:
        outer = self._outer
        found = outer is None or (region is not None and (region == outer or region.startswith(f"{outer}.")))
        self[region] = found
        return found


# -- reading --------------------------------------------------------------------------------------------


def read(view: View, selection: Selection, regions: Regions, population: Population) -> Facts:
    """Read the facts of a selection."""
    registry = Registry(view.connection, view.as_of)
    window = within(STEP.c.at, selection)
    if selection.item is not None:
        steps = view.steps(STEP.c.subject == selection.item, STEP.c.kind.in_(_COUNTED), *window)
    else:
        steps = _steps_of_region(view, selection, regions, window)
    if selection.item is not None or selection.region is None:
        addressing = [step for step in steps if step.kind in _ADDRESSING]
    else:
        known = {step.position: step for step in steps}
        naming = _naming(view, selection, regions, registry, known)
        addressing = [step for step in naming if step.kind in _ADDRESSING]
        steps += [step for step in naming if step.kind == "coaching.held" and step.position not in known]
    for each in (steps, addressing):
        each.sort(key=_position)  # each database has an order of its own, and figures list events in this one
    items = {step.subject for each in (steps, addressing) for step in each if step.kind.startswith("item.")}
    if selection.item is not None:
        items.add(selection.item)  # its correction has no window
    common = Common(
        view,
        regions,
        registry,
        population,
        Chains(view, (), steps),
        view.places(step.position for step in steps if step.kind in ("item.discussed", "coaching.held")),
        view.persons(step.position for step in steps if step.people),
        view.targets(
            [step.position for step in addressing]
            + [step.position for step in steps if step.kind == "coaching.held"]
        ),
        _items(view, items),
        view.now,
    )
    facts = Facts(selection, common, steps, addressing)
    if selection.item is not None and selection.region is not None:
        facts = facts.in_region(selection.region)
    return facts if selection.channel is None else facts.in_channel(selection.channel)


def _steps_of_region(
    view: View, selection: Selection, regions: Regions, window: Sequence[ColumnElement[bool]]
) -> list[Step]:
    """Return the steps that lie in a region, or have people there."""
    counted = STEP.c.kind.in_((*_COUNTED, "coaching.held"))
    if selection.region is None:
        return view.steps(counted, *window)
    within = regions.within(selection.region)
    found = view.steps(among(STEP.c.region, within), counted, *window)
    # Those whose people are in the region, but not their holder.
    outside = lies_elsewhere(STEP.c.region, selection.region)
    found += view.steps(among(STEP.c.place, within), outside, counted, *window)
    places = set(view.positions(PLACE, PLACE.c.region, within, selection))
    places.difference_update(step.position for step in found)
    return found + view.steps(among(STEP.c.position, places), counted, *window)


def _naming(
    view: View, selection: Selection, regions: Regions, registry: Registry, known: Mapping[int, Step]
) -> list[Step]:
    """Return the steps, wherever they lie, that may name a holder in a region: by its name or by a region."""
    region = selection.region or ""
    around = [each.code for each in regions.ancestors(region)]
    names = [*registry.ever_in(region), *around, *regions.within(region)]
    positions = view.positions(TARGET, TARGET.c.target, names, selection)
    kinds = (*_ADDRESSING, "coaching.held")
    found = [known[position] for position in positions if position in known]
    others = (position for position in positions if position not in known)
    return [step for step in found if step.kind in kinds] + view.steps(
        among(STEP.c.position, others), STEP.c.kind.in_(kinds)
    )


def _items(view: View, names: Iterable[str]) -> dict[str, Item]:
    found = {}
    for name, told in view.told(names).items():
        first = told[0]
        topics = [each.topic for each in told if each.topic is not None]
        found[name] = Item(
            first.issuer,
            first.at if first.kind == "item.published" else None,
            topics[-1] if topics else None,
            [each for each in told if each.intends],
        )
    return found


# -- whom steps address -----------------------------------------------------------------------------------


def addressed(facts: Facts, step: Step) -> AbstractSet[str]:
    """Return the holders in the region whom a step addresses, the issuer of its item left out."""
    registry, region = facts.common.registry, facts.selection.region
    names: set[str] = set()
    kim: list[AbstractSet[str]] = []
    for target in facts.common.targets.get(step.position, ()):
        if step.kind in ("item.published", "item.revised") and is_region_code(target):
            if facts.inside[target]:
                kim.append(registry.kim_in(target, step.position))
            elif region is not None and region.startswith(f"{target}."):
                kim.append(registry.kim_in(region, step.position))
        elif facts.inside[registry.region(target, step.position)]:
            names.add(target)
    # One region alone, as most name, is not copied: it may have thousands of KIM.
    found = kim[0] if len(kim) == 1 and not names else names.union(*kim)
    issuer = facts.issuer(step.subject)
    return found - {issuer} if issuer in found else found
