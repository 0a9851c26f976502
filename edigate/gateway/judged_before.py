"""What reconciling said last of claims that need somebody, kept so that who only looks needn't go through every claim.

One small file of this host, `state/reconciled.json`: ids of the ledger, categories, amounts, files of fees. It is used
as it is while no money, claim or agreement has changed since; else what changed is judged anew, where no fee says
otherwise by what payers usually allowed until then. A ledger of few payments is gone through each time, and one of
which nothing is kept. Losing the file costs that time.
"""

from __future__ import annotations

from collections.abc import Container

import msgspec

from edigate.errors import StorageError
from edigate.gateway.opening import Gateway
from edigate.gateway.watching import write_whole
from edigate.ledger.changed import Mark, changed_claims, mark_of
from edigate.ledger.transaction import ReadTransaction
from edigate.logs import get_logger
from edigate.reconcile.categories import Judged
from edigate.reconcile.expected import History, Rates
from edigate.reports.attention import attention
from edigate.reports.reconciliation import TO_WORK, Reconciliation, judged_of, reconciliation
from edigate.reports.terms import Terms
from edigate.reports.told import Attention

log = get_logger(__name__)

FILE = "reconciled.json"
FEW = 20_000  # adjudications that are gone through in a second


class Before(msgspec.Struct, frozen=True):
    """What was kept: how far the ledger and what was agreed were, and the claims that needed somebody then."""

    mark: Mark
    terms: str
    to_work: list[Judged]
    rates: list[Rates]


def attention_now(
    gateway: Gateway, tx: ReadTransaction, terms: Terms, *, only: Container[str] | None = None, keep: bool = False
) -> list[Attention]:
    """`attention`, going through as few claims as it can; with `keep` what all of them took is kept for the next."""
    mark = mark_of(tx)
    before = _kept(gateway)
    if before is not None and before.mark == mark and before.terms == terms.fingerprint:
        return attention(tx, terms, Reconciliation([], {one.claim_id: one for one in before.to_work}), only=only)
    if before is None or before.terms != terms.fingerprint or mark.entries <= FEW or not before.mark.leads_to(mark):
        reconciled = reconciliation(tx, terms)
        if keep:
            keep_judged(gateway, mark, terms, reconciled)
        return attention(tx, terms, reconciled, only=only)
    changed = changed_claims(tx, before.mark)
    to_work = {one.claim_id: one for one in before.to_work if one.claim_id not in changed}
    anew = judged_of(tx, terms, changed, History.of(before.rates))
    to_work |= {one.claim_id: one for one in anew if one.category in TO_WORK}
    return attention(tx, terms, Reconciliation([], to_work), only=only)


def keep_judged(gateway: Gateway, mark: Mark, terms: Terms, reconciled: Reconciliation) -> None:
    """Keep what all claims were judged to be when the ledger stood at `mark`. Raises nothing: it only saves time."""
    last = max((terms.rules(name).last for name in terms.partners), default=0)
    kept = Before(mark, terms.fingerprint, list(reconciled.to_work.values()), reconciled.history.rates(2 * last))
    try:
        write_whole(gateway.workspace.state / FILE, msgspec.json.encode(kept), 0o600)
    except OSError as error:
        log.warning("reconciliation not kept", error=StorageError(error.strerror or ""))


def _kept(gateway: Gateway) -> Before | None:
    try:
        return msgspec.json.decode((gateway.workspace.state / FILE).read_bytes(), type=Before)
    except (OSError, msgspec.MsgspecError):
        return None
