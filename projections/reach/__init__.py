"""Reach: how far information got, in figures that anybody can compute anew from the log."""
