"""Random logs and selections that meet every clause of the figures, and how a log is recorded."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar

from hypothesis import strategies as st

from events.fields import JAKARTA
from projections.as_of import AsOf
from projections.reach.figure import By, Selection
from services.publishing.answers import Outcome
from services.publishing.publisher import Publisher
from tests.oracle.drafts import cause_of, cut, name_of
from tests.oracle.entry import Entry
from tests.scenario import (
    COMMUNITY,
    DISTRICT,
    KIM,
    OTHER_KIM,
    OTHER_REGENCY,
    PROVINCE,
    PSEUDONYMS,
    REGENCY,
    REGIONS,
    START,
    Event,
    Scenario,
    lines,
)

T = TypeVar("T")

CAPITAL: Final = "diskominfo-dki"
FAR_KIM: Final = "kim-negeri-katon"
NATAR_KIM: Final = "kim-natar"
DISTRICT_KIM: Final = "kim-gedong-tataan"
CAPITAL_KIM: Final = "kim-gambir"
MORE: Final = {  # level, region, parent
    CAPITAL: ("provincial_office", "31", None),
    FAR_KIM: ("kim", "18.09.02.2005", REGENCY),
    NATAR_KIM: ("kim", "18.01.04.2004", OTHER_REGENCY),
    DISTRICT_KIM: ("kim", "18.09.01", REGENCY),
    CAPITAL_KIM: ("kim", "31.71.01.1001", CAPITAL),
}
HOLDERS: Final = (KIM, OTHER_KIM, COMMUNITY, FAR_KIM, DISTRICT_KIM, NATAR_KIM, REGENCY, PROVINCE, CAPITAL_KIM)
GROUPS: Final = (KIM, OTHER_KIM, COMMUNITY, FAR_KIM, DISTRICT_KIM, NATAR_KIM, CAPITAL_KIM)
GROUPS_KIM: Final = (KIM, OTHER_KIM, FAR_KIM, NATAR_KIM, DISTRICT_KIM)

ISSUERS: Final = {"info-a": REGENCY, "info-b": KIM, "info-c": OTHER_KIM, "info-d": REGENCY, "info-e": KIM}
REPLACEMENTS: Final = {"info-a": "info-d", "info-b": "info-e", "info-d": "info-a", "info-e": "info-b"}

# A village, its neighbour, their district, one beside it, their regency, another, their province, another.
PLACES: Final = (
    "18.09.01.2007",
    "18.09.01.2008",
    "18.09.01",
    "18.09.02.2005",
    "18.09",
    "18.01.04.2004",
    "18",
    "31.71.01.1001",
)
CHANNELS: Final = ("whatsapp_group", "face_to_face", "loudspeaker")
TOPICS: Final = ("health", "farming", "disaster")
OTHER_PSEUDONYMS: Final = [f"p1.k2.{letter * 26}" for letter in "ABCDEFGH"]
PEOPLE: Final = (None, None, 0, 1, 4, 30, 500)

MIDNIGHT: Final = datetime(2021, 11, 24, tzinfo=JAKARTA)
MONTH: Final = datetime(2021, 12, 1, tzinfo=JAKARTA)
SECOND: Final = timedelta(seconds=1)
MOMENTS: Final = (
    *(START + timedelta(minutes=each) for each in (-1, 0, 1, 2, 3, 4)),
    MIDNIGHT - SECOND,
    MIDNIGHT,
    MIDNIGHT + timedelta(hours=7),  # midnight in UTC
    MONTH - SECOND,
    MONTH,
    MONTH + timedelta(hours=9),
)
RECORDED: Final = MONTH + timedelta(days=9)
"""When the first batch is recorded; each one after it is an hour later."""
DUE: Final = (
    None,
    "2021-11-23",
    "2021-11-30",
    (START + timedelta(minutes=2)).isoformat(),
    MIDNIGHT.isoformat(),
    "2021-12-20",
)


class Draft(NamedTuple):
    """An event to be: which kind, on what, of whom, when, why; a, b and c say which of what there is."""

    kind: str
    item: str
    holder: str
    at: datetime
    cause: str
    a: int
    b: int
    c: int


KINDS: Final = (
    *("received",) * 9,
    *("shared",) * 7,
    *("forwarded",) * 4,
    *("discussed",) * 4,
    *("acted_on",) * 3,
    *("screened",) * 4,
    *("corrected", "corrected", "retracted", "revised", "revised", "voided", "voided", "voided"),
    *("changed", "changed", "registered", "granted", "granted", "revoked"),
    *("raised", "raised", "answered", "answered", "held", "held", "population"),
)
DRAFT: Final = st.builds(
    Draft,
    kind=st.sampled_from(KINDS),
    item=st.sampled_from([*["info-a"] * 9, *ISSUERS]),
    holder=st.sampled_from([*[KIM] * 5, *[OTHER_KIM] * 3, FAR_KIM, *HOLDERS]),
    at=st.sampled_from(MOMENTS),
    cause=st.sampled_from(
        ["none", "publication", "publication", "never", "correction", "correction", *["near"] * 5, "far"]
    ),
    a=st.integers(0, 255),
    b=st.integers(0, 255),
    c=st.integers(0, 255),
)
# Long logs, too: a list's own length is mostly short.
DRAFTS: Final = st.integers(1, 60).flatmap(lambda size: st.lists(DRAFT, min_size=size, max_size=size))
SIZES: Final = st.lists(st.integers(1, 20), min_size=1, max_size=6)

DAY: Final = MIDNIGHT - timedelta(days=1)
WINDOWS: Final = (
    (None, None),
    (None, None),
    (None, MONTH),
    (None, MIDNIGHT),
    (MIDNIGHT, None),
    (DAY, MIDNIGHT),
    (DAY, MONTH),
    (MIDNIGHT, MONTH),
    (MONTH, MONTH + timedelta(days=1)),
    (datetime(2021, 11, 1, tzinfo=JAKARTA), MONTH + timedelta(days=30)),
)
BY: Final[tuple[By, ...]] = ("item", "region", "channel", "day", "month", "topic")


class Look(NamedTuple):
    """A selection to be; positions and times of its as-of are chosen from what the log turns out to hold."""

    item: str | None
    region: str | None
    channel: str | None
    window: tuple[datetime | None, datetime | None]
    by: tuple[By, ...]
    position: int | None
    recorded: int | None
    occurred: datetime | None


LOOK: Final = st.builds(
    Look,
    item=st.sampled_from([None, "info-a", "info-a", "info-b"]),
    region=st.sampled_from([None, None, "18", "18.09", "18.09.01", "31", *PLACES]),
    channel=st.sampled_from([None, None, None, *CHANNELS]),
    window=st.sampled_from(WINDOWS),
    by=st.just(()) | st.lists(st.sampled_from(BY), min_size=1, max_size=2, unique=True).map(tuple),
    position=st.sampled_from([None, None, *range(0, 80, 7)]),
    recorded=st.sampled_from([None, None, *range(0, 80, 7)]),
    # No earlier than the publications: nobody asks for an item that was not there yet.
    occurred=st.sampled_from([None, None, None, *MOMENTS[1:]]),
)


WIDE: Final = (
    Selection(),
    Selection(item="info-a"),
    Selection(item="info-a", region="18.09.01"),
    Selection(region="18.09", begin=DAY, end=MONTH),
    Selection(item="info-a", channel="whatsapp_group"),
    Selection(by=("region",)),
)
"""What is asked of every log, as random selections are mostly of little."""


def selection_of(look: Look, log: Sequence[Entry]) -> Selection:
    """Return the selection of a look; its as-of is not before the first publications."""
    begin, end = look.window
    first = next(entry.position for entry in log if entry.name[1] == f"publish-{list(ISSUERS)[-1]}")
    later = [entry for entry in log if entry.position >= first]
    return Selection(
        item=look.item,
        region=look.region,
        channel=look.channel,
        begin=begin,
        end=end,
        by=look.by,
        as_of=AsOf(
            None if look.position is None else later[look.position % len(later)].position,
            None if look.recorded is None else later[look.recorded % len(later)].recorded,
            look.occurred,
        ),
    )


# -- from drafts to events ----------------------------------------------------------------------------


def events_of(drafts: Sequence[Draft], make: Scenario) -> list[Event]:
    """Return the events that drafts describe; a few of them will be refused."""
    made: list[Event] = []
    for index, draft in enumerate(drafts):
        source, name = name_of(index)
        cause = cause_of(index, drafts, draft.a, ISSUERS)
        how = {
            "at": draft.at,
            "sender": source,
            "called": name,
            "cause": None if cause == (source, name) else cause,
        }
        made.append(event_of(draft, made, make, how))
    return made


def some(things: Sequence[T], bits: int) -> list[T]:
    """Return those of the things whose bit is set."""
    return [thing for bit, thing in enumerate(things) if (bits >> bit) & 1]


def origins(draft: Draft) -> list[dict[str, object]] | None:
    """Return no origins, none that count, or up to three; their headcounts are small."""
    if draft.b % 3 == 0:
        return None
    return [
        {"region": place, "headcount": (0, 1, 2, 5)[(draft.b >> bit) & 3]}
        for bit, place in enumerate(some(PLACES, draft.c)[:3])
    ]


def participants(draft: Draft) -> list[str] | None:
    """Return pseudonyms of two key ids, some of them twice, an empty list, or nothing."""
    if draft.a % 2:
        return None
    return [*some(PSEUDONYMS, draft.b & 15), *some(OTHER_PSEUDONYMS, draft.c & 7), *some(PSEUDONYMS, draft.c & 1)]


def intended(a: int, b: int) -> list[str] | None:
    """Return holders and regions, an empty list, or nothing."""
    match a % 4:
        case 0:
            return None
        case 1:
            return some(HOLDERS, b)
        case 2:
            return some(PLACES, b)
        case _:
            return [*some(HOLDERS, b & 7), *some(PLACES, b >> 3), *some(HOLDERS, b & 1)]


def event_of(draft: Draft, made: Sequence[Event], make: Scenario, how: dict[str, Any]) -> Event:
    """Return the event of one draft; `made` are those before it."""
    on = {**how, "subject": draft.item}
    # What happened to an organisation happened long before, though it may be recorded late: the as-of by
    # occurred_at is about steps.
    earlier = {**how, "at": START - timedelta(days=1)}
    group = draft.holder if draft.holder in GROUPS else KIM
    kim = GROUPS_KIM[draft.b % len(GROUPS_KIM)]
    office = {NATAR_KIM: OTHER_REGENCY}.get(kim, REGENCY)
    issuer = ISSUERS[draft.item]
    channel = CHANNELS[draft.a % len(CHANNELS)]
    place = (*PLACES, None, None, None)[draft.c % (len(PLACES) + 3)]
    verdict = ("hoax", "hoax", "verified", "unproven", "unchecked")[draft.a % 5]
    number = f"SK-{draft.a % 2}"
    topic = (None, *TOPICS)[draft.c % 4]
    voidable = [each for each in made if is_voidable(each)]
    raised = [each["subject"] for each in made if "aspiration.raised" in each["type"]]
    crowd = {"headcount": PEOPLE[draft.b % len(PEOPLE)], "participants": participants(draft)}
    replacement = REPLACEMENTS.get(draft.item) if draft.a % 2 else None
    makers: dict[str, Callable[[], Event]] = {
        "received": lambda: make.received(draft.holder, channel=channel, **on),
        "screened": lambda: make.screened(draft.holder, verdict, **on),
        "discussed": lambda: make.discussed(group, origins=origins(draft), venue_region="18.01", **crowd, **on),
        "acted_on": lambda: make.acted_on(group, region=place, **crowd, **on),
        "shared": lambda: make.shared(
            draft.holder,
            channel=channel,
            region=place,
            exposures=(None, 0, 7)[draft.c % 3],
            to=some(HOLDERS, draft.c) if draft.a % 3 else None,
            **crowd,
            **on,
        ),
        "forwarded": lambda: make.forwarded(draft.holder, *some(HOLDERS, draft.c), channel=channel, **on),
        "revised": lambda: make.revised(
            issuer, title="Baru", topic=topic, intended=intended(draft.a, draft.b), **on
        ),
        "corrected": lambda: make.corrected(issuer, replacement=replacement, **on),
        "retracted": lambda: make.retracted(issuer, **on),
        "voided": lambda: make.voided(voidable[draft.a % len(voidable)] if voidable else make.published(), **how),
        "changed": lambda: make.changed(kim, office, region=PLACES[draft.c % len(PLACES)], **earlier),
        "registered": lambda: make.registered(
            f"kim-{how['called']}", "kim", region=PLACES[draft.c % 5], parent=REGENCY, **earlier
        ),
        "granted": lambda: make.decree_granted(
            kim, number=number, valid_from=VALID_FROM[draft.a % 3], valid_to=VALID_TO[draft.c % 6], **how
        ),
        "revoked": lambda: make.decree_revoked(kim, number=number, **how),
        "raised": lambda: make.raised(group, subject=f"usul-{how['called']}", due=DUE[draft.b % len(DUE)], **how),
        "answered": lambda: make.answered(
            **{**how, "subject": raised[draft.b % len(raised)] if raised else "usul-0"}
        ),
        "held": lambda: make.held(
            (REGENCY, PROVINCE, DISTRICT)[draft.a % 3],
            subject=f"pembinaan-{how['called']}",
            kim=some(GROUPS_KIM, draft.a),
            venue_region=PLACES[draft.a % len(PLACES)],
            headcount=(15, 40)[draft.a % 2],
            origins=origins(draft),
            **how,
        ),
        "population": lambda: population(make, PLACES[draft.a % len(PLACES)], draft.b, draft.c, **how),
    }
    return makers[draft.kind]()


VALID_FROM: Final = ("2021-01-01", "2021-11-24", "2021-12-05")
VALID_TO: Final = (None, "2021-11-23", "2021-11-30", "2021-12-31", MIDNIGHT.isoformat(), MONTH.isoformat())


def is_voidable(event: Event) -> bool:
    kind = event["type"].removeprefix("id.jejak.").removesuffix(".v1")
    return kind == "coaching.held" or (kind.startswith("item.") and kind not in ("item.published", "item.revised"))


def population(make: Scenario, region: str, people: int, day: int, **how: object) -> Event:
    """Return a count of the people of a region on some day of November."""
    data = {"region": region, "people": people, "source": "BPS", "date": f"2021-11-{20 + day % 10}"}
    return make.event("population.recorded", region, PROVINCE, data, **how)


# -- recording ----------------------------------------------------------------------------------------


def beginning(make: Scenario, drafts: Sequence[Draft]) -> list[Event]:
    """Return the registry and the publications of every log here; the drafts say what is different in each."""
    more = [
        make.registered(name, level, region=region, parent=parent, at=minute, called=f"register-{name}")
        for minute, (name, (level, region, parent)) in enumerate(MORE.items(), -900)
    ]
    publications = []
    for turn, (item, issuer) in enumerate(ISSUERS.items()):
        draft = drafts[turn % len(drafts)]
        publications.append(
            make.published(
                issuer,
                subject=item,
                at=0,
                called=f"publish-{item}",
                topic=TOPICS[(turn + draft.a) % len(TOPICS)],
                intended=intended(draft.b + turn, draft.c),
                cause=name_of(draft.a % len(drafts)) if draft.b % 4 == 0 else None,
            )
        )
    return [*make.registry(), *more, *publications]


def record(scenario: Scenario, drafts: Sequence[Draft], sizes: Sequence[int], publishers: int) -> list[Entry]:
    """Publish a random log in batches, through publishers that take turns; return what was taken."""
    voices = [Publisher(scenario.log, REGIONS, clock=scenario.clock) for _ in range(publishers)]
    events = [*beginning(scenario, drafts), *events_of(drafts, scenario)]
    log: list[Entry] = []
    for turn, batch in enumerate(cut(events, sizes)):
        scenario.clock.now = RECORDED + timedelta(hours=turn)
        for event, answer in zip(batch, voices[turn % publishers].publish(lines(batch)), strict=True):
            if answer.outcome is Outcome.ACCEPTED and answer.position is not None:
                log.append(Entry(answer.position, event, scenario.clock.now))
    return log
