"""Folds the log into the facts that figures are computed from; nothing is added up here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import MetaData, Table, update

from events.aspiration import Raised
from events.coaching import Held
from events.fields import Data, Origin, ends, microseconds, starts
from events.item import ActedOn, Corrected, Discussed, Forwarded, Published, Revised, Shared
from events.recorded import RecordedEvent
from infra.regions import Regions
from infra.views import Connection, insert_rows
from projections.late_causes.queries import causes_of
from projections.reach.tables import ASPIRATION, ITEM, METADATA, PERSON, PLACE, STEP, TARGET

_VILLAGE_CODE: Final = len("18.09.01.2007")


class Reach:
    """The projection of reach."""

    name = "reach"
    version = 3
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


class Rows:
    """The rows that a batch of events becomes."""

    def __init__(self) -> None:
        self.of: dict[Table, list[tuple[Any, ...]]] = {table: [] for table in METADATA.sorted_tables}
        self.voided: list[tuple[int, int]] = []
        """The position of each step that is taken out, and of its step.voided."""

    def add(self, event: RecordedEvent, cause: int | None) -> None:
        """Add what one event becomes."""
        state = event.state
        beside = _BESIDE.get(event.kind)
        if beside is None:
            channel = place = headcount = exposures = verdict = None
            people = 0
        else:
            data = event.data()
            beside(self, event, data)
            channel = getattr(data, "channel", None)
            place = _place(event, data)
            exposures, verdict = getattr(data, "exposures", None), getattr(data, "verdict", None)
            people, headcount = _people(data)
        self.of[STEP].append(
            (
                event.position,
                event.kind,
                state.subject,
                state.holder,
                state.region,
                place,
                channel,
                microseconds(state.occurred_at),
                microseconds(state.recorded_at),
                headcount,
                people,
                exposures,
                verdict,
                cause,
                None,
            )
        )
        if state.voids is not None:
            self.voided.append((state.voids, event.position))

    def persons(self, event: RecordedEvent, participants: Iterable[str]) -> None:
        """Add the pseudonyms of a step."""
        self.of[PERSON] += [(event.position, one) for one in dict.fromkeys(participants)]

    def targets(self, event: RecordedEvent, names: Iterable[str]) -> None:
        """Add whom an event names."""
        at = microseconds(event.state.occurred_at)
        self.of[TARGET] += [(event.position, one, at) for one in dict.fromkeys(names)]

    def places(self, event: RecordedEvent, origins: Sequence[Origin], headcount: int) -> None:
        """Add where the people of a step with origins are; those beyond the origins are at the district."""
        there: dict[str, int] = {}
        for origin in origins:
            there[origin.region] = there.get(origin.region, 0) + origin.headcount
        beyond = headcount - sum(there.values())
        if beyond < headcount and event.state.region is not None:
            district = district_of(event.state.region)
            there[district] = there.get(district, 0) + beyond
        at, holder = microseconds(event.state.occurred_at), event.state.region or ""
        self.of[PLACE] += [
            (event.position, region, at, people, not Regions.contains(region, holder))
            for region, people in there.items()
            if people
        ]


def district_of(region: str) -> str:
    """Return the district of a village; a region that is none as it is."""
    return region.rpartition(".")[0] if len(region) == _VILLAGE_CODE else region


def _place(event: RecordedEvent, data: Data) -> str | None:
    """Return where a step has its people, or a session its venue; None for the region of its holder."""
    if event.kind == "coaching.held":
        return cast("Held", data).venue_region
    place: str | None = getattr(data, "region", None)
    return None if place == event.state.region else place


def _people(data: Data) -> tuple[int, int | None]:
    """Return |P| and H of a step; H is None where it has neither headcount nor pseudonyms."""
    people = len(set(getattr(data, "participants", ())))
    headcount: int | None = getattr(data, "headcount", None)
    return people, (people or None) if headcount is None else headcount


# -- what each kind has beside its row ------------------------------------------------------------------


def _nothing(_rows: Rows, _event: RecordedEvent, _data: Data) -> None:
    """Add nothing: what the kind says stands in its row."""


def _published(rows: Rows, event: RecordedEvent, data: Data) -> None:
    told = cast("Published | Revised", data)
    _item(rows, event, told.topic, intends=told.intended is not None)
    rows.targets(event, told.intended or ())


def _corrected(rows: Rows, event: RecordedEvent, data: Data) -> None:
    _item(rows, event, None, intends=False, replacement=cast("Corrected", data).replacement)


def _item(
    rows: Rows, event: RecordedEvent, topic: str | None, *, intends: bool, replacement: str | None = None
) -> None:
    state = event.state
    at = microseconds(state.occurred_at)
    rows.of[ITEM].append(
        (state.subject, event.position, event.kind, state.holder, at, topic, intends, replacement)
    )


def _forwarded(rows: Rows, event: RecordedEvent, data: Data) -> None:
    rows.targets(event, cast("Forwarded", data).to)


def _discussed(rows: Rows, event: RecordedEvent, data: Data) -> None:
    told = cast("Discussed", data)
    rows.persons(event, told.participants)
    rows.places(event, told.origins, _people(told)[1] or 0)


def _shared(rows: Rows, event: RecordedEvent, data: Data) -> None:
    told = cast("Shared", data)
    rows.persons(event, told.participants)
    rows.targets(event, told.to)


def _acted_on(rows: Rows, event: RecordedEvent, data: Data) -> None:
    rows.persons(event, cast("ActedOn", data).participants)


def _held(rows: Rows, event: RecordedEvent, data: Data) -> None:
    told = cast("Held", data)
    rows.places(event, told.origins, told.headcount)
    rows.targets(event, told.kim)


def _raised(rows: Rows, event: RecordedEvent, data: Data) -> None:
    due = cast("Raised", data).due
    if due is not None:
        state = event.state
        at, first, end = map(microseconds, (state.occurred_at, starts(due), ends(due)))
        rows.of[ASPIRATION].append((state.subject, event.position, state.region, at, first, end))


_BESIDE: Final[Mapping[str, Callable[[Rows, RecordedEvent, Data], None]]] = {
    "item.published": _published,
    "item.revised": _published,
    "item.corrected": _corrected,
    "item.forwarded": _forwarded,
    "item.received": _nothing,
    "item.screened": _nothing,
    "item.discussed": _discussed,
    "item.shared": _shared,
    "item.acted_on": _acted_on,
    "coaching.held": _held,
    "aspiration.raised": _raised,
}
