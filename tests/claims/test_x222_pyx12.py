"""Fifty different claims of made-up people, written by us: pyx12 and our own guide find nothing wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from edigate.claims import model as m
from edigate.claims.edits import edit
from edigate.findings import has_errors
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.pyx12_engine import pyx12_errors
from edigate.x12.validate import validate
from tests.claims.made_up import (
    CHILD,
    CLINIC,
    DOCTOR,
    PAYER,
    SUBSCRIBER,
    TODAY,
    X222,
    base_claim,
    changed,
    claim_file,
    for_child,
    line,
)

pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")

JUNE = date(2026, 6, 15)
ADDRESS = m.Address(line1="9 QUARRY WAY", line2="SUITE 2", city="FENWICK", state="OH", postal_code="430010009")
SUPERVISOR = changed(DOCTOR, last_name="STONECROP", first_name="ALDER", npi="1003000126", taxonomy="")
REFERRER = changed(SUPERVISOR, last_name="MARIGOLD")
FACILITY = m.Provider(entity_type="2", last_name="FENWICK SURGERY", npi="1234567893", address=ADDRESS)
CONTACT = m.Contact(name="DESK", phone="5555550143", extension="12")
PAID = m.AdjustmentGroup(group="PR", adjustments=[m.Adjustment(reason="2", amount=Decimal("20"))])
CONTRACTUAL = m.AdjustmentGroup(
    group="CO",
    adjustments=[
        m.Adjustment(reason="45", amount=Decimal("30")),
        m.Adjustment(reason="97", amount=Decimal("5.5"), quantity=Decimal(1)),
    ],
)
PRIMARY = m.OtherSubscriber(
    responsibility="P",
    relationship="18",
    group_number="OLD1",
    filing_indicator="CI",
    adjustment_groups=[PAID, CONTRACTUAL],
    paid_amount=Decimal("90"),
    remaining_liability=Decimal("20"),
    benefits_assignment="Y",
    release_of_information="Y",
    last_name="OAKHURST",
    first_name="PELLA",
    member_id="OLD-1",
    payer_name="FIRST PAYER",
    payer_id="FP001",
    payer_claim_control_number="ICN1",
    payer_paid_date=JUNE,
)
AMBULANCE = m.AmbulanceTransport(weight=Decimal(160), reason="A", distance=Decimal("12.5"))


def one_line(**changes: object) -> m.Claim:
    return base_claim(total_charge=Decimal(120), service_lines=[line(**changes)])


VARIED: dict[str, m.Claim] = {
    "plain": base_claim(),
    "child": for_child(),
    "spouse": for_child(patient=changed(CHILD, relationship="01", birth_date=date(1980, 5, 5))),
    "replacement": base_claim(frequency_code="7", payer_claim_control_number="ICN-9"),
    "void": base_claim(frequency_code="8", payer_claim_control_number="ICN-9"),
    "auto accident": base_claim(
        related_causes=["AA"], auto_accident_state="OH", accident_date=date(2026, 6, 14)
    ),
    "accident at work": base_claim(related_causes=["EM", "OA"], accident_date=date(2026, 6, 14)),
    "secondary": base_claim(subscriber=changed(SUBSCRIBER, responsibility="S"), other_subscribers=[PRIMARY]),
    "secondary with outpatient remarks": base_claim(
        subscriber=changed(SUBSCRIBER, responsibility="S"),
        other_subscribers=[
            changed(
                PRIMARY,
                outpatient_adjudication=m.OutpatientAdjudication(
                    reimbursement_rate=Decimal("0.8"), payable_amount=Decimal(90), remark_codes=["MA01", "N19"]
                ),
            )
        ],
    ),
    "secondary by line": base_claim(
        subscriber=changed(SUBSCRIBER, responsibility="S"),
        total_charge=Decimal(120),
        other_subscribers=[changed(PRIMARY, adjustment_groups=[], paid_amount=Decimal(100))],
        service_lines=[
            line(
                adjudications=[
                    m.LineAdjudication(
                        payer_id="FP001",
                        paid_amount=Decimal(100),
                        procedure="99213",
                        units=Decimal(1),
                        adjustment_groups=[PAID],
                        paid_date=JUNE,
                        remaining_liability=Decimal(20),
                    )
                ]
            )
        ],
    ),
    "other payer's providers": base_claim(
        subscriber=changed(SUBSCRIBER, responsibility="S"),
        other_subscribers=[
            changed(
                PRIMARY,
                payer_providers=[
                    m.OtherPayerProvider(
                        role="DN", entity_type="1", secondary_ids=[m.Identifier(qualifier="G2", value="X1")]
                    ),
                    m.OtherPayerProvider(
                        role="85", entity_type="2", secondary_ids=[m.Identifier(qualifier="G2", value="X2")]
                    ),
                ],
            )
        ],
    ),
    "pay-to address": base_claim(pay_to_address=ADDRESS),
    "pay-to plan": base_claim(
        pay_to_plan=m.PayToPlan(name="STATE PLAN", payer_id="SP1", address=ADDRESS, tax_id="311234567")
    ),
    "provider's contact and currency": base_claim(
        billing_provider=changed(CLINIC, contacts=[CONTACT], currency="USD")
    ),
    "provider by social security number": base_claim(
        billing_provider=changed(CLINIC, entity_type="1", first_name="TAMSIN", tax_id_type="SY")
    ),
    "payer's numbers": base_claim(
        payer=changed(
            PAYER,
            address=ADDRESS,
            secondary_ids=[m.Identifier(qualifier="FY", value="OFFICE7")],
            billing_provider_ids=[m.Identifier(qualifier="G2", value="PROV7")],
        )
    ),
    "subscriber an organisation": for_child(
        subscriber=changed(
            SUBSCRIBER, relationship="", entity_type="2", last_name="FENWICK MILLS", first_name="",
            birth_date=None, sex="",
        ),
        patient=changed(CHILD, relationship="20"),
    ),
    "property and casualty": base_claim(
        subscriber=changed(SUBSCRIBER, property_casualty_claim_number="PC-77", contacts=[CONTACT])
    ),
    "pregnant": base_claim(subscriber=changed(SUBSCRIBER, pregnant="Y", weight=Decimal(150))),
    "deceased": base_claim(subscriber=changed(SUBSCRIBER, death_date=date(2026, 6, 20))),
    "all providers": base_claim(
        referring_provider=REFERRER,
        primary_care_provider=REFERRER,
        rendering_provider=changed(DOCTOR, secondary_ids=[m.Identifier(qualifier="0B", value="LIC1")]),
        service_facility=changed(FACILITY, contacts=[CONTACT]),
        supervising_provider=SUPERVISOR,
    ),
    "all providers of a line": one_line(
        rendering_provider=changed(
            DOCTOR, secondary_ids=[m.Identifier(qualifier="G2", value="R1", payer_id="FP001")]
        ),
        service_facility=FACILITY,
        supervising_provider=SUPERVISOR,
        ordering_provider=changed(SUPERVISOR, address=ADDRESS, contacts=[CONTACT]),
        referring_provider=REFERRER,
        primary_care_provider=REFERRER,
    ),
    "claim dates": base_claim(
        onset_date=JUNE, initial_treatment_date=JUNE, last_seen_date=JUNE, acute_manifestation_date=JUNE,
        last_menstrual_period_date=JUNE, last_x_ray_date=JUNE, prescription_date=JUNE, last_worked_date=JUNE,
        return_to_work_date=JUNE, admission_date=JUNE, discharge_date=JUNE, assumed_care_date=JUNE,
        relinquished_care_date=JUNE, first_contact_date=JUNE, repricer_received_date=JUNE,
    ),
    "disability with both ends": base_claim(disability_period_start=JUNE, disability_period_end=TODAY),
    "disability begun": base_claim(disability_start=JUNE),
    "disability ended": base_claim(disability_end=JUNE),
    "line dates": one_line(
        prescription_date=JUNE, certification_revision_date=JUNE, begin_therapy_date=JUNE,
        last_certification_date=JUNE, last_seen_date=JUNE, hemoglobin_test_date=JUNE, creatinine_test_date=JUNE,
        shipped_date=JUNE, last_x_ray_date=JUNE, initial_treatment_date=JUNE,
    ),
    "several days": one_line(service_date_end=date(2026, 6, 17), units=Decimal(3)),
    "claim numbers": base_claim(
        service_authorization_exception="1", medicare_section_4081="Y", mammography_certification="MAM1",
        referral_number="REF1", prior_authorization="PA1", clia_number="36D0123456", repriced_claim_number="RP1",
        adjusted_repriced_claim_number="RP2", investigational_device_number="IDE1", medical_record_number="MRN1",
        clearinghouse_trace_number="TRACE1", demonstration_project="DP1", care_plan_oversight="CP1",
    ),
    "line numbers": one_line(
        repriced_line_number="A", adjusted_repriced_line_number="B", prior_authorizations=["PA1", "PA2"],
        mammography_certification="M", clia_number="36D0123456", referring_clia_number="36D0123457",
        immunization_batch_number="LOT1", referral_numbers=["R1"],
    ),
    "attachments and notes": base_claim(
        attachments=[m.Attachment(report_type="OZ", transmission="EL", control_number="ATT1")],
        notes=[m.Note(qualifier="ADD", text="SEEN TWICE THAT DAY")],
        fixed_format_records=["FREE TEXT RECORD"],
    ),
    "line notes": one_line(
        attachments=[m.Attachment(report_type="CT", transmission="EL", control_number="CMN1")],
        notes=[m.Note(qualifier="ADD", text="LEFT SIDE"), m.Note(qualifier="TPO", text="REPRICED")],
        fixed_format_records=["FREE TEXT RECORD"],
    ),
    "contract": base_claim(contract=m.Contract(type="02", amount=Decimal("100.5"), code="CT1")),
    "line contract and pricing": one_line(
        contract=m.Contract(type="06", percentage=Decimal("80")),
        pricing=m.Pricing(methodology="03", allowed_amount=Decimal(100), savings=Decimal(20), repricer_id="RP"),
    ),
    "pricing": base_claim(pricing=m.Pricing(methodology="03", allowed_amount=Decimal(100), savings=Decimal("45.5"))),
    "ambulance": base_claim(
        place_of_service="41",
        total_charge=Decimal(120),
        ambulance=AMBULANCE,
        conditions=[m.Condition(category="07", applies="Y", codes=["01", "05"])],
        ambulance_pick_up=ADDRESS,
        ambulance_drop_off=ADDRESS,
        ambulance_drop_off_name="FENWICK HOSPITAL",
        service_lines=[line(procedure="A0429", ambulance_patient_count=Decimal(2))],
    ),
    "ambulance by line": base_claim(
        place_of_service="41",
        total_charge=Decimal(120),
        service_lines=[
            line(
                procedure="A0425",
                ambulance=AMBULANCE,
                conditions=[m.Condition(category="07", applies="N", codes=["12"])],
                ambulance_pick_up=ADDRESS,
                ambulance_drop_off=ADDRESS,
            )
        ],
    ),
    "spinal manipulation": base_claim(
        spinal_manipulation=m.SpinalManipulation(condition="A", description="LOW BACK PAIN")
    ),
    "glasses": base_claim(conditions=[m.Condition(category="E1", applies="Y", codes=["L1"])]),
    "EPSDT": base_claim(conditions=[m.Condition(category="ZZ", applies="Y", codes=["AV", "S2"])]),
    "anesthesia": base_claim(
        total_charge=Decimal(120),
        anesthesia_procedures=[m.Diagnosis(code="33414", qualifier="BP")],
        condition_codes=[m.Diagnosis(code="17", qualifier="BG")],
        service_lines=[line(procedure="00567", unit="MJ", units=Decimal(95), anesthesia_units=Decimal(3))],
    ),
    "twelve diagnoses": base_claim(
        diagnoses=[m.Diagnosis(code=f"R{n:02}0", qualifier="ABF" if n else "ABK") for n in range(12)],
    ),
    "fifty lines": base_claim(
        total_charge=Decimal(50),
        service_lines=[
            line(
                charge=Decimal(1), units=Decimal(1 + n), service_date=date(2026, 5, 1 + n % 28),
                line_item_control_number=f"L{n}",
            )
            for n in range(50)
        ],
    ),
    "modifiers and pointers": one_line(modifiers=["25", "59", "LT", "XS"], diagnosis_pointers=[2, 1]),
    "fractions": one_line(units=Decimal("2.5"), sales_tax=Decimal("7.25"), postage=Decimal("0.55")),
    "free of charge": base_claim(
        total_charge=Decimal(0), service_lines=[line(charge=Decimal(0), procedure="0001F")]
    ),
    "drug": one_line(
        procedure="J1885",
        national_drug_code="00409379501",
        drug_quantity=Decimal("1.5"),
        drug_unit="ML",
        prescription_number="RX1",
    ),
    "drug of a compound": one_line(
        procedure="J7999", national_drug_code="00409379501", drug_quantity=Decimal(2), drug_unit="GR",
        drug_link_number="9",
    ),
    "equipment": one_line(
        procedure="E0601",
        modifiers=["RR"],
        equipment=m.DurableEquipment(
            procedure="E0601",
            days=Decimal(30),
            rental_price=Decimal("50.25"),
            purchase_price=Decimal(600),
            rental_frequency="4",
        ),
        equipment_certification=m.EquipmentCertification(type="I", months=Decimal(12)),
        conditions=[m.Condition(category="09", applies="N", codes=["ZV"])],
        begin_therapy_date=JUNE,
        last_certification_date=JUNE,
        measurements=[m.Measurement(category="TR", type="HT", value=Decimal(70))],
        forms=[
            m.Form(
                qualifier="UT",
                code="484.3",
                answers=[
                    m.FormAnswer(question="1A", text="56"),
                    m.FormAnswer(question="1C", date=JUNE),
                    m.FormAnswer(question="4", yes_no="Y"),
                ],
            )
        ],
    ),
    "purchased service": one_line(
        purchased_service_provider_id="PN222",
        purchased_service_charge=Decimal("110"),
        purchased_service_provider=m.Provider(entity_type="2", last_name="", npi="1003000126"),
    ),
    "emergency": one_line(emergency="Y", epsdt="Y", family_planning="Y", copay_status="0", place_of_service="23"),
    "unlisted": one_line(procedure="99199", description="UNLISTED SERVICE"),
    "paid in part": base_claim(patient_amount_paid=Decimal("15.25")),
    "late": base_claim(delay_reason="1", special_program="02", patient_signature_source="P"),
}  # fmt: skip

CLAIMS = [changed(each, patient_control_number=f"VARIED{n}") for n, each in enumerate(VARIED.values())]


def test_there_are_fifty_different_claims() -> None:
    assert len(CLAIMS) >= 50


def test_pyx12_finds_nothing_wrong_with_any_of_them() -> None:
    assert pyx12_errors(claim_file(CLAIMS)) == []


def test_our_own_guide_finds_nothing_wrong_with_any_of_them() -> None:
    report = validate([claim_file(CLAIMS)])
    assert report.findings == []
    assert report.claims == len(CLAIMS)


def test_the_edits_find_none_of_them_unfit_to_be_sent() -> None:
    refused = {name: list(edit(claim, TODAY)) for name, claim in VARIED.items() if has_errors(edit(claim, TODAY))}
    assert {name: [found.code for found in findings] for name, findings in refused.items()} == {}


def test_each_of_them_comes_back() -> None:
    back = {
        claim.patient_control_number: claim
        for each in EnvelopeReader([claim_file(CLAIMS)])
        for claim in X222.decode_claims(each)
    }
    for name, claim in zip(VARIED, CLAIMS, strict=True):
        read = back[claim.patient_control_number]
        assert [one.procedure for one in read.service_lines] == [one.procedure for one in claim.service_lines], name
        assert read.total_charge == claim.total_charge, name
        assert read.subscriber is not None, name
