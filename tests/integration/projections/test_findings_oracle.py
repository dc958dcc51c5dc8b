"""Findings and trails of random logs against an oracle that reads the contract word for word, and slowly.

The oracle knows the whole log as a list. For each question it looks at what lies up to a position, walks up causes
one by one, and shares nothing with the code under test.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.as_of import AsOf
from projections.audit_trail.queries import TrailStep
from projections.audit_trail.queries import trail as read_trail
from projections.catalogue import PROJECTIONS
from projections.engine import Engine
from services.publishing.answers import Answer, Outcome
from services.publishing.publisher import Publisher
from tests.oracle.drafts import cause_of, cut, name_of
from tests.oracle.entry import Entry, Name
from tests.scenario import (
    COMMUNITY,
    KIM,
    OTHER_KIM,
    PROVINCE,
    REGENCY,
    REGIONS,
    START,
    Event,
    Mode,
    Scenario,
    lines,
    open_views,
    scenario_apart,
    trail_rows,
)

EXAMPLES: Final = 10 if os.environ.get("JEJAK_SOAK") else 1

# -- the oracle ---------------------------------------------------------------------------------------

OFFICE_LEVELS: Final = {PROVINCE, REGENCY}
KIM_LEVELS: Final = {KIM, OTHER_KIM}
WEEK: Final = timedelta(days=7)
JAKARTA: Final = timezone(timedelta(hours=7))


class Known:
    """The log up to a position; `voided` are names, perhaps of a longer log."""

    def __init__(self, log: Sequence[Entry], until: int, voided: set[Name]) -> None:
        self.log = [entry for entry in log if entry.position <= until]
        self.voided = voided

    def find(self, name: Name | None) -> Entry | None:
        return next((entry for entry in self.log if entry.name == name), None)

    def causes(self, step: Entry) -> Iterator[Entry]:
        """Yield the causes of a step, the nearest first, voided ones too."""
        seen: set[Name] = set()
        cause = self.find(step.cause)
        while cause is not None and cause.name not in seen:
            yield cause
            seen.add(cause.name)
            cause = self.find(cause.cause)

    def live_causes(self, step: Entry) -> list[Entry]:
        return [cause for cause in self.causes(step) if cause.name not in self.voided]

    def before(self, step: Entry, kind: str, *, own: bool) -> list[Entry]:
        """Return the steps of a kind on the item before the step; with `own`, those of its holder only."""
        return [
            entry
            for entry in self.log
            if entry.kind == kind
            and entry.event["subject"] == step.event["subject"]
            and (not own or entry.event["holder"] == step.event["holder"])
            and entry.name not in self.voided
            and entry.when < step.when
        ]

    def issuer(self, step: Entry) -> str | None:
        for entry in self.log:
            if entry.kind == "item.published" and entry.event["subject"] == step.event["subject"]:
                return str(entry.event["holder"])
        return None

    def caused_by(self, step: Entry, *kinds: str) -> bool:
        """Tell whether an event of these kinds on the step's item is among its causes."""
        return any(
            cause.kind in kinds and cause.event["subject"] == step.event["subject"]
            for cause in self.live_causes(step)
        )

    def decrees(self, step: Entry) -> list[Entry]:
        return [
            entry
            for entry in self.log
            if entry.kind == "organisation.decree_granted" and entry.event["subject"] == step.event["holder"]
        ]

    def valid(self, step: Entry) -> list[Entry]:
        return [
            decree
            for decree in self.decrees(step)
            if begins(decree.event["data"]["valid_from"]) <= step.time
            and ("valid_to" not in decree.event["data"] or step.time < is_over(decree.event["data"]["valid_to"]))
            and not any(
                entry.kind == "organisation.decree_revoked"
                and entry.event["subject"] == step.event["holder"]
                and entry.event["data"]["number"] == decree.event["data"]["number"]
                and entry.when < step.when
                and (decree.when < entry.when or begins(decree.event["data"]["valid_from"]) <= entry.time)
                for entry in self.log
            )
        ]


def begins(day: str) -> datetime:
    if "T" in day:
        return datetime.fromisoformat(day)
    return datetime(*date.fromisoformat(day).timetuple()[:3], tzinfo=JAKARTA)


