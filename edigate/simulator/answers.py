"""Acknowledgments as records: what a TA1, a 999 and a 277CA say of a file that came in.

Knows what each answer must carry; refuses to know rules, days and files. Every number echoed is the sender's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby

import msgspec

from edigate.claims.model import Claim, Patient, Provider, ServiceLine, Submission, Subscriber
from edigate.findings import Finding
from edigate.money import ZERO
from edigate.responses import model as m
from edigate.simulator.billed import days_of, product_of
from edigate.simulator.scenario import Rejection
from edigate.x12.envelope import Interchange

_ACCEPT, _REJECT = "WQ", "U"
_RECEIVED = ("A1", "19")  # acknowledged: the entity has received it
_TAKEN_IN = ("A2", "20")  # accepted for processing


class SetVerdict(msgspec.Struct, frozen=True):
    """What a 999 says of one transaction set; no errors: accepted."""

    control_number: str  # ST02
    guide: str  # ST03
    errors: tuple[m.SegmentError, ...] = ()
    reasons: tuple[str, ...] = ()  # IK502: what is wrong with the set as a whole

    @property
    def accepted(self) -> bool:
        return not self.errors and not self.reasons


class Answered(msgspec.Struct, frozen=True):
    """One claim as a 277CA speaks of it: accepted, or rejected with why."""

    claim: Claim
    rejection: Rejection | None = None
    payer_claim_control_number: str = ""
    clearinghouse_trace_number: str = ""


def ta1(interchange: Interchange, note: str) -> m.InterchangeAcknowledgment:
    """A for note 000, else R. Date and time are those of the interchange, as the sender wrote them."""
    texts = [text.strip() for text in interchange.elements] + [""] * 17
    try:
        sent = datetime.strptime(texts[9] + texts[10], "%y%m%d%H%M")  # noqa: DTZ007 - an ISA has no zone
    except ValueError:
        sent = datetime(2000, 1, 1)  # noqa: DTZ001 - unreadable there, and the answer needs one
    return m.InterchangeAcknowledgment(
        interchange_control_number=interchange.control_number,
        interchange_date=sent.date(),
        interchange_time=sent.time(),
        code="A" if note == "000" else "R",
        note=note,
    )


def x999(
    functional_id: str, control_number: str, guide: str, sets: Sequence[SetVerdict], reasons: tuple[str, ...] = ()
) -> m.FunctionalGroupResponse:
    """A group and its sets: A all stand, P some, R none. With `reasons` (AK905) the group itself is rejected."""
    accepted = 0 if reasons else sum(verdict.accepted for verdict in sets)
    return m.FunctionalGroupResponse(
        functional_id=functional_id,
        control_number=control_number,
        guide=guide,
        transaction_sets=[
            m.TransactionSetResponse(
                transaction_set="837",
                control_number=verdict.control_number,
                guide=verdict.guide,
                segment_errors=list(verdict.errors),
                code="A" if verdict.accepted else "R",
                # 5: one or more segments in error
                reasons=[*verdict.reasons, *(["5"] if verdict.errors and "5" not in verdict.reasons else [])],
            )
            for verdict in ([] if reasons else sets)
        ],
        code="A" if accepted == len(sets) and sets else "P" if accepted else "R",
        sets_included=len(sets),
        sets_received=len(sets),
        sets_accepted=accepted,
        reasons=list(reasons),
    )


def segment_errors(findings: Iterable[Finding]) -> tuple[m.SegmentError, ...]:
    """Findings of a validator as IK3 and IK4, those of one segment together."""
    made = []
    for (segment_id, position, loop), group in groupby(
        findings, key=lambda each: (each.segment_id, each.segment_position, each.loop)
    ):
        found = list(group)
        elements = [
            m.ElementError(
                element=str(each.element),
                component=str(each.component or ""),
                code=each.code.removeprefix("IK4-"),
                value=each.value[:99],
            )
            for each in found
            if each.code.startswith("IK4-") and each.element
        ]
        whole = next((each.code.removeprefix("IK3-") for each in found if each.code.startswith("IK3-")), "8")
        made.append(
            m.SegmentError(
                segment_id=segment_id or "ST",
                segment_position=str(position or 1),
                loop=loop,
                code=whole,
                element_errors=elements,
            )
        )
    return tuple(made)


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
) -> m.ClaimAcknowledgment:
    """The 277CA of one batch by a clearinghouse (AY) or a payer (PR), claims in the order of the batch."""
    providers: dict[str, list[Answered]] = {}
    for answered in claims:
        provider = answered.claim.billing_provider
        providers.setdefault(provider.npi if provider else "", []).append(answered)
    receiver = m.ReceiverStatus(
        entity_type=head.submitter_entity_type,
        name=head.submitter_name,
        first_name=head.submitter_first_name,
        id_qualifier="46",
        id=head.submitter_id,
        batch_reference=head.reference,
        statuses=[_status(_RECEIVED, entity, _charge(claims), at)],
        totals=_totals(claims),
        providers=[_provider(entity, members, at) for members in providers.values()],
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


def _provider(entity: str, claims: list[Answered], at: datetime) -> m.ProviderStatus:
    provider = claims[0].claim.billing_provider or Provider()
    status = _status(_RECEIVED, entity, _charge(claims), at)
    return m.ProviderStatus(
        entity_type=provider.entity_type or "2",
        name=provider.last_name,
        first_name=provider.first_name,
        middle_name=provider.middle_name,
        id_qualifier="XX",
        id=provider.npi,
        trace_number="0",  # the provider's level has no number of the sender's to echo
        statuses=[msgspec.structs.replace(status, effective_date=None)],  # X214 2200C doesn't use STC02
        totals=_totals(claims),
        claims=[_claim(entity, answered, at) for answered in claims],
    )


def _claim(entity: str, answered: Answered, at: datetime) -> m.ClaimStatus:
    claim, rejection = answered.claim, answered.rejection
    person: Patient | Subscriber = claim.patient or claim.subscriber or Subscriber()
    charge = claim.total_charge or ZERO
    first, last = days_of(claim)
    lines: list[m.LineStatus] = []
    if rejection is not None:
        status = _rejected(rejection, charge, at)
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
        patient_control_number=claim.patient_control_number,
        statuses=[status],
        payer_claim_control_number=answered.payer_claim_control_number,
        clearinghouse_trace_number=claim.clearinghouse_trace_number or answered.clearinghouse_trace_number,
        service_date=first or at.date(),  # X214 2200D requires one; a predetermination has none yet
        service_date_end=last if last != first else None,
        lines=lines,
    )


def _line(line: ServiceLine, rejection: Rejection, at: datetime) -> m.LineStatus:
    status = _rejected(rejection, None, at)
    product = product_of(line)
    status.text = ""  # X214 2220D uses only STC01 to STC03, STC10 and STC11
    return m.LineStatus(
        procedure_qualifier=product.qualifier,
        procedure=product.code,
        modifiers=list(line.modifiers),
        charge=line.charge,
        revenue_code=product.revenue_code,
        units=line.units,
        statuses=[status],
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


def _rejected(rejection: Rejection, amount: Decimal | None, at: datetime) -> m.Status:
    return m.Status(
        codes=[m.StatusCode(category=rejection.category, status=rejection.status, entity=rejection.entity)],
        effective_date=at.date(),
        action=_REJECT,
        amount=amount,
        text=rejection.text,
    )


def _charge(claims: Iterable[Answered]) -> Decimal:
    return sum((each.claim.total_charge or ZERO for each in claims), ZERO)


def _totals(claims: Sequence[Answered]) -> m.Totals:
    """Counts and dollars of both kinds; a kind that doesn't occur is left out, as the guide has it."""
    accepted = [each for each in claims if each.rejection is None]
    rejected = [each for each in claims if each.rejection is not None]
    return m.Totals(
        accepted_count=len(accepted) or None,
        rejected_count=len(rejected) or None,
        accepted_amount=_charge(accepted) if accepted else None,
        rejected_amount=_charge(rejected) if rejected else None,
    )
