"""Decisions that only a KIM meets: its communities."""

from typing import Final

from events.vocabulary import Level
from services.decisions.organisation import register_under
from services.world import Request

_MAY_REGISTER: Final = frozenset({Level.COMMUNITY})


def register(request: Request) -> None:
    """Decide on `organisation.registered` by a KIM: its community."""
    register_under(request, _MAY_REGISTER)
