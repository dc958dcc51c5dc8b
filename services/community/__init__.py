"""The community: what it may record, and how each event is decided."""

from collections.abc import Mapping
from typing import Final

from events.vocabulary import Level
from services.decisions import aspiration, item, organisation
from services.world import Decide

LEVELS: Final = frozenset({Level.COMMUNITY})

RIGHTS: Final[Mapping[str, Decide]] = {
    # A community has these two only over itself, when the operator registered it.
    "organisation.changed": organisation.change,
    "organisation.closed": organisation.close,
    "item.received": item.receive,
    "item.discussed": item.discuss,
    "item.shared": item.share,
    "item.acted_on": item.act_on,
    "step.voided": item.void,
    "aspiration.raised": aspiration.raise_,
}
