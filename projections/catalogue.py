"""Every projection, in the order in which the engine folds them."""

from typing import Final

from projections.audit_trail import AUDIT_TRAIL
from projections.audit_trail.tables import STEP as TRAIL_STEP
from projections.engine import Projection
from projections.late_causes.fold import LateCausesFold
from projections.population import POPULATION
from projections.reach import REACH
from projections.reach.tables import STEP as REACH_STEP
from projections.registry import REGISTRY

LATE_CAUSES: Final = LateCausesFold((TRAIL_STEP, REACH_STEP))

PROJECTIONS: Final[tuple[Projection, ...]] = (AUDIT_TRAIL, REGISTRY, POPULATION, REACH, LATE_CAUSES)
