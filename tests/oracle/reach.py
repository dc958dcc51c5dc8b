"""The figures of `docs/figures.md`, once more: slowly, from the list of recorded events, as plain JSON.

Nothing of the product is used but the table of regions and the constants of `events.fields`. Each figure is
written to be compared with its sentence in the documentation, so that little is shared between them.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache, partial
from typing import Final, NamedTuple

import networkx as nx

from events.fields import JAKARTA, REGION_PATTERN
from infra.regions import RegionLevel, Regions
from projections.as_of import AsOf
from projections.reach.figure import By, Figure, Selection
from tests.oracle.entry import Entry, Pair

REGIONS: Final = Regions()

LAST_DAY: Final = datetime(9999, 12, 31, tzinfo=JAKARTA)
"""Of the calendar."""
KIM_ACTIVE_STEPS: Final = 1
"""How many steps make a KIM active."""

ITEMLESS: Final = ("coaching.", "kim.", "aspiration.")
"""Figures that take no item: they are absent where one is asked for, or a topic."""
CHANNELLESS: Final = ("coaching.", "aspiration.")
"""Figures that take no channel: they are absent where one is asked for."""
WHOLE: Final = ("cascade.", "correction.")
"""Figures of a whole item: that they are not 0 says nothing of a region, a channel or a day."""

"""An item and a holder."""
Population = Callable[[str | None, datetime | None], int | None]
"""How many people a region (or all of them) has by the newest count before a moment, as far as that is known."""


class Asked(NamedTuple):
    """What is asked, once break-downs are gone: one group of them."""

    item: str | None
    region: str | None
    channel: str | None
    begin: datetime | None
    end: datetime | None
    topic: str | None = None


class Row(NamedTuple):
    """One figure, without its note."""

    name: str
    value: float | None
    numerator: int | None
    denominator: int | None
    asked: Asked


def row_of(figure: Figure) -> Row:
    """Return a figure of the product as the oracle writes it."""
    begin, end = (None, None) if figure.period is None else (figure.period.from_, figure.period.to)
    asked = Asked(figure.item, figure.region, figure.channel, begin, end, figure.topic)
    return Row(figure.name, figure.value, figure.numerator, figure.denominator, asked)


Found = tuple[str, float | None, int | None, int | None]
"""Name, value, numerator, denominator."""


def expected(log: Sequence[Entry], selection: Selection, population: Population) -> list[Row]:
    """Return every figure of a selection; of a break-down, the groups in which anything is counted."""
    known = Known(log, selection.as_of)
    asked = Asked(selection.item, selection.region, selection.channel, selection.begin, selection.end)
    rows: list[Row] = []
    for group in groups(known, asked, selection.by):
        found = figures(known, group, population)
        if not selection.by or any(row.numerator for row in found if not row.name.startswith(WHOLE)):
            rows += found
    return sorted(rows, key=in_order)


def figures(known: "Known", asked: Asked, population: Population) -> list[Row]:
    """Return every figure of one group."""
    found: list[Found] = []
    for figure in (
        impressions,
        coverage,
        funnel,
        time_to_reach,
        latency,
        cascade,
        correction,
        screening,
        coaching,
        kim_active,
        aspirations,
    ):
        found += figure(known, asked)
    found += reach(known, asked, population)
    return [
        Row(*each, asked)
        for each in found
        if not (each[0].startswith(ITEMLESS) and (asked.item is not None or asked.topic is not None))
        and not (each[0].startswith(CHANNELLESS) and asked.channel is not None)
    ]


def in_order(row: Row) -> tuple[str, ...]:
    """Sort by name, item, region, period and channel; what is not restricted comes first."""
    period = [str(each and each.timestamp()) for each in (row.asked.begin, row.asked.end)]
    return (row.name, row.asked.item or "", row.asked.region or "", *period, row.asked.channel or "")


Key = tuple[str, Asked]


def key(row: Row) -> Key:
    """Return what a row is of: a cascade looks at the item alone, a correction at no window and no topic."""
    asked = row.asked
    if row.name.startswith("cascade."):
        asked = Asked(asked.item, None, None, None, None)
    elif row.name.startswith("correction."):
        asked = Asked(asked.item, asked.region, asked.channel, None, None)
    return row.name, asked


# -- what the log says --------------------------------------------------------------------------------


class Known:
    """The log as it is looked at. `steps` are its events without those that are voided."""

    def __init__(self, log: Sequence[Entry], as_of: AsOf) -> None:
        self.whole = list(log)
        self.log = [
            entry
            for entry in log
            if (as_of.position is None or entry.position <= as_of.position)
            and (as_of.recorded is None or entry.recorded <= as_of.recorded)
            and (as_of.occurred is None or entry.time <= as_of.occurred or entry.kind == "step.voided")
        ]
        self.voided = {
            (entry.data["source"], entry.data["id"]) for entry in self.log if entry.kind == "step.voided"
        }
        self.steps = [entry for entry in self.log if entry.name not in self.voided]
        self.newest = max((entry.recorded for entry in self.log), default=None)
        self._named = {entry.name: entry for entry in self.log}
        # A large log is asked for these again and again.
        self.region = cache(partial(_region, _registering(self.log)))
        self.kim = cache(self._kim)
        registering = _registering(log)
        self._places = {entry.position: _region(registering, entry.holder, entry.position) for entry in log}
        self._topics: dict[str, str] = {}
        for entry in self.log:
            if entry.kind in ("item.published", "item.revised") and "topic" in entry.data:
                self._topics[entry.subject] = entry.data["topic"]

    def publication(self, item: str) -> Entry | None:
        return next((each for each in self.steps if each.kind == "item.published" and each.subject == item), None)

    def issuer(self, item: str) -> str | None:
        publication = self.publication(item)
        return None if publication is None else publication.holder

    def topic(self, item: str) -> str | None:
        """Return the newest topic of an item, by position."""
        return self._topics.get(item)

    def causes(self, step: Entry) -> Iterator[Entry]:
        """Yield the causes of a step up its chain, the nearest first; voided ones are passed through."""
        seen = {step.name}
        name = step.cause
        while name is not None and name in self._named and name not in seen:
            seen.add(name)
            cause = self._named[name]
            if name not in self.voided:
                yield cause
            name = cause.cause

    def place(self, step: Entry) -> str:
        """Return where the holder lies, as publishing stamped it into its step, whatever is looked at."""
        return str(self._places[step.position])

    def _kim(self, position: int) -> list[str]:
        """Return the KIM registered below a position."""
        return [
            entry.subject
            for entry in self.log
            if entry.kind == "organisation.registered"
            and entry.data["level"] == "kim"
            and entry.position < position
        ]


def _registering(log: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in log if entry.kind in ("organisation.registered", "organisation.changed")]


def _region(registering: Iterable[Entry], organisation: str, position: int) -> str | None:
    """Return where an organisation lies just before a position."""
    region = None
    for entry in registering:
        if entry.position < position and entry.subject == organisation:
            region = entry.data.get("region", region)
    return region


def lies(region: str | None, place: str | None) -> bool:
    """Tell whether a place is in a region (None: all of them), or is it."""
    return region is None or (place is not None and (place == region or place.startswith(f"{region}.")))


def is_village(region: str | None) -> bool:
    return region is not None and region.count(".") == 3


def within(asked: Asked, moment: datetime) -> bool:
    return (asked.begin is None or asked.begin <= moment) and (asked.end is None or moment < asked.end)


def selected(known: Known, asked: Asked, *kinds: str) -> list[Entry]:
    """Return the steps of these kinds with the item, topic, channel and window that are asked, anywhere."""
    return [
        step
        for step in known.steps
        if step.kind in kinds
        and asked.item in (None, step.subject)
        and asked.topic in (None, known.topic(step.subject))
        and asked.channel in (None, step.data.get("channel"))
        and within(asked, step.time)
    ]


def counted(name: str, number: int) -> Found:
    return name, number, number, None


def ratio(name: str, numerator: int, denominator: int) -> Found:
    return name, numerator / denominator if denominator else None, numerator, denominator


def nearest_rank(numbers: Iterable[float], quantile: Fraction) -> float | None:
    ranked = sorted(numbers)
    return ranked[math.ceil(quantile * len(ranked)) - 1] if ranked else None


HALF: Final = Fraction(1, 2)
NINE_TENTHS: Final = Fraction(9, 10)
ALL: Final = Fraction(1)


# -- people -------------------------------------------------------------------------------------------


def places(known: Known, step: Entry, headcount: int) -> list[tuple[str, int]]:
    """Return where a step's people are, and how many at each place."""
    holder = known.place(step)
    origins = [(each["region"], each["headcount"]) for each in step.data.get("origins", ()) if each["headcount"]]
    if not origins:
        return [(step.data.get("region", holder), headcount)]
    rest = headcount - sum(people for _, people in origins)
    district = ".".join(holder.split(".")[:3])
    return [*origins, (district, rest)] if rest else origins