def is_over(day: str) -> datetime:
    return begins(day) if "T" in day else begins(day) + timedelta(days=1)


def no_receipt(step: Entry, known: Known) -> bool:
    return (
        step.kind in ("item.screened", "item.discussed", "item.shared", "item.forwarded", "item.acted_on")
        and step.event["holder"] != known.issuer(step)
        and not known.before(step, "item.received", own=True)
    )


def unknown_source(step: Entry, known: Known) -> bool:
    if step.kind != "item.received":
        return False
    if step.cause is None:
        return "from" not in step.event["data"]
    passing = [
        cause
        for cause in known.live_causes(step)
        if cause.kind in ("item.published", "item.forwarded", "item.shared")
        and cause.event["subject"] == step.event["subject"]
    ]
    return (
        bool(passing)
        and passing[0].kind == "item.forwarded"
        and step.event["holder"] not in passing[0].event["data"]["to"]
    )


def missing_cause(step: Entry, known: Known) -> bool:
    return step.cause is not None and known.find(step.cause) is None


def cause_later(step: Entry, known: Known) -> bool:
    causes = known.live_causes(step)
    return bool(causes) and causes[0].time > step.time


def latest_verdict(step: Entry, known: Known) -> Entry | None:
    return max(known.before(step, "item.screened", own=True), key=lambda entry: entry.when, default=None)


def shared_after_hoax(step: Entry, known: Known) -> bool:
    latest = latest_verdict(step, known)
    return (
        step.kind in ("item.shared", "item.forwarded")
        and latest is not None
        and latest.event["data"]["verdict"] == "hoax"
        and not known.caused_by(step, "item.corrected", "item.retracted")
    )


def after_retraction(step: Entry, known: Known) -> bool:
    return (
        step.kind in ("item.received", "item.shared", "item.forwarded", "item.acted_on")
        and bool(known.before(step, "item.retracted", own=False))
        and step.event["holder"] != known.issuer(step)
        and not known.caused_by(step, "item.retracted")
    )


def checked(step: Entry, known: Known) -> list[Entry]:
    verdicts = known.before(step, "item.screened", own=True)
    return [entry for entry in verdicts if entry.event["data"]["verdict"] != "unchecked"]


def unscreened(step: Entry, known: Known) -> bool:
    return (
        step.kind in ("item.shared", "item.forwarded")
        and step.event["holder"] in OFFICE_LEVELS | KIM_LEVELS
        and step.event["holder"] != known.issuer(step)
        and not checked(step, known)
    )


def recorded_late(step: Entry, _: Known) -> bool:
    return step.recorded - step.time > WEEK


def decree_expired(step: Entry, known: Known) -> bool:
    return (
        step.kind.startswith(("item.", "aspiration."))
        and step.event["holder"] in KIM_LEVELS
        and bool(known.decrees(step))
        and not known.valid(step)
    )


RULES: Final = (
    no_receipt,
    unknown_source,
    missing_cause,
    cause_later,
    shared_after_hoax,
    after_retraction,
    unscreened,
    recorded_late,
    decree_expired,
)


def mender(code: str, step: Entry, log: Sequence[Entry], now: Known) -> int:
    """Return the position of the event that made a finding good: the earliest of those that do so now."""
    goods: list[Entry] = []
    if code == "missing_cause":
        goods = [entry for entry in now.log if entry.name == step.cause]
    elif code == "no_receipt":
        goods = now.before(step, "item.received", own=True)
    elif code == "unscreened":
        goods = checked(step, now)
    elif code == "decree_expired":
        goods = now.valid(step)
    elif code == "shared_after_hoax":
        latest = latest_verdict(step, now)
        goods = [latest] if latest is not None and latest.event["data"]["verdict"] != "hoax" else []
    positions = [entry.position for entry in goods]
    exempting = {
        "shared_after_hoax": ("item.corrected", "item.retracted"),
        "after_retraction": ("item.retracted",),
    }
    positions += [
        entry.position
        for entry in now.log
        if Known(log, entry.position, now.voided).caused_by(step, *exempting.get(code, ()))
    ]
    return min(positions)


