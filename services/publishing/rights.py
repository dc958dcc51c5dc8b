"""Who may record what: finds the table of rights of the holder's level and asks its decision."""

from collections.abc import Mapping
from typing import Final

from events.refusal import RefusedError
from events.vocabulary import Level
from services import community, diskominfo, kim
from services.decisions import checks
from services.decisions.organisation import found
from services.world import Decide, Request

SERVICES: Final = (diskominfo, kim, community)
TABLES: Final[Mapping[Level, Mapping[str, Decide]]] = {
    level: service.RIGHTS for service in SERVICES for level in service.LEVELS
}

# Types of the contract whose meaning nothing obeys yet: keeping them now would promise what is not done.
NOT_YET_TAKEN: Final = frozenset(
    {
        "organisation.key_registered",
        "configuration.set",
        "person.erased",
    }
)


def decide(request: Request) -> None:
    """Decide on an event.

    Raises:
        RefusedError: it cannot be true, or the holder or the principal has no right to it.

    """
    event, kind, holder = request.event, request.kind, request.holder
    if kind in NOT_YET_TAKEN:
        raise RefusedError(
            "this version of Jejak does not take events of the kind {kind} yet", field="type", kind=kind
        )
    if kind == "organisation.registered" and event.data.parent is None:
        found(request)
        return
    if holder.level is None:
        checks.organisation(request.world, event.holder, "holder")
        return
    speaks_for = request.principal.organisation
    if speaks_for is not None and speaks_for != holder.id:
        own_community = holder.level is Level.COMMUNITY and holder.registrar == speaks_for
        if not own_community:
            raise RefusedError(
                "{principal} records for itself and for the communities that it registered, not for {holder}",
                field="holder",
                principal=speaks_for,
                holder=holder.id,
            )
    decision = TABLES[holder.level].get(kind)
    if decision is None:
        raise RefusedError(
            "{holder} is of level {level}; an event {kind} may be recorded by: {allowed}",
            field="holder",
            holder=holder.id,
            level=holder.level,
            kind=kind,
            allowed=", ".join(level for level in Level if kind in TABLES[level]),
        )
    decision(request)
