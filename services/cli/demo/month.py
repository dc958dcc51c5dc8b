"""A made-up month in the 148 villages of Pesawaran, in pictures that need no explanation."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.tree import Tree

from infra.language import number
from infra.language import translate as _
from infra.regions import Regions
from projections.as_of import AsOf
from projections.reach import cascade, queries
from projections.reach.figure import Figure, Selection
from projections.reach.tables import STEP
from projections.reach.view import View
from services.cli.common import Common, bring_up_to_date, opened
from services.cli.figures_table import bar, print_funnel, print_parts
from services.publishing.answers import Outcome
from services.simulation.flow import REGION, flow
from services.world import Principal

if TYPE_CHECKING:
    from infra.views import Connection
    from services.composition import Jejak

_MOST_CHILDREN: Final = 3
_DEEPEST: Final = 4


def show_month(out: Console, home: Path, common: Common) -> None:
    """Record the month in a folder of its own, anew each time, and show how far its items got."""
    for old in home.glob("*.sqlite*"):
        old.unlink()
    with opened(Common(home, common.lang), mode="embedded") as jejak:
        _record(jejak)
        bring_up_to_date(jejak)
        out.print()
        out.print(_("A made-up month in the 148 villages of Pesawaran"), style="bold")
        out.print(
            _("{count} events recorded in {home}.").format(count=number(jejak.log.head()), home=home),
            soft_wrap=True,
            markup=False,
        )
        with jejak.views.reading() as connection:
            _show(out, connection, jejak)


def _record(jejak: "Jejak") -> None:
    lines = flow(jejak.regions)
    batches = iter(lambda: list(islice(lines, jejak.settings.batch)), [])
    for answers in jejak.publisher.publish_each(batches, Principal(simulates=True)):
        refused = [answer.refusal for answer in answers if answer.outcome is Outcome.REFUSED]
        if refused:
            raise RuntimeError(f"the simulation is refused: {refused[0]}")


def _show(out: Console, connection: "Connection", jejak: "Jejak") -> None:
    def asked(selection: Selection) -> list[Figure]:
        return queries.figures(connection, selection, regions=jejak.regions)

    print_funnel(out, {figure.name: figure for figure in asked(Selection(region=REGION))})
    out.print()
    out.print(_("How many villages of each district it reached"), style="bold")
    print_parts(out, asked(Selection(region=REGION, by=("region",))), jejak.regions, ("region",))
    items = asked(Selection(by=("item",)))
    corrected = [figure for figure in items if figure.name == "correction.reach" and figure.denominator]
    widest = max(corrected, key=lambda figure: figure.denominator or 0)
    item = widest.item or ""
    _show_cascade(out, View(connection, AsOf()), item, jejak.regions)
    _show_correction(out, {figure.name: figure for figure in items if figure.item == item})


def _show_cascade(out: Console, view: View, item: str, regions: Regions) -> None:
    found = cascade.read(view, item)
    steps = {step.position: step for step in view.steps(STEP.c.subject == item)}
    children: dict[int, list[int]] = {}
    for position, parent in found.parents.items():
        children.setdefault(parent, []).append(position)
    out.print()
    out.print(_("How {item}, a wrong item, was passed on").format(item=item), style="bold")
    root = next(iter(found.depths))

    def named(position: int) -> str:
        step = steps[position]
        return step.holder if step.region is None else f"{step.holder} ({regions.get(step.region).name})"

    tree = Tree(named(root))
    waiting: list[tuple[int, Tree, int]] = [(root, tree, 0)]
    while waiting:
        position, drawn, depth = waiting.pop()
        below = sorted(children.get(position, ()), key=lambda each: -len(children.get(each, ())))
        if depth < _DEEPEST:
            waiting += [(child, drawn.add(named(child)), depth + 1) for child in below[:_MOST_CHILDREN]]
            below = below[_MOST_CHILDREN:]
        if below:
            drawn.add(_("… and {count} more").format(count=number(len(below))), style="dim")
    out.print(tree)


def _show_correction(out: Console, by_name: Mapping[str, Figure]) -> None:
    reach = by_name["correction.reach"]
    out.print()
    out.print(_("Whom its correction reached"), style="bold")
    out.print(
        f"{bar(reach.value)} "
        + _("{reached} of the {holders} who had the wrong item").format(
            reached=number(reach.numerator or 0), holders=number(reach.denominator or 0)
        )
    )
