"""Findings: what is true but against the rules, or odd, as pure functions of the log up to a position.

Publishing calls them for its answer, the audit trail for what it shows; neither has rules of its own.
"""
