"""Every claim and payment that needs a person, one entry each: the ledger's side of `reconcile/worklist.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from edigate.ledger.entries import entries_of_claims
from edigate.ledger.rejections import rejections_of
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.worklists import claims_to_work, findings_of, refused_encounters, unmatched_payments
from edigate.money import from_cents
from edigate.reconcile.categories import Judged
from edigate.reconcile.outcome import claim_outcome
from edigate.reconcile.worklist import Standing, Stray, Work, worklist
from edigate.reports.accounts import entries
from edigate.reports.rejections import action_of, reason_words
from edigate.reports.told import worth
from edigate.responses.status import State


def work(tx: ReadTransaction, to_work: Mapping[int, Judged], trying: Collection[str] = ()) -> list[Work]:
    """What waits for a person, most urgent first. References are ledger ids: `claim 12`, `payment 3`.

    `to_work` are the claims whose payments need somebody (`reconciliation.py`), `trying` the partners in test.
    """
    standings = [
        Standing(
            reference=f"claim {one.claim_id}",
            state=State.REFUSED,
            charge=worth(one.usage, one.charge_cents),
            reason=one.findings[0].message if one.findings else "",
            test=one.usage == "test",
        )
        for one in refused_encounters(tx, trying=trying)
    ]
    refused = claims_to_work(tx, ("rejected",), trying=trying)
    rejected = [one.claim_id for one in refused]
    decided = claims_to_work(tx, ids=to_work.keys() - set(rejected))
    claims = [*refused, *decided]
    posted = entries_of_claims(tx, to_work)
    findings, rejections = findings_of(tx, rejected), rejections_of(tx, rejected)
    actions: dict[str, str] = {}
    for one in claims:
        reference = f"claim {one.claim_id}"
        rejection = rejections.get(one.claim_id)
        if rejection is not None:
            actions[reference] = action_of(rejection)
        standings.append(
            Standing(
                reference=reference,
                state=State(one.state),
                charge=worth(one.usage, one.charge_cents),
                payer=one.payer_name,
                outcome=claim_outcome(from_cents(one.charge_cents), entries(posted.get(one.claim_id, []))),
                judged=to_work.get(one.claim_id),
                reason=reason_words(rejection, findings.get(one.claim_id, [])) if rejection else "",
                test=one.usage == "test",
            )
        )
    strays = [
        Stray(
            reference=f"payment {one.payment_id}",
            amount=from_cents(one.paid_cents),
            reason=f"its number is {one.patient_control_number or 'empty'}",
            held=False,
        )
        for one in unmatched_payments(tx)
    ]
    # Overdue claims are the partners' expectations to judge (`attention.py`), not a number of days for all.
    items = worklist(standings, strays, today=tx.at.date())
    return [
        msgspec.structs.replace(item, action=action) if (action := actions.get(item.reference)) else item
        for item in items
    ]