def findings(log: Sequence[Entry], position: int, until: int) -> tuple[set[str], dict[str, int]]:
    """Return the findings on the step at a position in the log up to another, and who made which others good."""
    step = next(entry for entry in log if entry.position == position)
    voided = {
        (entry.event["data"]["source"], entry.event["data"]["id"])
        for entry in log
        if entry.kind == "step.voided" and entry.position <= until
    }
    if step.name in voided:
        return set(), {}
    now, then = Known(log, until, voided), Known(log, position, voided)
    found = {rule.__name__ for rule in RULES if rule(step, now)}
    told = {rule.__name__ for rule in RULES if rule(step, then)}
    return found, {code: mender(code, step, log, now) for code in told - found}


def parent(step: Entry, trail: Sequence[Entry], known: Known) -> Entry | None:
    """Return the nearest cause that is in the trail, too."""
    return next((cause for cause in known.causes(step) if cause in trail), None)


def parents(trail: Sequence[Entry], known: Known) -> dict[int, int | None]:
    """Return each step's parent; of a cycle the step of the lowest position has none."""
    found = {step.position: parent(step, trail, known) for step in trail}
    above = {position: None if cause is None else cause.position for position, cause in found.items()}
    uncut = dict(above)
    for start in uncut:
        walk: list[int | None] = [start]
        while walk[-1] is not None and uncut[walk[-1]] not in walk:
            walk.append(uncut[walk[-1]])
        if walk[-1] is not None and uncut[walk[-1]] == start and start == min(each for each in walk if each):
            above[start] = None
    return above


def depth(position: int, above: dict[int, int | None]) -> int:
    higher = above[position]
    return 0 if higher is None else 1 + depth(higher, above)


# -- random logs --------------------------------------------------------------------------------------

ISSUERS: Final = {"info-a": REGENCY, "info-b": KIM, "info-c": OTHER_KIM}
HOLDERS: Final = (PROVINCE, REGENCY, KIM, OTHER_KIM, COMMUNITY)
# A step of the first minutes is recorded late, the others are not.
RECORDED: Final = START + WEEK + timedelta(minutes=2)


class Draft(NamedTuple):
    """An event to be: which kind, of whom, on what, when, why; `other` and `choice` say which of what there is."""

    kind: str
    item: str
    holder: str
    minute: int
    cause: str
    other: int
    choice: int


KINDS: Final = (
    *[
        "received",
        "received",
        "received",
        "shared",
        "shared",
        "shared",
        "shared",
        "shared",
        "forwarded",
        "forwarded",
    ],
    *["screened", "screened", "screened", "screened", "screened", "discussed", "acted_on"],
    *["corrected", "retracted", "voided", "voided", "granted", "revoked", "raised", "revised"],
)
DRAFT: Final = st.builds(
    Draft,
    kind=st.sampled_from(KINDS),
    item=st.sampled_from(["info-a", "info-a", "info-a", "info-b", "info-c"]),
    holder=st.sampled_from([KIM, KIM, COMMUNITY, *HOLDERS]),
    minute=st.integers(0, 6),
    cause=st.sampled_from(["none", "publication", "never", "correction", "near", "near", "near", "far"]),
    other=st.integers(0, 60),
    choice=st.integers(0, 5),
)
# Long logs, too: a list's own length is mostly short.
DRAFTS: Final = st.integers(1, 40).flatmap(lambda size: st.lists(DRAFT, min_size=size, max_size=size))
SIZES: Final = st.lists(st.integers(1, 20), min_size=1, max_size=6)


def events_of(drafts: Sequence[Draft], make: Scenario) -> list[Event]:
    """Return the events that drafts describe; a few of them will be refused."""
    holders = [
        ISSUERS[each.item] if each.kind in ("corrected", "retracted", "revised") else each.holder
        for each in drafts
    ]
    made: list[Event] = []
    for index, draft in enumerate(drafts):
        at = draft.minute
        if draft.kind in ("shared", "forwarded"):  # rather late, and verdicts rather early, so that they meet
            at = 6 - at // 2
        elif draft.kind == "screened":
            at //= 2
        cause = cause_of(index, drafts, draft.other, ISSUERS)
        source, name = name_of(index)
        how = {"at": at, "sender": source, "called": name, "cause": None if cause == (source, name) else cause}
        made.append(event_of(draft, holders[index], made, make, **how))
    return made


