"""A made-up flow: the same for its seed, in an order that publishing takes, with all that a real one has."""

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import msgspec
import pytest

from events.catalogue import kind_of
from events.envelope import SIMULATED, Reader
from events.vocabulary import AspirationKind, Channel, Topic, Verdict
from infra.regions import RegionLevel, Regions, UnknownRegionError
from services.simulation.chance import Chance
from services.simulation.flow import UNTIL, TooManyVillagesError, flow

Event = dict[str, Any]

REGIONS: Final = Regions()
LINES: Final = list(flow(REGIONS))
EVENTS: Final[list[Event]] = [msgspec.json.decode(line) for line in LINES]
BY_NAME: Final = {(event["source"], event["id"]): event for event in EVENTS}
SMALL: Final = {"villages": 5, "days": 4}


def of(kind: str) -> list[Event]:
    return [event for event in EVENTS if kind_of(event["type"]) == kind]


def data_of(kind: str) -> list[Mapping[str, Any]]:
    return [event["data"] for event in of(kind)]


def time(event: Event) -> datetime:
    return datetime.fromisoformat(event["time"])


def cause(event: Event) -> Event | None:
    """Return the event that caused another one, where it is named and in the flow."""
    if "causationid" not in event:
        return None
    return BY_NAME.get((event.get("causationsource", event["source"]), event["causationid"]))


def causes(event: Event) -> Iterator[Event]:
    above = cause(event)
    while above is not None:
        yield above
        above = cause(above)


def holders(kind: str, item: str | None = None) -> set[str]:
    return {event["holder"] for event in of(kind) if item in (None, event["subject"])}


# -- the same for its seed --------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert list(flow(REGIONS)) == LINES


def test_another_process_gives_the_same_bytes() -> None:
    program = (
        "import sys; from infra.regions import Regions; from services.simulation.flow import flow;"
        f"sys.stdout.buffer.writelines(flow(Regions(), **{SMALL}))"
    )
    for hash_seed in ("1", "2"):
        printed = subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": hash_seed}, capture_output=True, check=True
        ).stdout
        assert printed == b"".join(flow(REGIONS, **SMALL))  # type: ignore[arg-type]


def test_the_numbers_are_those_that_any_python_gives() -> None:
    chance = Chance(1)
    assert [chance.between(1, 6) for _ in range(8)] == [1, 6, 5, 2, 3, 3, 4, 5]
    assert chance.some("abcdef", 4) == list("abfe")
    assert chance.about(3600) == 6378
    assert chance.pseudonym("k1") == "p1.k1.ACFALNSEINZAJZJIQXD3RNWY7G"


@pytest.mark.parametrize(
    "other", [{"seed": 2}, {"villages": 4}, {"days": 5}, {"items": 3}, {"until": date(2021, 12, 30)}]
)
def test_other_arguments_give_other_bytes(other: Mapping[str, Any]) -> None:
    assert list(flow(REGIONS, **{**SMALL, **other})) != list(flow(REGIONS, **SMALL))  # type: ignore[arg-type]


# -- how it is laid out -----------------------------------------------------------------------------------


def test_the_defaults_give_some_ten_thousand_events_of_all_villages() -> None:
    assert 10_000 <= len(EVENTS) <= 25_000
    villages = {one["region"] for one in data_of("organisation.registered") if one["level"] == "kim"}
    assert len(villages) == REGIONS.count("18.09", RegionLevel.VILLAGE) == 148


def test_every_line_reads_as_an_event_of_a_simulated_source_and_a_name_of_its_own() -> None:
    reader = Reader()
    for line in LINES:
        assert line.endswith(b"}\n")
        assert reader.read(line).source.startswith(SIMULATED)
    assert len(BY_NAME) == len(EVENTS)


def test_each_event_comes_after_what_it_names() -> None:
    known: set[str] = set()
    recorded: set[tuple[str, str]] = set()
    for event in EVENTS:
        kind, data = kind_of(event["type"]), event["data"]
        named = [data.get("parent"), data.get("from"), data.get("replacement"), data.get("item")]
        named = [one for one in named if isinstance(one, str)]
        named += [*data.get("to", ()), *data.get("offices", ()), *data.get("kim", ())]
        named += [one for one in data.get("intended", ()) if one.startswith("sim-")]
        if kind in ("organisation.registered", "item.published", "aspiration.raised", "coaching.held"):
            assert event["subject"] not in known
            known.add(event["subject"])
        assert known.issuperset([event["subject"], event["holder"], *named]), event
        if kind == "step.voided":
            assert (data["source"], data["id"]) in recorded
        recorded.add((event["source"], event["id"]))


