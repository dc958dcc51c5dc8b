"""Decisions that only an office meets: organisations under it, decrees, coaching."""

from typing import Final, cast

from events.coaching import Held
from events.organisation import DecreeGranted
from events.refusal import RefusedError
from events.vocabulary import OFFICES, Level
from services.decisions import checks
from services.decisions.organisation import register_under
from services.world import Request

_KIM: Final = frozenset({Level.KIM})
_MAY_REGISTER: Final = OFFICES | _KIM


def register(request: Request) -> None:
    """Decide on `organisation.registered` by an office: offices and KIM."""
    register_under(request, _MAY_REGISTER)


def grant_decree(request: Request) -> None:
    """Decide on `organisation.decree_granted`."""
    data = cast("DecreeGranted", request.event.data)
    checks.organisation(request.world, request.event.subject, "subject", _KIM)
    checks.days(data.valid_from, data.valid_to, "data.valid_from", "data.valid_to")


def revoke_decree(request: Request) -> None:
    """Decide on `organisation.decree_revoked`; it may be recorded before the grant."""
    checks.organisation(request.world, request.event.subject, "subject", _KIM)


def hold_coaching(request: Request) -> None:
    """Decide on `coaching.held`."""
    data = cast("Held", request.event.data)
    if request.world.coaching(request.event.subject).holder is not None:
        raise RefusedError(
            "the coaching session {coaching} is recorded already",
            field="subject",
            coaching=request.event.subject,
        )
    checks.organisations(request.world, data.offices, "data.offices", OFFICES)
    checks.organisations(request.world, data.kim, "data.kim", _KIM)
    checks.places(request.world, data.origins, data.venue_region, "data.venue_region")
    checks.people(data.headcount, (), data.origins)
