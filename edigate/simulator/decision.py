"""How a payer decides about a claim, as a table of a scenario file. Knows shapes; refuses to do arithmetic.

Unknown keys are refused. Amounts are text with two decimals: TOML's numbers are binary fractions.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from edigate import money

Text = Annotated[str, msgspec.Meta(min_length=1)]
Dollars = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,7}\.[0-9]{2}$")]
SignedDollars = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,7}\.[0-9]{2}$")]
Count = Annotated[int, msgspec.Meta(ge=0)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


def dollars(text: str) -> Decimal:
    """A `Dollars` or `SignedDollars` as an amount."""
    return money.parse(text)


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all tables of a scenario: immutable, unknown keys refused."""


class Denial(Part, frozen=True, kw_only=True):
    """Why nothing is paid: one adjustment of the whole charge, and remark codes."""

    group: Literal["CO", "PR", "OA", "PI"] = "CO"
    reason: Text
    remarks: tuple[Text, ...] = ()


class LineDenial(Denial, frozen=True, kw_only=True):
    """A denial of the lines of one procedure."""

    procedure: Text


class Recoding(Part, frozen=True, kw_only=True):
    """The payer pays another procedure than was billed: SVC01 and SVC06 differ."""

    billed: Text
    paid_as: Text


class Bundle(Part, frozen=True, kw_only=True):
    """Several billed procedures paid as one (X221A1 1.10.2.6): each line stays, its SVC01 is `into`.

    The first line bears the whole amount (OA 94 where that is above its charge), the others nothing (OA 97).
    """

    procedures: Annotated[tuple[Text, ...], msgspec.Meta(min_length=2)]
    into: Text


class Unbundle(Part, frozen=True, kw_only=True):
    """One billed procedure paid as several (X221A1 1.10.2.6): a line for each of `into`, each quoting it in SVC06.

    The first bears the charge; each other one, charged nothing, is paid its equal share (OA 94).
    """

    procedure: Text
    into: Annotated[tuple[Text, ...], msgspec.Meta(min_length=2)]


class Carrier(Part, frozen=True, kw_only=True):
    """Whom the payer forwards a claim to (NM1*TT)."""

    name: Text
    id: Text


class Decision(Part, frozen=True, kw_only=True):
    """How a payer adjudicates. Nothing said: the contract's allowed amount is paid in full."""

    deductible: Dollars = "0.00"  # PR 1, taken from the lines in their order
    copay: Dollars = "0.00"  # PR 3, likewise, after the deductible
    coinsurance_percent: Percent = 0  # PR 2, of what the deductible left
    sequestration_percent: Percent = 0  # CO 253, of what would be paid
    underpaid_by: Dollars = "0.00"  # the first line is allowed that much less than the contract says
    deny: Denial | None = None  # CLP02 4
    zero_pay: Denial | None = None  # likewise nothing is paid, but the claim is processed: capitation, say
    deny_lines: tuple[LineDenial, ...] = ()
    recode: tuple[Recoding, ...] = ()
    bundle: tuple[Bundle, ...] = ()
    unbundle: tuple[Unbundle, ...] = ()
    forward: Carrier | None = None  # CLP02 19, 20 or 21
    interest: Dollars = "0.00"  # paid on top: AMT*I and PLB L6
    split_days: Count | None = None  # two CLPs: the first line now, the others so much later; 0: in the same 835
    claim_level: bool = False  # no SVC: everything adjusted at the claim
    bare_lines: bool = False  # SVC without modifiers, units and REF*6R
    omit_lines: tuple[Text, ...] = ()  # procedures whose SVC is missing: the 835 doesn't add up


class Movement(Part, frozen=True, kw_only=True):
    """One PLB pair: positive takes money from the payment. Without a reference it names the claim."""

    reason: Text
    amount: SignedDollars
    reference: str = ""


class Later(Part, frozen=True, kw_only=True):
    """What comes after the first adjudication, `day` days after the file came in."""

    day: Count
    reverse: bool = False  # CLP02 22: everything that stands so far taken back
    pay: Decision | None = None  # adjudicated anew, in the same 835 as the reversal
    pay_days: Count = 0  # ... or so many days after it
    recover_days: Count = 0  # the reversal's money stays now (PLB WO, negative) and is collected so much later
    takeback: Dollars = "0.00"  # PLB WO that names the claim, and nothing else
    provider_adjustments: tuple[Movement, ...] = ()
