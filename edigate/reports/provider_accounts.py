"""Provider adjustments for people: each account with the claims it is of, what is open and since when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from edigate.ledger.provider_adjustments import AdjustmentMove, NamedClaim, adjustment_moves, claims_named
from edigate.ledger.transaction import ReadTransaction
from edigate.money import ZERO, from_cents
from edigate.reconcile.provider_accounts import CODES, Account, Move, State, accounts


class ProviderAccount(msgspec.Struct, frozen=True):
    """An account, and the claims that its reference names."""

    account: Account
    claims: list[NamedClaim]
    days_open: int | None  # None: not open, or nobody knows since when


class CodeTotal(msgspec.Struct, frozen=True):
    """All moves of one code, in dollars: positive was taken."""

    code: str
    words: str
    moves: int
    amount: Decimal


class ProviderAccounts(msgspec.Struct, frozen=True):
    """All of it. `total` is the sum of every PLB posted, and of every account's balance."""

    accounts: list[ProviderAccount]
    codes: list[CodeTotal]
    total: Decimal

    @property
    def open(self) -> list[ProviderAccount]:
        return [one for one in self.accounts if one.account.state is State.OPEN]


def provider_accounts(tx: ReadTransaction, today: date) -> ProviderAccounts:
    """Every provider adjustment posted, as accounts; open ones first."""
    moves = [_move(one) for one in adjustment_moves(tx)]
    found = accounts(moves)
    named = claims_named(tx, {one.reference for one in found})
    codes: dict[str, list[Decimal]] = {}
    for move in moves:
        codes.setdefault(move.code.strip().upper(), []).append(move.amount)
    return ProviderAccounts(
        accounts=[
            ProviderAccount(
                one,
                named.get(one.reference, []),
                (today - one.open_since).days if one.open_since is not None else None,
            )
            for one in found
        ],
        codes=[
            CodeTotal(code, CODES.get(code, "a code nobody knows"), len(amounts), sum(amounts, ZERO))
            for code, amounts in sorted(codes.items())
        ],
        total=sum((move.amount for move in moves), ZERO),
    )


def _move(one: AdjustmentMove) -> Move:
    return Move(
        payer=one.trace_payer_id or one.payer_id or one.payer_name,
        provider=one.provider_id,
        code=one.reason_code,
        reference=one.reference,
        amount=from_cents(one.amount_cents),
        day=one.effective_date,
        payment_id=one.payment_id,
        trace_number=one.trace_number,
        file=one.file,
        segment_position=one.segment_position,
    )
