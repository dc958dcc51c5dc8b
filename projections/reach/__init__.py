"""Reach: how far information got, in figures that anybody can compute anew from the log."""

from typing import Final

from projections.reach.fold import Reach

REACH: Final = Reach()