def event_of(draft: Draft, holder: str, made: Sequence[Event], make: Scenario, **how: Any) -> Event:  # noqa: ANN401 - passed on
    """Return the event of one draft; `made` are those before it."""
    on = {**how, "subject": draft.item}
    to = [name for bit, name in enumerate(HOLDERS) if (draft.other >> bit) & 1] or [KIM]
    group = (KIM, OTHER_KIM, COMMUNITY)[draft.choice % 3]
    kim, number = (KIM, OTHER_KIM)[draft.choice % 2], f"SK-{draft.choice % 3}"
    verdict = ("hoax", "hoax", "hoax", "verified", "unproven", "unchecked")[draft.choice]
    begin = (minute(draft.choice), "2021-11-01")[draft.other % 2]
    end = (None, "2021-11-22", "2021-11-23", *(minute(each) for each in (2, 4, 5)))[draft.other % 6]
    steps = [each for each in made if "item" in each["type"] and "published" not in each["type"]]
    step = steps[draft.other % len(steps)] if steps else make.published()
    makers: dict[str, Callable[[], Event]] = {
        "received": lambda: make.received(holder, from_=(None, REGENCY)[draft.choice % 2], **on),
        "screened": lambda: make.screened(holder, verdict, **on),
        "discussed": lambda: make.discussed(group, **on),
        "acted_on": lambda: make.acted_on(group, **on),
        "shared": lambda: make.shared(holder, **on),
        "forwarded": lambda: make.forwarded(holder, *to, **on),
        "revised": lambda: make.revised(holder, title="Baru", **on),
        "corrected": lambda: make.corrected(holder, **on),
        "retracted": lambda: make.retracted(holder, **on),
        "voided": lambda: make.voided(step, **how),
        "raised": lambda: make.raised(kim, subject=f"usul-{how['called']}", **how),
        "granted": lambda: make.decree_granted(kim, number=number, valid_from=begin, valid_to=end, **how),
        "revoked": lambda: make.decree_revoked(kim, number=number, **how),
    }
    return makers[draft.kind]()


def minute(number: int) -> str:
    return (START + timedelta(minutes=number)).isoformat()


def beginning(make: Scenario) -> list[Event]:
    """Return the registry and the publications of every log here."""
    publications = [
        make.published(issuer, subject=item, at=0, called=f"publish-{item}") for item, issuer in ISSUERS.items()
    ]
    return [*make.registry(), *publications]


class Recorded(NamedTuple):
    """What was published, and what came of it."""

    log: list[Entry]
    answers: dict[int, Answer]


def record(scenario: Scenario, drafts: Sequence[Draft], sizes: Sequence[int], publishers: int) -> Recorded:
    """Publish a random log in batches, through publishers that take turns."""
    scenario.clock.now = RECORDED
    voices = [Publisher(scenario.log, REGIONS, clock=scenario.clock) for _ in range(publishers)]
    events = [*beginning(scenario), *events_of(drafts, scenario)]
    log, answers = [], {}
    for turn, batch in enumerate(cut(events, sizes)):
        for event, answer in zip(batch, voices[turn % publishers].publish(lines(batch)), strict=True):
            if answer.outcome is Outcome.ACCEPTED and answer.position is not None:
                log.append(Entry(answer.position, event, RECORDED))
                answers[answer.position] = answer
    return Recorded(log, answers)


def shown(scenario: Scenario, family: str, subject: str, until: int) -> list[TrailStep]:
    with scenario.views.reading() as connection:
        return read_trail(connection, family, subject, AsOf(position=until)).steps


# -- the tests ----------------------------------------------------------------------------------------


