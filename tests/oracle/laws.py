"""What holds of figures whatever the log, whoever computes them."""

from collections.abc import Callable, Sequence

from projections.reach.figure import Selection
from tests.oracle.entry import Entry
from tests.oracle.reach import Asked, Known, Row, exposures, lies, places, selected, shown_at, within

FiguresOf = Callable[[Selection], list[Row]]


def check_bounds(rows: Sequence[Row]) -> None:
    """Check what no figure may exceed, group by group."""
    groups: dict[Asked, dict[str, Row]] = {}
    for row in rows:
        groups.setdefault(row.asked, {})[row.name] = row
        known = [number for number in row[1:4] if number is not None]
        assert min(known) >= 0 or row.name.startswith(("time_to_reach.", "latency.", "correction.time."))
        is_part = row.name.endswith(".closed") or row.name in ("coverage", "screening.share", "kim.active")
        assert not (is_part and row.value is not None and row.value > 1)
    for group in groups.values():
        numbers = {name: row.numerator or 0 for name, row in group.items()}
        if "reach.lower" in numbers:
            assert numbers["reach.lower"] <= numbers["reach.upper"]
            judged = sum(numbers[f"screening.{verdict}"] for verdict in ("verified", "unproven", "hoax"))
            assert judged <= numbers["screening.share"] <= numbers["funnel.received"]


def check_roll_ups(figures_of: FiguresOf, log: Sequence[Entry], selection: Selection) -> None:
    """Check that sums of a region are those of its children plus what sits at the region itself."""
    known = Known(log, selection.as_of)
    region = selection.region
    asked = Asked(selection.item, region, selection.channel, selection.begin, selection.end)
    own = {"impressions": 0, "coaching.held": 0, "coaching.people": 0}
    for share in selected(known, asked, "item.shared"):
        own["impressions"] += exposures(share) if shown_at(known, share) == region else 0
    for session in known.steps:
        if session.kind == "coaching.held" and within(asked, session.time):
            own["coaching.held"] += session.data["venue_region"] == region
            own["coaching.people"] += sum(
                number for place, number in places(known, session, session.data["headcount"]) if place == region
            )
    whole = {row.name: row.numerator or 0 for row in figures_of(selection)}
    children = figures_of(
        Selection(
            item=selection.item,
            region=region,
            channel=selection.channel,
            begin=selection.begin,
            end=selection.end,
            by=("region",),
            as_of=selection.as_of,
        )
    )
    for name, sits_here in own.items():
        below = sum(row.numerator or 0 for row in children if row.name == name)
        assert all(lies(region, row.asked.region) for row in children if row.name == name)
        assert name not in whole or whole[name] == below + sits_here, (name, selection)
