"""Diskominfo: what a provincial, regency or district office may record, and how each event is decided."""

from collections.abc import Mapping
from typing import Final

from events.vocabulary import OFFICES
from services.decisions import aspiration, item, organisation
from services.diskominfo import decide
from services.world import Decide

LEVELS: Final = OFFICES

RIGHTS: Final[Mapping[str, Decide]] = {
    "organisation.registered": decide.register,
    "organisation.changed": organisation.change,
    "organisation.closed": organisation.close,
    "organisation.decree_granted": decide.grant_decree,
    "organisation.decree_revoked": decide.revoke_decree,
    "item.published": item.publish,
    "item.revised": item.revise,
    "item.corrected": item.correct,
    "item.retracted": item.retract,
    "item.forwarded": item.forward,
    "item.received": item.receive,
    "item.screened": item.screen,
    "item.shared": item.share,
    "step.voided": item.void,
    "aspiration.forwarded": aspiration.forward,
    "aspiration.answered": aspiration.answer,
    "aspiration.closed": aspiration.close,
    "coaching.held": decide.hold_coaching,
    "population.recorded": decide.record_population,
}
