"""How events and streams get their UUIDs: from what publishers call them, so that everybody finds the same.

Event and most streams: version 5 (RFC 9562, section 5.5), one namespace a kind. A handling: version 8 (section
5.8), half from the item and half from the holder, so that the streams of one item lie together in an index.
"""

from functools import lru_cache
from hashlib import sha1
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from _hashlib import HASH

_EVENT: Final = sha1(UUID("2b0d4a52-6c1f-5c0e-9d55-0b1d7a3c8e01").bytes, usedforsecurity=False)
_ORGANISATION: Final = UUID("2b0d4a52-6c1f-5c0e-9d55-0b1d7a3c8e02").bytes
_ITEM: Final = UUID("2b0d4a52-6c1f-5c0e-9d55-0b1d7a3c8e03").bytes
_ASPIRATION: Final = UUID("2b0d4a52-6c1f-5c0e-9d55-0b1d7a3c8e04").bytes
_COACHING: Final = UUID("2b0d4a52-6c1f-5c0e-9d55-0b1d7a3c8e05").bytes
_POPULATION: Final = UUID("2b0d4a52-6c1f-5c0e-9d55-0b1d7a3c8e06").bytes

# The version stands in the upper half of octet 6, the variant in the upper two bits of octet 8.
_FREE: Final = UUID(bytes=b"\xff" * 16).int & ~(0xF << 76 | 0x3 << 62)
_VERSION_5: Final = 0x5 << 76 | 0x2 << 62
_VERSION_8: Final = 0x8 << 76 | 0x2 << 62
_BEYOND_A_UUID: Final = 32  # bits of SHA-1's 160

_number: Final = int.from_bytes


def _stamped(digest: bytes, version: int) -> bytes:
    return (_number(digest[:16]) & _FREE | version).to_bytes(16)


def _uuid5(namespace: bytes, name: str) -> bytes:
    return _stamped(sha1(namespace + name.encode(), usedforsecurity=False).digest(), _VERSION_5)


def event_id(source: str, id_: str) -> bytes:
    """Return the UUID (16 bytes) of the event that a publisher calls `source` and `id_`.

    The length of the source comes first, so that no two pairs read the same.
    """
    # By hand: uuid.uuid5 takes four times as long, and publishing makes two for every event.
    digest = _begun_with(source).copy()
    digest.update(id_.encode())
    return (_number(digest.digest()) >> _BEYOND_A_UUID & _FREE | _VERSION_5).to_bytes(16)


@lru_cache(maxsize=20_000)
def _begun_with(source: str) -> "HASH":
    digest = _EVENT.copy()
    digest.update(f"{len(source)}:{source}".encode())
    return digest


@lru_cache(maxsize=100_000)
def organisation_stream(organisation: str) -> bytes:
    """Return the id of an organisation's stream."""
    return _uuid5(_ORGANISATION, organisation)


@lru_cache(maxsize=100_000)
def item_stream(item: str) -> bytes:
    """Return the id of an item's stream."""
    return _uuid5(_ITEM, item)


def aspiration_stream(aspiration: str) -> bytes:
    """Return the id of an aspiration's stream."""
    return _uuid5(_ASPIRATION, aspiration)


def coaching_stream(coaching: str) -> bytes:
    """Return the id of a coaching session's stream."""
    return _uuid5(_COACHING, coaching)


def population_stream(region: str) -> bytes:
    """Return the id of the stream of the counts of one region's people."""
    return _uuid5(_POPULATION, region)


def handling_stream(item: str, holder: str) -> bytes:
    """Return the id of the stream of one item in the hands of one holder."""
    return _half_of_the_item(item) + _half_of_the_holder(holder)


@lru_cache(maxsize=100_000)
def _half_of_the_item(item: str) -> bytes:
    return _stamped(item_stream(item), _VERSION_8)[:8]


@lru_cache(maxsize=100_000)
def _half_of_the_holder(holder: str) -> bytes:
    half = organisation_stream(holder)[:8]
    return _stamped(bytes(8) + half, _VERSION_8)[8:]


OF_THE_ITEM: Final = frozenset({"item.published", "item.revised", "item.corrected", "item.retracted"})
"""The kinds that lie in the item's own stream; the others lie in the handling of their holder."""


def stream_of(kind: str, subject: str, holder: str) -> bytes:
    """Return the id of the stream that an event lies in; `step.voided` lies in that of the step it voids.

    Raises:
        ValueError: events of this kind have no stream of their own.

    """
    if kind.startswith("item."):
        return item_stream(subject) if kind in OF_THE_ITEM else handling_stream(subject, holder)
    family = kind.partition(".")[0]
    if family == "organisation":
        return organisation_stream(subject)
    if family == "aspiration":
        return aspiration_stream(subject)
    if family == "coaching":
        return coaching_stream(subject)
    if family == "population":
        return population_stream(subject)
    raise ValueError(f"{kind} has no stream of its own")
