"""KIM: what a village information group may record, and how each event is decided."""

from collections.abc import Mapping
from typing import Final

from events.vocabulary import Level
from services.decisions import aspiration, item, organisation
from services.kim import decide
from services.world import Decide

LEVELS: Final = frozenset({Level.KIM})

RIGHTS: Final[Mapping[str, Decide]] = {
    "organisation.registered": decide.register,
    "organisation.changed": organisation.change,
    "organisation.closed": organisation.close,
    "item.published": item.publish,
    "item.revised": item.revise,
    "item.corrected": item.correct,
    "item.retracted": item.retract,
    "item.forwarded": item.forward,
    "item.received": item.receive,
    "item.screened": item.screen,
    "item.discussed": item.discuss,
    "item.shared": item.share,
    "item.acted_on": item.act_on,
    "step.voided": item.void,
    "aspiration.raised": aspiration.raise_,
    "aspiration.forwarded": aspiration.forward,
    "aspiration.answered": aspiration.answer,
    "aspiration.closed": aspiration.close,
}
