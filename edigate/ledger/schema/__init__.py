"""The ledger's tables as data; `migrations/` holds how a database gets them. Knows no statement."""

from __future__ import annotations

from edigate.ledger.schema.audit import audit_entry
from edigate.ledger.schema.base import metadata
from edigate.ledger.schema.claims import claim, claim_event, claim_finding, claim_line, claim_record, intake
from edigate.ledger.schema.deposits import deposit, deposit_payment, deposit_record
from edigate.ledger.schema.files import (
    answer_match,
    carried_file,
    claim_set,
    claim_trace,
    control_number,
    inbound_file,
    lease,
    matched_answer,
    matched_payment,
    outbound_file,
    outbound_set,
    run,
    unmatched_answer,
)
from edigate.ledger.schema.parties import party_check, party_difference
from edigate.ledger.schema.payments import (
    adjustment,
    claim_payment,
    payment,
    provider_adjustment,
    service_payment,
)
from edigate.ledger.schema.retention import legal_hold, purge, purged_claim, purged_file
from edigate.ledger.schema.work import export_mark, work_act

# The migration that makes exactly these tables; a test holds it to the newest file of migrations/versions.
VERSION = "0019"

__all__ = [
    "VERSION",
    "adjustment",
    "answer_match",
    "audit_entry",
    "carried_file",
    "claim",
    "claim_event",
    "claim_finding",
    "claim_line",
    "claim_payment",
    "claim_record",
    "claim_set",
    "claim_trace",
    "control_number",
    "deposit",
    "deposit_payment",
    "deposit_record",
    "export_mark",
    "inbound_file",
    "intake",
    "lease",
    "legal_hold",
    "matched_answer",
    "matched_payment",
    "metadata",
    "outbound_file",
    "outbound_set",
    "party_check",
    "party_difference",
    "payment",
    "provider_adjustment",
    "purge",
    "purged_claim",
    "purged_file",
    "run",
    "service_payment",
    "unmatched_answer",
    "work_act",
]
