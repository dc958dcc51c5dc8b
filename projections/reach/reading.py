"""Reads the steps of a selection into its parts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from sqlalchemy import ColumnElement

from infra.regions import Regions
from infra.views import among
from projections.reach.chains import Chains
from projections.reach.facts import ADDRESSING, COUNTED, Common, Inside, Item, Population
from projections.reach.figure import Selection
from projections.reach.parts import Part, part_of
from projections.reach.step import Step
from projections.reach.tables import PLACE, STEP, TARGET
from projections.reach.view import View, lies_elsewhere, within
from projections.registry.queries import Registry

_COACHING = "coaching.held"


def read(view: View, selection: Selection, regions: Regions, population: Population) -> list[Part]:
    """Return the parts of a selection, with everything that their figures are computed from."""
    common = Common(view, regions, Registry(view.connection, view.as_of), population, view.now, Chains(view))
    unchanneled: Counter[str] = Counter()
    whole = part_of(selection, common, None, unchanneled, selection.by)
    named = _naming(selection, common)
    items = set() if selection.item is None else {selection.item}  # its correction has no window
    addressing: list[int] = []

    def take(steps: Sequence[Step], *, elsewhere: bool = False) -> None:
        found = {step.subject for step in steps if step.kind != _COACHING}
        items.update(found)
        if "topic" in selection.by:
            common.items.update(_items(view, found - common.items.keys()))
        naming = [step for step in steps if step.kind in ADDRESSING and (named is None or step.position in named)]
        if elsewhere:
            steps = [step for step in steps if step.kind == _COACHING]
        elif selection.item is not None and selection.region is not None:
            steps = _touching(selection.region, common, steps)
        if selection.channel is not None:
            unchanneled.update(step.kind for step in steps if step.channel is None)
            steps, naming = (
                [step for step in each if step.channel == selection.channel] for each in (steps, naming)
            )
        addressing.extend(step.position for step in chain(naming, steps) if step.kind in (*ADDRESSING, _COACHING))
        whole.add(steps)
        whole.address(naming)

    for steps in _steps(selection, common):
        common.chains.add(steps)
        take(steps)
        if named is not None:
            named.difference_update([step.position for step in steps])
    if named:
        at, kinds = among(STEP.c.position, named), STEP.c.kind.in_((*ADDRESSING, _COACHING))
        take(view.steps(at, kinds), elsewhere=True)
    common.targets = view.targets(addressing)
    common.items = _items(view, items)
    return list(whole.leaves())


def _steps(selection: Selection, common: Common) -> Iterator[Sequence[Step]]:
    """Yield the steps that lie in a region, or have people there, each once, with what stands beside them."""
    view = common.view
    for conditions in _conditions(selection, common):
        for steps in view.in_parts(*conditions):
            common.places |= view.places(
                step.position for step in steps if step.kind in ("item.discussed", _COACHING)
            )
            common.persons |= view.persons(step.position for step in steps if step.people)
            yield steps


def _conditions(selection: Selection, common: Common) -> Iterator[Sequence[ColumnElement[bool]]]:
    """Yield the conditions of statements that find the steps, each in one of them."""
    view, region = common.view, selection.region
    window = within(STEP.c.at, selection)
    if selection.item is not None:
        yield STEP.c.subject == selection.item, STEP.c.kind.in_(COUNTED), *window
        return
    counted = STEP.c.kind.in_((*COUNTED, _COACHING))
    if region is None:
        yield counted, *window
        return
    codes = common.regions.within(region)
    yield among(STEP.c.region, codes), counted, *window
    # Those whose people are in the region, but not their holder.
    outside = lies_elsewhere(STEP.c.region, region)
    yield among(STEP.c.place, codes), outside, counted, *window
    away = view.positions(PLACE, PLACE.c.region, codes, PLACE.c.away, *within(PLACE.c.at, selection))
    yield among(STEP.c.position, away), outside, lies_elsewhere(STEP.c.place, region), counted, *window


def _naming(selection: Selection, common: Common) -> set[int] | None:
    """Return where the steps lie that may name a holder in a region; None where all may."""
    region, regions = selection.region, common.regions
    if selection.item is not None or region is None:
        return None
    around = [each.code for each in regions.ancestors(region)]
    names = [*common.registry.ever_in(region), *around, *regions.within(region)]
    return common.view.positions(TARGET, TARGET.c.target, names, *within(TARGET.c.at, selection))


def _touching(region: str, common: Common, steps: Iterable[Step]) -> list[Step]:
    """Return the steps that lie in a region or have people there."""
    inside, places = Inside(region), common.places
    return [
        step
        for step in steps
        if inside[step.region]
        or inside[step.place]
        or any(inside[place] for place, _ in places.get(step.position, ()))
    ]


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
