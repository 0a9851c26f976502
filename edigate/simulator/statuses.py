"""The 277CA as a record: what a clearinghouse or a payer says of each claim of a batch, or of the batch itself.

Knows what each level must carry (005010X214); refuses to know rules, days and files. Every number echoed is the
sender's.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from edigate.claims.model import Claim, Patient, Provider, ServiceLine, Submission, Subscriber
from edigate.money import ZERO
from edigate.responses import model as m
from edigate.simulator.billed import days_of, product_of
from edigate.simulator.rule import BatchRejection, Rejection

WHOLE_BATCH = ""  # in place of a billing provider's NPI

_ACCEPT, _REJECT = "WQ", "U"
_RECEIVED = ("A1", "19")  # acknowledged: the entity has received it
_TAKEN_IN = ("A2", "20")  # accepted for processing


class Answered(msgspec.Struct, frozen=True):
    """One claim as a 277CA speaks of it: accepted, or rejected with why."""

    claim: Claim
    rejection: Rejection | None = None
    payer_claim_control_number: str = ""
    clearinghouse_trace_number: str = ""
    number: str = ""  # TRN02 where it isn't our CLM01


def npi_of(claim: Claim) -> str:
    """The billing provider's NPI."""
    return claim.billing_provider.npi if claim.billing_provider else ""


def x277ca(
    entity: str,
    name: str,
    identity: str,
    head: Submission,
    claims: Sequence[Answered],
    *,
    reference: str,
    received: datetime,
    at: datetime,
    refused: Mapping[str, BatchRejection] | None = None,
) -> m.ClaimAcknowledgment:
    """The 277CA of one batch by a clearinghouse (AY) or a payer (PR), claims in the order of the batch.

    Of what is `refused` as a whole (the batch, or a billing provider by NPI) no claim is named.
    """
    refused = refused or {}
    whole = refused.get(WHOLE_BATCH)
    providers: dict[str, list[Answered]] = {}
    for answered in claims:
        providers.setdefault(npi_of(answered.claim), []).append(answered)
    receiver = m.ReceiverStatus(
        entity_type=head.submitter_entity_type,
        name=head.submitter_name,
        first_name=head.submitter_first_name,
        id_qualifier="46",
        id=head.submitter_id,
        batch_reference=head.reference,
        statuses=[_rejected(whole, _charge(claims), at) if whole else _status(_RECEIVED, entity, _charge(claims), at)],
        totals=_totals(claims, set(providers) if whole else refused),
        providers=[]
        if whole
        else [_provider(entity, members, at, refused.get(npi)) for npi, members in providers.items()],
    )
    source = m.SourceStatus(
        entity=entity,
        name=name,
        id_qualifier="46" if entity == "AY" else "PI",
        id=identity,
        trace_number=reference,
        received_date=received.date(),
        processed_date=at.date(),
        receivers=[receiver],
    )
    return m.ClaimAcknowledgment(
        reference=reference,
        created_on=at.date(),
        created_at=at.time().replace(second=0, microsecond=0, tzinfo=None),
        transaction_type="TH",
        sources=[source],
    )


def _provider(
    entity: str, claims: list[Answered], at: datetime, refused: BatchRejection | None
) -> m.ProviderStatus:
    provider = claims[0].claim.billing_provider or Provider()
    status = _rejected(refused, _charge(claims), at) if refused else _status(_RECEIVED, entity, _charge(claims), at)
    return m.ProviderStatus(
        entity_type=provider.entity_type or "2",
        name=provider.last_name,
        first_name=provider.first_name,
        middle_name=provider.middle_name,
        id_qualifier="XX",
        id=provider.npi,
        trace_number="0",  # the provider's level has no number of the sender's to echo
        statuses=[msgspec.structs.replace(status, effective_date=None)],  # X214 2200C doesn't use STC02
        totals=_totals(claims, {provider.npi} if refused else ()),
        claims=[] if refused else [_claim(entity, answered, at) for answered in claims],
    )


def _claim(entity: str, answered: Answered, at: datetime) -> m.ClaimStatus:
    claim, rejection = answered.claim, answered.rejection
    person: Patient | Subscriber = claim.patient or claim.subscriber or Subscriber()
    charge = claim.total_charge or ZERO
    first, last = days_of(claim)
    lines: list[m.LineStatus] = []
    if rejection is not None:
        status = msgspec.structs.replace(_rejected(rejection, charge, at), text=rejection.text)
        at_fault = (line for line in claim.service_lines if product_of(line).code == rejection.procedure)
        lines = [_line(line, rejection, at) for line in at_fault]
    elif entity == "AY":
        status = _status(_RECEIVED, "40", charge, at)  # 40, the 837's receiver: X214 2200D has no clearinghouse
    else:
        status = _status(_TAKEN_IN, entity, charge, at)
    return m.ClaimStatus(
        last_name=person.last_name,
        first_name=person.first_name,
        middle_name=person.middle_name,
        suffix=person.suffix,
        id_qualifier="MI",
        member_id=claim.subscriber.member_id if claim.subscriber else "",
        patient_control_number=answered.number or claim.patient_control_number,
        statuses=[status],
        payer_claim_control_number=answered.payer_claim_control_number,
        clearinghouse_trace_number=claim.clearinghouse_trace_number or answered.clearinghouse_trace_number,
        service_date=first or at.date(),  # X214 2200D requires one; a predetermination has none yet
        service_date_end=last if last != first else None,
        lines=lines,
    )


def _line(line: ServiceLine, rejection: Rejection, at: datetime) -> m.LineStatus:
    product = product_of(line)
    return m.LineStatus(
        procedure_qualifier=product.qualifier,
        procedure=product.code,
        modifiers=list(line.modifiers),
        charge=line.charge,
        revenue_code=product.revenue_code,
        units=line.units,
        statuses=[_rejected(rejection, None, at)],
        line_item_control_number=line.line_item_control_number,
        service_date=line.service_date,
    )


def _status(codes: tuple[str, str], entity: str, amount: Decimal, at: datetime) -> m.Status:
    category, status = codes
    return m.Status(
        codes=[m.StatusCode(category=category, status=status, entity=entity)],
        effective_date=at.date(),
        action=_ACCEPT,
        amount=amount,
    )


def _rejected(rejection: Rejection | BatchRejection, amount: Decimal | None, at: datetime) -> m.Status:
    """An STC that rejects, without text: only a claim's own has a place for that (X214 2200D STC12)."""
    return m.Status(
        codes=[m.StatusCode(category=rejection.category, status=rejection.status, entity=rejection.entity)],
        effective_date=at.date(),
        action=_REJECT,
        amount=amount,
    )


def _charge(claims: Iterable[Answered]) -> Decimal:
    return sum((each.claim.total_charge or ZERO for each in claims), ZERO)


def _totals(claims: Sequence[Answered], refused: Container[str]) -> m.Totals:
    """Counts and dollars of both kinds; a kind that doesn't occur is left out, as the guide has it."""
    rejected = [each for each in claims if each.rejection is not None or npi_of(each.claim) in refused]
    accepted = [each for each in claims if each.rejection is None and npi_of(each.claim) not in refused]
    return m.Totals(
        accepted_count=len(accepted) or None,
        rejected_count=len(rejected) or None,
        accepted_amount=_charge(accepted) if accepted else None,
        rejected_amount=_charge(rejected) if rejected else None,
    )
