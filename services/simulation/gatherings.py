"""Who comes to a gathering: how many, from where, and under which pseudonyms."""

from typing import Final, NamedTuple

from events.fields import Origin
from services.simulation.chance import Chance
from services.simulation.organisations import Kim

_MOST_NAMED: Final = 8
_MOST_GUESTS: Final = 4
_WRITTEN_DOWN: Final = ("nothing",) + ("names",) * 2 + ("headcount",) * 4 + ("everything",) * 20


class Gathering(NamedTuple):
    """The people of a gathering, as far as anybody wrote them down."""

    headcount: int | None
    origins: tuple[Origin, ...]
    participants: tuple[str, ...]


def gathering(chance: Chance, kim: Kim) -> Gathering:
    """Return a gathering at a KIM: people of its village, a few of the next, some of whom nobody knows whence."""
    written = chance.one(_WRITTEN_DOWN)
    if written == "nothing":
        return Gathering(None, (), ())
    participants = regulars(chance, kim)
    if written == "names":
        return Gathering(None, (), participants)
    headcount = chance.between(_MOST_NAMED + _MOST_GUESTS, 60)
    if written == "headcount":
        return Gathering(headcount, (), ())
    unknown = chance.between(0, 3)
    guests = chance.between(0, _MOST_GUESTS)
    other = chance.one(kim.near)
    if not guests or other is kim:
        return Gathering(headcount, (Origin(kim.region, headcount - unknown),), participants)
    home = Origin(kim.region, headcount - unknown - guests)
    return Gathering(headcount, (home, Origin(other.region, guests)), (*participants, other.people[0]))


def regulars(chance: Chance, kim: Kim) -> tuple[str, ...]:
    """Return some people of the village, so that one meets the same ones again."""
    drawn = chance.random()
    first = int(drawn * drawn * len(kim.people))
    return tuple(kim.people[first : first + chance.between(2, _MOST_NAMED)])
