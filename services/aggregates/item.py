"""An item of information: who issued it, its text, whether it was retracted."""

from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from events.fields import Data
from events.item import Published, Revised
from projections.findings.facts import Mark, Step
from services.aggregates.handling import without


class Item(Struct, frozen=True, gc=False):
    """An item as its events left it; `issuer` is None while it is not published."""

    id: str
    issuer: str | None = None
    digest: str = ""
    """The SHA-256 that the issuer states, in lower case."""
    text_digest: str | None = None
    """The SHA-256 of the text, where there is one."""
    retractions: tuple[Mark, ...] = ()


def evolve(item: Item, step: Step, data: Data) -> Item:
    """Return the item after one of its own events."""
    if isinstance(data, Published):
        return with_content(replace(item, issuer=step.holder), data)
    if isinstance(data, Revised):
        return with_content(item, data)
    if step.kind == "item.retracted":
        return replace(item, retractions=(*item.retractions, Mark(step.at, step.position)))
    if step.voids is not None:
        return replace(item, retractions=without(item.retractions, step.voids))
    return item


def with_content(item: Item, data: Published | Revised) -> Item:
    """Return the item with the text and digest that `data` gives."""
    return replace(
        item,
        digest=data.sha256.lower() if data.sha256 else item.digest,
        text_digest=item.text_digest if data.text is None else sha256(data.text.encode()).hexdigest(),
    )
