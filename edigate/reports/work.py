"""Every claim and payment that needs a person, one entry each: the ledger's side of `reconcile/worklist.py`."""

from __future__ import annotations

from edigate.ledger.entries import entries_of_claims
from edigate.ledger.states import ClaimState
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.worklists import (
    ClaimToWork,
    claims_to_work,
    findings_of,
    refused_encounters,
    unmatched_payments,
)
from edigate.money import from_cents
from edigate.reconcile.outcome import claim_outcome
from edigate.reconcile.worklist import Standing, Stray, Work, worklist
from edigate.reports.accounts import entries
from edigate.responses.status import Event, State

# Claims in these states may need somebody; whether they do, the worklist decides by their money.
_LOOKED_AT: tuple[ClaimState, ...] = ("rejected", "denied", "partly_paid", "paid", "reversed")


def work(tx: ReadTransaction) -> list[Work]:
    """What waits for a person, most urgent first. References are ledger ids: `claim 12`, `payment 3`."""
    standings = [
        Standing(
            reference=f"claim {one.claim_id}",
            state=State.REFUSED,
            charge=from_cents(one.charge_cents),
            reason=one.findings[0].message if one.findings else "",
        )
        for one in refused_encounters(tx)
    ]
    claims = claims_to_work(tx, _LOOKED_AT)
    ids = [one.claim_id for one in claims]
    posted, findings = entries_of_claims(tx, ids), findings_of(tx, ids)
    for one in claims:
        told = findings.get(one.claim_id, [])
        standings.append(
            Standing(
                reference=f"claim {one.claim_id}",
                state=State(one.state),
                charge=from_cents(one.charge_cents),
                payer=one.payer_name,
                outcome=claim_outcome(from_cents(one.charge_cents), entries(posted.get(one.claim_id, []))),
                reason=_rejection(one, told[-1].message if told else ""),
            )
        )
    strays = [
        Stray(
            reference=f"payment {one.payment_id}",
            amount=from_cents(one.paid_cents),
            reason="it is for a claim that isn't in this ledger",
            held=False,
        )
        for one in unmatched_payments(tx)
    ]
    # Overdue claims are the partners' expectations to judge (`attention.py`), not a number of days for all.
    return worklist(standings, strays, today=tx.at.date())


def _rejection(claim: ClaimToWork, finding: str) -> str:
    """Why a claim was rejected: a 999 says it by errors kept with the claim, a 277CA in the event itself."""
    if claim.state != "rejected":
        return ""
    return finding if claim.event == Event.X999_REJECTED.value and finding else claim.detail
