"""Provider adjustments (PLB) as accounts over many payments: what is carried, what came to nothing, what stands open.

Pure: moves in, accounts out. A positive amount takes money from a payment, a negative one adds (X221A1 PLB04). Codes
are X12's list 1327 for PLB03-1, in our words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

ZERO = Decimal(0)


class State(StrEnum):
    """How an account stands."""

    SETTLED = "settled"  # what was carried came back: nothing is left
    OPEN = "open"  # carried, and something is still to come or to be explained
    FINAL = "final"  # a code that carries nothing: it is what it is


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One PLB pair of a posted payment; dollars, positive takes money."""

    payer: str
    provider: str  # PLB01
    code: str  # PLB03-1
    reference: str  # PLB03-2
    amount: Decimal
    day: date | None  # BPR16
    payment_id: int
    trace_number: str
    file: str = ""  # the 835's, and where the PLB stands in its set (0: not known)
    segment_position: int = 0


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """All moves of one payer and provider under one reference. `balance` in dollars: positive was taken on balance."""

    payer: str
    provider: str
    codes: tuple[str, ...]
    reference: str
    balance: Decimal
    state: State
    open_since: date | None  # the day of the move since which it isn't zero; None where it is, or no day is known
    moves: tuple[Move, ...]
    with_reference: str = ""  # another account's reference that this one came to nothing with
    words: str = ""


# What a code is, in words.
CODES: dict[str, str] = {
    "50": "late charge",
    "51": "interest penalty",
    "72": "money returned by the provider",
    "90": "early payment allowance",
    "AH": "origination fee",
    "AM": "applied to the borrower's account",
    "AP": "acceleration of benefits",
    "B2": "rebate",
    "B3": "recovery allowance",
    "BD": "bad debt",
    "BN": "bonus",
    "C5": "temporary allowance",
    "CR": "capitation interest",
    "CS": "adjustment",
    "CT": "capitation payment",
    "CV": "capital passed through",
    "CW": "nurse anesthetist's cost passed through",
    "DM": "direct medical education",
    "E3": "withheld",
    "FB": "balance carried forward",
    "FC": "fund allocation",
    "GO": "graduate medical education",
    "HM": "hemophilia clotting factor",
    "IP": "incentive premium",
    "IR": "withheld for the tax office",
    "IS": "interim settlement",
    "J1": "not reimbursable",
    "L3": "penalty",
    "L6": "interest",
    "LE": "levy",
    "LS": "lump sum",
    "OA": "organ acquisition",
    "OB": "offset for an affiliated provider",
    "PI": "periodic interim payment",
    "PL": "final payment",
    "RA": "retroactive adjustment",
    "RE": "return on equity",
    "SL": "student loan repayment",
    "TL": "third party's liability",
    "WO": "overpayment taken back",
    "WU": "money taken back, unspecified",
}
# Codes that carry money from one payment to another: over time each comes to nothing. What the provider returned (72)
# offsets what was to be taken back (WO) under the same reference.
_FAMILIES = {"FB": "FB", "WO": "WO", "72": "WO"}


def accounts(moves: Iterable[Move]) -> list[Account]:
    """Every account, open ones first, the longest open before the others; their balances are all the moves' sum."""
    groups: dict[tuple[str, str, str, str], list[Move]] = {}
    for move in moves:
        code = move.code.strip().upper()
        key = (move.payer, move.provider, _FAMILIES.get(code, code), _plain(move.reference))
        groups.setdefault(key, []).append(move)
    found = [_account(code, sorted(group, key=_when)) for (_, _, code, _), group in groups.items()]
    return sorted(
        _paired(found),
        key=lambda one: (
            tuple(State).index(one.state) if one.state is not State.OPEN else -1,
            one.open_since or date.max,
            -abs(one.balance),
            one.payer,
            one.reference,
        ),
    )


def _plain(reference: str) -> str:
    return " ".join(reference.split()).upper()


def _when(move: Move) -> tuple[date, int]:
    return move.day or date.min, move.payment_id


def _account(family: str, moves: Sequence[Move]) -> Account:
    balance, since = ZERO, None
    for move in moves:
        if balance == 0:
            since = move.day
        balance += move.amount
    state = State.FINAL if family not in _FAMILIES else State.OPEN if balance else State.SETTLED
    first = moves[0]
    return Account(
        payer=first.payer,
        provider=first.provider,
        codes=tuple(dict.fromkeys(move.code.strip().upper() for move in moves)),
        reference=first.reference.strip(),
        balance=balance,
        state=state,
        open_since=since if state is State.OPEN else None,
        moves=tuple(moves),
        words=_words(family, balance, state),
    )


def _words(family: str, balance: Decimal, state: State) -> str:
    if state is State.FINAL:
        return CODES.get(family, "a code nobody knows")
    if state is State.SETTLED:
        return f"{CODES[family]}: came to nothing"
    if family == "FB":
        return (
            "carried forward in our favor and not taken yet: a later payment will be less"
            if balance < 0
            else "taken, and nothing that was carried forward explains it: ask the payer"
        )
    return (
        "given back for now: the payer will take it from a later payment"
        if balance < 0
        else "taken back: the claim must have been reversed or paid too much, else dispute it"
    )


def _paired(found: Sequence[Account]) -> list[Account]:
    """Balances carried forward under another reference than they came back with come to nothing together.

    Only equal and opposite ones of the same payer and provider, each once, the oldest first: payers number the second
    payment's by that payment.
    """
    done: dict[int, Account] = {}
    waiting: dict[tuple[str, str, Decimal], list[int]] = {}
    order = sorted(range(len(found)), key=lambda place: _when(found[place].moves[0]))
    for place in order:
        one = found[place]
        if one.state is not State.OPEN or one.codes != ("FB",):
            continue
        partners = waiting.get((one.payer, one.provider, -one.balance))
        if not partners:
            waiting.setdefault((one.payer, one.provider, one.balance), []).append(place)
            continue
        other = partners.pop(0)
        for this, its in ((place, other), (other, place)):
            done[this] = msgspec.structs.replace(
                found[this],
                state=State.SETTLED,
                open_since=None,
                with_reference=found[its].reference,
                words=f"{CODES['FB']}: came to nothing with {found[its].reference or 'one without a reference'}",
            )
    return [done.get(place, one) for place, one in enumerate(found)]
