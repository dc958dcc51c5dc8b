"""Every projection, in the order in which the engine folds them."""

from typing import Final

from projections.audit_trail import AUDIT_TRAIL
from projections.engine import Projection
from projections.population import POPULATION
from projections.reach import REACH
from projections.registry import REGISTRY

PROJECTIONS: Final[tuple[Projection, ...]] = (AUDIT_TRAIL, REGISTRY, POPULATION, REACH)
