"""The populations: how many people live in a region, by every count that was recorded."""

from typing import Final

from projections.population.fold import PopulationFold

POPULATION: Final = PopulationFold()
"""Folds the recorded counts: one row each, written once."""
