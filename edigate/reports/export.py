"""What other systems get: tables with stable columns, each with its meaning (docs/export.md). Amounts are dollars.

Columns are only ever added, at the end: whoever reads them by place or name goes on reading them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from edigate.ledger.deposit_export import exported_deposits
from edigate.ledger.exports import (
    Span,
    exported_adjustments,
    exported_claims,
    exported_payments,
    exported_provider_adjustments,
)
from edigate.ledger.transaction import ReadTransaction
from edigate.money import from_cents
from edigate.reports.items import items
from edigate.reports.terms import Terms


class Table(NamedTuple):
    """One export. The first column is its key: a row that comes again has the same."""

    name: str
    meanings: dict[str, str]
    read: Callable[[ReadTransaction, Span, Terms], Iterable[Any]]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.meanings)

    def row(self, record: Any) -> list[object]:
        """A record's values by column; a column without a field of its name is that in cents."""
        return [_value(record, column) for column in self.meanings]

    def rows(self, tx: ReadTransaction, terms: Terms, span: Span | None = None) -> Iterator[list[object]]:
        """Every row, as it is read."""
        for record in self.read(tx, span or Span(), terms):
            yield self.row(record)


def _value(record: Any, column: str) -> object:
    in_cents = f"{column}_cents"
    if in_cents in record.__struct_fields__:
        cents = getattr(record, in_cents)
        return None if cents is None else from_cents(cents)
    value: object = getattr(record, column)
    return value


