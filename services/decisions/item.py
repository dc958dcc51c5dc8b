"""Decisions on an item of information and on the steps of its handlings."""

from typing import Final

from events.item import ActedOn, Corrected, Discussed, Forwarded, Published, Received, Revised, Shared
from events.refusal import RefusedError, UnknownNameError
from events.step import Voided
from events.vocabulary import KipClass
from services.aggregates.item import Item, with_content
from services.decisions import checks
from services.world import Request

VOIDABLE: Final = frozenset(
    {
        "item.corrected",
        "item.retracted",
        "item.forwarded",
        "item.received",
        "item.screened",
        "item.discussed",
        "item.shared",
        "item.acted_on",
        "coaching.held",
    }
)


def publish(request: Request) -> None:
    """Decide on `item.published`."""
    data: Published = request.event.data
    if request.world.item(request.event.subject).issuer is not None:
        raise RefusedError("the item {item} is published already", field="subject", item=request.event.subject)
    if data.kip_class is KipClass.DIKECUALIKAN:
        raise RefusedError(
            "information of class dikecualikan (exempt, Law 14/2008) is never released",
            field="data.kip_class",
        )
    if data.text is None and data.link is None:
        raise RefusedError("an item has a text or a link", field="data.text")
    _content(with_content(Item(request.event.subject), data))
    checks.days(data.valid_from, data.valid_to, "data.valid_from", "data.valid_to")
    checks.intended(request.world, data.intended)


def revise(request: Request) -> None:
    """Decide on `item.revised`."""
    data: Revised = request.event.data
    item = own(request)
    if data == Revised(reason=data.reason):
        raise RefusedError("nothing is revised: give at least one field besides the reason", field="data")
    if data.text is not None or data.sha256 is not None:
        _content(with_content(item, data))
    checks.days(data.valid_from, data.valid_to, "data.valid_from", "data.valid_to")
    checks.intended(request.world, data.intended)


def correct(request: Request) -> None:
    """Decide on `item.corrected`."""
    data: Corrected = request.event.data
    item = own(request)
    if data.replacement is None:
        return
    if data.replacement == item.id:
        raise RefusedError("an item cannot replace itself", field="data.replacement")
    replacement = request.world.item(data.replacement)
    if replacement.issuer is None:
        raise unknown(data.replacement, "data.replacement")
    if replacement.issuer != item.issuer:
        raise RefusedError(
            "{value} is issued by {other}, not by {issuer}",
            field="data.replacement",
            value=data.replacement,
            other=replacement.issuer,
            issuer=item.issuer,
        )


def retract(request: Request) -> None:
    """Decide on `item.retracted`."""
    own(request)


def forward(request: Request) -> None:
    """Decide on `item.forwarded`."""
    published(request)
    data: Forwarded = request.event.data
    checks.organisations(request.world, data.to, "data.to")


def receive(request: Request) -> None:
    """Decide on `item.received`."""
    published(request)
    data: Received = request.event.data
    checks.organisation(request.world, data.from_, "data.from")


def screen(request: Request) -> None:
    """Decide on `item.screened`."""
    published(request)


def discuss(request: Request) -> None:
    """Decide on `item.discussed`."""
    data: Discussed = request.event.data
    published(request)
    checks.places(request.world, data.origins, data.venue_region, "data.venue_region")
    checks.people(data.headcount, data.participants, data.origins)


def share(request: Request) -> None:
    """Decide on `item.shared`."""
    data: Shared = request.event.data
    published(request)
    checks.organisations(request.world, data.to, "data.to")
    checks.region(request.world, data.region, "data.region")
    checks.people(data.headcount, data.participants, ())


def act_on(request: Request) -> None:
    """Decide on `item.acted_on`."""
    data: ActedOn = request.event.data
    published(request)
    checks.region(request.world, data.region, "data.region")
    checks.people(data.headcount, data.participants, ())


def void(request: Request) -> None:
    """Decide on `step.voided`."""
    data: Voided = request.event.data
    world = request.world
    step = world.step(data.source, data.id)
    if step is None:
        raise RefusedError(
            "there is no event {id} of {source} in the log", field="data.id", id=data.id, source=data.source
        )
    if step.kind not in VOIDABLE:
        if step.kind == "item.published":
            raise RefusedError("a publication is not voided but retracted: record item.retracted", field="data.id")
        raise RefusedError("an event of the kind {kind} cannot be voided", field="data.id", kind=step.kind)
    if step.subject != request.event.subject:
        raise RefusedError("the event to void is one of {subject}", field="subject", subject=step.subject)
    if world.voided(step):
        raise RefusedError(
            "the event at position {position} is voided already", field="data.id", position=step.position
        )
    registrar = world.organisation(step.holder).registrar
    if request.event.holder not in (step.holder, registrar):
        raise RefusedError(
            "only {holder} or its registrar {registrar} can void this step",
            field="holder",
            holder=step.holder,
            registrar=registrar,
        )


def published(request: Request) -> Item:
    """Return the item of the event; refuse it when there is none."""
    item = request.world.item(request.event.subject)
    if item.issuer is None:
        raise unknown(request.event.subject, "subject")
    return item


def own(request: Request) -> Item:
    """Return the item of the event; refuse it when the holder is not its issuer."""
    item = published(request)
    if item.issuer != request.event.holder:
        raise RefusedError(
            "only its issuer {issuer} may do this to {item}", field="holder", issuer=item.issuer, item=item.id
        )
    return item


def unknown(item: str, field: str) -> RefusedError:
    """Return the refusal of an item that is not published."""
    return UnknownNameError(checks.NOT_PUBLISHED, field=field, family="item", name=item)


def _content(item: Item) -> None:
    if item.text_digest is not None and item.text_digest != item.digest:
        raise RefusedError(
            "the text has the SHA-256 {right}, not the one given", field="data.sha256", right=item.text_digest
        )