def people(known: Known, step: Entry, region: str | None) -> tuple[set[str], int] | None:
    """Return the pseudonyms and the headcount of a step that count in a region, None where it has no people."""
    pseudonyms = set(step.data.get("participants", ()))
    headcount = step.data.get("headcount", len(pseudonyms))
    if "headcount" not in step.data and not pseudonyms:
        return None
    inside = [number for place, number in places(known, step, headcount) if lies(region, place)]
    if len(inside) == len(places(known, step, headcount)):
        return pseudonyms, headcount
    return set(), sum(inside)


def impressions(known: Known, asked: Asked) -> Iterator[Found]:
    shares = [
        share for share in selected(known, asked, "item.shared") if lies(asked.region, shown_at(known, share))
    ]
    yield counted("impressions", sum(exposures(share) for share in shares))


def shown_at(known: Known, share: Entry) -> str:
    return str(share.data.get("region", known.place(share)))


def exposures(share: Entry) -> int:
    pseudonyms = set(share.data.get("participants", ()))
    return int(share.data.get("exposures", share.data.get("headcount", len(pseudonyms))))


def reach(known: Known, asked: Asked, population: Population) -> Iterator[Found]:
    union: set[str] = set()
    headcounts = [0]
    unnamed = 0
    for step in selected(known, asked, "item.discussed", "item.shared", "item.acted_on"):
        counts = people(known, step, asked.region)
        if counts is not None:
            pseudonyms, headcount = counts
            union |= pseudonyms
            headcounts.append(headcount)
            unnamed += headcount - len(pseudonyms)
    # A pseudonym is p1.<key id>.<26 of base32>: the same person may have one under each key id.
    keys = Counter(pseudonym.split(".")[1] for pseudonym in union)
    lower = max([*keys.values(), *headcounts])
    inhabitants = population(asked.region, asked.end if asked.end is not None else known.newest)
    most = sum(keys.values()) + unnamed
    upper = max(lower, most if inhabitants is None else min(inhabitants, most))
    yield counted("reach.lower", lower)
    yield counted("reach.upper", upper)
    for name, bound in (("reach.share.lower", lower), ("reach.share.upper", upper)):
        yield (name, None, bound, None) if inhabitants is None else ratio(name, bound, inhabitants)


