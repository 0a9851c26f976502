"""The claim for the next payer: the first one's turned round, with what the payer before decided inside. Pure.

Professional, institutional and dental (X222A1, X223A2, X224A2: 1.4.2.1 and 1.4.4; loops 2000B, 2320, 2330, 2430).
Whether there is to be one is not decided here (`secondary.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from edigate.claims.model import (
    Adjustment,
    AdjustmentGroup,
    Claim,
    LineAdjudication,
    OtherSubscriber,
    OutpatientAdjudication,
    Patient,
    Payer,
    Provider,
    ServiceLine,
    Subscriber,
)
from edigate.money import ZERO
from edigate.reconcile.secondary import LINE_UP, NetService, Outcome, Reduction, next_payer

# CLM01 of the next payer's claim must come back whole: many payers keep only the first 20 characters.
_LONGEST_NUMBER = 20
_REASONS_A_CAS = 6
_MOST_REMARKS = 5  # MOA03-07
_PAYERS_OWN_NUMBER = "G2"  # REF01 of a provider's number with the claim's payer


def next_number(number: str, responsibility: str, claim_id: int) -> str:
    """The next payer's patient control number: the claim's with `-2` for the second payer, `-3` for the third.

    Another number than the first claim's, because an answer must tell which of the two it means. Where that
    wouldn't fit into what payers return, our own id of the claim stands for its number.
    """
    place = LINE_UP.index(responsibility) + 1
    stem = number.removesuffix(f"-{place - 1}") if place > 2 else number
    made = f"{stem}-{place}"
    return made if len(made) <= _LONGEST_NUMBER else f"{claim_id}-{place}"


def next_claim(claim: Claim, outcome: Outcome, remaining: Decimal, number: str) -> Claim:
    """The claim for the payer that `next_payer` names; `claim` must have one (else ValueError).

    Lines say what was paid of them (2430) where the payer said so, else the claim as a whole does (2320).
    `remaining` is what is still owed, in dollars (AMT*EAF).
    """
    following = next_payer(claim)
    if following is None or claim.subscriber is None or claim.payer is None:
        raise ValueError("the claim has no next payer, or none of its own")
    subscriber, patient = _insured(claim, following)
    others = [other for other in claim.other_subscribers if other is not following]
    others.append(_decided_by(claim, outcome, remaining))
    return msgspec.structs.replace(
        claim,
        subscriber=subscriber,
        patient=patient,
        payer=Payer(
            name=following.payer_name,
            payer_id=following.payer_id,
            id_qualifier=following.payer_id_qualifier,
            address=following.payer_address,
            secondary_ids=following.payer_secondary_ids,
            billing_provider_ids=[
                each for one in following.payer_providers if one.role == "85" for each in one.secondary_ids
            ]
            or (),
        ),
        patient_control_number=number,
        frequency_code=_as_original(claim.frequency_code),
        benefits_assignment=following.benefits_assignment or claim.benefits_assignment,
        patient_signature_source=following.patient_signature_source or claim.patient_signature_source,
        release_of_information=following.release_of_information or claim.release_of_information,
        # Numbers that a payer gave are that payer's.
        prior_authorization=following.payer_prior_authorization,
        referral_number=following.payer_referral_number,
        payer_claim_control_number="",
        predetermination_number=following.payer_predetermination_number,
        clearinghouse_trace_number="",
        repriced_claim_number="",
        adjusted_repriced_claim_number="",
        pricing=None,
        contract=None,
        billing_provider=_without_payers_numbers(claim.billing_provider),
        rendering_provider=_without_payers_numbers(claim.rendering_provider),
        referring_provider=_without_payers_numbers(claim.referring_provider),
        attending_provider=_without_payers_numbers(claim.attending_provider),
        supervising_provider=_without_payers_numbers(claim.supervising_provider),
        service_facility=_without_payers_numbers(claim.service_facility),
        other_subscribers=sorted(others, key=_place),
        service_lines=[
            _line(
                claim, line, outcome.lines.get(place, ()), outcome.paid_on, says_owed=_lines_say_it(outcome, remaining)
            )
            for place, line in enumerate(claim.service_lines)
        ],
    )


def _decided_by(claim: Claim, outcome: Outcome, remaining: Decimal) -> OtherSubscriber:
    """The claim's own payer and its insured as another payer of the next claim (2320, 2330A, 2330B)."""
    insured, payer = claim.subscriber or Subscriber(), claim.payer or Payer()
    by_line = bool(outcome.lines)
    return OtherSubscriber(
        responsibility=insured.responsibility,
        relationship=claim.patient.relationship if claim.patient else insured.relationship or "18",
        group_number=insured.group_number,
        group_name=insured.group_name if not insured.group_number else "",
        insurance_type=insured.insurance_type,
        filing_indicator=insured.filing_indicator,
        adjustment_groups=_groups(outcome.reductions),
        paid_amount=outcome.paid,
        # Said once: of the lines where they were decided, unless part of it is of the claim as a whole.
        remaining_liability=None if _lines_say_it(outcome, remaining) else remaining,
        benefits_assignment=claim.benefits_assignment,
        patient_signature_source=claim.patient_signature_source,
        release_of_information=claim.release_of_information,
        outpatient_adjudication=OutpatientAdjudication(remark_codes=outcome.remarks[:_MOST_REMARKS])
        if outcome.remarks
        else None,
        entity_type=insured.entity_type,
        last_name=insured.last_name,
        first_name=insured.first_name,
        middle_name=insured.middle_name,
        suffix=insured.suffix,
        member_id=insured.member_id,
        id_qualifier=insured.id_qualifier,
        address=insured.address,
        social_security_number=insured.social_security_number,
        payer_name=payer.name,
        payer_id=payer.payer_id,
        payer_id_qualifier=payer.id_qualifier,
        payer_address=payer.address,
        payer_paid_date=None if by_line else outcome.paid_on,
        payer_secondary_ids=payer.secondary_ids,
        payer_prior_authorization=claim.prior_authorization,
        payer_referral_number=claim.referral_number,
        payer_claim_control_number=outcome.payer_claim_control_number,
    )


