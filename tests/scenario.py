"""A small language for tests of behaviour: given these events, when those come, then that is so.

    scenario.given(scenario.published(REGENCY))
    scenario.when(share := scenario.shared(KIM)).then(accepted("no_receipt", "unscreened"))
    scenario.given(scenario.received(KIM, at=0))
    scenario.shows(share, "unscreened", made_good={"no_receipt": receipt})

Whatever a test tells is told in every one of MODES: only `open_stores` and `open_views` know what a mode is.
"""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import Any, Final, Literal, Self

import msgspec
import psycopg
from psycopg import sql
from sqlalchemy import Table, select

from events.fields import JAKARTA
from infra.log import Log, Row
from infra.log import postgresql as log_on_postgresql
from infra.log import sqlite as log_on_sqlite
from infra.regions import Regions
from infra.views import Views
from infra.views import postgresql as views_on_postgresql
from infra.views import sqlite as views_on_sqlite
from projections.as_of import AsOf
from projections.audit_trail.queries import Trail, families
from projections.audit_trail.queries import trail as read_trail
from projections.audit_trail.tables import STEP
from projections.catalogue import PROJECTIONS
from projections.engine import Engine, Projection
from projections.follower import Follower
from projections.population.queries import Populations
from projections.registry.queries import Registry
from services.publishing.answers import Answer, Outcome
from services.publishing.deciding import PublishingLimits
from services.publishing.publisher import Publisher
from services.world import Principal
from tests.databases import database_of

Mode = Literal["embedded", "distributed"]
MODES: Final[tuple[Mode, ...]] = ("embedded", "distributed")

Event = dict[str, Any]
"""A CloudEvent, as plain JSON."""

START: Final = datetime(2021, 11, 23, 8, 0, tzinfo=JAKARTA)
NOW: Final = START + timedelta(days=1)
REGIONS: Final = Regions()

PROVINCE: Final = "diskominfo-lampung"
REGENCY: Final = "diskominfo-pesawaran"
DISTRICT: Final = "kecamatan-gedong-tataan"
KIM: Final = "kim-bagelen"
COMMUNITY: Final = "masyarakat-bagelen"
OTHER_REGENCY: Final = "diskominfo-lampung-selatan"
OTHER_KIM: Final = "kim-sukaraja"
OTHER_COMMUNITY: Final = "masyarakat-sukaraja"

LEVELS: Final = {
    PROVINCE: "provincial_office",
    REGENCY: "regency_office",
    DISTRICT: "district_office",
    KIM: "kim",
    COMMUNITY: "community",
}
PARENTS: Final = {
    PROVINCE: None,
    REGENCY: PROVINCE,
    OTHER_REGENCY: PROVINCE,
    DISTRICT: REGENCY,
    KIM: REGENCY,
    OTHER_KIM: REGENCY,
    COMMUNITY: KIM,
    OTHER_COMMUNITY: OTHER_KIM,
}
PLACES: Final = {
    PROVINCE: "18",
    REGENCY: "18.09",
    OTHER_REGENCY: "18.01",
    DISTRICT: "18.09.01",
    KIM: "18.09.01.2007",
    OTHER_KIM: "18.09.01.2008",
    COMMUNITY: "18.09.01.2007",
    OTHER_COMMUNITY: "18.09.01.2008",
}

ITEM: Final = "info-1"
TEXT: Final = "Vaksinasi di balai desa, 25 November"
PSEUDONYMS: Final = [f"p1.k1.{letter * 26}" for letter in "ABCDEFGH"]


def digest(text: str) -> str:
    """Return the SHA-256 of a text, as an issuer states it."""
    return sha256(text.encode()).hexdigest()


def open_stores(mode: Mode, directory: Path) -> tuple[Log, Views]:
    """Open the log and the views of one test, as left by whoever opened them before."""
    match mode:
        case "embedded":
            log: Log = log_on_sqlite.open_log(directory / "log.sqlite")
        case "distributed":
            log = log_on_postgresql.open_log(database_of(directory))
    return log, open_views(mode, directory)