def test_organisations_come_first_and_nothing_happens_after_the_last_day() -> None:
    kinds = [kind_of(event["type"]).partition(".")[0] for event in EVENTS]
    first = next(place for place, kind in enumerate(kinds) if kind != "organisation")
    assert "registered" not in {event["type"].split(".")[-2] for event in EVENTS[first:]}
    times = [time(event) for event in EVENTS]
    assert max(times).date() == UNTIL
    assert min(times[first:]).date() == UNTIL - timedelta(days=29)


def test_no_effect_is_earlier_than_its_cause() -> None:
    for event in EVENTS:
        above = cause(event)
        assert above is None or time(above) <= time(event)


# -- what a real flow has ---------------------------------------------------------------------------------


def some(values: Iterable[object]) -> bool:
    return any(values)


def silent() -> set[str]:
    kim = {event["subject"] for event in of("organisation.registered") if event["data"]["level"] == "kim"}
    addressed = {one for forwarded in data_of("item.forwarded") for one in forwarded["to"]}
    return (kim & addressed) - {event["holder"] for event in EVENTS}


def late_in_one_go() -> bool:
    """Tell whether the steps of several days in one village stand together."""
    runs: list[list[Event]] = [[]]
    for before, event in pairwise(EVENTS):
        if village(event) != village(before):
            runs.append([])
        runs[-1].append(event)
    return any(len({time(event).date() for event in run}) > 4 for run in runs)


def village(event: Event) -> str:
    return str(event["holder"].rpartition("-")[2])


def meetings(key: str) -> Counter[str]:
    named = [one for held in data_of("item.discussed") for one in held.get("participants", ())]
    return Counter(one for one in named if one.startswith(f"p1.{key}."))


def depth(event: Event) -> int:
    passing = ("item.published", "item.forwarded", "item.shared")
    return sum(kind_of(above["type"]) in passing for above in causes(event))


def corrected_and_not() -> bool:
    """Tell whether some holders of a wrong item received its replacement, and others did not."""
    for event in of("item.corrected"):
        held = holders("item.received", event["subject"])
        reached = holders("item.received", event["data"].get("replacement"))
        if held & reached and held - reached:
            return True
    return False


def told_of(kind: str) -> bool:
    """Tell whether receipts have a correction or a retraction among their causes."""
    return some(kind_of(above["type"]) == kind for event in of("item.received") for above in causes(event))


def answers() -> Counter[str]:
    due = {event["subject"]: event["data"].get("due") for event in of("aspiration.raised")}
    answered = {event["subject"]: time(event).date().isoformat() for event in of("aspiration.answered")}
    return Counter(
        "never" if subject not in answered else "late" if answered[subject] > day else "in time"
        for subject, day in due.items()
        if day is not None
    )


def reported_twice() -> bool:
    seen: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)
    for event in EVENTS:
        same = (event["type"], event["subject"], event["holder"], msgspec.json.encode(event["data"]))
        if event["type"].startswith("id.jejak.item."):
            seen[same].add(event["source"])
    return any(len(sources) > 1 for sources in seen.values())


def voided_and_recorded_anew() -> bool:
    for void in data_of("step.voided"):
        wrong = BY_NAME[void["source"], void["id"]]
        right = BY_NAME.get((void["replacement"]["source"], void["replacement"]["id"]))
        if right is not None:
            return bool(wrong["data"]["headcount"] == 10 * right["data"]["headcount"])
    return False


def decrees_ending() -> set[str]:
    first, last = (UNTIL - timedelta(days=29)).isoformat(), UNTIL.isoformat()
    return {one["number"] for one in data_of("organisation.decree_granted") if first <= one["valid_to"] <= last}


def issuers() -> set[str]:
    levels = {event["subject"]: event["data"]["level"] for event in of("organisation.registered")}
    return {levels[event["holder"]] for event in of("item.published")}


