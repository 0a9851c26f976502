"""005010X222A1 (837P) as a binding: reads like the guide, top to bottom.

Serves 005010X291 (predetermination) too, which is the same but for CLM19 and what it leaves out.
"""

from __future__ import annotations

from edigate.claims.model import Claim, Diagnosis, Form, FormAnswer, Measurement, ServiceLine
from edigate.claims.other_payers import LINE_ADJUDICATION, other_subscriber
from edigate.claims.parties import submission
from edigate.claims.parts import (
    AMBULANCE,
    ATTACHMENTS,
    CONDITIONS,
    CONTRACT,
    DRUG,
    FIXED_FORMAT,
    NOTES,
    PRICING,
    ambulance_places,
    dated,
    provider,
    reference,
)
from edigate.x12.binding import (
    code_lists,
    codes,
    comp,
    const,
    el,
    key,
    loop,
    many,
    period,
    qualified,
    segment,
    sequence,
    texts,
    when,
)
from edigate.x12.codecs import day, integer, money, number

GUIDE = "005010X222A1"

# --- 2400

LINE = loop(
    "2400",
    ServiceLine,
    segment("LX", sequence(1, "line_number")),
    segment(
        "SV1",
        comp(1, el(1, "procedure_qualifier"), el(2, "procedure"), texts(3, 6, "modifiers"), el(7, "description")),
        el(2, "charge", money), el(3, "unit"), el(4, "units", number), el(5, "place_of_service"),
        comp(7, texts(1, 4, "diagnosis_pointers", integer)), el(9, "emergency"), el(11, "epsdt"),
        el(12, "family_planning"), el(15, "copay_status"),
    ),
    segment(
        "SV5", comp(1, el(1, "procedure_qualifier"), el(2, "procedure")), el(2, "unit"), el(3, "days", number),
        el(4, "rental_price", money), el(5, "purchase_price", money), el(6, "rental_frequency"), into="equipment",
    ),
    ATTACHMENTS,
    AMBULANCE,
    segment("CR3", el(1, "type"), qualified(2, "MO", 3, "months", number), into="equipment_certification"),
    CONDITIONS,
    segment("DTP", when(1, "472"), period(2, 3, "service_date", "service_date_end")),
    dated("471", "prescription_date"),
    dated("607", "certification_revision_date"),
    dated("463", "begin_therapy_date"),
    dated("461", "last_certification_date"),
    dated("304", "last_seen_date"),
    dated("738", "hemoglobin_test_date"),
    dated("739", "creatinine_test_date"),
    dated("011", "shipped_date"),
    dated("455", "last_x_ray_date"),
    dated("454", "initial_treatment_date"),
    segment("QTY", when(1, "PT"), el(2, "ambulance_patient_count", number)),
    segment("QTY", when(1, "FL"), el(2, "anesthesia_units", number)),
    many("MEA", "measurements", Measurement, el(1, "category"), el(2, "type"), el(3, "value", number)),
    CONTRACT,
    reference("9B", "repriced_line_number"),
    reference("9D", "adjusted_repriced_line_number"),
    many("REF", "prior_authorizations", None, when(1, "G1"), el(2, "value")),
    reference("6R", "line_item_control_number"),
    reference("EW", "mammography_certification"),
    reference("X4", "clia_number"),
    reference("F4", "referring_clia_number"),
    reference("BT", "immunization_batch_number"),
    many("REF", "referral_numbers", None, when(1, "9F"), el(2, "value")),
    segment("AMT", when(1, "T"), el(2, "sales_tax", money)),
    segment("AMT", when(1, "F4"), el(2, "postage", money)),
    FIXED_FORMAT,
    NOTES,
    segment("PS1", el(1, "purchased_service_provider_id"), el(2, "purchased_service_charge", money)),
    PRICING,
    DRUG,
    provider("2420A", "rendering_provider", "82"),
    provider("2420B", "purchased_service_provider", "QB"),
    provider("2420C", "service_facility", "77"),
    provider("2420D", "supervising_provider", "DQ"),
    provider("2420E", "ordering_provider", "DK"),
    provider("2420F", "referring_provider", "DN", role="RF"),
    provider("2420F", "primary_care_provider", "P3", role="RF"),
    *ambulance_places("2420G", "2420H"),
    LINE_ADJUDICATION,
    loop(
        "2440",
        Form,
        segment("LQ", el(1, "qualifier"), el(2, "code")),
        many(
            "FRM", "answers", FormAnswer, el(1, "question"), el(2, "yes_no"), el(3, "text"), el(4, "date", day),
            el(5, "percentage", number),
        ),
        field="forms",
        many=True,
    ),
    field="service_lines",
    many=True,
)  # fmt: skip

