"""The facts of a selection, or of a part of it, gathered step by step; every figure is computed from them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

from events.fields import is_region_code, microseconds, moment
from infra.regions import Regions
from projections.reach.chains import Chains
from projections.reach.figure import Selection
from projections.reach.step import Mark, Pair, Step
from projections.reach.view import Told, View
from projections.registry.queries import Registry

GATHERINGS: Final = ("item.discussed", "item.shared", "item.acted_on")
"""The kinds of step that have people."""

STAGES: Final = ("item.received", *GATHERINGS)
"""The stages of the funnel after `addressed`."""

ADDRESSING: Final = ("item.published", "item.revised", "item.forwarded", "item.shared")
"""The kinds of step that name holders."""

COUNTED: Final = (*STAGES, "item.screened", "item.forwarded", "item.published", "item.revised")
"""The kinds of step of an item that figures depend on, apart from its correction."""


class Item(NamedTuple):
    """An item: who issued it, when, its topic, and every event that says whom it is intended for."""

    issuer: str
    at: int | None
    topic: str | None
    intends: Sequence[Told]


Population = Callable[[str | None, datetime], int | None]
"""How many people live in a region, by the newest record before a moment; None where that is not known."""


@dataclass
class Common:
    """What the parts of a selection share."""

    view: View
    regions: Regions
    registry: Registry
    population: Population
    now: int
    """The newest recorded_at that is looked at."""
    chains: Chains
    """Those of every step."""
    places: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    """Of steps with origins: the regions of their people, and how many are there."""
    persons: dict[int, list[str]] = field(default_factory=dict)
    targets: dict[int, list[str]] = field(default_factory=dict)
    """Of addressing steps and coaching sessions: whom they name."""
    items: dict[str, Item] = field(default_factory=dict)

    @cached_property
    def issuers(self) -> AbstractSet[Pair]:
        """The pair of each item and its issuer."""
        return {(name, item.issuer) for name, item in self.items.items()}


class Facts:
    """What figures need of the steps of a selection, or of a part of it."""

    def __init__(self, selection: Selection, common: Common, unchanneled: Counter[str]) -> None:
        self.selection = selection
        self.common = common
        self.unchanneled = unchanneled
        """With a channel: how many steps of each kind are left out because they have none."""
        self.marks: Mapping[str, dict[Pair, list[Mark]]] = {kind: {} for kind in (*STAGES, "item.screened")}
        """Of each kind: the steps whose holder lies in the region, by pair."""
        self.impressions: list[tuple[int, int | None]] = []
        """The position of each share whose site lies in the region, and how often it was seen."""
        self.largest = self.unnamed = self.silent = 0
        """The most people of one step; all people but those with pseudonyms; steps that say nothing of people."""
        self.persons: set[str] = set()
        self.gathered: list[int] = []
        """The positions of the steps that have people in the region."""
        self.reached: dict[str | None, int] = {}
        """The regions that information got to, inside or not, and a step that brought it there."""
        self.sessions: list[Step] = []
        self.addressing: list[Step] = []
        """Those that may name a holder in the region, wherever they lie."""
        self.inside = Inside(selection.region)

    def add(self, steps: Iterable[Step]) -> None:
        """Take in steps that lie in the region or have people there, or may have coached a KIM there.

        None of them is voided; their places and persons are known already.
        """
        inside, all_marks, reached = self.inside, self.marks, self.reached
        for step in steps:
            kind, region = step.kind, step.region
            marks = all_marks.get(kind)
            if marks is None:
                if kind == "coaching.held":
                    self.sessions.append(step)
                continue
            if inside[region]:
                pair = step.subject, step.holder
                mark = step.at, step.position, step.cause, step.verdict
                known = marks.get(pair)
                if known is None:
                    marks[pair] = [mark]
                else:
                    known.append(mark)
            if kind != "item.screened":
                reached.setdefault(region, step.position)
                if kind != "item.received":
                    self._gather(step)

    def _gather(self, step: Step) -> None:
        """Take in the people of a step."""
        site, headcount, position = step.place or step.region, step.headcount, step.position
        is_here = self.inside[site]
        if site != step.region:
            self.reached.setdefault(site, position)
        if is_here and step.kind == "item.shared":
            self.impressions.append((position, headcount if step.exposures is None else step.exposures))
        places = self.common.places.get(position)
        if places is not None:
            for place, _people in places:
                self.reached.setdefault(place, position)
        if headcount is None:
            self.silent += is_here
            return
        here = (headcount if is_here else 0) if places is None else self.people_at(places)
        if not here:
            return
        self.gathered.append(position)
        self.largest = max(self.largest, here)
        if step.people and here == headcount:
            here -= step.people
            self.persons.update(self.common.persons[position])
        self.unnamed += here

    def people_at(self, places: Iterable[tuple[str, int]]) -> int:
        """Return how many of the people at some places are in the region."""
        return sum(people for region, people in places if self.inside[region])

    # -- what is known once all steps are taken in --------------------------------------------------------

    def pairs(self, kind: str) -> AbstractSet[Pair]:
        """Return the pairs of a kind, without those of the issuers of their items."""
        return self.marks[kind].keys() - self.common.issuers

    def events(self, kind: str, pairs: Iterable[Pair]) -> list[int]:
        """Return the positions of the steps of a kind and of some pairs."""
        marks = self.marks[kind]
        return [mark[1] for pair in pairs for mark in marks[pair]]

    @cached_property
    def addressed(self) -> list[tuple[Step, AbstractSet[str]]]:
        """The addressing steps, and the holders in the region whom each addresses, its item's issuer left out."""
        return [(step, self._addressed_by(step)) for step in self.addressing]

    def _addressed_by(self, step: Step) -> AbstractSet[str]:
        registry, region = self.common.registry, self.selection.region
        names: set[str] = set()
        kim: list[AbstractSet[str]] = []
        for target in self.common.targets.get(step.position, ()):
            if step.kind in ("item.published", "item.revised") and is_region_code(target):
                if self.inside[target]:
                    kim.append(registry.kim_in(target, step.position))
                elif region is not None and region.startswith(f"{target}."):
                    kim.append(registry.kim_in(region, step.position))
            elif self.inside[registry.region(target, step.position)]:
                names.add(target)
        # One region alone, as most name, is not copied: it may have thousands of KIM.
        found = kim[0] if len(kim) == 1 and not names else names.union(*kim)
        issuer = self.issuer(step.subject)
        return found - {issuer} if issuer in found else found

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
        number = sum(self.unchanneled[kind] for kind in kinds)
        return f"{number} steps without a channel left out" if number else None


class Inside(dict[str | None, bool]):
    """Whether a region lies in another one; what was asked once is remembered."""

    def __init__(self, outer: str | None) -> None:
        self._outer = outer

    def __missing__(self, region: str | None) -> bool:
        outer = self._outer
        found = outer is None or (region is not None and (region == outer or region.startswith(f"{outer}.")))
        self[region] = found
        return found