def open_views(mode: Mode, directory: Path) -> Views:
    """Open the views of one test, or more of them in a directory beside."""
    match mode:
        case "embedded":
            return views_on_sqlite.open_views(directory / "views.sqlite")
        case "distributed":
            return views_on_postgresql.open_views(database_of(directory))


class Events:
    """Makes events: their ids are counted, and each happens a minute after the one made before.

    Every maker takes the fields of the data by their names (`from_` for `from`, None leaves a field out), and
    `at` (minutes after START, or a time), `cause` (an event, or a source and an id), `called` (the id), `sender`
    (the source) and `subject`.
    """

    def __init__(self) -> None:
        self._count = 0

    def event(self, kind: str, subject: str, holder: str, data: Mapping[str, object], /, **given: object) -> Event:
        """Return an event of any kind."""
        self._count += 1
        envelope = {name: given.pop(name, None) for name in ("at", "cause", "called", "sender", "subject")}
        at = self._count if envelope["at"] is None else envelope["at"]
        content = {**data, **{name.removesuffix("_"): value for name, value in given.items()}}
        event: Event = {
            "specversion": "1.0",
            "id": envelope["called"] or f"e{self._count}",
            "source": envelope["sender"] or f"urn:jejak:org:{holder}",
            "type": f"id.jejak.{kind}.v1",
            "subject": envelope["subject"] or subject,
            "time": (START + timedelta(minutes=at) if isinstance(at, int | float) else at),
            "holder": holder,
            "data": {name: value for name, value in content.items() if value is not None},
        }
        if isinstance(event["time"], datetime):
            event["time"] = event["time"].isoformat()
        cause: Any = envelope["cause"]
        if cause is not None:
            source, name = (cause["source"], cause["id"]) if isinstance(cause, dict) else cause
            event["causationid"] = name
            if source != event["source"]:
                event["causationsource"] = source
        return event

    def registered(self, name: str, level: str | None = None, /, **given: object) -> Event:
        """Return the registration of an organisation by its parent, or by itself where it has none."""
        parent = given.setdefault("parent", PARENTS.get(name))
        holder = str(given.pop("holder", parent or name))
        level = level or LEVELS[name]
        data = {"name": name.title(), "level": level, "region": PLACES.get(name)}
        return self.event("organisation.registered", name, holder, data, **given)

    def changed(self, name: str, holder: str, /, **given: object) -> Event:
        """Return a change of an organisation."""
        return self.event("organisation.changed", name, holder, {}, **given)

    def organisation_closed(self, name: str, holder: str, /, **given: object) -> Event:
        """Return the end of an organisation."""
        return self.event("organisation.closed", name, holder, {"reason": "bubar"}, **given)

    def decree_granted(self, name: str, holder: str = REGENCY, /, **given: object) -> Event:
        """Return a decree of this year."""
        data = {"number": "SK-1", "issuer": "Bupati", "valid_from": "2021-01-01", "valid_to": "2021-12-31"}
        return self.event("organisation.decree_granted", name, holder, data, **given)

    def decree_revoked(self, name: str, holder: str = REGENCY, /, **given: object) -> Event:
        """Return the revocation of that decree."""
        data = {"number": "SK-1", "reason": "tidak aktif"}
        return self.event("organisation.decree_revoked", name, holder, data, **given)

    def published(self, holder: str = REGENCY, **given: object) -> Event:
        """Return the publication of an item."""
        text = given.setdefault("text", TEXT)
        data = {
            "title": "Vaksinasi",
            "sha256": digest(str(text)),
            "topic": "health",
            "need_horizon": "short_term",
            "kip_class": "berkala",
        }
        return self.event("item.published", ITEM, holder, data, **given)

    def revised(self, holder: str = REGENCY, **given: object) -> Event:
        """Return a revision; of nothing, unless fields are given."""
        return self.event("item.revised", ITEM, holder, {"reason": "lebih jelas"}, **given)

    def corrected(self, holder: str = REGENCY, **given: object) -> Event:
        """Return a correction."""
        return self.event("item.corrected", ITEM, holder, {"reason": "tanggal salah"}, **given)

    def retracted(self, holder: str = REGENCY, **given: object) -> Event:
        """Return a retraction."""
        return self.event("item.retracted", ITEM, holder, {"reason": "batal"}, **given)

    def forwarded(self, holder: str = REGENCY, *to: str, **given: object) -> Event:
        """Return a forwarding, to the KIM of Bagelen unless others are named."""
        data = {"to": list(to or [KIM]), "channel": "whatsapp_group"}
        return self.event("item.forwarded", ITEM, holder, data, **given)

    def received(self, holder: str = KIM, **given: object) -> Event:
        """Return a receipt that says from whom: from the issuer, unless it names a cause or another giver."""
        data: dict[str, object] = {"channel": "whatsapp_group"}
        if given.get("cause") is None:
            data["from"] = REGENCY
        return self.event("item.received", ITEM, holder, data, **given)

    def screened(self, holder: str = KIM, verdict: str = "verified", **given: object) -> Event:
        """Return a verdict."""
        return self.event("item.screened", ITEM, holder, {"verdict": verdict, "basis": "surat asli"}, **given)

    def discussed(self, holder: str = KIM, **given: object) -> Event:
        """Return a discussion."""
        return self.event("item.discussed", ITEM, holder, {"headcount": 10}, **given)

    def shared(self, holder: str = KIM, **given: object) -> Event:
        """Return a sharing."""
        return self.event("item.shared", ITEM, holder, {"channel": "whatsapp_group"}, **given)

    def acted_on(self, holder: str = KIM, **given: object) -> Event:
        """Return an act."""
        return self.event("item.acted_on", ITEM, holder, {"action": "vaksin"}, **given)

    def voided(self, step: Event, holder: str | None = None, **given: object) -> Event:
        """Return the voiding of a step, by its holder unless another is named."""
        data = {"source": step["source"], "id": step["id"], "reason": "salah catat"}
        return self.event("step.voided", step["subject"], holder or step["holder"], data, **given)

    def raised(self, holder: str = COMMUNITY, **given: object) -> Event:
        """Return an aspiration."""
        data = {"kind": "request", "summary": "jalan rusak"}
        return self.event("aspiration.raised", "usul-1", holder, data, **given)

    def aspiration_forwarded(self, holder: str = KIM, *to: str, **given: object) -> Event:
        """Return an aspiration's way up."""
        return self.event("aspiration.forwarded", "usul-1", holder, {"to": list(to or [REGENCY])}, **given)

    def answered(self, holder: str = REGENCY, **given: object) -> Event:
        """Return an aspiration's answer."""
        return self.event("aspiration.answered", "usul-1", holder, {"reply": "diperbaiki"}, **given)

    def aspiration_closed(self, holder: str = REGENCY, **given: object) -> Event:
        """Return an aspiration's end."""
        return self.event("aspiration.closed", "usul-1", holder, {"resolution": "selesai"}, **given)

    def held(self, holder: str = REGENCY, **given: object) -> Event:
        """Return a coaching session."""
        data = {"offices": [REGENCY], "kim": [KIM], "venue_region": PLACES[KIM], "headcount": 30}
        return self.event("coaching.held", "pembinaan-1", holder, data, **given)

    def counted(
        self, region: str = PLACES[KIM], people: int = 1000, date: str = "2020-12-31", /, **given: object
    ) -> Event:
        """Return a count of the people in a region, by the provincial office."""
        data = {"region": region, "people": people, "source": "BPS", "date": date}
        return self.event("population.recorded", region, str(given.pop("holder", PROVINCE)), data, **given)

    def registry(self) -> list[Event]:
        """Return the registration of eight organisations in Lampung, long before START."""
        levels = {**LEVELS, OTHER_REGENCY: "regency_office", OTHER_KIM: "kim", OTHER_COMMUNITY: "community"}
        return [
            self.registered(name, levels[name], at=minute, called=f"register-{name}")
            for minute, name in enumerate(PARENTS, -1000)
        ]


