"""Overdue answers in the claims' own histories: that one should have come, once for each claim and kind of answer.

Which are overdue is the partner's settings (`reports/overdue.py`); nothing is moved by it.
"""

from __future__ import annotations

from datetime import timedelta

from edigate.gateway.opening import Gateway
from edigate.ledger.answers import apply_changes
from edigate.ledger.records import StatusChange
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.worklists import claims_with_event, overdue_claims
from edigate.logs import get_logger
from edigate.partners.model import Partner
from edigate.reports.overdue import CLAIMS
from edigate.reports.told import span
from edigate.responses.status import Event

log = get_logger(__name__)


def note_overdue(gateway: Gateway) -> int:
    """Write `overdue` into the history of each claim whose answer is late and that doesn't say so yet; how many."""
    partners = gateway.workspace.partners()
    with gateway.ledger.read() as tx:
        if not any(_new(tx, partner) for partner in partners):
            return 0
    with gateway.ledger.write() as tx:
        changes = [change for partner in partners for change in _new(tx, partner)]
        apply_changes(tx, changes)
    log.info("overdue answers noted", count=len(changes))
    return len(changes)


def _new(tx: ReadTransaction, partner: Partner) -> list[StatusChange]:
    changes = []
    for expected in CLAIMS:
        hours = expected.hours(partner.expect)
        if not hours:
            continue
        late = overdue_claims(
            tx,
            partner=partner.name,
            states=expected.states,
            sent_before=tx.at - timedelta(hours=hours),
            tests=partner.usage == "test",
        )
        # Another deadline or another answer is another event; the same is told once.
        detail = f"{expected.words} hasn't come within {span(hours)}"
        told = claims_with_event(tx, (one.claim_id for one in late), Event.OVERDUE.value, detail)
        changes += [
            StatusChange(
                claim_id=one.claim_id,
                state_before=one.state,
                state_after=one.state,
                event=Event.OVERDUE.value,
                detail=detail,
            )
            for one in late
            if one.claim_id not in told
        ]
    return changes
