"""Folds the log into the facts that figures are computed from; nothing is added up here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import MetaData, Table, update

from events import aspiration, coaching, item
from events.fields import Origin, ends, microseconds, starts
from events.recorded import RecordedEvent
from infra.regions import Regions
from infra.views import Connection, insert_rows
from projections.late_causes.queries import causes_of
from projections.reach.tables import ASPIRATION, COACHED, ITEM, METADATA, PLACE, SESSION, STEP, TARGET

_VILLAGE_CODE: Final = len("18.09.01.2007")


class Reach:
    """The projection of reach."""

    name = "reach"
    version = 5
    partitioned = True
    metadata: MetaData = METADATA

    def fold(self, events: Sequence[RecordedEvent], connection: Connection) -> None:
        """Write a row for each event, and beside it what an event has several of."""
        rows = Rows()
        cause_of = causes_of(events, connection)
        for event in events:
            rows.add(event, cause_of(event))
        for table, its_rows in rows.of.items():
            insert_rows(connection, table, its_rows)
        for step, by in rows.voided:
            connection.execute(update(STEP).where(STEP.c.position == step).values(voided_by=by))


class Said(NamedTuple):
    """What an event says in the row of its step: the columns of these names. SQLite binds plain text faster."""

    place: str | None = None
    away: bool = False
    channel: str | None = None
    headcount: int | None = None
    people: int = 0
    pseudonyms: str | None = None
    exposures: int | None = None
    verdict: str | None = None


_NOTHING: Final = Said()


class Rows:
    """The rows that a batch of events becomes."""

    def __init__(self) -> None:
        self.of: dict[Table, list[tuple[Any, ...]]] = {table: [] for table in METADATA.sorted_tables}
        self.voided: list[tuple[int, int]] = []
        """The position of each step that is taken out, and of its step.voided."""

    def add(self, event: RecordedEvent, cause: int | None) -> None:
        """Add what one event becomes."""
        state = event.state
        at = event.occurred_at
        say = _SAYS.get(event.kind)
        self.of[STEP].append(
            (
                event.position,
                event.kind,
                state.subject,
                state.holder,
                state.region,
                *(_NOTHING if say is None else say(self, event, event.data(), at)),
                at,
                event.recorded_at,
                cause,
                None,
            )
        )
        if state.voids is not None:
            self.voided.append((state.voids, event.position))

    def targets(self, event: RecordedEvent, names: Iterable[str], at: int) -> None:
        """Add whom an event names."""
        self.of[TARGET] += [(event.position, one, at) for one in dict.fromkeys(names)]

    def places(self, event: RecordedEvent, people: Mapping[str, int], at: int) -> None:
        """Add how many people of a step are where."""
        holder = event.state.region or ""
        self.of[PLACE] += [
            (event.position, region, at, number, not Regions.contains(region, holder))
            for region, number in people.items()
        ]


def by_place(origins: Sequence[Origin], headcount: int, holder: str | None) -> dict[str, int]:
    """Return where the people of a step with origins are: those beyond the origins at the holder's district."""
    there: dict[str, int] = {}
    for origin in origins:
        if origin.headcount:
            there[origin.region] = there.get(origin.region, 0) + origin.headcount
    beyond = headcount - sum(there.values())
    if there and beyond and holder is not None:
        district = district_of(holder)
        there[district] = there.get(district, 0) + beyond
    return there


def district_of(region: str) -> str:
    """Return the district of a village; a region that is none as it is."""
    return region.rpartition(".")[0] if len(region) == _VILLAGE_CODE else region


def least_around(regions: Iterable[str]) -> str:
    """Return the least region that contains all of these, empty for the nation."""
    least, *others = regions
    for other in others:
        while least and not Regions.contains(least, other):
            least = least.rpartition(".")[0]
    return least


# -- what each kind says, and what it has beside its row ------------------------------------------------


def _published(rows: Rows, event: RecordedEvent, told: item.Published | item.Revised, at: int) -> Said:
    _item(rows, event, at, topic=told.topic, intends=told.intended is not None)
    rows.targets(event, told.intended or (), at)
    return _NOTHING