# --- 2320

OTHER_SUBSCRIBER = other_subscriber(("D", "A8", "EAF"), ("DN", "P3", "82", "77", "DQ", "85"))

# --- 2300

CLAIM = loop(
    "2300",
    Claim,
    segment(
        "CLM", el(1, "patient_control_number"), el(2, "total_charge", money),
        comp(5, el(1, "place_of_service"), const(2, "B"), el(3, "frequency_code")),
        el(6, "provider_signature_on_file"), el(7, "assignment_code"), el(8, "benefits_assignment"),
        el(9, "release_of_information"), el(10, "patient_signature_source"),
        comp(11, texts(1, 3, "related_causes"), el(4, "auto_accident_state"), el(5, "auto_accident_country")),
        el(12, "special_program"), el(19, "predetermination"), el(20, "delay_reason"),
    ),
    dated("431", "onset_date"),
    dated("454", "initial_treatment_date"),
    dated("304", "last_seen_date"),
    dated("453", "acute_manifestation_date"),
    dated("439", "accident_date"),
    dated("484", "last_menstrual_period_date"),
    dated("455", "last_x_ray_date"),
    dated("471", "prescription_date"),
    segment("DTP", when(1, "314"), period(2, 3, "disability_period_start", "disability_period_end")),
    dated("360", "disability_start"),
    dated("361", "disability_end"),
    dated("297", "last_worked_date"),
    dated("296", "return_to_work_date"),
    dated("435", "admission_date"),
    dated("096", "discharge_date"),
    dated("090", "assumed_care_date"),
    dated("091", "relinquished_care_date"),
    dated("444", "first_contact_date"),
    dated("050", "repricer_received_date"),
    ATTACHMENTS,
    CONTRACT,
    segment("AMT", when(1, "F5"), el(2, "patient_amount_paid", money)),
    reference("4N", "service_authorization_exception"),
    reference("F5", "medicare_section_4081"),
    reference("EW", "mammography_certification"),
    reference("9F", "referral_number"),
    reference("G1", "prior_authorization"),
    reference("F8", "payer_claim_control_number"),
    reference("X4", "clia_number"),
    reference("9A", "repriced_claim_number"),
    reference("9C", "adjusted_repriced_claim_number"),
    reference("LX", "investigational_device_number"),
    reference("D9", "clearinghouse_trace_number"),
    reference("EA", "medical_record_number"),
    reference("P4", "demonstration_project"),
    reference("1J", "care_plan_oversight"),
    FIXED_FORMAT,
    NOTES,
    AMBULANCE,
    segment(
        "CR2", el(8, "condition"), el(10, "description"), el(11, "further_description"), into="spinal_manipulation"
    ),
    CONDITIONS,
    code_lists(
        "HI",
        codes("diagnoses", Diagnosis, key(1, "qualifier", "ABK", "ABF", "BK", "BF"), el(2, "code")),
        codes("anesthesia_procedures", Diagnosis, key(1, "qualifier", "BP", "BO"), el(2, "code"), most=2),
        codes("condition_codes", Diagnosis, key(1, "qualifier", "BG"), el(2, "code")),
    ),
    PRICING,
    provider("2310A", "referring_provider", "DN", role="RF"),
    provider("2310A", "primary_care_provider", "P3", role="RF"),
    provider("2310B", "rendering_provider", "82"),
    provider("2310C", "service_facility", "77"),
    provider("2310D", "supervising_provider", "DQ"),
    *ambulance_places("2310E", "2310F"),
    OTHER_SUBSCRIBER,
    LINE,
    field="claims",
    many=True,
    always={"kind": "professional"},
)  # fmt: skip

SUBMISSION = submission(CLAIM)