def coverage(known: Known, asked: Asked) -> Iterator[Found]:
    reached: set[str] = set()
    for step in selected(known, asked, "item.received", "item.discussed", "item.shared", "item.acted_on"):
        reached.add(known.place(step))
        reached |= {each["region"] for each in step.data.get("origins", ()) if each["headcount"] > 0}
        if step.kind in ("item.shared", "item.acted_on") and "region" in step.data:
            reached.add(step.data["region"])
    villages = [place for place in reached if is_village(place) and lies(asked.region, place)]
    yield ratio("coverage", len(villages), REGIONS.count(asked.region, RegionLevel.VILLAGE))


# -- the funnel ---------------------------------------------------------------------------------------


def named(known: Known, event: Entry, field: str) -> list[str]:
    """Return the holders that an event names in `intended` or `to`; a region means the KIM that lie in it."""
    holders: list[str] = []
    for name in event.data.get(field, ()):
        if re.match(REGION_PATTERN, name):
            holders += [kim for kim in known.kim(event.position) if lies(name, known.region(kim, event.position))]
        else:
            holders.append(name)
    return holders


def received_pairs(known: Known, asked: Asked) -> set[Pair]:
    """Return the pairs with a receipt, the issuers left out."""
    return {
        step.pair
        for step in selected(known, asked, "item.received")
        if lies(asked.region, known.place(step)) and step.holder != known.issuer(step.subject)
    }


def funnel(known: Known, asked: Asked) -> Iterator[Found]:
    addressed: set[Pair] = set()
    for field, kinds in (
        ("intended", ("item.published", "item.revised")),
        ("to", ("item.forwarded", "item.shared")),
    ):
        for event in selected(known, asked, *kinds):
            for holder in named(known, event, field):
                if lies(asked.region, known.region(holder, event.position)):
                    addressed.add((event.subject, holder))
    stages = {"addressed": addressed}
    for stage in ("received", "discussed", "shared", "acted_on"):
        stages[stage] = {
            step.pair for step in selected(known, asked, f"item.{stage}") if lies(asked.region, known.place(step))
        }
    before: set[Pair] | None = None
    for stage, anybody in stages.items():
        pairs = {(item, holder) for item, holder in anybody if holder != known.issuer(item)}
        yield counted(f"funnel.{stage}", len(pairs))
        if before is not None:
            yield ratio(f"funnel.{stage}.closed", len(pairs & before), len(before))
            yield ratio(f"funnel.{stage}.open", len(pairs), len(before))
        before = pairs


