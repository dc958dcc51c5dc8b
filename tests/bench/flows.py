"""Makes realistic flows of information, as the lines of a file of events; the same arguments, the same lines.

Offices publish items and forward them to KIM in villages of the region table; each KIM receives, screens,
discusses and shares them and may forward them to other KIM; its community shares and acts on them. Many items
are under way at once, so their steps lie mixed, in the order in which they happened. Only the steps still to
come are held, so a flow may be of any length.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from heapq import heappop, heappush
from itertools import count, islice
from operator import itemgetter
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from events.fields import JAKARTA
from infra.regions import Regions

START: Final = datetime(2021, 11, 23, 8, 0, tzinfo=JAKARTA)
PROVINCE: Final = "18"
FIRST_ITEM: Final = "info-1"
"""The province's; it goes to so many of its KIM that about a thousand steps follow, where there are so many."""

_FIRST_RECEIVERS: Final = 250
_STEPS_PER_RECEIVER: Final = 4
_MOST_FORWARDED_AT_ONCE: Final = 50
_CHANNELS: Final = ("whatsapp_group", "whatsapp_group", "social_media", "face_to_face", "website", "notice_board")
_TOPICS: Final = ("health", "farming", "disaster", "social_aid", "education", "hoax_clarification")
_CLASS: Final = {"need_horizon": "short_term", "kip_class": "serta_merta"}
_SENTENCE: Final = "Jadwal layanan berubah: bawalah KTP dan datanglah ke balai desa sebelum pukul 12. "
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

_Name = tuple[str, str]
"""Source and id of an event."""


class _Step(NamedTuple):
    """A step that happens `at` so many minutes after the start; `number` keeps equal times in order."""

    at: float
    number: int
    kind: str
    subject: str
    holder: str
    cause: _Name | None = None
    others: tuple[str, ...] = ()
    """Of a forwarding: to whom; of a receipt: from whom."""


