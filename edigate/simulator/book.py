"""The clearinghouse's own book: what came in, what was said of it, where each claim stands. The judge's evidence.

It is written by the answering side alone, so that what a sender's ledger says can be held against it.
Claims go by patient control number; nobody is named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

from edigate.claims.model import Claim
from edigate.money import ZERO
from edigate.remits.model import ClaimPayment
from edigate.simulator.bank import Cash
from edigate.simulator.lines import adjusted
from edigate.simulator.scenario import Outcome

RejectedBy = Literal["", "TA1", "999", "clearinghouse", "payer"]

# Reductions that a contract or the law makes; any other that isn't the patient's share is a denial.
_NO_DENIAL = frozenset(("24", "45", "94", "131", "253"))
_REVERSAL, _DENIED, _FORWARDED = "22", "4", frozenset(("19", "20", "21", "23"))


class Received(msgspec.Struct):
    """A file by content: every name and time it came under. More than one is a file sent twice."""

    sha256: str
    size: int
    names: list[str] = []
    times: list[datetime] = []


class Entry(msgspec.Struct, frozen=True):
    """One claim payment as it went out. Amounts in dollars, reversals negative."""

    on: date
    trace_number: str  # TRN02 of the payment it is in
    status: str  # CLP02
    charge: Decimal
    paid: Decimal
    adjusted: Decimal  # every adjustment that isn't the patient's
    patient: Decimal  # PR
    denied: Decimal  # the part of `adjusted` that no contract explains


class ClaimRecord(msgspec.Struct):
    """One claim as the other side knows it."""

    patient_control_number: str
    charge: Decimal
    times_received: int = 0
    sent_again: int = 0  # of these, how often while it stood: nobody had rejected it, and it was no replacement
    rejected_by: RejectedBy = ""
    accepted: bool = False  # by the payer
    entries: list[Entry] = []

    @property
    def paid(self) -> Decimal:
        return sum((entry.paid for entry in self.entries), ZERO)

    @property
    def adjusted(self) -> Decimal:
        return sum((entry.adjusted for entry in self.entries), ZERO)

    @property
    def patient(self) -> Decimal:
        return sum((entry.patient for entry in self.entries), ZERO)

    @property
    def outcome(self) -> Outcome:
        """Where the claim stands, by everything said so far."""
        if not self.entries:
            return "rejected" if self.rejected_by else "outstanding"
        standing = [entry.status for entry in self.entries if entry.status != _REVERSAL]
        if 2 * len(standing) <= len(self.entries):
            return "reversed"
        denied = sum((entry.denied for entry in self.entries), ZERO)
        if self.paid > 0:
            return "partly_paid" if denied > 0 else "paid"
        if _FORWARDED.issuperset(standing):
            return "forwarded"
        # Nothing paid, but the contract met: the deductible took it all.
        return "denied" if denied > 0 or _DENIED in standing else "paid"


class Acknowledged(NamedTuple):
    """What a sender's 999 says of one of our groups."""

    functional_id: str  # AK101
    control_number: str  # AK102
    code: str  # AK901


class Book:
    """What a clearinghouse knows; see the parts."""

    def __init__(self) -> None:
        self.files: dict[str, Received] = {}  # by sha256
        self.unread: list[str] = []  # names of files that no answer can be given to
        self.claims: dict[str, ClaimRecord] = {}  # by patient control number
        self.strangers: dict[str, ClaimRecord] = {}  # likewise: paid, and never sent
        self.acknowledged: list[Acknowledged] = []  # of our answers, by the sender's 999s
        self.payments: dict[str, Decimal] = {}  # trace number -> BPR02
        self.provider_adjustments: dict[str, Decimal] = {}  # trace number -> sum of PLB
        self.cash: list[Cash] = []  # the payments of some money, as the bank gets them

    def file_came(self, name: str, content: bytes, at: datetime) -> None:
        sha256 = hashlib.sha256(content).hexdigest()
        received = self.files.setdefault(sha256, Received(sha256, len(content)))
        received.names.append(name)
        received.times.append(at)

    def claim_came(self, claim: Claim, rejected_by: RejectedBy = "") -> ClaimRecord:
        """A claim arrived, and what became of it then and there."""
        number, charge = claim.patient_control_number, claim.total_charge or ZERO
        record = self.claims.setdefault(number, ClaimRecord(number, charge))
        if record.times_received and not record.rejected_by and claim.frequency_code == "1":
            record.sent_again += 1
        record.times_received += 1
        record.charge, record.rejected_by = charge, rejected_by
        return record

    def claim_came_again(self, claim: Claim) -> None:
        """A claim arrived in an interchange that had come before: it is counted, and nothing else."""
        record = self.claims.get(claim.patient_control_number) or self.claim_came(claim, "TA1")
        record.times_received += 1
        record.sent_again += 1

    def paid(self, on: date, trace_number: str, number: str, payments: Iterable[ClaimPayment]) -> None:
        """Claim payments of one 835; a claim that never came is a stranger."""
        record = self.claims.get(number) or self.strangers.setdefault(number, ClaimRecord(number, ZERO))
        record.entries += [_entry(on, trace_number, payment) for payment in payments]

    def as_json(self) -> bytes:
        """Everything it knows. Patient control numbers and amounts, no names."""
        return msgspec.json.format(msgspec.json.encode(vars(self)))

    def sent_twice(self) -> list[str]:
        """Patient control numbers of claims that came again while they stood."""
        return [number for number, record in self.claims.items() if record.sent_again]

    def outcomes(self) -> dict[str, Outcome]:
        """Where every claim that came stands."""
        return {number: record.outcome for number, record in self.claims.items()}


def _entry(on: date, trace_number: str, payment: ClaimPayment) -> Entry:
    groups = payment.adjustment_groups + [
        group for service in payment.service_payments for group in service.adjustment_groups
    ]
    patient = adjusted(groups, "PR")
    denied = sum(
        (
            each.amount or ZERO
            for group in groups
            if group.group != "PR"
            for each in group.adjustments
            if each.reason not in _NO_DENIAL
        ),
        ZERO,
    )
    return Entry(
        on=on,
        trace_number=trace_number,
        status=payment.status,
        charge=payment.charge or ZERO,
        paid=payment.paid or ZERO,
        adjusted=adjusted(groups) - patient,
        patient=patient,
        denied=denied,
    )