def _line(
    claim: Claim, line: ServiceLine, services: Sequence[NetService], paid_on: date | None, *, says_owed: bool
) -> ServiceLine:
    """A line with what the payer decided of it; numbers that a payer gave for it are that payer's."""
    payer_id = claim.payer.payer_id if claim.payer else ""
    said = [
        LineAdjudication(
            payer_id=payer_id,
            paid_amount=service.paid,
            procedure_qualifier=line.procedure_qualifier,
            # A revenue code stands where the procedure does (SVC01 NU) when no procedure was billed.
            procedure=service.procedure if line.procedure else "",
            modifiers=(line.procedure and list(service.modifiers)) or (),
            revenue_code=line.revenue_code and (service.revenue_code or line.revenue_code),
            units=service.units,
            adjustment_groups=_groups(service.reductions),
            paid_date=paid_on,
            remaining_liability=_owed(service) if says_owed else None,
        )
        for service in services
    ]
    return msgspec.structs.replace(
        line,
        prior_authorizations=(),
        referral_numbers=(),
        repriced_line_number="",
        adjusted_repriced_line_number="",
        pricing=None,
        contract=None,
        adjudications=[*line.adjudications, *said] or (),
    )


def _lines_say_it(outcome: Outcome, remaining: Decimal) -> bool:
    """Whether what is still owed can be told of the lines, all of it."""
    services = [one for some in outcome.lines.values() for one in some]
    return bool(services) and sum(map(_owed, services), ZERO) == remaining


def _owed(service: NetService) -> Decimal:
    return sum((each.amount for each in service.reductions if each.group == "PR"), ZERO)


def _groups(reductions: Iterable[Reduction]) -> Sequence[AdjustmentGroup]:
    """CAS segments: one a group, another where it has more reasons than one holds."""
    by_group: dict[str, list[Adjustment]] = {}
    for each in reductions:
        by_group.setdefault(each.group, []).append(
            Adjustment(reason=each.reason, amount=each.amount, quantity=each.quantity)
        )
    return [
        AdjustmentGroup(group=group, adjustments=some[start : start + _REASONS_A_CAS])
        for group, some in by_group.items()
        for start in range(0, len(some), _REASONS_A_CAS)
    ] or ()


def _insured(claim: Claim, following: OtherSubscriber) -> tuple[Subscriber, Patient | None]:
    """The next payer's insured, and the patient where that is somebody else."""
    before = claim.subscriber or Subscriber()
    person = claim.patient or before
    is_patient = following.relationship == "18"
    subscriber = Subscriber(
        responsibility=following.responsibility,
        relationship="18" if is_patient else "",
        group_number=following.group_number,
        group_name=following.group_name if not following.group_number else "",
        insurance_type=following.insurance_type,
        filing_indicator=following.filing_indicator,
        entity_type=following.entity_type,
        last_name=following.last_name,
        first_name=following.first_name,
        middle_name=following.middle_name,
        suffix=following.suffix,
        member_id=following.member_id,
        id_qualifier=following.id_qualifier,
        address=following.address,
        social_security_number=following.social_security_number,
    )
    if is_patient:
        return msgspec.structs.replace(
            subscriber,
            last_name=following.last_name or person.last_name,
            first_name=following.first_name or person.first_name,
            address=following.address or person.address,
            birth_date=person.birth_date,
            sex=person.sex,
            death_date=person.death_date,
            weight=person.weight,
            pregnant=person.pregnant,
        ), None
    return subscriber, Patient(
        relationship=following.relationship,
        last_name=person.last_name,
        first_name=person.first_name,
        middle_name=person.middle_name,
        suffix=person.suffix,
        address=person.address or before.address,
        birth_date=person.birth_date,
        sex=person.sex,
        death_date=person.death_date,
        weight=person.weight,
        pregnant=person.pregnant,
    )


def _as_original(frequency: str) -> str:
    """A correction corrects what its own payer has; the next one gets its first claim."""
    return "1" if frequency in ("6", "7", "8") else frequency


def _without_payers_numbers(provider: Provider | None) -> Provider | None:
    if provider is None or not provider.secondary_ids:
        return provider
    kept = [each for each in provider.secondary_ids if each.qualifier != _PAYERS_OWN_NUMBER]
    return msgspec.structs.replace(provider, secondary_ids=kept or ())


def _place(other: OtherSubscriber) -> int:
    place = LINE_UP.find(other.responsibility)
    return place if place >= 0 else len(LINE_UP)