def flows(
    events: int, *, seed: int = 1, start: datetime = START, days: float = 30, kim: int | None = None
) -> Iterator[bytes]:
    """Yield so many events, which publishing accepts, over about so many days from `start` on.

    First come the organisations: offices, `kim` KIM (default: one for 50 events, at most 2,000), and a
    community of every fourth KIM.
    """
    minutes = days * 24 * 60 / max(events, 1)
    return islice(_Flows(Random(seed), start, minutes, kim or max(2, min(2_000, events // 50))), events)


def chain(length: int, *, start: datetime = START) -> Iterator[bytes]:
    """Yield an item, `FIRST_ITEM`, that two KIM share so many times, each time because of the time before."""
    return _shared(length, itemgetter(-1), start)


def bush(shares: int, *, seed: int = 1, start: datetime = START) -> Iterator[bytes]:
    """Yield the same, each time because of the publication or, as often, of any time before."""
    random = Random(seed)
    return _shared(shares, lambda before: random.choice((before[0], random.choice(before))), start)


def _shared(times: int, cause: Callable[[Sequence[_Name]], _Name], start: datetime) -> Iterator[bytes]:
    made = _Flows(Random(1), start, 1.0, 2)
    yield from made.organisations()
    before = [made.name(made.office)]
    published = {"title": "Berantai", **_text(_SENTENCE), "topic": "health", **_CLASS}
    yield made.line(_Step(0, 0, "item.published", FIRST_ITEM, made.office), before[0], published)
    for number in range(times):
        holder = made.kim[number % 2]
        name = made.name(holder)
        step = _Step(number / 60, number, "item.shared", FIRST_ITEM, holder, cause(before))
        yield made.line(step, name, {"channel": "whatsapp_group", "exposures": 10})
        before.append(name)


class _Flows:
    """The world of one flow: who takes part, and the steps that are still to come."""

    def __init__(self, random: Random, start: datetime, minutes_per_event: float, kim: int) -> None:
        self._random = random
        self._start = start
        self._minutes_per_event = minutes_per_event
        self._numbers, self._items = count(1), count(1)
        self._to_come: list[_Step] = []
        self.office = f"diskominfo-{PROVINCE}"
        regions = Regions()
        regencies = regions.children(PROVINCE)
        self._offices = [f"diskominfo-{regency.code}" for regency in regencies]
        villages = [
            village.code
            for regency in regencies
            for district in regions.children(regency.code)
            for village in regions.children(district.code)
        ]
        self.kim = [f"kim-{code}" for code in sorted(random.sample(villages, kim))]
        self._communities = {one: one.replace("kim", "masyarakat") for one in self.kim[::4]}
        self._effects: Mapping[str, Callable[[_Step, _Name], dict[str, Any]]] = {
            "item.published": self._published,
            "item.forwarded": self._forwarded,
            "item.received": self._received,
            "item.screened": self._screened,
            "item.discussed": self._discussed,
            "item.shared": self._shared,
            "item.acted_on": self._acted_on,
            "item.retracted": self._retracted,
        }

    def __iter__(self) -> Iterator[bytes]:
        yield from self.organisations()
        self._publish_next(0, self.office)
        while self._to_come:
            step = heappop(self._to_come)
            name = self.name(step.holder)
            yield self.line(step, name, self._effects[step.kind](step, name))

    def organisations(self) -> Iterator[bytes]:
        """Yield the registration of each organisation, its parent's before it."""
        parents: dict[str, tuple[str, str | None]] = {self.office: ("provincial_office", None)}
        parents |= dict.fromkeys(self._offices, ("regency_office", self.office))
        parents |= {one: ("kim", f"diskominfo-{_region(one)[:5]}") for one in self.kim}
        parents |= {one: ("community", kim) for kim, one in self._communities.items()}
        for one, (level, parent) in parents.items():
            data = {"name": one.replace("-", " ").title(), "level": level, "region": _region(one)}
            holder = one if parent is None else parent
            step = _Step(0, 0, "organisation.registered", one, holder)
            yield self.line(step, self.name(holder), data if parent is None else {**data, "parent": parent})

    def name(self, holder: str) -> _Name:
        """Return a new name for an event of `holder`."""
        return f"urn:jejak:org:{holder}", str(UUID(int=self._random.getrandbits(128), version=4))

    def line(self, step: _Step, name: _Name, data: Mapping[str, object]) -> bytes:
        """Return the line of an event."""
        event: dict[str, object] = {
            "specversion": "1.0",
            "id": name[1],
            "source": name[0],
            "type": f"id.jejak.{step.kind}.v1",
            "subject": step.subject,
            "time": self._start + timedelta(seconds=int(step.at * 60)),
            "holder": step.holder,
        }
        if step.cause is not None:
            event["causationid"] = step.cause[1]
            if step.cause[0] != name[0]:
                event["causationsource"] = step.cause[0]
        return msgspec.json.encode({**event, "data": data}) + b"\n"

    # -- what happens: each returns the data of its event, and plans what follows ----------------------

    def _publish_next(self, at: float, issuer: str) -> None:
        self._plan(_Step(at, next(self._numbers), "item.published", f"info-{next(self._items)}", issuer))

    def _after(
        self, before: _Step, minutes: float, kind: str, holder: str, cause: _Name, others: tuple[str, ...] = ()
    ) -> None:
        at = before.at + self._random.expovariate(1 / minutes)
        self._plan(_Step(at, next(self._numbers), kind, before.subject, holder, cause, others))

    def _plan(self, step: _Step) -> None:
        heappush(self._to_come, step)

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _published(self, step: _Step, name: _Name) -> dict[str, Any]:
        random = self._random
        near = [one for one in self.kim if _region(one).startswith(_region(step.holder))] or self.kim
        wanted = _FIRST_RECEIVERS if step.subject == FIRST_ITEM else int(4 * random.paretovariate(1.1))
        receivers = random.sample(near, min(wanted, len(near)))
        for some in _slices(receivers, _MOST_FORWARDED_AT_ONCE):
            self._after(step, 30, "item.forwarded", step.holder, name, some)
        if self._chance(0.03):
            self._after(step, 2_000, "item.retracted", step.holder, name)
        pause = self._minutes_per_event * (2 + _STEPS_PER_RECEIVER * len(receivers))
        self._publish_next(step.at + pause, self.office if self._chance(0.2) else random.choice(self._offices))
        return {
            "title": f"Pemberitahuan {step.subject}",
            **_text(f"{step.subject}. " + _SENTENCE * random.randint(1, 6)),
            "topic": random.choice(_TOPICS),
            **_CLASS,
            "intended": [_region(step.holder)],
        }

    def _forwarded(self, step: _Step, name: _Name) -> dict[str, Any]:
        for one in step.others:
            if self._chance(0.95):
                self._after(step, 90, "item.received", one, name, (step.holder,))
        return {"to": step.others, "channel": self._random.choice(_CHANNELS)}

    def _received(self, step: _Step, name: _Name) -> dict[str, Any]:
        if not _is_kim(step.holder):
            kind, minutes = ("item.shared", 60) if self._chance(0.5) else ("item.acted_on", 600)
            self._after(step, minutes, kind, step.holder, name)
        elif self._chance(0.8):
            self._after(step, 20, "item.screened", step.holder, name)
        else:
            self._pass_on(step, name)
        return {"from": step.others[0], "channel": self._random.choice(_CHANNELS)}

    def _screened(self, step: _Step, name: _Name) -> dict[str, Any]:
        self._pass_on(step, name)
        return {"verdict": "verified", "basis": "Dicocokkan dengan situs resmi penerbitnya"}

    def _pass_on(self, step: _Step, name: _Name) -> None:
        if self._chance(0.4):
            self._after(step, 300, "item.discussed", step.holder, name)
        for _ in range(self._random.choice((0, 1, 1, 2))):
            self._after(step, 60, "item.shared", step.holder, name)
        if self._chance(0.1):
            self._after(step, 120, "item.forwarded", step.holder, name, (self._random.choice(self.kim),))

    def _discussed(self, step: _Step, name: _Name) -> dict[str, Any]:
        self._reach_community(step, name)
        region, people = _region(step.holder), self._random.randint(8, 60)
        return {
            "headcount": people,
            "venue_region": region,
            "origins": [{"region": region, "headcount": people - 5}],
            "participants": [f"p1.k1.{''.join(self._random.choices(_BASE32, k=26))}" for _ in range(3)],
        }

    def _shared(self, step: _Step, name: _Name) -> dict[str, Any]:
        self._reach_community(step, name)
        exposures = self._random.randint(5, 900)
        channel = self._random.choice(_CHANNELS)
        return {"channel": channel, "exposures": exposures, "region": _region(step.holder)}

    def _reach_community(self, step: _Step, name: _Name) -> None:
        community = self._communities.get(step.holder)
        if community is not None and self._chance(0.5):
            self._after(step, 60, "item.received", community, name, (step.holder,))

    def _acted_on(self, step: _Step, _: _Name) -> dict[str, Any]:
        people = self._random.randint(1, 40)
        return {"action": "Datang ke balai desa", "headcount": people, "region": _region(step.holder)}

    def _retracted(self, _: _Step, __: _Name) -> dict[str, Any]:
        return {"reason": "Jadwalnya berubah lagi"}


def _is_kim(holder: str) -> bool:
    return holder.startswith("kim-")


def _text(text: str) -> dict[str, str]:
    return {"text": text, "sha256": sha256(text.encode()).hexdigest()}


def _region(organisation: str) -> str:
    return organisation.partition("-")[2]


def _slices(values: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    for first in range(0, len(values), size):
        yield tuple(values[first : first + size])