@dataclass(frozen=True)
class Told:
    """An answer in short; `reason` is for whoever reads a failure."""

    outcome: Outcome
    about: object
    reason: str = field(default="", compare=False)


def accepted(*findings: str) -> Told:
    """Expect that an event is recorded, with exactly these findings."""
    return Told(Outcome.ACCEPTED, tuple(sorted(findings)))


def repeated(position: int) -> Told:
    """Expect that an event is known at a position already."""
    return Told(Outcome.REPEATED, position)


def refused(field: str | None) -> Told:
    """Expect that an event is refused, and which field is at fault."""
    return Told(Outcome.REFUSED, field)


def told(answer: Answer) -> Told:
    """Return an answer in short."""
    match answer.outcome:
        case Outcome.ACCEPTED:
            return Told(answer.outcome, tuple(sorted(answer.findings)))
        case Outcome.REPEATED:
            return Told(answer.outcome, answer.position)
        case Outcome.REFUSED:
            refusal = answer.refusal
            return Told(answer.outcome, refusal.field if refusal else None, str(refusal))


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Scenario(Events):
    """A log with its publisher, views and follower, and the events that a test sends."""

    def __init__(self, mode: Mode, directory: Path, limits: PublishingLimits = PublishingLimits()) -> None:
        super().__init__()
        self.mode = mode
        self.directory = directory
        self.clock = Clock()
        self.limits = limits
        self.answers: list[Answer] = []
        self._sent: Sequence[Event] = ()
        self._positions: dict[tuple[str, str], int] = {}
        self._open()

    def _open(self) -> None:
        self.log, self.views = open_stores(self.mode, self.directory)
        self.publisher = Publisher(self.log, REGIONS, clock=self.clock, limits=self.limits)
        self.engine = Engine(self.views, PROJECTIONS)
        self.follower = Follower(self.log, self.engine)

    def close(self) -> None:
        """Let go of log and views."""
        self.views.close()
        self.log.close()

    def restart(self) -> Self:
        """Begin anew on the same log and views, as a new process would."""
        self.close()
        self._open()
        return self

    def restart_without_views(self) -> Self:
        """Begin anew on the same log, the views lost."""
        self.close()
        if self.mode == "embedded":
            for path in self.directory.glob("views.sqlite*"):
                path.unlink()
        else:
            with psycopg.connect(database_of(self.directory)) as connection:
                tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'jejak_views'")
                for (table,) in tables.fetchall():
                    connection.execute(sql.SQL("DROP TABLE jejak_views.{} CASCADE").format(sql.Identifier(table)))
        self._open()
        return self

    def tamper(self, statement: str) -> list[tuple[Any, ...]]:
        """Run SQL on the table of the log, as whoever has the database may but Jejak never does."""
        if self.mode == "embedded":
            with closing(sqlite3.connect(self.directory / "log.sqlite", isolation_level=None)) as file:
                return file.execute(statement.format(log="log")).fetchall()
        with psycopg.connect(database_of(self.directory)) as connection:
            cursor = connection.execute(statement.format(log="jejak.log").encode())
            return cursor.fetchall() if cursor.description else []

    # -- given, when, then ----------------------------------------------------------------------------

    def given(self, *events: Event) -> Self:
        """Record events, in one batch; every one is accepted."""
        self.when(*events)
        assert [each.outcome for each in self.answers] == [Outcome.ACCEPTED] * len(events), self.answers
        return self

    def when(self, *events: Event, by: str | None = None, simulates: bool = False) -> Self:
        """Publish events in one batch, as the operator or as the organisation `by`."""
        self.answers = self.publisher.publish(lines(events), Principal(by, simulates))
        self._sent = events
        for event, answer in zip(events, self.answers, strict=True):
            if answer.position is not None:
                self._positions[event["source"], event["id"]] = answer.position
        return self

    def then(self, *expected: Told) -> Self:
        """Compare the answers; what was accepted stands in the trail as it was answered."""
        assert [told(each) for each in self.answers] == list(expected)
        for event, answer in zip(self._sent, self.answers, strict=True):
            if answer.outcome is Outcome.ACCEPTED:
                self.shows(event, *answer.findings, as_of=AsOf(position=answer.position))
        return self

    # -- what the trail shows -------------------------------------------------------------------------

    def position(self, event: Event) -> int:
        """Return where an event that was sent lies in the log."""
        return self._positions[event["source"], event["id"]]

    def trail(self, subject: str, as_of: AsOf = AsOf(), family: str | None = None) -> Trail:
        """Return the trail of a subject, the views brought up to date."""
        self.follower.catch_up()
        with self.views.reading() as connection:
            return read_trail(connection, family or families(connection, subject)[0], subject, as_of)

    def shows(
        self,
        event: Event,
        *findings: str,
        made_good: Mapping[str, Event] | None = None,
        as_of: AsOf = AsOf(),
    ) -> None:
        """Compare the findings on an event in the trail with these, and those made good with their menders."""
        position = self.position(event)
        (step,) = (each for each in self.trail(event["subject"], as_of).steps if each.position == position)
        assert sorted(step.findings) == sorted(findings)
        menders = {code: self.position(mender) for code, mender in (made_good or {}).items()}
        assert {each["code"]: each["by"] for each in step.made_good} == menders

    # -- what the registry says -----------------------------------------------------------------------

    @contextmanager
    def the_registry(self, as_of: AsOf = AsOf()) -> Iterator[Registry]:
        """Give the registry as it was, the views brought up to date."""
        self.follower.catch_up()
        with self.views.reading() as connection:
            yield Registry(connection, as_of)

    def lies_in(self, name: str, before: Event, as_of: AsOf = AsOf()) -> str | None:
        """Return the region of an organisation just before an event."""
        with self.the_registry(as_of) as registry:
            return registry.region(name, self.position(before))

    def kim_in(self, region: str, before: Event, as_of: AsOf = AsOf()) -> set[str]:
        """Return the KIM in a region just before an event."""
        with self.the_registry(as_of) as registry:
            return set(registry.kim_in(region, self.position(before)))

    def kim_with_decree(self, region: str | None, moment: datetime, as_of: AsOf = AsOf()) -> set[str]:
        """Return the KIM in a region that have a decree at a moment."""
        with self.the_registry(as_of) as registry:
            return set(registry.kim_with_decree(region, moment))

    # -- how many people live where -------------------------------------------------------------------

    def people_of(self, region: str | None, before: datetime, as_of: AsOf = AsOf()) -> int | None:
        """Return the population of a region before a moment, the views brought up to date."""
        self.follower.catch_up()
        with self.views.reading() as connection:
            return Populations(connection, REGIONS, as_of).of(region, before)

    # -- the tables -----------------------------------------------------------------------------------

    def trail_rows(self) -> list[tuple[Any, ...]]:
        """Return the table of the trail as it stands, whole."""
        return trail_rows(self.views)


