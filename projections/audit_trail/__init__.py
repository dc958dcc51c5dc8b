"""The audit trail: every step of an item, an organisation, an aspiration or a coaching session."""

from typing import Final

from projections.audit_trail.fold import AuditTrail

AUDIT_TRAIL: Final = AuditTrail()
