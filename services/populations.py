"""Makes an event of each count of a table: the same again while it is in force, else a new one."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from itertools import count as numbers
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from events.catalogue import CATALOGUE
from events.fields import starts
from events.identity import population_stream
from events.operation import PopulationRecorded
from events.recorded import decode_state
from events.refusal import RefusedError
from infra.log import Log

_ID_LENGTH: Final = 32
_Key = tuple[str, datetime]
"""A region and the moment at which the day of its count begins."""


class Proposed(Struct, frozen=True):
    """The event of a count; `replaces` is the number of people, another one, that is in force until then."""

    count: PopulationRecorded
    event: bytes
    replaces: int | None


class _Recorded(NamedTuple):
    source: str
    id: str
    people: int


class Counts:
    """The counts of one table, which says one thing of a region and a day, on the way into the log."""

    def __init__(self, log: Log, holder: str) -> None:
        self._log = log
        self._holder = holder
        self._source = f"urn:jejak:org:{holder}"
        self._said: dict[_Key, tuple[int, PopulationRecorded]] = {}

    def events(self, counts: Sequence[tuple[int, PopulationRecorded]]) -> list[Proposed | RefusedError]:
        """Return the event of each count, given with its line; one that contradicts another is refused.

        What is in force is looked up before the log is locked. Of two who record at once, each finds its own
        events again, and the later one is in force.
        """
        recorded = self._recorded({count.region for _line, count in counts})
        return [self._event(line, count, recorded) for line, count in counts]

    def _recorded(self, regions: set[str]) -> dict[_Key, list[_Recorded]]:
        found: dict[_Key, list[_Recorded]] = defaultdict(list)
        with self._log.reading() as reading:
            rows = reading.streams({population_stream(region) for region in regions})
        for row in rows:
            state = decode_state(row.state)
            count = CATALOGUE.decode(row.topic, state.data)
            if isinstance(count, PopulationRecorded):
                found[_key(count)].append(_Recorded(state.source, state.id, count.people))
        return found

    def _event(
        self, line: int, count: PopulationRecorded, recorded: dict[_Key, list[_Recorded]]
    ) -> Proposed | RefusedError:
        key = _key(count)
        first, said = self._said.setdefault(key, (line, count))
        if said != count:
            return RefusedError(
                "line {line} says {people} for this region and date, by {source}: leave one of the two",
                line=first,
                people=said.people,
                source=said.source,
                field="people" if said.people != count.people else "source",
            )
        before = recorded.get(key, [])
        mine = {each.id for each in before if each.source == self._source}
        newest = before[-1] if before else None
        for number in numbers():
            id_ = _id(count, number)
            in_force = newest is not None and newest.source == self._source and newest.id == id_
            if in_force or id_ not in mine:
                break
        replaces = newest.people if newest is not None and newest.people != count.people else None
        return Proposed(count, self._cloud_event(count, id_), replaces)

    def _cloud_event(self, count: PopulationRecorded, id_: str) -> bytes:
        return msgspec.json.encode(
            {
                "specversion": "1.0",
                "id": id_,
                "source": self._source,
                "type": PopulationRecorded.TOPIC,
                "subject": count.region,
                "time": starts(count.date).isoformat(),
                "holder": self._holder,
                "data": count,
            }
        )


def _key(count: PopulationRecorded) -> _Key:
    return count.region, starts(count.date)


def _id(count: PopulationRecorded, number: int) -> str:
    """Return the id of the event that records this content once `number` others have: a retry finds itself."""
    content = msgspec.json.encode({name: getattr(count, name) for name in ("region", "people", "date", "source")})
    return sha256(content + (f"#{number}".encode() if number else b"")).hexdigest()[:_ID_LENGTH]