OFFICES_AND_KIM: Final = {"provincial_office", "regency_office", "kim"}
INGREDIENTS: Final[Mapping[str, Callable[[], object]]] = {
    "decrees that expire": decrees_ending,
    "decrees that are revoked": lambda: of("organisation.decree_revoked"),
    "communities": lambda: some(one["level"] == "community" for one in data_of("organisation.registered")),
    "coaching of several villages": lambda: some(len(one["origins"]) > 1 for one in data_of("coaching.held")),
    "items of offices and KIM": lambda: issuers() == OFFICES_AND_KIM,
    "topics": lambda: len({one["topic"] for one in data_of("item.published")}) > len(Topic) / 2,
    "classes": lambda: len({one["kip_class"] for one in data_of("item.published")}) == 3,
    "need horizons": lambda: len({one["need_horizon"] for one in data_of("item.published")}) == 2,
    "intended regions": lambda: some(one["intended"][0][:2] == "18" for one in data_of("item.published")),
    "intended holders": lambda: some(one["intended"][-1][:4] == "sim-" for one in data_of("item.published")),
    "revisions": lambda: of("item.revised"),
    "forwardings down": lambda: some(len(one["to"]) > 20 for one in data_of("item.forwarded")),
    "forwardings from KIM to KIM": lambda: some("kim" in one for one in holders("item.forwarded")),
    "every channel": lambda: {one["channel"] for one in data_of("item.shared")} == set(map(str, Channel)),
    "every verdict": lambda: {one["verdict"] for one in data_of("item.screened")} == set(map(str, Verdict)),
    "discussions with a headcount": lambda: some("headcount" in one for one in data_of("item.discussed")),
    "discussions without anything": lambda: some("headcount" not in one for one in data_of("item.discussed")),
    "people of several villages": lambda: some(
        len(one.get("origins", ())) > 1 for one in data_of("item.discussed")
    ),
    "the same person at several gatherings": lambda: max(meetings("k1").values()) > 1,
    "another key of pseudonyms": lambda: meetings("k2"),
    "shares with exposures": lambda: some("exposures" in one for one in data_of("item.shared")),
    "shares with people": lambda: some("headcount" in one for one in data_of("item.shared")),
    "shares to holders": lambda: some("to" in one for one in data_of("item.shared")),
    "shares in a region": lambda: some("region" in one for one in data_of("item.shared")),
    "shares that nobody counted": lambda: some(
        "headcount" not in one and "exposures" not in one for one in data_of("item.shared")
    ),
    "acts": lambda: of("item.acted_on"),
    "evidence": lambda: some("evidence" in one for one in data_of("item.acted_on")),
    "deep cascades": lambda: max(map(depth, of("item.shared"))) > 8,
    "one viral item": lambda: len(holders("item.received", "sim-info-1")) > 100,
    "items that reach few": lambda: some(
        0 < len(holders("item.received", event["subject"])) < 40 for event in of("item.published")
    ),
    "hoax clarifications": lambda: some(one["topic"] == "hoax_clarification" for one in data_of("item.published")),
    "corrections that reach some": corrected_and_not,
    "corrections passed on": lambda: told_of("item.corrected"),
    "retractions passed on": lambda: told_of("item.retracted"),
    "aspirations of every kind": lambda: (
        {one["kind"] for one in data_of("aspiration.raised")} == set(map(str, AspirationKind))
    ),
    "aspirations forwarded": lambda: of("aspiration.forwarded"),
    "aspirations answered in time, late and never": lambda: len(answers()) == 3,
    "aspirations closed": lambda: of("aspiration.closed"),
    "silent villages": silent,
    "many days recorded in one go": late_in_one_go,
    "steps without a cause": lambda: some("causationid" not in event for event in of("item.screened")),
    "receipts of which nobody knows from whom": lambda: some(
        "from" not in one for one in data_of("item.received")
    ),
    "wrong headcounts": voided_and_recorded_anew,
    "double reports": reported_twice,
}


@pytest.mark.parametrize("ingredient", INGREDIENTS)
def test_a_flow_has(ingredient: str) -> None:
    assert INGREDIENTS[ingredient]()


def test_some_spread_fast_and_others_slowly() -> None:
    delays: defaultdict[str, list[timedelta]] = defaultdict(list)
    for event in of("item.received"):
        above = cause(event)
        if above is not None:
            delays[event["data"]["channel"]].append(time(event) - time(above))
    medians = {channel: sorted(each)[len(each) // 2] for channel, each in delays.items()}
    assert medians["whatsapp_group"] < timedelta(hours=1) < timedelta(hours=6) < medians["notice_board"]


# -- what is asked for ------------------------------------------------------------------------------------


def test_villages_are_drawn_from_the_region() -> None:
    made = [msgspec.json.decode(line) for line in flow(REGIONS, region="18.09.01", villages=7, days=1)]
    kim = [event["data"]["region"] for event in made if event["data"].get("level") == "kim"]
    assert len(set(kim)) == len(kim) == 7
    assert all(region.startswith("18.09.01.") for region in kim)


def test_a_region_may_be_one_village_or_a_province() -> None:
    assert list(flow(REGIONS, region="18.09.01.2007", days=2))
    made = [msgspec.json.decode(line) for line in flow(REGIONS, region="18", villages=40, days=2)]
    assert sum(event["data"].get("level") == "regency_office" for event in made) > 5


def test_items_are_as_many_as_asked_for_and_evenly_spread() -> None:
    made = [msgspec.json.decode(line) for line in flow(REGIONS, items=90, days=30)]
    published = [event for event in made if event["type"] == "id.jejak.item.published.v1"]
    replacements = [event for event in published if event["data"]["topic"] == "hoax_clarification"]
    assert len(published) - len(replacements) == 90
    assert len({time(event).date() for event in published}) == 30


def test_what_cannot_be_drawn_is_refused_before_anything_is_made() -> None:
    with pytest.raises(TooManyVillagesError) as error:
        flow(REGIONS, villages=149)
    assert (error.value.asked, error.value.there_are) == (149, 148)
    with pytest.raises(UnknownRegionError):
        flow(REGIONS, region="18.99")
