"""The list of event types: the one place where a topic becomes a struct.

A topic is the CloudEvents type, such as `id.jejak.item.shared.v1`; a kind is its middle, `item.shared`. The
log keeps topics, never the name of a class or module, so code may move without touching stored data.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from events import aspiration, coaching, item, operation, organisation, step
from events.fields import Data
from events.refusal import RefusedError, excerpt, nearest

EVENT_TYPES: Final[tuple[type[Data], ...]] = (
    organisation.Registered,
    organisation.Changed,
    organisation.Closed,
    organisation.DecreeGranted,
    organisation.DecreeRevoked,
    organisation.KeyRegistered,
    item.Published,
    item.Revised,
    item.Corrected,
    item.Retracted,
    item.Forwarded,
    item.Received,
    item.Screened,
    item.Discussed,
    item.Shared,
    item.ActedOn,
    step.Voided,
    aspiration.Raised,
    aspiration.Forwarded,
    aspiration.Answered,
    aspiration.Closed,
    coaching.Held,
    operation.ConfigurationSet,
    operation.PopulationRecorded,
    operation.PersonErased,
)


def kind_of(topic: str) -> str:
    """Return the middle of a topic: `item.shared` of `id.jejak.item.shared.v1`."""
    return topic.removeprefix("id.jejak.").rpartition(".")[0]


class Upcaster(msgspec.Struct, frozen=True):
    """How the data of an older version of a type becomes that of the next version (both plain JSON).

    `upcast` may raise LookupError, TypeError, ValueError or AttributeError on data that has not the older shape.
    """

    topic: str
    next_topic: str
    upcast: Callable[[dict[str, Any]], dict[str, Any]]


class Catalogue:
    """Every event type in force, and the older versions that are still read."""

    def __init__(self, types: tuple[type[Data], ...] = EVENT_TYPES, upcasters: tuple[Upcaster, ...] = ()) -> None:
        self.types: Mapping[str, type[Data]] = MappingProxyType({one.TOPIC: one for one in types})  # type: ignore[attr-defined]  # every type of the catalogue has its topic
        self.kinds: Mapping[str, str] = MappingProxyType(
            {topic: kind_of(topic) for topic in (*self.types, *(each.topic for each in upcasters))}
        )
        self._upcasters = {each.topic: each for each in upcasters}
        self._decoders = {topic: msgspec.json.Decoder(one) for topic, one in self.types.items()}

    def newest(self, topic: str) -> str:
        """Return the topic of the version in force of the type that `topic` is some version of."""
        while topic in self._upcasters:
            topic = self._upcasters[topic].next_topic
        return topic

    def upcast(self, topic: str, data: dict[str, Any]) -> dict[str, Any]:
        """Return `data` of any version of a type in the shape of the version in force."""
        while topic in self._upcasters:
            upcaster = self._upcasters[topic]
            topic, data = upcaster.next_topic, upcaster.upcast(data)
        return data

    def decode(self, topic: str, data: bytes | msgspec.Raw) -> Data:
        """Return the data of a recorded event in the shape of the version in force.

        Raises:
            KeyError: the topic is of no known type.
            msgspec.ValidationError: the data has not the shape of its type.

        """
        decoder = self._decoders.get(topic)
        if decoder is not None:
            return decoder.decode(data)
        older = msgspec.json.decode(data, type=dict[str, Any])
        return msgspec.convert(self.upcast(topic, older), self.types[self.newest(topic)])

    def known(self, topic: object) -> str:
        """Return `topic` when some version of a type bears it.

        Raises:
            RefusedError: it is of no known type; names the nearest one.

        """
        if isinstance(topic, str) and topic in self.kinds:
            return topic
        meant = nearest(topic, self.kinds) if isinstance(topic, str) else []
        if meant:
            raise RefusedError(
                "there is no event type {value}; did you mean {nearest}?",
                field="type",
                value=excerpt(topic),
                nearest=meant[0],
            )
        raise RefusedError(
            "there is no event type {value}; the types are: {allowed}",
            field="type",
            value=excerpt(topic),
            allowed=", ".join(self.kinds),
        )


CATALOGUE: Final = Catalogue()