# -- time ---------------------------------------------------------------------------------------------


def first_receipts(known: Known, asked: Asked) -> dict[Pair, Entry]:
    """Return the first receipt of each pair, issuers too, among those of the selection."""
    first: dict[Pair, Entry] = {}
    for step in sorted(selected(known, asked, "item.received"), key=lambda each: each.when):
        if lies(asked.region, known.place(step)):
            first.setdefault(step.pair, step)
    return first


def time_to_reach(known: Known, asked: Asked) -> Iterator[Found]:
    newest: dict[str, Entry] = {}
    for event in selected(known, asked, "item.published", "item.revised"):
        if "intended" in event.data:
            newest[event.subject] = event  # the log is in the order of positions
    pairs = {
        (item, holder)
        for item, event in newest.items()
        for holder in named(known, event, "intended")
        if lies(asked.region, known.region(holder, event.position)) and holder != known.issuer(item)
    }
    seconds = []
    for pair, receipt in first_receipts(known, asked).items():
        publication = known.publication(pair[0])
        if pair in pairs and publication is not None:
            seconds.append((receipt.time - publication.time).total_seconds())
    for name, quantile in (("p50", HALF), ("p90", NINE_TENTHS), ("p100", ALL)):
        needed = math.ceil(quantile * len(pairs))
        value = sorted(seconds)[needed - 1] if 0 < needed <= len(seconds) else None
        yield f"time_to_reach.{name}", value, len(seconds), len(pairs)


def latency(known: Known, asked: Asked) -> Iterator[Found]:
    seconds = []
    for (item, _), receipt in first_receipts(known, asked).items():
        for cause in known.causes(receipt):
            if cause.subject == item and cause.kind in ("item.published", "item.forwarded", "item.shared"):
                seconds.append((receipt.time - cause.time).total_seconds())
                break
    for name, quantile in (("p50", HALF), ("p90", NINE_TENTHS), ("max", ALL)):
        yield f"latency.{name}", nearest_rank(seconds, quantile), len(seconds), None


# -- of one item: its cascade and its correction ------------------------------------------------------


def cascade(known: Known, asked: Asked) -> Iterator[Found]:
    if asked.item is None:
        return
    passing = ("item.published", "item.forwarded", "item.shared")
    nodes = [step for step in known.steps if step.kind in passing and step.subject == asked.item]
    graph = nx.DiGraph()
    graph.add_nodes_from(["correction", *(node.position for node in nodes)])
    publication = known.publication(asked.item)
    for node in nodes:
        if node == publication:  # the root, even where it names a cause
            continue
        for cause in known.causes(node):
            if cause.subject == asked.item and cause.kind in passing:
                graph.add_edge(cause.position, node.position)
                break
            if cause.subject == asked.item and cause.kind in ("item.corrected", "item.retracted"):
                graph.add_edge("correction", node.position)
                break
    root = [] if publication is None else [publication.position]
    tree = {*root, *(below for each in root for below in nx.descendants(graph, each))}
    depths = nx.single_source_shortest_path_length(graph, root[0]) if root else {}
    n = len(tree)
    # The mean distance of two nodes is the Wiener index over the number of pairs, n (n - 1) / 2.
    distances = int(nx.wiener_index(graph.subgraph(tree).to_undirected())) if n > 1 else 0
    yield counted("cascade.size", n)
    yield counted("cascade.depth", max(depths.values(), default=0))
    yield counted("cascade.width", max(Counter(depths.values()).values(), default=0))
    yield ratio("cascade.virality", 2 * distances, n * (n - 1))
    yield counted("cascade.orphans", len(nodes) - n - len(nx.descendants(graph, "correction")))