@pytest.mark.soak
@settings(max_examples=40 * EXAMPLES, deadline=None)
@given(
    drafts=DRAFTS,
    sizes=SIZES,
    publishers=st.integers(1, 3),
    looks=st.lists(st.integers(0, 60), max_size=3),
)
def test_answers_and_trails_agree_with_the_oracle(
    mode: Mode, drafts: list[Draft], sizes: list[int], publishers: int, looks: list[int]
) -> None:
    with scenario_apart(mode) as scenario:
        log, answers = record(scenario, drafts, sizes, publishers)
        for position, answer in answers.items():
            told, made_good = findings(log, position, position)
            assert not made_good
            assert {str(code) for code in answer.findings} == told
            assert len(answer.findings) == len(told)
        scenario.follower.catch_up()
        head = len(log)
        assert [entry.position for entry in log] == list(range(1, head + 1))
        for until in {head, *(each % head + 1 for each in looks)}:
            compare(scenario, log, until)


def compare(scenario: Scenario, log: Sequence[Entry], until: int) -> None:
    """Compare every trail of the log as of a position with what the oracle says."""
    voids = {
        (entry.event["data"]["source"], entry.event["data"]["id"]): entry.position
        for entry in log
        if entry.kind == "step.voided" and entry.position <= until
    }
    known = Known(log, until, set(voids))
    for family, subject in {(family_of(entry), entry.event["subject"]) for entry in known.log}:
        trail = [entry for entry in known.log if (family_of(entry), entry.event["subject"]) == (family, subject)]
        above = parents(trail, known)
        steps = shown(scenario, family, subject, until)
        assert [step.position for step in steps] == [entry.position for entry in trail]
        for entry, step in zip(trail, steps, strict=True):
            found, made_good = findings(log, entry.position, until)
            assert sorted(step.findings) == sorted(found), entry
            assert {each["code"]: each["by"] for each in step.made_good} == made_good, entry
            assert step.voided_by == voids.get(entry.name)
            assert step.parent == above[entry.position]
            assert step.depth == depth(entry.position, above)


def family_of(entry: Entry) -> str:
    return "item" if entry.kind == "step.voided" else entry.kind.partition(".")[0]


@pytest.mark.soak
@settings(max_examples=10 * EXAMPLES, deadline=None)
@given(drafts=DRAFTS, sizes=SIZES, publishers=st.integers(1, 3), slices=SIZES, back=st.lists(st.integers(0, 9)))
def test_however_it_is_cut_into_batches_log_and_trail_are_the_same(
    mode: Mode, drafts: list[Draft], sizes: list[int], publishers: int, slices: list[int], back: list[int]
) -> None:
    with scenario_apart(mode) as whole, scenario_apart(mode) as parts:
        record(whole, drafts, [1000], 1)
        record(parts, drafts, sizes, publishers)
        rows = whole.log.read(0, 1000)
        assert parts.log.read(0, 1000) == rows

        whole.follower.catch_up()
        expected = msgspec.json.encode(trail_rows(whole.views))
        for batch, again in zip(cut(rows, slices), cycle_of(back), strict=False):
            # What drives the engine began anew and delivers some rows again.
            first = max(batch[0][0] - 1 - again, 0)
            Engine(parts.views, PROJECTIONS).fold(rows[first : batch[-1][0]])
        parts.engine.fold(rows)
        assert msgspec.json.encode(trail_rows(parts.views)) == expected


def cycle_of(numbers: Sequence[int]) -> Iterator[int]:
    """Yield the numbers over and over, 0 where there are none."""
    while True:
        yield from numbers or [0]


@pytest.mark.soak
@settings(max_examples=5 * EXAMPLES, deadline=None)
@given(drafts=DRAFTS)
def test_what_the_follower_folds_anew_is_what_it_folded_step_by_step(mode: Mode, drafts: list[Draft]) -> None:
    with scenario_apart(mode) as scenario, closing(open_views(mode, scenario.directory / "fresh")) as fresh:
        for draft_events in cut(lines([*beginning(scenario), *events_of(drafts, scenario)]), [5]):
            scenario.publisher.publish(draft_events)
            scenario.follower.catch_up()
        engine = Engine(fresh, PROJECTIONS)
        engine.prepare()
        engine.fold(scenario.log.read(0, 1000))
        assert trail_rows(fresh) == scenario.trail_rows()
