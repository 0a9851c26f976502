"""The 835 posted: surveyed first, then written entry by entry, each joined to our claim and line.

A payment that doesn't add up, can't be read, or came before with other content holds its whole file.
The same payment from another file posts once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice

from edigate.findings import Finding, Severity
from edigate.gateway.posting import Posting, Survey
from edigate.gateway.settling import settled
from edigate.ledger.answers import ClaimLine, ClaimRef, claims_by_control_number, lines_of_claims
from edigate.ledger.entries import entries_of_claims
from edigate.ledger.payments import begin_payment, posted_payment
from edigate.ledger.records import (
    NewAdjustment,
    NewClaimPayment,
    NewPayment,
    NewProviderAdjustment,
    NewServicePayment,
)
from edigate.money import ZERO, from_cents, to_cents
from edigate.reconcile import match
from edigate.remits.balance import Balance, paid_total
from edigate.remits.model import AdjustmentGroup, ClaimPayment, Payment, ServicePayment
from edigate.remits.x221 import StreamedClaim, stream_payment
from edigate.responses.read import Kind, kind_of
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.segments import Segment

_AT_ONCE = 500  # claims written in one statement


class HoldError(Exception):
    """This file can't be posted as a whole; the text says why, to a person."""


def survey_payments(content: bytes) -> dict[int, Survey]:
    """Look through every 835 set of a file, by its index: does it add up, can all of it be read."""
    found: dict[int, Survey] = {}
    for transaction_set in EnvelopeReader([content]):
        if kind_of(transaction_set) is not Kind.X835:
            continue
        digest = hashlib.sha256()
        hashed = TransactionSet(
            transaction_set.header,
            transaction_set.interchange,
            transaction_set.group,
            transaction_set.index,
            _hashing(transaction_set.segments, digest),
        )
        check = Balance()
        problems: list[Finding] = []
        stream = stream_payment(hashed)
        for streamed in stream:
            problems += check.claim(streamed.claim, streamed.first_segment)
        problems += check.finish(stream.payment)
        problems = [*stream.findings, *problems]
        found[transaction_set.index] = Survey(stream.payment, digest.hexdigest(), check.claims, problems)
    return found


def _hashing(segments: Iterable[Segment], digest: hashlib._Hash) -> Iterator[Segment]:
    """The same segments; what they say goes into the digest. Numbers of the envelope don't matter."""
    for segment in segments:
        if segment.id not in ("ST", "SE"):
            digest.update("\x1f".join(segment.elements).rstrip("\x1f").encode())
            digest.update(b"\x1e")
        yield segment


def post_payment(posting: Posting, transaction_set: TransactionSet) -> None:
    """Post one 835 set. Raises HoldError."""
    survey = posting.surveys[transaction_set.index]
    payment = survey.payment
    errors = [finding for finding in survey.problems if finding.severity is Severity.ERROR]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise HoldError(f"{errors[0].message}{more}")
    new = _new_payment(posting, transaction_set, survey)
    before = posted_payment(posting.tx, new.identity)
    if before is not None:
        if before.content_hash != new.content_hash:
            raise HoldError(
                f"payment {new.trace_number} was posted before (payment {before.id}), and this one says "
                "something else: the same payer, number, date and amount with other contents"
            )
        posting.outcome.payments_repeated += 1
        return
    entry = begin_payment(posting.tx, new)
    touched: dict[int, ClaimRef] = {}
    places: dict[int, tuple[int, str]] = {}
    stream = stream_payment(transaction_set)
    claims = iter(stream)
    while block := list(islice(claims, _AT_ONCE)):
        found = _claims_of(posting, block)
        lines = lines_of_claims(posting.tx, [claim.id for claim in found if claim is not None])
        written = []
        for streamed, claim in zip(block, found, strict=True):
            written.append(_new_claim_payment(streamed, claim, lines))
            if claim is None:
                posting.outcome.claim_payments_unmatched += 1
            else:
                touched[claim.id] = claim
                places[claim.id] = (streamed.first_segment, streamed.claim.payer_claim_control_number)
        entry.add_claims(written)
        posting.outcome.claim_payments += len(written)
    entry.finish(list(_provider_adjustments(stream.payment)))
    posting.outcome.payments += 1
    posting.outcome.amount_cents += new.amount_cents
    _move_claims(posting, touched, places, payment)


def _new_payment(posting: Posting, transaction_set: TransactionSet, survey: Survey) -> NewPayment:
    payment = survey.payment
    payer, payee = payment.payer, payment.payee
    return NewPayment(
        inbound_file_id=posting.file.id,
        set_number=transaction_set.index,
        amount_cents=_cents(paid_total(payment)),
        partner=posting.file.partner,
        content_hash=survey.content_hash,
        payer_name=payer.name if payer else "",
        payer_id=payer.id if payer else "",
        payee_id=payee.id if payee else "",
        trace_number=payment.trace_number,
        trace_payer_id=payment.trace_payer_id,
        method=payment.method,
        handling=payment.handling,
        effective_date=payment.effective_date,
    )


