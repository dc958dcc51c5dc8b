"""Decisions on an organisation: who registers it, and what may change."""

from events.fields import is_region_code
from events.organisation import Changed, Registered
from events.refusal import RefusedError
from events.vocabulary import OFFICES, Level
from services.aggregates.organisation import Organisation
from services.decisions import checks
from services.world import Request


def found(request: Request) -> None:
    """Decide on `organisation.registered` without a parent: the operator registers it."""
    event = request.event
    if request.principal.organisation is not None:
        raise RefusedError("only the operator registers an organisation without a parent", field="data.parent")
    if event.holder != event.subject:
        raise RefusedError(
            "an organisation without a parent is its own holder: {subject}",
            field="holder",
            subject=event.subject,
        )
    _new(request)


def register_under(request: Request, levels: frozenset[Level]) -> None:
    """Decide on `organisation.registered` by the parent, which may register `levels`."""
    data: Registered = request.event.data
    if data.parent != request.event.holder:
        raise RefusedError(
            "an organisation is registered by its parent: holder must be {parent}",
            field="holder",
            parent=data.parent,
        )
    if data.level not in levels:
        raise _may_not_register(request.holder, data.level, levels, "data.level")
    _new(request)
    _within(request, data.region, request.holder, "data.region")


def change(request: Request) -> None:
    """Decide on `organisation.changed`: by its registrar, inside its parent's region."""
    data: Changed = request.event.data
    organisation = _registered_by_holder(request)
    if data == Changed():
        raise RefusedError("nothing is changed: give a name, a region or a parent", field="data")
    checks.region(request.world, data.region, "data.region")
    checks.organisation(request.world, data.parent, "data.parent")
    if data.parent is None and data.region is None:
        return
    parent_name = data.parent or organisation.parent
    if parent_name is None:
        return
    parent = request.world.organisation(parent_name)
    if data.parent is not None:
        levels = frozenset({Level.COMMUNITY}) if parent.level is Level.KIM else OFFICES | {Level.KIM}
        if parent.level is Level.COMMUNITY or organisation.level not in levels:
            raise _may_not_register(parent, organisation.level, levels, "data.parent")
        _not_below(request, organisation.id, parent)
    field = "data.region" if data.region is not None else "data.parent"
    _within(request, data.region or organisation.region, parent, field)


def close(request: Request) -> None:
    """Decide on `organisation.closed`: by its registrar."""
    _registered_by_holder(request)


def _new(request: Request) -> None:
    data: Registered = request.event.data
    subject = request.event.subject
    if request.world.organisation(subject).level is not None:
        raise RefusedError("the organisation {value} is registered already", field="subject", value=subject)
    if is_region_code(subject):
        raise RefusedError(
            "an organisation's id must not read as a region code: {value}", field="subject", value=subject
        )
    checks.region(request.world, data.region, "data.region")


def _registered_by_holder(request: Request) -> Organisation:
    checks.organisation(request.world, request.event.subject, "subject")
    organisation = request.world.organisation(request.event.subject)
    if request.event.holder != organisation.registrar:
        raise RefusedError(
            "only its registrar {registrar} may do this to {value}",
            field="holder",
            registrar=organisation.registrar,
            value=organisation.id,
        )
    if organisation.founded and request.principal.organisation is not None:
        raise RefusedError(
            "{value} was registered by the operator, who alone may do this",
            field="holder",
            value=organisation.id,
        )
    return organisation


def _within(request: Request, region: str, parent: Organisation, field: str) -> None:
    if not request.world.regions.contains(parent.region, region):
        raise RefusedError(
            "the region {region} is not in {parent_region}, the region of the parent {parent}",
            field=field,
            region=region,
            parent_region=parent.region,
            parent=parent.id,
        )


def _not_below(request: Request, organisation: str, parent: Organisation) -> None:
    """Refuse a parent that lies below the organisation itself."""
    above: Organisation | None = parent
    while above is not None:
        if above.id == organisation:
            raise RefusedError(
                "{parent} lies below {value}: it cannot be its parent",
                field="data.parent",
                parent=parent.id,
                value=organisation,
            )
        above = request.world.organisation(above.parent) if above.parent else None


def _may_not_register(
    parent: Organisation, level: Level | None, levels: frozenset[Level], field: str
) -> RefusedError:
    return RefusedError(
        "{parent} ({parent_level}) may be the parent of: {allowed}; not of {level}",
        field=field,
        parent=parent.id,
        parent_level=parent.level,
        allowed=", ".join(sorted(levels)),
        level=level,
    )
