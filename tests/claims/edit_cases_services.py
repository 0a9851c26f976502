"""Edits of professional claims by their types of service and payers: each code twice. No test here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edigate.claims import model as m
from tests.claims.edit_samples import (
    DRUG,
    JUNE,
    PLACE,
    SURGEON,
    TRANSPORT,
    Case,
    adjudicated,
    adjusted,
    billing,
    billing_address,
    for_payer,
    paid_before,
    secondary,
    subscriber,
    with_lines,
)  # fmt: skip
from tests.claims.made_up import CLINIC, DOCTOR, PAYER, SUBSCRIBER, base_claim, changed, line

ANESTHESIA = line(procedure="00790", unit="MJ", units=Decimal(75), modifiers=["AA"])
LAB = line(procedure="80053")
MAMMOGRAPHY = line(procedure="77067")
SPINE = line(procedure="98941", modifiers=["AT"])
WHEELCHAIR = line(procedure="E1130", modifiers=["RR"])
RIDE = changed(TRANSPORT, modifiers=["RH"], ambulance=m.AmbulanceTransport(reason="A"), ambulance_pick_up=PLACE,
               ambulance_drop_off=PLACE)  # fmt: skip
LATE_JUNE = date(2026, 6, 30)
SECOND = changed(SUBSCRIBER, responsibility="S", filing_indicator="MB", member_id="1EG4TE5MK72")
DATED = paid_before("100", "20", payer_paid_date=JUNE)


def referral(applies: str, *codes: str) -> m.Claim:
    return base_claim(conditions=[m.Condition(category="ZZ", applies=applies, codes=list(codes))])


def spinal(condition: str, **changes: object) -> m.Claim:
    return base_claim(**{"spinal_manipulation": m.SpinalManipulation(condition=condition)} | changes)


def paper(transmission: str, number: str = "") -> list[m.Attachment]:
    return [m.Attachment(report_type="OZ", transmission=transmission, control_number=number)]


def visit_at(place: str, filing_indicator: str = "CI", **changes: object) -> m.Claim:
    return for_payer(filing_indicator, line(**changes), place_of_service=place)


def tertiary(second_paid: str) -> m.Claim:
    """120.00, of which the first payer paid 80 and adjusted 40, and the second says 30 and 90, or something else."""
    answers = [
        m.LineAdjudication(payer_id="FIRST", paid_amount=Decimal(80), adjustment_groups=adjusted("40"), paid_date=JUNE),
        m.LineAdjudication(
            payer_id="SECOND", paid_amount=Decimal(second_paid), adjustment_groups=adjusted("40", "50"), paid_date=JUNE
        ),
    ]
    others = [
        paid_before("80"),
        paid_before(second_paid, payer_id="SECOND", responsibility="S"),
    ]
    insured = changed(SUBSCRIBER, responsibility="T")
    return with_lines(line(adjudications=answers), other_subscribers=others, subscriber=insured)


FAILS = [
    # --- level 3
    Case("PATIENT-PAID", "patient_amount_paid", base_claim(patient_amount_paid=Decimal("145.51"))),
    Case("COB-NEGATIVE", "other_subscribers[0].paid_amount", secondary(paid_before("-10", "155.50"))),
    # --- level 4
    Case("SUPERVISING-SAME", "supervising_provider.npi", base_claim(supervising_provider=DOCTOR)),
    Case("FACILITY-SAME", "service_facility.npi", base_claim(service_facility=CLINIC)),
    Case("REFERRING-LEVEL", "service_lines[0].referring_provider", with_lines(line(referring_provider=SURGEON))),
    Case("MENSTRUAL-SEX", "last_menstrual_period_date",
         base_claim(last_menstrual_period_date=JUNE, subscriber=changed(SUBSCRIBER, sex="M"))),
    Case("AMBULANCE", "ambulance", with_lines(RIDE, place_of_service="41")),
    Case("NDC-QUANTITY", "service_lines[0].drug_quantity", with_lines(changed(DRUG, drug_quantity=Decimal(-1)))),
    Case("COB-GAP", "other_subscribers", secondary(changed(DATED, responsibility="T"))),
    Case("ATTACHMENT-NUMBER", "attachments[0].control_number", base_claim(attachments=paper("FX"))),
    Case("ATTACHMENT-NUMBER", "service_lines[0].attachments[0].control_number",
         with_lines(line(attachments=paper("EL")))),
    Case("DATE-RELATED", "onset_date", base_claim(onset_date=LATE_JUNE)),
    Case("DATE-RELATED", "accident_date", base_claim(accident_date=LATE_JUNE, related_causes=["OA"])),
    Case("DATE-FUTURE", "last_seen_date", base_claim(last_seen_date=date(2026, 7, 2))),
    Case("DATE-FUTURE", "service_lines[0].last_x_ray_date", with_lines(line(last_x_ray_date=date(2026, 7, 2)))),
    Case("EPSDT-CODE", "conditions[0].codes", referral("Y", "NU")),
    Case("EPSDT-CODE", "conditions[0].codes", referral("N", "AV")),
    Case("EPSDT-CODE", "conditions[0].codes", referral("Y")),
    Case("ACUTE-DATE", "acute_manifestation_date", spinal("A")),
    Case("CMN-DATE", "service_lines[0].certification_revision_date",
         with_lines(line(equipment_certification=m.EquipmentCertification(type="R", months=Decimal(12))))),
    Case("PURCHASED-SERVICE", "service_lines[0].purchased_service_provider",
         with_lines(line(purchased_service_charge=Decimal(40)))),
    Case("PURCHASED-SERVICE", "service_lines[0].purchased_service_charge",
         with_lines(line(purchased_service_provider=m.Provider(entity_type="2", npi="1234567893")))),
    Case("COB-PAYER-TWICE", "other_subscribers[1].payer_id",
         with_lines(adjudicated("100", "20"), other_subscribers=[DATED, changed(DATED, responsibility="T")])),
    Case("COB-PAID", "other_subscribers[0].paid_amount",
         secondary(changed(paid_before("0", "20"), paid_amount=None))),
    Case("COB-SUM", "other_subscribers[1].paid_amount", tertiary("29")),
    Case("COB-LINE-SUM", "service_lines[0].charge", tertiary("29")),
    Case("COB-DATE", "other_subscribers[0].payer_paid_date", secondary(paid_before("100", "45.50"))),
    Case("COB-DATE", "other_subscribers[0].payer_paid_date",
         with_lines(adjudicated("100", "20"), other_subscribers=[paid_before("100")])),
    Case("COB-DATE-TWICE", "other_subscribers[0].payer_paid_date",
         with_lines(line(adjudications=[m.LineAdjudication(
             payer_id="FIRST", paid_amount=Decimal(120), paid_date=JUNE)]),
             other_subscribers=[paid_before("120", payer_paid_date=JUNE)])),
    Case("DATE-RELATED", "accident_date",  # between two visits
         with_lines(line(), line(service_date=LATE_JUNE), accident_date=date(2026, 6, 20), related_causes=["OA"])),
    Case("BILLING-NPI", "billing_provider.npi", billing(npi="")),
    Case("MSP-TYPE", "subscriber.insurance_type",
         secondary(paid_before("100", "45.50", payer_paid_date=JUNE), subscriber=SECOND)),
    # --- level 5
    Case("ICD-FIRST", "diagnoses[0].code", base_claim(diagnoses=[m.Diagnosis(code="W5601XA", qualifier="ABK")])),
    Case("MODIFIER-TWICE", "service_lines[0].modifiers", with_lines(line(modifiers=["25", "25"]))),
    Case("REASON", "other_subscribers[0].adjustment_groups[0].adjustments[0].reason",
         secondary(paid_before("100", adjustment_groups=[
             m.AdjustmentGroup(group="CO", adjustments=[m.Adjustment(reason="CO45", amount=Decimal("45.50"))])]))),
    Case("SSN", "subscriber.social_security_number", subscriber(social_security_number="123-45-678")),
    Case("SSN", "other_subscribers[0].social_security_number", secondary(changed(DATED, social_security_number="1"))),
    Case("UPIN", "rendering_provider.secondary_ids[0].value",
         base_claim(rendering_provider=changed(DOCTOR, secondary_ids=[m.Identifier(qualifier="1G", value="A1234")]))),
    Case("PO-BOX", "billing_provider.address.line1", billing_address(line1="100 MILL RACE PMB 12")),
    Case("PO-BOX", "billing_provider.address.line1", billing_address(line1="LOCKBOX 4711")),
    # --- level 6
    Case("NOC-DESCRIPTION", "service_lines[0].description", with_lines(line(procedure="J3490"))),
    Case("ANESTHESIA-MINUTES", "service_lines[0].unit", with_lines(changed(ANESTHESIA, unit="UN", units=Decimal(5)))),
    Case("MINUTES-ELSEWHERE", "service_lines[0].unit", with_lines(line(unit="MJ", units=Decimal(30)))),
    Case("ANESTHESIA-MODIFIER", "service_lines[0].modifiers", for_payer("MB", changed(ANESTHESIA, modifiers=[]))),
    Case("CLIA-MISSING", "service_lines[0].clia_number", for_payer("MB", LAB)),
    Case("CLIA-MISSING", "service_lines[0].clia_number", for_payer("MC", LAB)),
    Case("MAMMOGRAPHY", "service_lines[0].mammography_certification", for_payer("MB", MAMMOGRAPHY)),
    Case("CHIROPRACTIC", "service_lines[0].initial_treatment_date", for_payer("MB", SPINE)),
    Case("ORDERING", "service_lines[0].ordering_provider", for_payer("MB", WHEELCHAIR)),
    Case("CMN-ENDED", "service_lines[0].forms",
         for_payer("MB", changed(WHEELCHAIR, ordering_provider=DOCTOR, forms=[m.Form(qualifier="UT", code="484.3")]))),
    Case("NDC-NEEDED", "service_lines[0].national_drug_code", for_payer("MC", line(procedure="J1885"))),
    Case("ADMISSION-DATE-21", "admission_date", base_claim(place_of_service="21")),
    Case("AMBULANCE-MODIFIER", "service_lines[0].modifiers", for_payer("MB", changed(RIDE, modifiers=["GY"]))),
    Case("EPSDT-REFERRAL", "service_lines[0].epsdt", with_lines(line(epsdt="Y"))),
    Case("TELEHEALTH", "service_lines[0].modifiers", visit_at("10")),
    Case("TELEHEALTH", "service_lines[0].modifiers", for_payer("CI", line(place_of_service="02"))),
    Case("MODIFIER-CONFLICT", "service_lines[0].modifiers", with_lines(line(modifiers=["26", "TC"]))),
    Case("MODIFIER-CONFLICT", "service_lines[0].modifiers", with_lines(line(modifiers=["RT", "59", "LT"]))),
    # --- level 7
    Case("ZERO-CHARGE", "total_charge", with_lines(line(charge=Decimal(0)))),
    Case("MEMBER-ID-MEDICARE", "subscriber.member_id", subscriber(filing_indicator="MB", member_id="123456789A")),
    Case("BILLING-TAXONOMY", "billing_provider.taxonomy",
         for_payer("MC", billing_provider=changed(CLINIC, taxonomy=""))),
]  # fmt: skip

PASSES: list[tuple[str, m.Claim]] = [
    ("PATIENT-PAID", base_claim(patient_amount_paid=Decimal("145.50"))),
    ("COB-SUM", with_lines(  # 120 of the line, less 20 of the claim as a whole
        adjudicated("120"), other_subscribers=[paid_before("100", "20")])),
    ("COB-SUM", tertiary("30")),
    ("COB-LINE-SUM", tertiary("30")),
    ("COB-NEGATIVE", secondary(paid_before("0", "145.50"))),
    ("SUPERVISING-SAME", base_claim(supervising_provider=SURGEON)),
    ("FACILITY-SAME", base_claim(service_facility=changed(CLINIC, npi="1999999984"))),
    ("FACILITY-SAME", base_claim(service_facility=changed(CLINIC, npi=""))),
    ("REFERRING-LEVEL", with_lines(line(referring_provider=SURGEON), referring_provider=SURGEON)),
    ("MENSTRUAL-SEX", base_claim(last_menstrual_period_date=JUNE)),
    ("AMBULANCE", with_lines(RIDE, place_of_service="41", ambulance=RIDE.ambulance)),
    ("COB-GAP", secondary(DATED)),
    ("COB-GAP", base_claim(other_subscribers=[changed(DATED, responsibility="S")])),
    ("COB-GAP", secondary(changed(DATED, responsibility="U"))),
    ("SSN", subscriber(social_security_number="123456789")),
    ("COB-DATE-TWICE", secondary(DATED)),
    ("DATE-RELATED", with_lines(line(), line(service_date=LATE_JUNE), onset_date=date(2026, 6, 20))),
    ("BILLING-NPI", billing(npi="", secondary_ids=[m.Identifier(qualifier="0B", value="OH4711")])),
    ("BILLING-NPI", base_claim(
        billing_provider=changed(CLINIC, npi=""),
        payer=changed(PAYER, billing_provider_ids=[m.Identifier(qualifier="G2", value="P4711")]))),
    ("UPIN", base_claim(rendering_provider=changed(DOCTOR, secondary_ids=[
        m.Identifier(qualifier="1G", value="A12345"), m.Identifier(qualifier="0B", value="X")]))),
    ("NOC-DESCRIPTION", with_lines(line(procedure="J3490", description="VIAL OF MADE UP DRUG"))),
    ("ZERO-CHARGE", with_lines(line(charge=Decimal("0.01")))),
    ("ATTACHMENT-NUMBER", base_claim(attachments=paper("AA"))),
    ("ATTACHMENT-NUMBER", base_claim(attachments=paper("FX", "DOC-1"))),
    ("DATE-RELATED", base_claim(onset_date=JUNE, last_seen_date=LATE_JUNE)),
    ("EPSDT-CODE", referral("Y", "AV", "ST")),
    ("EPSDT-CODE", referral("N", "NU")),
    ("ACUTE-DATE", spinal("C")),
    ("ACUTE-DATE", spinal("A", acute_manifestation_date=JUNE)),
    ("CMN-DATE", with_lines(line(equipment_certification=m.EquipmentCertification(type="I", months=Decimal(12))))),
    ("PURCHASED-SERVICE", with_lines(line(
        purchased_service_charge=Decimal(40), purchased_service_provider=m.Provider(entity_type="2")))),
    ("COB-PAYER-TWICE", with_lines(adjudicated("100", "20"), other_subscribers=[
        DATED, changed(DATED, responsibility="T", payer_id="OTHER")])),
    ("COB-PAID", secondary(paid_before("0", "145.50"))),
    ("COB-DATE", secondary(DATED)),
    ("COB-DATE", with_lines(
        line(adjudications=[m.LineAdjudication(payer_id="FIRST", paid_amount=Decimal(120), paid_date=JUNE)]),
        other_subscribers=[paid_before("120")])),
    ("MSP-TYPE", secondary(DATED, subscriber=changed(SECOND, insurance_type="12"))),
    ("MSP-TYPE", for_payer("MB")),
    ("ICD-FIRST", base_claim(diagnoses=[m.Diagnosis(code="S61451A", qualifier="ABK"),
                                        m.Diagnosis(code="W5401XA", qualifier="ABF")])),
    ("MODIFIER-TWICE", with_lines(line(modifiers=["25", "59"]))),
    ("REASON", secondary(paid_before("100", adjustment_groups=[m.AdjustmentGroup(group="CO", adjustments=[
        m.Adjustment(reason=code, amount=Decimal(1)) for code in ("45", "B7", "253", "P12")])]))),
    ("ANESTHESIA-MINUTES", with_lines(ANESTHESIA)),
    ("ANESTHESIA-MINUTES", with_lines(line(procedure="01996"))),  # a day's management
    ("MINUTES-ELSEWHERE", with_lines(ANESTHESIA)),
    ("ANESTHESIA-MODIFIER", for_payer("MB", ANESTHESIA)),
    ("ANESTHESIA-MODIFIER", for_payer("CI", changed(ANESTHESIA, modifiers=[]))),
    ("CLIA-MISSING", for_payer("MB", LAB, clia_number="36D0123456")),
    ("CLIA-MISSING", for_payer("MB", changed(LAB, modifiers=["90"], referring_clia_number="36D0123456"))),
    ("CLIA-MISSING", for_payer("MB", line(procedure="86580"))),  # a skin test is no laboratory's
    ("CLIA-MISSING", for_payer("CI", LAB)),
    ("MAMMOGRAPHY", for_payer("MB", MAMMOGRAPHY, mammography_certification="123456")),
    ("MAMMOGRAPHY", for_payer("MB", changed(MAMMOGRAPHY, modifiers=["26"]))),  # read elsewhere
    ("CHIROPRACTIC", for_payer("MB", SPINE, initial_treatment_date=JUNE)),
    ("CHIROPRACTIC", for_payer("CI", SPINE)),
    ("ORDERING", for_payer("MB", changed(WHEELCHAIR, ordering_provider=DOCTOR))),
    ("CMN-ENDED", for_payer("MB", changed(WHEELCHAIR, service_date=date(2022, 12, 31),
                                          forms=[m.Form(qualifier="UT", code="484.3")]))),
    ("CMN-ENDED", for_payer("MB", DRUG)),  # which no line with another rare field must be told either
    ("NDC-NEEDED", for_payer("MC", DRUG)),
    ("NDC-NEEDED", for_payer("CI", line(procedure="J1885"))),
    ("ADMISSION-DATE-21", base_claim(place_of_service="21", admission_date=JUNE)),
    ("AMBULANCE-MODIFIER", for_payer("MB", RIDE)),
    ("EPSDT-REFERRAL", with_lines(line(epsdt="Y"), conditions=[
        m.Condition(category="ZZ", applies="N", codes=["NU"])])),
    ("TELEHEALTH", visit_at("10", modifiers=["95"])),
    ("TELEHEALTH", visit_at("10", "MB")),  # for Medicare the place says it
    ("MODIFIER-CONFLICT", with_lines(line(modifiers=["26", "59"]))),
    ("MEMBER-ID-MEDICARE", for_payer("MB")),
    ("MEMBER-ID-MEDICARE", with_lines(line(service_date=date(2019, 12, 31)), subscriber=changed(
        SUBSCRIBER, filing_indicator="MB", member_id="123456789A"))),
    ("BILLING-TAXONOMY", for_payer("MC")),
    ("BILLING-TAXONOMY", for_payer("CI", billing_provider=changed(CLINIC, taxonomy=""))),
]  # fmt: skip
