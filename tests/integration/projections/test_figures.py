"""What each figure means, by example: given these events, when this is asked, then these are the figures.

Every example is asked of each of ASKED.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import pytest

from events.fields import JAKARTA
from projections.as_of import AsOf
from projections.reach import queries
from projections.reach.figure import Selection
from tests.oracle.entry import Entry
from tests.oracle.reach import Row, expected, recorded_population, row_of
from tests.scenario import (
    COMMUNITY,
    ITEM,
    KIM,
    NOW,
    OTHER_KIM,
    OTHER_REGENCY,
    PROVINCE,
    PSEUDONYMS,
    REGENCY,
    REGIONS,
    START,
    Event,
    Events,
    Scenario,
)

BAGELEN: Final = "18.09.01.2007"
SUKARAJA: Final = "18.09.01.2008"
GEDONG_TATAAN: Final = "18.09.01"
NEGERI_KATON: Final = "18.09.02"
PESAWARAN: Final = "18.09"
LAMPUNG: Final = "18"
A, B, C, D, *_ = PSEUDONYMS
OTHER_A: Final = "p1.k2." + "A" * 26
"""Perhaps A, perhaps not: the other key id does not tell."""


# -- how an example is written ------------------------------------------------------------------------


class Is(NamedTuple):
    """A figure: its value, numerator and denominator."""

    value: float | None
    numerator: int | None
    denominator: int | None


def count(number: int) -> Is:
    return Is(number, number, None)


def of(numerator: int, denominator: int) -> Is:
    return Is(numerator / denominator, numerator, denominator)


def unknown(numerator: int, denominator: int | None) -> Is:
    return Is(None, numerator, denominator)


ABSENT: Final = "absent"
Then = Mapping[str | tuple[str, ...], Is | str]
"""Figures by their names; with a break-down by name and what the group is called."""


class Example(NamedTuple):
    clause: str
    given: Callable[[Events], list[Event]]
    asked: tuple[tuple[Selection, Then], ...]


def example(clause: str, given: Callable[[Events], list[Event]], *asked: tuple[Selection, Then]) -> Example:
    return Example(clause, given, asked)


def of_item(**restricted: Any) -> Selection:  # noqa: ANN401 - the fields of a selection
    return Selection(item=ITEM, **restricted)


def at(day: int, hour: int, minute: int = 0, second: int = 0, month: int = 11) -> datetime:
    return datetime(2021, month, day, hour, minute, second, tzinfo=JAKARTA)


def origin(region: str, headcount: int) -> dict[str, object]:
    return {"region": region, "headcount": headcount}


def counted(make: Events, region: str, people: int, date: str = "2021-01-01", holder: str = PROVINCE) -> Event:
    return make.counted(region, people, date, holder=holder)


# -- the examples -------------------------------------------------------------------------------------

PEOPLE: Final = (
    example(
        "people are at the origins of their step, and the rest of them at the holder's district",
        lambda make: [
            make.published(),
            make.discussed(KIM, headcount=10, origins=[origin(BAGELEN, 4), origin(SUKARAJA, 3)]),
        ],
        (of_item(region=BAGELEN), {"reach.lower": count(4), "reach.upper": count(4)}),
        (of_item(region=SUKARAJA), {"reach.lower": count(3), "reach.upper": count(3)}),
        (of_item(region=GEDONG_TATAAN), {"reach.lower": count(10), "reach.upper": count(10)}),
        (of_item(region=NEGERI_KATON), {"reach.lower": count(0), "reach.upper": count(0)}),
    ),
    example(
        "origins with nobody, and an empty list of them, are as if absent",
        lambda make: [
            make.published(),
            make.discussed(KIM, headcount=10, origins=[origin(SUKARAJA, 0)]),
            make.discussed(OTHER_KIM, headcount=7, origins=[]),
        ],
        (of_item(region=BAGELEN), {"reach.lower": count(10), "coverage": of(1, 1)}),
        (of_item(region=SUKARAJA), {"reach.lower": count(7), "coverage": of(1, 1)}),
    ),
    example(
        "people are never at the venue",
        lambda make: [make.published(), make.discussed(KIM, headcount=10, venue_region="18.01.04.2004")],
        (of_item(region="18.01"), {"reach.upper": count(0), "coverage": of(0, 260)}),
        (of_item(region=BAGELEN), {"reach.upper": count(10)}),
    ),
    example(
        "a share or an act with a region has its people there",
        lambda make: [
            make.published(),
            make.shared(KIM, headcount=20, region="18.09.02.2005"),
            make.acted_on(KIM, headcount=5, region="18.09.02.2005"),
        ],
        (of_item(region=GEDONG_TATAAN), {"reach.upper": count(0), "impressions": count(0)}),
        (of_item(region=NEGERI_KATON), {"reach.upper": count(25), "impressions": count(20)}),
    ),
    example(
        "an office's people are at its own region, and count there and upward only",
        lambda make: [make.published(), make.shared(REGENCY, headcount=100)],
        (of_item(region=GEDONG_TATAAN), {"reach.upper": count(0)}),
        (of_item(region=PESAWARAN), {"reach.upper": count(100)}),
        (of_item(region=LAMPUNG), {"reach.upper": count(100)}),
    ),
    example(
        "a region with a part of the people counts that part, and none of the pseudonyms",
        lambda make: [
            make.published(),
            make.discussed(KIM, headcount=None, participants=[A, B, C, D], origins=[origin(BAGELEN, 3)]),
            make.acted_on(KIM, participants=[A]),
        ],
        # 3 of the discussion, and A; the fourth of it is somewhere in the district.
        (of_item(region=BAGELEN), {"reach.lower": count(3), "reach.upper": count(4)}),
        (of_item(region=GEDONG_TATAAN), {"reach.lower": count(4), "reach.upper": count(4)}),
    ),
    example(
        "unique reach lies between the largest crowd and everybody who may be somebody else",
        lambda make: [
            make.published(),
            make.discussed(KIM, headcount=10, participants=[A, B, C]),
            make.acted_on(COMMUNITY, headcount=5, participants=[B, C, D, D]),
        ],
        # 4 are known by name, 7 and 2 are not.
        (of_item(), {"reach.lower": count(10), "reach.upper": count(13)}),
    ),
    example(
        "pseudonyms of two key ids may be of the same people",
        lambda make: [make.published(), make.acted_on(KIM, participants=[A, B, OTHER_A])],
        # Without a headcount there are three of them: whoever reported them counted three.
        (of_item(), {"reach.lower": count(3), "reach.upper": count(3)}),
    ),
    example(
        "of two steps with two key ids the larger set of pseudonyms is the least there can be",
        lambda make: [
            make.published(),
            make.acted_on(KIM, participants=[A]),
            make.acted_on(KIM, participants=[B]),
            make.acted_on(KIM, participants=[OTHER_A]),
        ],
        (of_item(), {"reach.lower": count(2), "reach.upper": count(3)}),
    ),
    example(
        "a step with neither headcount nor pseudonyms adds nobody",
        lambda make: [make.published(), make.acted_on(KIM), make.shared(KIM)],
        (of_item(), {"reach.lower": count(0), "reach.upper": count(0), "impressions": count(0)}),
    ),
    example(
        "where the population is not known, the share is not known",
        lambda make: [make.published(), make.discussed(KIM, headcount=10)],
        (
            of_item(region=BAGELEN),
            {"reach.share.lower": unknown(10, None), "reach.share.upper": unknown(10, None)},
        ),
    ),
    example(
        "no more people are reached than live there, unless more of them were counted at once",
        lambda make: [
            make.published(),
            make.discussed(KIM, headcount=200),
            make.discussed(KIM, headcount=250),
            make.discussed(OTHER_KIM, headcount=500),
            counted(make, BAGELEN, 300),
            counted(make, SUKARAJA, 400),
        ],
        (
            of_item(region=BAGELEN),
            {
                "reach.lower": count(250),
                "reach.upper": count(300),
                "reach.share.lower": of(250, 300),
                "reach.share.upper": of(300, 300),
            },
        ),
        # Visitors: the share is not capped.
        (of_item(region=SUKARAJA), {"reach.upper": count(500), "reach.share.upper": of(500, 400)}),
    ),
    example(
        "a region without a population of its own has its children's, where each has one",
        lambda make: [
            make.published(),
            make.shared(PROVINCE, headcount=50, region="31.01"),
            make.registered("diskominfo-jakarta", "provincial_office", region="31"),
            counted(make, "31.01.01", 100, "2021-01-01", "diskominfo-jakarta"),
            counted(make, "31.01.02", 200, "2021-01-01", "diskominfo-jakarta"),
            counted(make, "31.01.02", 999, "2021-11-23", "diskominfo-jakarta"),
        ],
        # The window ends before the second count of 31.01.02; 31 has other children, and no count of them.
        (of_item(region="31.01", begin=at(1, 0), end=at(23, 0)), {"reach.share.lower": of(0, 300)}),
        (of_item(region="31.01", end=at(24, 0)), {"reach.share.lower": of(50, 1099)}),
        (of_item(region="31"), {"reach.share.lower": unknown(50, None)}),
    ),
)

REACH: Final = (
    example(
        "impressions are exposures, or else the headcount, or else the participants",
        lambda make: [
            make.published(),
            make.shared(KIM, exposures=1000, headcount=40),
            make.shared(KIM, headcount=40),
            make.shared(KIM, participants=[A, B, B]),
            make.shared(KIM, exposures=0, headcount=40),
        ],
        (of_item(), {"impressions": count(1042)}),
    ),
    example(
        "a village is reached by a holder's step, by an origin, by the region of a share or act",
        lambda make: [
            make.published(),
            make.received(KIM),
            make.shared(KIM, region="18.09.01.2001", to=[OTHER_KIM]),
            make.acted_on(KIM, region="18.09.01.2002"),
            make.discussed(KIM, headcount=9, origins=[origin("18.09.01.2003", 1), origin("18.09.01.2004", 0)]),
        ],
        # Sukaraja was only named as a target.
        (of_item(region=GEDONG_TATAAN), {"coverage": of(4, 19)}),
        (of_item(region=SUKARAJA), {"coverage": of(0, 1)}),
        (of_item(), {"coverage": of(4, 83_762)}),
    ),
    example(
        "an office's step reaches no village, nor do screening and forwarding",
        lambda make: [
            make.published(),
            make.received(OTHER_REGENCY),
            make.screened(KIM),
            make.forwarded(OTHER_KIM, KIM),
        ],
        (of_item(), {"coverage": of(0, 83_762)}),
    ),
)

FUNNEL: Final = (
    example(
        "each stage of the funnel, of those of the stage before (closed) and of all (open)",
        lambda make: [
            make.published(intended=[KIM]),
            make.forwarded(REGENCY, OTHER_KIM),
            make.received(KIM),
            make.received(COMMUNITY),
            make.discussed(KIM),
            make.discussed(OTHER_KIM),
            make.discussed(COMMUNITY),
            make.acted_on(KIM),
        ],
        (
            of_item(),
            {
                "funnel.addressed": count(2),
                "funnel.received": count(2),
                "funnel.received.closed": of(1, 2),
                "funnel.received.open": of(2, 2),
                "funnel.discussed": count(3),
                "funnel.discussed.closed": of(2, 2),
                "funnel.discussed.open": of(3, 2),
                "funnel.shared": count(0),
                "funnel.shared.closed": of(0, 3),
                "funnel.acted_on": count(1),
                # Nobody shared it: a ratio over 0 is not known.
                "funnel.acted_on.closed": unknown(0, 0),
                "funnel.acted_on.open": unknown(1, 0),
            },
        ),
    ),
    example(
        "the issuer is not in the funnel of its item",
        lambda make: [
            make.published(KIM, intended=[KIM, GEDONG_TATAAN]),
            make.received(KIM),
            make.shared(KIM, to=[KIM]),
        ],
        (of_item(), {"funnel.addressed": count(1), "funnel.received": count(0), "funnel.shared": count(0)}),
    ),
    example(
        "a region in `intended` means every KIM that lies in it and was registered at a lower position",
        lambda make: [
            make.published(intended=[PESAWARAN, "18.01"]),
            make.registered("kim-baru", "kim", region="18.09.01.2001", parent=REGENCY),
        ],
        (of_item(), {"funnel.addressed": count(2)}),
    ),
    example(
        "an addressed holder lies where it lay when it was addressed",
        lambda make: [
            make.published(intended=[GEDONG_TATAAN]),
            make.changed(OTHER_KIM, REGENCY, region="18.09.02.2005"),
            make.revised(title="Baru", intended=[GEDONG_TATAAN]),
            make.forwarded(REGENCY, OTHER_KIM),
        ],
        (of_item(region=SUKARAJA), {"funnel.addressed": count(1), "time_to_reach.p50": unknown(0, 0)}),
        (of_item(region=NEGERI_KATON), {"funnel.addressed": count(1)}),
        (of_item(), {"funnel.addressed": count(2), "time_to_reach.p50": unknown(0, 1)}),
    ),
    example(
        "a holder's own step lies where publishing saw it",
        lambda make: [
            make.published(),
            make.received(OTHER_KIM),
            make.changed(OTHER_KIM, REGENCY, region="18.09.02.2005"),
            make.discussed(OTHER_KIM),
        ],
        (of_item(region=SUKARAJA), {"funnel.received": count(1), "funnel.discussed": count(0)}),
        (of_item(region=NEGERI_KATON), {"funnel.received": count(0), "funnel.discussed": count(1)}),
    ),
    example(
        "with a channel, steps that have none are left out",
        lambda make: [
            make.published(intended=[KIM]),
            make.forwarded(REGENCY, OTHER_KIM, channel="print"),
            make.received(OTHER_KIM, channel="print"),
            make.received(KIM, channel="website"),
            make.discussed(KIM),
        ],
        (
            of_item(channel="print"),
            {
                "funnel.addressed": count(1),
                "funnel.received": count(1),
                "funnel.discussed": count(0),
                "reach.upper": count(0),
                "time_to_reach.p50": unknown(0, 0),
            },
        ),
    ),
    example(
        "a window holds its first moment and not its last, in days of Jakarta",
        lambda make: [
            make.published(at=0),
            make.shared(KIM, exposures=1, at=at(23, 23, 59, 59)),
            make.shared(KIM, exposures=10, at="2021-11-23T17:00:00Z"),
            make.shared(KIM, exposures=100, at=at(24, 6)),
        ],
        (of_item(begin=at(23, 0), end=at(24, 0)), {"impressions": count(1)}),
        (of_item(begin=at(24, 0), end=at(25, 0)), {"impressions": count(110)}),
    ),
)

TIME: Final = (
    example(
        "who has not received it yet is censored, never zero",
        lambda make: [
            make.published(at=0, intended=[KIM, OTHER_KIM, REGENCY]),
            make.received(KIM, at=90),
            make.received(KIM, at=60),
            make.received(COMMUNITY, at=1),
        ],
        (
            of_item(),
            {
                "time_to_reach.p50": Is(3600, 1, 2),
                "time_to_reach.p90": unknown(1, 2),
                "time_to_reach.p100": unknown(1, 2),
            },
        ),
    ),
    example(
        "who is intended is what the newest revision says",
        lambda make: [
            make.published(at=0, intended=[KIM]),
            make.revised(at=30, intended=[OTHER_KIM]),
            make.revised(at=31, title="Baru"),
            make.received(KIM, at=10),
            make.received(OTHER_KIM, at=40),
        ],
        (of_item(), {"time_to_reach.p100": Is(2400, 1, 1), "funnel.addressed": count(2)}),
        (Selection(region=BAGELEN), {"time_to_reach.p100": unknown(0, 0), "funnel.received": count(1)}),
        (Selection(region=SUKARAJA), {"time_to_reach.p100": Is(2400, 1, 1)}),
        # The publication lies at the beginning of this window, the revision at its end, which is outside.
        (of_item(begin=at(23, 8), end=at(23, 8, 30)), {"time_to_reach.p100": Is(600, 1, 1)}),
        (of_item(begin=at(23, 8, 30)), {"time_to_reach.p100": Is(2400, 1, 1)}),
    ),
    example(
        "the latency of a hop runs from the nearest passing step of the item up the causes",
        lambda make: [
            make.published(at=0),
            make.published(OTHER_KIM, subject="info-2", at=0),
            forwarding := make.forwarded(REGENCY, KIM, at=10, cause=("urn:jejak:org:" + REGENCY, "e1")),
            other := make.shared(OTHER_KIM, subject="info-2", at=12, cause=forwarding),
            make.received(KIM, at=25, cause=other),
            make.received(KIM, at=40, cause=other),
            make.received(OTHER_KIM, at=30, cause=forwarding),
            make.received(COMMUNITY, at=50),  # leads to none
        ],
        (
            of_item(),
            {"latency.p50": Is(900, 2, None), "latency.p90": Is(1200, 2, None), "latency.max": Is(1200, 2, None)},
        ),
        (of_item(region="18.01"), {"latency.max": unknown(0, None)}),
    ),
    example(
        "a cause that is voided is passed through",
        lambda make: [
            publication := make.published(at=0),
            forwarding := make.forwarded(REGENCY, KIM, at=10, cause=publication),
            make.received(KIM, at=25, cause=forwarding),
            make.voided(forwarding),
        ],
        (of_item(as_of=AsOf(position=11)), {"latency.max": Is(900, 1, None)}),
        (of_item(), {"latency.max": Is(1500, 1, None)}),
    ),
)

CASCADE: Final = (
    example(
        "the cascade is the tree of passing steps below the publication",
        lambda make: [
            publication := make.published(),
            first := make.forwarded(REGENCY, KIM, cause=publication),
            make.forwarded(REGENCY, OTHER_KIM, cause=publication),
            receipt := make.received(KIM, cause=first),
            share := make.shared(KIM, cause=receipt),
            make.shared(COMMUNITY, cause=share),
        ],
        (
            of_item(),
            {
                "cascade.size": count(5),
                "cascade.depth": count(3),
                "cascade.width": count(2),
                # 3 * 2 + 1 * 4 + 2 * 3 + 1 * 4 = 20 over the edges
                "cascade.virality": of(40, 20),
                "cascade.orphans": count(0),
            },
        ),
        (of_item(region="31", channel="print", end=at(1, 0)), {"cascade.size": count(5)}),
        (Selection(), {"cascade.size": ABSENT, "cascade.virality": ABSENT}),
    ),
    example(
        "what does not lead up to the publication is an orphan, on a cycle of causes too",
        lambda make: [
            make.published(),
            make.shared(KIM),
            make.shared(KIM, cause=("urn:nowhere", "never")),
            make.shared(KIM, called="one", cause=("urn:jejak:org:" + COMMUNITY, "other")),
            make.shared(COMMUNITY, called="other", cause=("urn:jejak:org:" + KIM, "one")),
        ],
        (
            of_item(),
            {"cascade.size": count(1), "cascade.orphans": count(4), "cascade.virality": unknown(0, 0)},
        ),
    ),
    example(
        "the correction has a tree of its own, in no figure",
        lambda make: [
            publication := make.published(),
            make.forwarded(REGENCY, KIM, cause=publication),
            correction := make.corrected(cause=publication),
            passed_on := make.forwarded(REGENCY, KIM, cause=correction),
            make.shared(KIM, cause=passed_on),
        ],
        (of_item(), {"cascade.size": count(2), "cascade.orphans": count(0)}),
    ),
    example(
        "once the correction is voided, what it caused was caused by what caused it",
        lambda make: [
            publication := make.published(),
            correction := make.corrected(cause=publication),
            passed_on := make.forwarded(REGENCY, KIM, cause=correction),
            make.received(KIM, cause=passed_on),
            make.voided(correction),
        ],
        (of_item(as_of=AsOf(position=12)), {"cascade.size": count(1), "correction.reach": unknown(0, 0)}),
        (of_item(), {"cascade.size": count(2), "correction.reach": ABSENT}),
    ),
)

CORRECTION: Final = (
    example(
        "who received the original should receive the correction: how many did, and how fast",
        lambda make: [
            make.published(at=0),
            make.received(KIM, at=1),
            make.received(OTHER_KIM, at=1),
            make.received(REGENCY, at=1),  # the issuer
            correction := make.corrected(at=10),
            passed_on := make.forwarded(REGENCY, KIM, at=11, cause=correction),
            make.received(KIM, at=30, cause=passed_on),
            make.received(KIM, at=40, cause=correction),
            make.received(COMMUNITY, at=15, cause=passed_on),  # never had the original
            make.retracted(at=20),
        ],
        (
            of_item(end=at(1, 0)),  # whatever the window
            {
                "correction.reach": of(1, 2),
                "correction.time.p50": Is(1200, 1, 2),
                "correction.time.p90": unknown(1, 2),
                "correction.time.p100": unknown(1, 2),
            },
        ),
        (of_item(region=SUKARAJA), {"correction.reach": of(0, 1), "correction.time.p50": unknown(0, 1)}),
        (of_item(channel="print"), {"correction.reach": unknown(0, 0)}),
    ),
    example(
        "a receipt of the replacement is one of the correction, too",
        lambda make: [
            make.published(at=0),
            make.published(subject="info-2", at=5),
            make.received(KIM, at=1),
            make.corrected(at=10, replacement="info-2"),
            make.received(KIM, subject="info-2", at=12),
        ],
        (of_item(), {"correction.reach": of(1, 1), "correction.time.p100": Is(120, 1, 1)}),
        (Selection(item="info-2"), {"correction.reach": ABSENT, "correction.time.p100": ABSENT}),
    ),
)

SCREENING: Final = (
    example(
        "a verdict other than unchecked is screening, and a pair's latest one is what it found",
        lambda make: [
            make.published(),
            make.received(KIM, at=1),
            make.received(OTHER_KIM, at=1),
            make.received(COMMUNITY, at=1),
            make.screened(KIM, "verified", at=9),
            make.screened(KIM, "hoax", at=5),  # told later, and earlier
            make.screened(KIM, "hoax", at=8),
            make.screened(OTHER_KIM, "unchecked", at=5),
            make.screened(OTHER_REGENCY, "unproven", at=5),  # received nothing
            make.shared(KIM, at=4),
            make.shared(KIM, at=6),
            make.shared(KIM, at=10),
            make.shared(OTHER_KIM, at=10),
        ],
        (
            of_item(),
            {
                "screening.share": of(1, 3),
                "screening.verified": count(1),
                "screening.unproven": count(0),
                "screening.hoax": count(0),
                "screening.shared_before_hoax": count(1),
                "screening.shared_after_hoax": count(2),
            },
        ),
    ),
)

ORGANISATIONS: Final = (
    example(
        "a session is held at its venue; its people come from its origins, the rest from the office's region",
        lambda make: [
            make.held(
                REGENCY,
                kim=[OTHER_KIM],
                venue_region="18.09.02.2005",
                headcount=30,
                origins=[origin(BAGELEN, 10), origin("18.09.01.2001", 0)],
            ),
        ],
        (
            Selection(region=NEGERI_KATON),
            {"coaching.held": count(1), "coaching.people": count(0), "coaching.villages": count(0)},
        ),
        (
            Selection(region=GEDONG_TATAAN),
            {"coaching.held": count(0), "coaching.people": count(10), "coaching.villages": count(2)},
        ),
        (
            Selection(region=PESAWARAN),
            {"coaching.held": count(1), "coaching.people": count(30), "coaching.villages": count(2)},
        ),
    ),
    example(
        "active KIM are counted among those with a decree that is valid at the end of the window",
        lambda make: [
            make.published(),
            make.decree_granted(KIM, valid_to="2021-11-23"),
            make.decree_granted(OTHER_KIM, number="SK-2", valid_to=None),
            make.discussed(KIM, at=at(23, 9)),
            make.decree_revoked(OTHER_KIM, number="SK-2", at=at(24, 3)),
        ],
        (Selection(begin=at(22, 0), end=at(23, 12)), {"kim.active": of(1, 2)}),
        # On the next day the one decree is over, and the other one is not revoked yet.
        (Selection(begin=at(22, 0), end=at(24, 1)), {"kim.active": of(0, 1)}),
        (Selection(begin=at(22, 0), end=at(24, 7)), {"kim.active": unknown(0, 0)}),
        (Selection(region=BAGELEN, end=at(23, 12)), {"kim.active": of(1, 1)}),
    ),
    example(
        "an aspiration is answered in time until the day that is its due is over",
        lambda make: [
            make.raised(subject="a", at=0, due="2021-11-23"),
            make.raised(subject="b", at=0, due="2021-11-23"),
            make.raised(subject="c", at=0, due=at(23, 12).isoformat()),
            make.raised(subject="d", at=0, due=at(23, 12).isoformat()),
            make.raised(subject="e", at=0, due="2021-11-24"),
            make.raised(subject="f", at=0),
            make.answered(subject="a", at=at(23, 23, 59, 59)),
            make.answered(subject="b", at=at(24, 0)),
            make.answered(subject="c", at=at(23, 11, 59)),
            make.answered(subject="d", at=at(23, 12, 1)),
            make.answered(subject="f", at=at(23, 9)),
        ],
        (Selection(begin=at(23, 0), end=at(24, 0)), {"aspiration.answered": of(2, 4)}),
        (Selection(), {"aspiration.answered": of(2, 5)}),
        (Selection(region="18.01"), {"aspiration.answered": unknown(0, 0)}),
    ),
    example(
        "what is not of an item is absent where an item is asked for, and so with a channel",
        lambda make: [make.published(), make.held(), make.raised(due="2021-11-23"), make.decree_granted(KIM)],
        (of_item(), {"coaching.held": ABSENT, "kim.active": ABSENT, "aspiration.answered": ABSENT}),
        (
            Selection(channel="print"),
            {"coaching.held": ABSENT, "aspiration.answered": ABSENT, "kim.active": of(0, 1)},
        ),
    ),
)

LOG: Final = (
    example(
        "a voided step leaves every figure from its voiding on; as of before, it is still there",
        lambda make: [
            make.published(),
            share := make.shared(KIM, headcount=40),
            make.voided(share, at=-500),  # whatever its own time says
        ],
        (of_item(as_of=AsOf(position=10)), {"impressions": count(40), "funnel.shared": count(1)}),
        (of_item(), {"impressions": count(0), "funnel.shared": count(0), "coverage": of(0, 83_762)}),
        (of_item(as_of=AsOf(occurred=START)), {"impressions": count(0)}),
    ),
    example(
        "as of a time only what had happened by then is looked at",
        lambda make: [
            make.published(at=0),
            make.shared(KIM, exposures=1, at=10),
            make.shared(KIM, exposures=10, at=11),
        ],
        (of_item(as_of=AsOf(occurred=at(23, 8, 10))), {"impressions": count(1)}),
        (of_item(as_of=AsOf(recorded=START)), {"impressions": count(0)}),
        (of_item(as_of=AsOf(recorded=NOW)), {"impressions": count(11)}),
    ),
)

BREAK_DOWNS: Final = (
    example(
        "a sum at a region is that of its children plus what sits at the region itself",
        lambda make: [
            make.published(),
            make.shared(REGENCY, exposures=1000),
            make.shared(KIM, exposures=100),
            make.shared(OTHER_KIM, exposures=10),
            make.shared(KIM, exposures=1, region="18.09.02.2005"),
        ],
        (of_item(region=PESAWARAN), {"impressions": count(1111)}),
        (
            of_item(region=PESAWARAN, by=("region",)),
            {("impressions", GEDONG_TATAAN): count(110), ("impressions", NEGERI_KATON): count(1)},
        ),
    ),
    example(
        "by item, by channel, by topic, and one inside the other",
        lambda make: [
            make.published(),
            make.published(subject="info-2", topic="farming"),
            make.published(subject="info-3", topic="farming"),
            make.revised(subject="info-3", topic="disaster"),
            make.shared(KIM, exposures=1),
            make.shared(KIM, exposures=10, channel="print"),
            make.shared(KIM, subject="info-2", exposures=100, channel="print"),
            make.shared(KIM, subject="info-3", exposures=1000, channel="print"),
        ],
        (
            Selection(by=("item",)),
            {
                ("impressions", ITEM): count(11),
                ("impressions", "info-2"): count(100),
                ("cascade.orphans", "info-2"): count(1),
            },
        ),
        (
            Selection(by=("topic",)),
            {("impressions", "farming"): count(100), ("impressions", "disaster"): count(1000)},
        ),
        (Selection(by=("channel",)), {("impressions", "print"): count(1110)}),
        (
            Selection(by=("topic", "channel")),
            {("impressions", "health", "print"): count(10), ("impressions", "health", "whatsapp_group"): count(1)},
        ),
    ),
    example(
        "by day and by month of Jakarta",
        lambda make: [
            make.published(at=at(31, 12, month=10)),
            make.shared(KIM, exposures=1, at=at(31, 23, 59, 59, month=10)),
            make.shared(KIM, exposures=10, at="2021-10-31T17:00:00Z"),
            make.shared(KIM, exposures=100, at=at(2, 0)),
        ],
        (
            of_item(by=("day",)),
            {
                ("impressions", "2021-10-31"): count(1),
                ("impressions", "2021-11-01"): count(10),
                ("impressions", "2021-11-02"): count(100),
            },
        ),
        (
            of_item(by=("month",)),
            {("impressions", "2021-10-01"): count(1), ("impressions", "2021-11-01"): count(110)},
        ),
    ),
    example(
        "by day and by month what is due when the calendar ends",
        lambda make: [make.raised(due="9999-12-31"), make.answered()],
        (Selection(by=("day",)), {("aspiration.answered", "9999-12-31"): of(1, 1)}),
        (Selection(by=("month",)), {("aspiration.answered", "9999-12-01"): of(1, 1)}),
    ),
)

EXAMPLES: Final = (
    *PEOPLE,
    *REACH,
    *FUNNEL,
    *TIME,
    *CASCADE,
    *CORRECTION,
    *SCREENING,
    *ORGANISATIONS,
    *LOG,
    *BREAK_DOWNS,
)

# -- whom they are asked of ---------------------------------------------------------------------------

FiguresOf = Callable[[Scenario, Sequence[Entry], Selection], list[Row]]


def of_the_oracle(_: Scenario, log: Sequence[Entry], selection: Selection) -> list[Row]:
    return expected(log, selection, recorded_population(log, selection.as_of))


def of_the_product(scenario: Scenario, _: Sequence[Entry], selection: Selection) -> list[Row]:
    scenario.follower.catch_up()
    with scenario.views.reading() as connection:
        return [row_of(each) for each in queries.figures(connection, selection, regions=REGIONS)]


ASKED: Final[Mapping[str, FiguresOf]] = {"oracle": of_the_oracle, "product": of_the_product}


@pytest.fixture(params=ASKED)
def figures_of(request: pytest.FixtureRequest) -> FiguresOf:
    return ASKED[request.param]


def recorded(scenario: Scenario, events: Sequence[Event]) -> list[Entry]:
    """Publish events, and return the log that they make."""
    everything = [*scenario.registry(), *events]
    scenario.when(*everything)
    log = []
    for position, (event, answer) in enumerate(zip(everything, scenario.answers, strict=True), 1):
        assert answer.position == position, answer
        log.append(Entry(position, event, scenario.clock.now))
    return log


def labels(row: Row) -> set[str]:
    """Return what the group of a row is called; a period by its first day."""
    asked = row.asked
    names = {asked.item, asked.region, asked.channel, asked.topic}
    if asked.begin is not None:
        names.add(f"{asked.begin.astimezone(JAKARTA):%Y-%m-%d}")
    return {name for name in names if name is not None}


@pytest.mark.parametrize("told", EXAMPLES, ids=[each.clause for each in EXAMPLES])
def test_figures(scenario: Scenario, told: Example, figures_of: FiguresOf) -> None:
    log = recorded(scenario, told.given(scenario))
    for selection, figures in told.asked:
        rows = figures_of(scenario, log, selection)
        for key, figure in figures.items():
            name, group = (key, ()) if isinstance(key, str) else (key[0], key[1:])
            found = [Is(*row[1:4]) for row in rows if row.name == name and labels(row) >= set(group)]
            assert found == ([] if figure == ABSENT else [figure]), (key, selection)