def table_rows(views: Views, table: Table) -> list[tuple[Any, ...]]:
    """Return a table of a view, whole, by position."""
    with views.reading() as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(table.c.position))]


def trail_rows(views: Views) -> list[tuple[Any, ...]]:
    """Return the table of the trail, whole."""
    return table_rows(views, STEP)


def fold_in_parts(
    rows: Sequence[Row], views: Views, projection: Projection, sizes: Sequence[int], back: Sequence[int]
) -> None:
    """Fold rows in batches of these sizes, over and over, by an engine that begins anew with each.

    Before each batch, as many rows as `back` says are delivered again.
    """
    first = 0
    for size, again in zip(cycle(sizes), cycle(back or [0]), strict=False):
        if first >= len(rows):
            return
        engine = Engine(views, [projection])
        engine.prepare()
        engine.fold(rows[max(first - again, 0) : first + size])
        first += size


def lines(events: Iterable[Event]) -> list[bytes]:
    """Return events as publishers send them."""
    return [msgspec.json.encode(each) for each in events]


@contextmanager
def scenario_apart(mode: Mode) -> Iterator[Scenario]:
    """Give an empty log of its own: for one of many examples of a property."""
    with tempfile.TemporaryDirectory() as directory, closing(Scenario(mode, Path(directory))) as scenario:
        yield scenario


@contextmanager
def published_apart(mode: Mode) -> Iterator[Scenario]:
    """Give what the fixture `published` gives, for one of many examples."""
    with scenario_apart(mode) as scenario:
        yield scenario.given(*scenario.registry(), scenario.published(at=0, called="publish-1"))