def _claims_of(posting: Posting, block: list[StreamedClaim]) -> list[ClaimRef | None]:
    """Our claim of each CLP: by what a reversal takes back, then by the patient control number."""
    numbers = {streamed.claim.patient_control_number.strip() for streamed in block}
    by_number = claims_by_control_number(posting.tx, numbers)
    return [by_number.get(streamed.claim.patient_control_number.strip()) for streamed in block]


def _new_claim_payment(
    streamed: StreamedClaim, claim: ClaimRef | None, lines: dict[int, list[ClaimLine]]
) -> NewClaimPayment:
    paid = streamed.claim
    ours = lines.get(claim.id, []) if claim else []
    matched = match.match_lines(
        [_paid_line(service) for service in paid.service_payments], [_our_line(line) for line in ours]
    )
    return NewClaimPayment(
        status_code=paid.status,
        charge_cents=_cents(paid.charge),
        paid_cents=_cents(paid.paid),
        claim_id=claim.id if claim else None,
        patient_control_number=paid.patient_control_number,
        patient_responsibility_cents=_cents(paid.patient_responsibility),
        filing_indicator=paid.filing_indicator,
        payer_claim_control_number=paid.payer_claim_control_number,
        remark_codes=" ".join(_claim_remarks(paid)),
        segment_position=streamed.first_segment,
        adjustments=_adjustments(paid.adjustment_groups),
        services=[
            _new_service(service, found.id) for service, found in zip(paid.service_payments, matched, strict=True)
        ],
    )


def _new_service(service: ServicePayment, line_id: int | None) -> NewServicePayment:
    return NewServicePayment(
        charge_cents=_cents(service.charge),
        paid_cents=_cents(service.paid),
        claim_line_id=line_id,
        procedure=service.procedure,
        modifiers=":".join(service.modifiers),
        billed_procedure=service.billed_procedure,
        billed_modifiers=":".join(service.billed_modifiers),
        revenue_code=service.revenue_code,
        units=_text(service.units_paid),
        service_date=service.service_date,
        line_item_control_number=service.line_item_control_number,
        remark_codes=" ".join(remark.code for remark in service.remarks if remark.code),
        adjustments=_adjustments(service.adjustment_groups),
    )


def _adjustments(groups: list[AdjustmentGroup]) -> list[NewAdjustment]:
    return [
        NewAdjustment(
            group_code=group.group,
            reason_code=each.reason,
            amount_cents=_cents(each.amount),
            quantity=_text(each.quantity),
        )
        for group in groups
        for each in group.adjustments
    ]


def _provider_adjustments(payment: Payment) -> Iterator[NewProviderAdjustment]:
    for adjustment in payment.provider_adjustments:
        for item in adjustment.items:
            yield NewProviderAdjustment(
                reason_code=item.reason,
                amount_cents=_cents(item.amount),
                provider_id=adjustment.provider_id,
                fiscal_period_end=adjustment.fiscal_period_end,
                reference=item.reference,
            )


def _claim_remarks(paid: ClaimPayment) -> Iterator[str]:
    for remarks in (paid.inpatient, paid.outpatient):
        if remarks is not None:
            yield from remarks.remark_codes


def _move_claims(
    posting: Posting, touched: dict[int, ClaimRef], places: dict[int, tuple[int, str]], payment: Payment
) -> None:
    """Each paid claim to what all its postings say together, whatever their order."""
    posted = entries_of_claims(posting.tx, touched)
    for claim_id, claim in touched.items():
        after, event = settled(claim, posting.state_of(claim), posted[claim_id])
        position, number = places[claim_id]
        posting.to(
            claim,
            after,
            event,
            detail=f"payment {payment.trace_number}",
            segment_position=position,
            payer_claim_control_number=number,
        )


def _cents(amount: Decimal | None) -> int:
    """Cents of an amount as sent; a fraction of a cent holds the file."""
    try:
        return to_cents(amount or ZERO)
    except ValueError as error:
        raise HoldError(f"an amount of the file has {error}") from error


def _text(number: Decimal | None) -> str:
    return "" if number is None else format(number, "f")


def _our_line(line: ClaimLine) -> match.OurLine:
    return match.OurLine(
        id=line.id,
        line_item_control_number=line.line_item_control_number,
        procedure=line.procedure,
        modifiers=tuple(line.modifiers.split(":")) if line.modifiers else (),
        charge=from_cents(line.charge_cents),
        service_date=line.service_date,
    )


def _paid_line(service: ServicePayment) -> match.PaidLine:
    recoded = service.billed_procedure != ""
    return match.PaidLine(
        line_item_control_number=service.line_item_control_number,
        procedure=service.billed_procedure if recoded else service.procedure,
        modifiers=tuple(service.billed_modifiers if recoded else service.modifiers),
        charge=service.charge or ZERO,
        service_date=service.service_date,
    )
