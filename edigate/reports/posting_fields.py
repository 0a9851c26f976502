"""What a posting file can say: the fields of each kind of record, with their meaning (docs/export.md).

A record has the fields of what it is of, and of all that is above it: a line has its claim's and its payment's.
Amounts are Decimal dollars, days dates; what is absent is empty text or None. The names are those of the exports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from edigate.ledger.posted import PostedAdjustment, PostedClaim, PostedLine, PostedPayment
from edigate.ledger.provider_adjustments import ProviderAdjustmentRow
from edigate.money import from_cents

Of = Literal["payment", "provider_adjustment", "claim", "line", "adjustment"]
Fields = Mapping[str, object]

_SUMS = {
    "contractual": "CO: written off or denied by the contract",
    "patient": "PR: what the patient owes",
    "deductible": "PR 1",
    "coinsurance": "PR 2",
    "copay": "PR 3",
    "other_adjustments": "every other group: OA, PI, CR",
}
PAYMENT = {
    "payment_id": "our id of the payment",
    "posted_at": "when it was posted, UTC",
    "partner": "who sent the file",
    "payer_name": "N1*PR",
    "payer_id": "the payer's id",
    "trace_payer_id": "TRN03: 1 and the payer's tax id",
    "payee_id": "whom it pays: N1*PE, the NPI mostly",
    "trace_number": "TRN02: the EFT or check number",
    "method": "BPR04: ACH, CHK, FWT, NON",
    "paid_on": "BPR16: the money's day",
    "payment_amount": "BPR02, negative for a debit",
    "file": "the received file's name",
}
PROVIDER_ADJUSTMENT = {
    "provider_id": "PLB01",
    "provider_adjustment_code": "PLB03-1: WO, FB, L6 ...",
    "reference": "PLB03-2",
    "provider_adjustment_amount": "positive takes money from the payment",
    "fiscal_period_end": "PLB02: the provider's fiscal year ends",
    "segment_position": "where the PLB stands in its set, ST = 1; 0: not kept",
}
CLAIM = {
    "claim_payment_id": "our id of the adjudication (CLP)",
    "claim_id": "our id of the claim; empty where it is for none of ours",
    "encounter_key": "the encounter's key in the file it was converted from; likewise",
    "patient_control_number": "CLP01 as the payer sent it",
    "status_code": "CLP02: 1 primary, 2 secondary, 4 denied, 22 reversal ...",
    "charge": "CLP03; negative in a reversal",
    "paid": "CLP04; negative in a reversal",
    "patient_responsibility": "CLP05",
    "payer_claim_control_number": "CLP07",
    "remark_codes": "remarks of the claim (MIA, MOA), joined by blanks",
    **{f"claim_{name}": f"{meaning}, of the claim and its lines" for name, meaning in _SUMS.items()},
}
LINE = {
    "line_number": "our line's number (LX01); empty where it is of no line of ours",
    "line_item_control_number": "REF*6R",
    "procedure": "SVC01: what was paid; empty where it is of the whole claim",
    **{f"modifier{number}": f"its modifier {number}" for number in range(1, 5)},
    "billed_procedure": "SVC06: what was billed, where it differs",
    "revenue_code": "SVC04",
    "service_date": "the service's day",
    "units": "SVC05",
    "line_charge": "SVC02; of what is no line's, the claim's less its lines'",
    "line_paid": "SVC03; likewise",
    "line_remark_codes": "LQ, joined by blanks",
    "line_allowed": "AMT*B6: what the payer itself calls allowed; empty where it doesn't say",
    **{f"line_{name}": meaning for name, meaning in _SUMS.items()},
}
ADJUSTMENT = {
    "adjustment_id": "our id of the reason (one triplet of a CAS)",
    "group_code": "CAS01: CO contractual, PR patient, OA other, PI payer initiated",
    "reason_code": "CARC",
    "adjustment_amount": "dollars not paid for this reason; negative where taken back",
    "quantity": "units not paid, where told",
}
FIELDS: dict[Of, dict[str, str]] = {
    "payment": PAYMENT,
    "provider_adjustment": PAYMENT | PROVIDER_ADJUSTMENT,
    "claim": PAYMENT | CLAIM,
    "line": PAYMENT | CLAIM | LINE,
    "adjustment": PAYMENT | CLAIM | LINE | ADJUSTMENT,
}
TALLIES = {
    "written_on": "the day the file is written",
    "payments": "how many payments are in it",
    "claims": "how many adjudications",
    "lines": "how many lines",
    "records": "how many records, without header and trailer",
    "total_payment_amount": "the payments' amounts",
    "total_paid": "what the claims were paid",
    "total_charge": "what they charged",
    "total_provider_adjustments": "what provider adjustments took: total_paid less this is total_payment_amount",
}


def payment_fields(one: PostedPayment) -> dict[str, object]:
    """The fields of a payment."""
    return _plain(one)


def provider_adjustment_fields(one: ProviderAdjustmentRow) -> dict[str, object]:
    """The fields of a PLB pair, without its payment's."""
    return {
        "provider_id": one.provider_id,
        "provider_adjustment_code": one.reason_code,
        "reference": one.reference,
        "provider_adjustment_amount": from_cents(one.amount_cents),
        "fiscal_period_end": one.fiscal_period_end,
        "segment_position": one.segment_position,
    }


def claim_fields(one: PostedClaim) -> dict[str, object]:
    """The fields of an adjudication, without its payment's."""
    adjustments = [each for line in one.lines for each in line.adjustments]
    return _plain(one, "lines") | _sums("claim", adjustments)


def line_fields(one: PostedLine) -> dict[str, object]:
    """The fields of a line, without its claim's."""
    modifiers = [*one.modifiers.split(":"), "", "", "", ""][:4]
    own = _plain(one, "adjustments", "modifiers")
    return own | {f"modifier{n}": text for n, text in enumerate(modifiers, 1)} | _sums("line", one.adjustments)


def adjustment_fields(one: PostedAdjustment) -> dict[str, object]:
    """The fields of a reason, without its line's."""
    fields = _plain(one)
    fields["adjustment_amount"] = fields.pop("amount")
    return fields


def _plain(record: msgspec.Struct, *but: str) -> dict[str, object]:
    """A record's values by name; cents become dollars."""
    values = {name: getattr(record, name) for name in record.__struct_fields__ if name not in but}
    return {
        name.removesuffix("_cents"): from_cents(value) if name.endswith("_cents") and value is not None else value
        for name, value in values.items()
    }


def _sums(prefix: str, adjustments: Iterable[PostedAdjustment]) -> dict[str, object]:
    cents = dict.fromkeys(_SUMS, 0)
    for each in adjustments:
        cents[{"CO": "contractual", "PR": "patient"}.get(each.group_code, "other_adjustments")] += each.amount_cents
        part = {"1": "deductible", "2": "coinsurance", "3": "copay"}.get(each.reason_code)
        if each.group_code == "PR" and part:
            cents[part] += each.amount_cents
    return {f"{prefix}_{name}": Decimal(from_cents(value)) for name, value in cents.items()}
