"""Posted entries as the pure half reads them: cents of the ledger to dollars of `reconcile`."""

from __future__ import annotations

from collections.abc import Iterable

from edigate.ledger.entries import PostedEntry
from edigate.money import from_cents
from edigate.reconcile.outcome import Cut, Entry


def entries(posted: Iterable[PostedEntry]) -> list[Entry]:
    """The adjudications of one claim, for `claim_outcome`."""
    return [
        Entry(
            status=one.status_code,
            charge=from_cents(one.charge_cents),
            paid=from_cents(one.paid_cents),
            patient_responsibility=from_cents(one.patient_responsibility_cents),
            cuts=tuple(Cut(group, reason, from_cents(cents)) for group, reason, cents in one.cuts),
            remarks=tuple(dict.fromkeys(one.remark_codes.split())),
        )
        for one in posted
    ]