def correction(known: Known, asked: Asked) -> Iterator[Found]:
    if asked.item is None:
        return
    item = asked.item
    corrections = [
        step for step in known.steps if step.kind in ("item.corrected", "item.retracted") and step.subject == item
    ]
    if not corrections:
        return
    replacements = {each.data["replacement"] for each in corrections if "replacement" in each.data}
    receipts = [
        step
        for step in known.steps
        if step.kind == "item.received" and asked.channel in (None, step.data["channel"])
    ]

    def is_correcting(receipt: Entry) -> bool:
        if receipt.subject in replacements:
            return True
        return receipt.subject == item and any(cause in corrections for cause in known.causes(receipt))

    holders = {
        receipt.holder
        for receipt in receipts
        if receipt.subject == item
        and not is_correcting(receipt)
        and lies(asked.region, known.place(receipt))
        and receipt.holder != known.issuer(item)
    }
    begin = min(each.time for each in corrections)
    seconds = []
    for holder in holders:
        times = [each.time for each in receipts if each.holder == holder and is_correcting(each)]
        if times:
            seconds.append((min(times) - begin).total_seconds())
    yield ratio("correction.reach", len(seconds), len(holders))
    not_yet = [math.inf] * (len(holders) - len(seconds))
    for name, quantile in (("p50", HALF), ("p90", NINE_TENTHS), ("p100", ALL)):
        value = nearest_rank([*seconds, *not_yet], quantile)
        yield f"correction.time.{name}", None if value == math.inf else value, len(seconds), len(holders)


# -- screening ----------------------------------------------------------------------------------------


def screening(known: Known, asked: Asked) -> Iterator[Found]:
    received = received_pairs(known, asked)
    verdicts = [
        step
        for step in selected(known, asked, "item.screened")
        if lies(asked.region, known.place(step)) and step.pair in received
    ]
    judged = {step.pair for step in verdicts if step.data["verdict"] != "unchecked"}
    yield ratio("screening.share", len(judged), len(received))
    latest = {step.pair: step.data["verdict"] for step in sorted(verdicts, key=lambda each: each.when)}
    for verdict in ("verified", "unproven", "hoax"):
        yield counted(f"screening.{verdict}", sum(latest[pair] == verdict for pair in judged))

    before = after = 0
    for share in selected(known, asked, "item.shared"):
        hoaxes = [step.when for step in verdicts if step.pair == share.pair and step.data["verdict"] == "hoax"]
        if hoaxes and lies(asked.region, known.place(share)):
            if share.when < min(hoaxes):
                before += 1
            else:
                after += 1
    yield counted("screening.shared_before_hoax", before)
    yield counted("screening.shared_after_hoax", after)


# -- coaching, KIM, aspirations -----------------------------------------------------------------------


def coaching(known: Known, asked: Asked) -> Iterator[Found]:
    held = total = 0
    villages: set[str | None] = set()
    for session in known.steps:
        if session.kind == "coaching.held" and within(asked, session.time):
            held += lies(asked.region, session.data["venue_region"])
            for place, number in places(known, session, session.data["headcount"]):
                total += number if lies(asked.region, place) else 0
            villages |= {each["region"] for each in session.data.get("origins", ()) if each["headcount"] > 0}
            villages |= {known.region(kim, session.position) for kim in session.data["kim"]}
    yield counted("coaching.held", held)
    yield counted("coaching.people", total)
    yield counted("coaching.villages", sum(is_village(place) and lies(asked.region, place) for place in villages))


def kim_active(known: Known, asked: Asked) -> Iterator[Found]:
    moment = asked.end if asked.end is not None else known.newest
    last = max((entry.position for entry in known.log), default=0)
    decreed = active = 0
    for kim in known.kim(last + 1):
        if not lies(asked.region, known.region(kim, last + 1)) or moment is None:
            continue
        if not any(is_valid(known, decree, moment) for decree in known.log if decree.subject == kim):
            continue
        decreed += 1
        steps = [
            step
            for step in selected(known, asked, "item.discussed", "item.shared", "item.acted_on")
            if step.holder == kim and lies(asked.region, known.place(step))
        ]
        active += len(steps) >= KIM_ACTIVE_STEPS
    yield ratio("kim.active", active, decreed)


def is_valid(known: Known, decree: Entry, moment: datetime) -> bool:
    """Tell whether an event grants a decree that holds at a moment."""
    if decree.kind != "organisation.decree_granted" or moment < begins(decree.data["valid_from"]):
        return False
    if "valid_to" in decree.data and moment >= is_over(decree.data["valid_to"]):
        return False
    return not any(
        entry.kind == "organisation.decree_revoked"
        and entry.subject == decree.subject
        and entry.data["number"] == decree.data["number"]
        and (decree.when < entry.when or begins(decree.data["valid_from"]) <= entry.time)
        and entry.time <= moment
        for entry in known.log
    )