PAYMENTS = Table(
    "payments",
    {
        "claim_payment_id": "our id of the adjudication (CLP); the key",
        "payment_id": "our id of the payment it came in; `edigate show payment`",
        "posted_at": "when it was posted, UTC",
        "partner": "who sent the file",
        "payer_name": "N1*PR",
        "payer_id": "the payer's id",
        "payee_id": "whom it pays: N1*PE, the NPI mostly",
        "trace_number": "TRN02: the EFT or check number",
        "method": "BPR04: ACH, CHK, FWT, NON",
        "paid_on": "BPR16: the money's day",
        "payment_amount": "BPR02 of the whole payment, negative for a debit; the same in all its rows",
        "claim_id": "our id of the claim; empty where it is for none of ours",
        "patient_control_number": "CLP01 as the payer sent it",
        "status_code": "CLP02: 1 primary, 2 secondary, 4 denied, 22 reversal ...",
        "charge": "CLP03; negative in a reversal",
        "paid": "CLP04; negative in a reversal",
        "patient_responsibility": "CLP05",
        "payer_claim_control_number": "CLP07",
        "remark_codes": "remarks of the claim (MIA, MOA), joined by blanks",
        "file": "the received file's name",
        "usage": "production or test, of the claim: a test's is no money; empty where it is for none of ours",
        "segment_position": "where the CLP stands in its set, ST = 1; 0: not kept",
        "coverage": "AMT*AU: what the payer calls covered; empty where it doesn't say",
    },
    lambda tx, span, _: exported_payments(tx, span),
)
ADJUSTMENTS = Table(
    "adjustments",
    {
        "adjustment_id": "our id of the reason (one triplet of a CAS); the key",
        "claim_payment_id": "the adjudication it belongs to, as in payments",
        "payment_id": "the payment",
        "posted_at": "when it was posted, UTC",
        "payer_name": "N1*PR",
        "trace_number": "TRN02",
        "claim_id": "our id of the claim; empty where it is for none of ours",
        "patient_control_number": "CLP01 as the payer sent it",
        "line_number": "our line's number (LX01); empty where it is of the whole claim or of no line of ours",
        "procedure": "SVC01: what was paid; empty where it is of the whole claim",
        "service_date": "the service's day",
        "group_code": "CAS01: CO contractual, PR patient, OA other, PI payer initiated",
        "reason_code": "CARC",
        "amount": "dollars not paid for this reason; negative where taken back",
        "quantity": "units not paid, where told",
        "remark_codes": "remarks of the service (LQ), else of the claim, joined by blanks",
        "usage": "production or test, of the claim: a test's is no money; empty where it is for none of ours",
        "line_allowed": "AMT*B6 of the service: what the payer itself calls allowed; empty where it doesn't say",
    },
    lambda tx, span, _: exported_adjustments(tx, span),
)
PROVIDER_ADJUSTMENTS = Table(
    "provider_adjustments",
    {
        "provider_adjustment_id": "our id of the pair (one of up to six of a PLB); the key",
        "payment_id": "the payment, as in payments",
        "posted_at": "when it was posted, UTC",
        "partner": "who sent the file",
        "payer_name": "N1*PR",
        "payer_id": "the payer's id",
        "trace_number": "TRN02",
        "paid_on": "BPR16: the money's day",
        "provider_id": "PLB01",
        "fiscal_period_end": "PLB02: the provider's fiscal year ends",
        "reason_code": "PLB03-1: WO, FB, 72, L6 ...",
        "reference": "PLB03-2; of a takeback often the payer's number of the claim",
        "amount": "positive takes money from the payment, negative adds",
        "file": "the received file's name",
        "segment_position": "where the PLB stands in its set, ST = 1; 0: not kept",
    },
    lambda tx, span, _: exported_provider_adjustments(tx, span),
)
CLAIMS = Table(
    "claims",
    {
        "claim_id": "our id of the claim; the key. A new version is another claim",
        "changed_at": "when something last happened to it, UTC",
        "partner": "where it goes",
        "kind": "837P, 837I or 837D",
        "usage": "production or test: a test claim's amounts are nobody's money",
        "encounter_key": "the encounter's key in the file it was converted from",
        "patient_control_number": "CLM01",
        "version": "1, 2 ... of this patient control number",
        "responsibility": "SBR01: P primary, S secondary, T tertiary",
        "payer_name": "2010BB",
        "payer_id": "2010BB",
        "payer_claim_control_number": "the payer's number, once it told it",
        "service_date": "the first day of service",
        "state": "where it stands (docs/status.md)",
        "state_since": "since when, UTC",
        "source_file": "the file it was converted from",
        "charge": "CLM02",
        "paid": "what payers paid, reversals taken off",
        "adjusted": "written off or denied",
        "prior_payers": "what earlier payers settled, as a later payer's claim says",
        "patient_responsibility": "what the patient owes",
        "outstanding": "charge - paid - adjusted - prior_payers - patient_responsibility",
    },
    lambda tx, span, _: exported_claims(tx, span),
)
DEPOSITS = Table(
    "deposits",
    {
        "deposit_id": "our id of the deposit; the key",
        "changed_at": "when it was imported, matched or taken apart last, UTC",
        "bank": "the name of banks/NAME.toml; empty where none was named",
        "account": "the account's last four digits",
        "day": "when it was booked; of an ACH file the effective day",
        "kind": "ach, wire, check, deposit, return, other",
        "amount": "what came; negative where it was taken back",
        "matched": "how much of it is payments",
        "open": "amount - matched",
        "payer_name": "who paid, as the bank says",
        "payer_id": "the ACH company id",
        "trace": "TRN02 as the bank passes it on",
        "trace_payer_id": "TRN03",
        "reference": "the bank's own number",
        "description": "the bank's text",
        "payment_ids": "the payments it is, joined by blanks; as in payments",
        "matched_by": "trace, amount, sum, hand; joined by blanks",
        "file": "the first file that told of it",
    },
    lambda tx, span, _: exported_deposits(tx, span),
)
WORK = Table(
    "work",
    {
        "reference": "the item, as `edigate work` takes it: claim-12, answer-3, file-in-4; the key with `list`",
        "list": "denials, rejections, underpaid, overdue, unmatched, unbalanced, deposits, refused",
        "amount": "what is at stake",
        "why": "the reason in words",
        "codes": "group-CARC and RARC behind it, joined by blanks",
        "do": "what is usually done",
        "patient_control_number": "CLM01",
        "partner": "where the claim went",
        "payer": "the payer's name",
        "deadline": "the last day to file or appeal",
        "deadline_words": "how the deadline is reckoned",
        "days_left": "days until it; negative when it has passed",
        "assigned_to": "who has it",
        "notes": "what was noted, oldest first",
        "done": "yes where a person called it done",
        "usage": "production or test, of the claim or the file of claims: a test's amount is 0",
    },
    lambda tx, _, terms: items(tx, terms),
)
TABLES: dict[str, Table] = {
    table.name: table for table in (PAYMENTS, CLAIMS, ADJUSTMENTS, PROVIDER_ADJUSTMENTS, DEPOSITS, WORK)
}
