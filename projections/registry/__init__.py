"""The registry: every organisation through time, with its decrees."""

from typing import Final

from projections.registry.fold import RegistryFold

REGISTRY: Final = RegistryFold()