def _corrected(rows: Rows, event: RecordedEvent, told: item.Corrected, at: int) -> Said:
    _item(rows, event, at, replacement=told.replacement)
    return _NOTHING


def _item(
    rows: Rows,
    event: RecordedEvent,
    at: int,
    *,
    topic: str | None = None,
    intends: bool = False,
    replacement: str | None = None,
) -> None:
    state = event.state
    rows.of[ITEM].append(
        (state.subject, event.position, event.kind, state.holder, at, topic, intends, replacement)
    )


def _forwarded(rows: Rows, event: RecordedEvent, told: item.Forwarded, at: int) -> Said:
    rows.targets(event, told.to, at)
    return Said(channel=str(told.channel))


def _received(_rows: Rows, _event: RecordedEvent, told: item.Received, _at: int) -> Said:
    return Said(channel=str(told.channel))


def _screened(_rows: Rows, _event: RecordedEvent, told: item.Screened, _at: int) -> Said:
    return Said(verdict=str(told.verdict))


def _discussed(rows: Rows, event: RecordedEvent, told: item.Discussed, at: int) -> Said:
    headcount, people, pseudonyms = _people(told)
    places = by_place(told.origins, headcount or 0, event.state.region) if told.origins else None
    if not places:
        return Said(headcount=headcount, people=people, pseudonyms=pseudonyms)
    rows.places(event, places, at)
    return Said(*_placed(least_around(places), event), None, headcount, people, pseudonyms)


def _shared(rows: Rows, event: RecordedEvent, told: item.Shared, at: int) -> Said:
    rows.targets(event, told.to, at)
    place, away = _placed(told.region, event)
    return Said(place, away, str(told.channel), *_people(told), told.exposures)


def _acted_on(_rows: Rows, event: RecordedEvent, told: item.ActedOn, _at: int) -> Said:
    place, away = _placed(told.region, event)
    return Said(place, away, None, *_people(told))


def _held(rows: Rows, event: RecordedEvent, told: coaching.Held, at: int) -> Said:
    holder = event.state.region
    places = by_place(told.origins, told.headcount, holder)
    if not places and holder is not None:
        places = {holder: told.headcount}
    rows.places(event, places, at)
    rows.of[SESSION].append((event.position, at))
    rows.of[COACHED] += [(event.position, one, at) for one in dict.fromkeys(told.kim)]
    return Said(*_placed(told.venue_region, event))


def _raised(rows: Rows, event: RecordedEvent, told: aspiration.Raised, at: int) -> Said:
    if told.due is not None:
        first, end = microseconds(starts(told.due)), microseconds(ends(told.due))
        rows.of[ASPIRATION].append((event.state.subject, event.position, event.state.region, at, first, end))
    return _NOTHING


def _people(told: item.Discussed | item.Shared | item.ActedOn) -> tuple[int | None, int, str | None]:
    """Return H, |P| and P of a step; H is None where it has neither headcount nor pseudonyms."""
    if not told.participants:
        return told.headcount, 0, None
    people = dict.fromkeys(told.participants)
    return len(people) if told.headcount is None else told.headcount, len(people), " ".join(people)


def _placed(place: str | None, event: RecordedEvent) -> tuple[str | None, bool]:
    """Return place and away of a step; a place that is the holder's region is null."""
    region = event.state.region
    if place is None or place == region:
        return None, False
    return place, bool(place) and not Regions.contains(place, region or "")


_SAYS: Final[Mapping[str, Callable[[Rows, RecordedEvent, Any, int], Said]]] = {
    "item.published": _published,
    "item.revised": _published,
    "item.corrected": _corrected,
    "item.forwarded": _forwarded,
    "item.received": _received,
    "item.screened": _screened,
    "item.discussed": _discussed,
    "item.shared": _shared,
    "item.acted_on": _acted_on,
    "coaching.held": _held,
    "aspiration.raised": _raised,
}
