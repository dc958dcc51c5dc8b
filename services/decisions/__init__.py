"""Decisions that several services share: each refuses what cannot be true, and changes nothing."""
