"""How an item spreads: forwarded, received, screened, discussed, shared, acted on, passed from KIM to KIM."""

from collections.abc import Sequence
from typing import Final

from events.item import ActedOn, Discussed, Evidence, Forwarded, Received, Screened, Shared
from events.vocabulary import Verdict
from services.simulation.agenda import DAY, HOUR
from services.simulation.aspirations import Aspirations
from services.simulation.channels import FACE_TO_FACE, FORWARDING, SHARING, WHATSAPP, Way
from services.simulation.gatherings import gathering, regulars
from services.simulation.item import Item
from services.simulation.mistakes import Mistakes
from services.simulation.organisations import Holder, Kim, Office, Organisations
from services.simulation.stage import Name, Stage
from services.simulation.words import BASES, OUTCOMES, VERDICTS, VERDICTS_ON_WRONG

_MOST_AT_ONCE: Final = 40
_ARRIVES: Final = 0.85
_FORGETS: Final = 0.03
"""How many use an item but never note down that they received it."""
_KNOWS_FROM_WHOM: Final = 0.97
_COUNTS_AGAIN: Final = 0.3
"""How many note down that they received what they have already."""
_PHOTO: Final = Evidence(sha256="5e" * 32, media_type="image/jpeg")


class Spread:
    """What holders do with an item once they have it."""

    def __init__(self, stage: Stage, organisations: Organisations) -> None:
        self._stage = stage
        self._chance = stage.chance
        self._organisations = organisations
        self._aspirations = Aspirations(stage)
        self._mistakes = Mistakes(stage)

    def begin(self, at: int, item: Item, cause: Name) -> None:
        """Let the issuer pass on what it published."""
        self._passed_down(at, item, item.issuer, cause)
        if isinstance(item.issuer, Kim):
            self._used(at, item, item.issuer, cause)
            self._stage.after(at, HOUR, self._passed_on, item, item.issuer, cause)

    # -- from hand to hand ------------------------------------------------------------------------------

    def _passed_down(self, at: int, item: Item, holder: Holder, cause: Name) -> None:
        """Let an office forward an item to the offices below it, and to many of its KIM where it is meant for."""
        if not isinstance(holder, Office):
            return
        chance = self._chance
        if holder.offices:
            self._stage.after(at, 2 * HOUR, self._forwarded, item, holder, holder.offices, WHATSAPP, cause)
        near = [kim for kim in holder.kim if item.is_for(kim.region)]
        receivers = chance.some(near, int(len(near) * (0.5 + 0.5 * chance.random())) + 1)
        for first in range(0, len(receivers), _MOST_AT_ONCE):
            some = receivers[first : first + _MOST_AT_ONCE]
            self._stage.after(at, 5 * HOUR, self._forwarded, item, holder, some, chance.one(FORWARDING), cause)

    def _passed_on(self, at: int, item: Item, kim: Kim, cause: Name) -> bytes | None:
        """Forward an item from a KIM to others, mostly near ones."""
        return self._forwarded(at, item, kim, self._others(kim, item), self._chance.one(FORWARDING), cause)

    def _others(self, kim: Kim, item: Item) -> Sequence[Kim]:
        chance = self._chance
        count = chance.between(1, 2 + int(item.pull))
        far = self._organisations.kim
        drawn = [chance.one(far if chance.happens(0.3) else kim.near) for _ in range(count)]
        return [one for one in dict.fromkeys(drawn) if one is not kim]

    def _forwarded(
        self, at: int, item: Item, holder: Holder, to: Sequence[Holder], way: Way, cause: Name
    ) -> bytes | None:
        if not to:
            return None
        name = self._stage.name(holder)
        self._handed_over(at, item, holder, to, way, name)
        data = Forwarded(to=tuple([one.id for one in to]), channel=way.channel)
        return self._stage.record(at, holder, item.id, data, cause, name)

    def _handed_over(
        self, at: int, item: Item, holder: Holder, to: Sequence[Holder], way: Way, cause: Name
    ) -> None:
        for one in to:
            if not one.silent and self._chance.happens(_ARRIVES):
                self._stage.after(at, way.seconds * one.pace, self._received, item, one, holder, way, cause)

    def _received(self, at: int, item: Item, holder: Holder, giver: Holder, way: Way, cause: Name) -> bytes | None:
        chance = self._chance
        name = self._stage.name(holder)
        if holder.id in item.holders or holder is item.issuer:
            if not chance.happens(_COUNTS_AGAIN):
                return None
        elif chance.happens(_FORGETS):
            self._taken_up(at, item, holder, cause)
            return None
        else:
            item.holders[holder.id] = holder
            self._taken_up(at, item, holder, name)
        if not chance.happens(_KNOWS_FROM_WHOM):
            return self._stage.record(at, holder, item.id, Received(channel=way.channel), None, name)
        data = Received(channel=way.channel, from_=giver.id)
        return self._stage.record(at, holder, item.id, data, cause, name)

    def _taken_up(self, at: int, item: Item, holder: Holder, cause: Name) -> None:
        """Plan what a holder does with an item that is new to it."""
        chance = self._chance
        if isinstance(holder, Kim | Office):
            if chance.happens(0.8):
                self._stage.after(at, HOUR * holder.pace, self._screened, item, holder, cause)
            else:
                self._used(at, item, holder, cause)
            return
        if chance.happens(0.7):
            self._stage.after(at, 2 * HOUR, self._shared, item, holder, cause)
        if chance.happens(0.45):
            self._stage.after(at, DAY, self._acted_on, item, holder, cause)

    # -- in the hands of one ----------------------------------------------------------------------------

    def _screened(self, at: int, item: Item, holder: Holder, cause: Name) -> bytes | None:
        chance = self._chance
        verdict = chance.one(VERDICTS_ON_WRONG if item.wrong else VERDICTS)
        name = self._stage.name(holder)
        if verdict is not Verdict.HOAX or chance.happens(0.1):
            self._used(at, item, holder, name)
        if verdict is Verdict.UNCHECKED and chance.happens(0.5):
            self._stage.after(at, DAY, self._screened, item, holder, name)
        data = Screened(verdict=verdict, basis=BASES[verdict])
        return self._stage.record(at, holder, item.id, data, cause, name)

    def _used(self, at: int, item: Item, holder: Holder, cause: Name) -> None:
        """Plan what a holder does with an item that it takes for true."""
        if not isinstance(holder, Kim):
            self._passed_down(at, item, holder, cause)
            return
        stage, chance = self._stage, self._chance
        if chance.happens(0.55):
            stage.after(at, 6 * HOUR * holder.pace, self._discussed, item, holder, cause)
        for _ in range(chance.one((0, 1, 2, 2, 3))):
            stage.after(at, 3 * HOUR * holder.pace, self._shared, item, holder, cause)
        if chance.happens(0.15 * item.pull):
            stage.after(at, 4 * HOUR * holder.pace, self._passed_on, item, holder, cause)
        if chance.happens(0.2):
            stage.after(at, 2 * DAY, self._acted_on, item, holder, cause)

    def _discussed(self, at: int, item: Item, kim: Kim, cause: Name) -> bytes | None:
        chance = self._chance
        name = self._stage.name(kim)
        people = gathering(chance, kim)
        if chance.happens(0.6):
            self._stage.after(at, 2 * HOUR, self._shared, item, kim, name)
        if chance.happens(0.06):
            self._aspirations.begin(at, kim.community or kim, item, name)
        data = Discussed(
            headcount=people.headcount,
            venue_region=chance.one(kim.near).region if chance.happens(0.1) else kim.region,
            origins=people.origins,
            participants=people.participants,
            outcome=chance.one(OUTCOMES) if chance.happens(0.6) else None,
        )
        return self._mistakes.record(at, kim, item.id, data, cause, name)

    def _shared(self, at: int, item: Item, holder: Holder, cause: Name) -> bytes | None:
        chance = self._chance
        way = chance.one(SHARING)
        name = self._stage.name(holder)
        to = self._hearers(item, holder)
        self._handed_over(at, item, holder, to, way, name)
        data = Shared(
            channel=way.channel,
            headcount=chance.between(*way.headcount) if way.headcount and chance.happens(0.8) else None,
            exposures=chance.between(*way.exposures) if way.exposures else None,
            region=holder.region if chance.happens(0.8) else None,
            to=tuple([one.id for one in to]),
            participants=self._known_people(holder) if way is FACE_TO_FACE else (),
        )
        return self._mistakes.record(at, holder, item.id, data, cause, name)

    def _hearers(self, item: Item, holder: Holder) -> Sequence[Holder]:
        """Return the organisations that a share goes to, besides the people."""
        chance = self._chance
        if isinstance(holder, Kim):
            return [holder.community] if holder.community is not None and chance.happens(0.7) else ()
        parent = holder.parent
        return self._others(parent, item) if isinstance(parent, Kim) and chance.happens(0.08 * item.pull) else ()

    def _acted_on(self, at: int, item: Item, holder: Holder, cause: Name) -> bytes | None:
        chance = self._chance
        people = self._known_people(holder) if chance.happens(0.2) else ()
        data = ActedOn(
            action=item.wording.action,
            headcount=chance.between(len(people), 40) if chance.happens(0.9) else None,
            participants=people,
            region=holder.region if chance.happens(0.8) else None,
            evidence=(_PHOTO,) if chance.happens(0.15) else (),
        )
        return self._mistakes.record(at, holder, item.id, data, cause, self._stage.name(holder))

    def _known_people(self, holder: Holder) -> tuple[str, ...]:
        kim = holder if isinstance(holder, Kim) else holder.parent
        return regulars(self._chance, kim) if isinstance(kim, Kim) else ()
