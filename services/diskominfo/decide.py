"""Decisions that only an office meets: organisations under it, decrees, coaching, populations."""

from typing import Final

from events.coaching import Held
from events.fields import starts
from events.operation import PopulationRecorded
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
    data: DecreeGranted = request.event.data
    checks.organisation(request.world, request.event.subject, "subject", _KIM)
    checks.days(data.valid_from, data.valid_to, "data.valid_from", "data.valid_to")


def revoke_decree(request: Request) -> None:
    """Decide on `organisation.decree_revoked`; it may be recorded before the grant."""
    checks.organisation(request.world, request.event.subject, "subject", _KIM)


def hold_coaching(request: Request) -> None:
    """Decide on `coaching.held`."""
    data: Held = request.event.data
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


def record_population(request: Request) -> None:
    """Decide on `population.recorded`: the count of a region in the office's own, on a day that has come."""
    data: PopulationRecorded = request.event.data
    if request.event.subject != data.region:
        raise RefusedError("the subject of a count is its region: {region}", field="subject", region=data.region)
    checks.region(request.world, data.region, "data.region")
    if not request.world.regions.contains(request.holder.region, data.region):
        raise RefusedError(
            "the region {region} is not in {holder_region}, the region of {holder}: an office of a wider region"
            " records its people",
            field="data.region",
            region=data.region,
            holder_region=request.holder.region,
            holder=request.holder.id,
        )
    checks.days(data.date, None, "data.date", "")
    if starts(data.date) > request.world.now:
        raise RefusedError("{value} lies in the future", field="data.date", value=data.date)
