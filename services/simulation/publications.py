"""The items of a flow: who issues which, when, where it is meant to arrive, and which are wrong or viral."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import count
from typing import Final

from events.item import Published, Revised
from events.vocabulary import KipClass, Topic
from services.simulation.agenda import DAY, HOUR
from services.simulation.corrections import Corrections
from services.simulation.item import Item
from services.simulation.organisations import Holder, Kim, Office, Organisations
from services.simulation.spread import Spread
from services.simulation.stage import Name, Stage
from services.simulation.words import ITEMS, WRONG_ITEMS, Wording

_MONTH: Final = 30 * DAY
_VIRAL: Final = 8.0
_WRONG_PULL: Final = 3.0
_ISSUERS: Final = ("province",) * 3 + ("regency",) * 14 + ("KIM",) * 3
_PULLS: Final = (0.3, 0.7, 1.0, 1.5, 2.5)
_ONE_IS_WRONG_OF: Final = 6
_THIRD: Final = 3
_OFFICE_HOURS: Final = 9


class Publications:
    """Publishes so many items, evenly over the days of the flow."""

    def __init__(self, stage: Stage, organisations: Organisations, items: int) -> None:
        self._stage = stage
        self._organisations = organisations
        self._items = items
        self._spread = Spread(stage, organisations)
        self._corrections = Corrections(stage)
        self._numbers = count(1)
        self._viral_until = 0

    def begin(self) -> None:
        """Plan the first item; each plans the next."""
        self._plan(0)

    def _plan(self, index: int) -> None:
        if index < self._items:
            stage = self._stage
            day, second = divmod(int((index + stage.chance.random()) * stage.agenda.end) // self._items, DAY)
            stage.agenda.plan(day * DAY + 8 * HOUR + second * _OFFICE_HOURS // 24, self._published, index)

    def _published(self, at: int, index: int) -> bytes:
        """Publish the next item: the first of every month goes viral, every sixth is wrong."""
        self._plan(index + 1)
        chance = self._stage.chance
        if at >= self._viral_until:
            self._viral_until = (at // _MONTH + 1) * _MONTH
            return self._publish(at, self._item(chance.one(ITEMS), self._kim(), pull=_VIRAL))
        if index % _ONE_IS_WRONG_OF == _THIRD:
            item = self._item(chance.one(WRONG_ITEMS), self._issuer(), pull=_WRONG_PULL)
            item.wrong = True
            self._corrections.begin(at, item, self._replace)
            return self._publish(at, item)
        item = self._item(chance.one(ITEMS), self._issuer(), pull=chance.one(_PULLS))
        if chance.happens(0.1):
            self._stage.after(at, 2 * DAY, self._revised, item)
        return self._publish(at, item)

    def _item(self, wording: Wording, issuer: Holder, *, pull: float) -> Item:
        return Item(f"sim-info-{next(self._numbers)}", issuer, wording, self._places(issuer), pull)

    def _issuer(self) -> Holder:
        issuer = self._stage.chance.one(_ISSUERS)
        if issuer == "province":
            return self._organisations.province
        return self._kim() if issuer == "KIM" else self._stage.chance.one(self._organisations.regencies)

    def _kim(self) -> Kim:
        return self._stage.chance.one(self._organisations.kim)

    def _places(self, issuer: Holder) -> tuple[str, ...]:
        """Return where an item is meant to arrive: everywhere around its issuer, or in a few districts."""
        chance = self._stage.chance
        if isinstance(issuer, Kim):
            return (issuer.region.rpartition(".")[0],)
        if not isinstance(issuer, Office) or not issuer.kim or chance.happens(0.6):
            return (issuer.region,)
        some = chance.some(issuer.kim, chance.between(2, 6))
        return tuple(dict.fromkeys(kim.region.rpartition(".")[0] for kim in some))

    def _publish(self, at: int, item: Item, cause: Name | None = None) -> bytes:
        """Record the publication, at once, whatever its issuer's habits: others name the item soon."""
        stage, wording = self._stage, item.wording
        name = stage.name(item.issuer)
        self._spread.begin(at, item, name)
        text = f"{item.issuer.name}, {stage.day(at)}. {wording.text}"
        data = Published(
            title=wording.title,
            text=text,
            sha256=sha256(text.encode()).hexdigest(),
            topic=wording.topic,
            need_horizon=wording.horizon,
            kip_class=wording.kip_class,
            valid_from=stage.day(at),
            valid_to=stage.day(at + 14 * DAY) if wording.kip_class is not KipClass.SETIAP_SAAT else None,
            intended=(*item.places, *(one.id for one in self._named(item))),
        )
        return stage.line(at, item.issuer, item.id, data, cause, name)

    def _named(self, item: Item) -> Sequence[Holder]:
        """Return the holders that the publication names, besides the KIM of its places."""
        if item.issuer is self._organisations.province:
            return self._organisations.regencies
        return self._stage.chance.some(self._organisations.kim, 1)

    def _revised(self, at: int, item: Item) -> bytes:
        data = Revised(reason="Diperpanjang", valid_to=self._stage.day(at + 30 * DAY))
        return self._stage.line(at, item.issuer, item.id, data)

    def _replace(self, at: int, wrong: Item) -> Item:
        """Publish what is right instead of a wrong item, for the same places."""
        wording = wrong.wording._replace(
            topic=Topic.HOAX_CLARIFICATION,
            kip_class=KipClass.SERTA_MERTA,
            title=f"Klarifikasi: {wrong.wording.title}",
            text=wrong.wording.truth,
            action="Menghapus pesan yang keliru dari grup warga",
        )
        right = self._item(wording, wrong.issuer, pull=1.0)
        right.places = wrong.places
        self._stage.agenda.plan(at, self._publish, right)
        return right