def aspirations(known: Known, asked: Asked) -> Iterator[Found]:
    due = answered = 0
    for raised in known.steps:
        if raised.kind != "aspiration.raised" or "due" not in raised.data:
            continue
        if lies(asked.region, known.place(raised)) and within(asked, begins(raised.data["due"])):
            due += 1
            answered += any(
                answer.kind == "aspiration.answered"
                and answer.subject == raised.subject
                and answer.time < is_over(raised.data["due"])
                for answer in known.steps
            )
    yield ratio("aspiration.answered", answered, due)


def begins(day: str) -> datetime:
    """Return the first moment of a day in Jakarta, or the time itself."""
    moment = datetime.fromisoformat(day)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=JAKARTA)


def is_over(day: str) -> datetime:
    """Return the first moment after a day in Jakarta, or the time itself."""
    if "T" in day:
        return begins(day)
    return begins(day) + timedelta(days=1) if begins(day) < LAST_DAY else datetime.max.replace(tzinfo=JAKARTA)


# -- break-downs --------------------------------------------------------------------------------------


def groups(known: Known, asked: Asked, by: Sequence[By]) -> list[Asked]:
    """Return the groups of a break-down, one dimension inside the other; some that nothing is in are left out."""
    if not by:
        return [asked]
    return [inner for group in split(known, asked, by[0]) for inner in groups(known, group, by[1:])]


def split(known: Known, asked: Asked, dimension: By) -> list[Asked]:
    """Return the groups of one dimension, none of them beyond what is asked."""
    items = sorted(
        entry.subject
        for entry in known.log
        if entry.kind == "item.published"
        and asked.item in (None, entry.subject)
        and asked.topic in (None, known.topic(entry.subject))
    )
    if dimension == "item":
        return [asked._replace(item=item) for item in items]
    if dimension == "topic":
        return [asked._replace(topic=topic) for topic in sorted({str(known.topic(item)) for item in items})]
    if dimension == "channel":
        channels = sorted({entry.data["channel"] for entry in known.log if "channel" in entry.data})
        return [asked._replace(channel=each) for each in channels if asked.channel in (None, each)]
    if dimension == "region":
        mentioned = {place for entry in known.whole for place in texts(entry.data)}
        return [
            asked._replace(region=child.code)
            for child in REGIONS.children(asked.region)
            if any(lies(child.code, place) for place in mentioned)
        ]
    begin = {day_of(moment) for moment in moments(known)}
    if dimension == "month":
        begin = {day.replace(day=1) for day in begin}
    cut = []
    for first in sorted(begin):
        ends = [end for end in (asked.end, next_period(first, dimension)) if end is not None]
        cut.append(
            asked._replace(
                begin=first if asked.begin is None else max(first, asked.begin), end=min(ends, default=None)
            )
        )
    return [group for group in cut if group.begin is not None and (group.end is None or group.begin < group.end)]


def texts(value: object) -> Iterator[str]:
    """Yield every text in some JSON."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(inner)


def moments(known: Known) -> Iterator[datetime]:
    """Yield the moments by which events lie in a window."""
    for entry in known.log:
        yield entry.time
        if "due" in entry.data:
            yield begins(entry.data["due"])


def day_of(moment: datetime) -> datetime:
    """Return the first moment of the day in Jakarta."""
    return moment.astimezone(JAKARTA).replace(hour=0, minute=0, second=0, microsecond=0)


def next_period(first: datetime, dimension: By) -> datetime | None:
    if (first.year, first.month) == (9999, 12) and (dimension == "month" or first.day == 31):
        return None  # the calendar ends
    return (first + timedelta(days=31)).replace(day=1) if dimension == "month" else first + timedelta(days=1)


# -- populations --------------------------------------------------------------------------------------


def recorded_population(log: Sequence[Entry], as_of: AsOf) -> Population:
    """Return the populations that are recorded in a log, as it is looked at."""
    counts = [entry for entry in Known(log, as_of).log if entry.kind == "population.recorded"]

    def population(region: str | None, before: datetime | None) -> int | None:
        own = [
            entry
            for entry in counts
            if entry.data["region"] == region and (before is None or begins(entry.data["date"]) < before)
        ]
        if own:
            return int(max(own, key=lambda entry: (begins(entry.data["date"]), entry.position)).data["people"])
        if not any(lies(region, entry.data["region"]) for entry in counts):
            return None
        below = [population(child.code, before) for child in REGIONS.children(region)]
        if not below or None in below:
            return None
        return sum(number for number in below if number is not None)

    return population
