"""Decisions on an aspiration."""

from events.aspiration import Forwarded, Raised
from events.refusal import PersonalDataError, RefusedError
from services.decisions import checks
from services.decisions.item import unknown as unknown_item
from services.world import Request


def raise_(request: Request) -> None:
    """Decide on `aspiration.raised`."""
    data: Raised = request.event.data
    if request.world.aspiration(request.event.subject).holder is not None:
        raise RefusedError(
            "the aspiration {aspiration} is raised already", field="subject", aspiration=request.event.subject
        )
    if data.person is not None:
        raise PersonalDataError(
            "a person's name and contact cannot be kept encrypted by this version, and are never kept in plain"
            " text: send the aspiration without the person",
            field="data.person",
        )
    if data.item is not None and request.world.item(data.item).issuer is None:
        raise unknown_item(data.item, "data.item")
    checks.days(data.due, None, "data.due", "")


def forward(request: Request) -> None:
    """Decide on `aspiration.forwarded`."""
    _raised(request)
    data: Forwarded = request.event.data
    checks.organisations(request.world, data.to, "data.to")


def answer(request: Request) -> None:
    """Decide on `aspiration.answered`."""
    _raised(request)


def close(request: Request) -> None:
    """Decide on `aspiration.closed`."""
    _raised(request)


def _raised(request: Request) -> None:
    if request.world.aspiration(request.event.subject).holder is None:
        raise RefusedError(
            "the aspiration {aspiration} is not raised: record its aspiration.raised first",
            field="subject",
            aspiration=request.event.subject,
        )
