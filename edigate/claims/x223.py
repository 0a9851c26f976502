"""005010X223A2 (837I) as a binding: reads like the guide, top to bottom.

Serves 005010X292 (predetermination) too, which is the same but for CLM19 and what it leaves out.
"""

from __future__ import annotations

from edigate.claims.model import (
    Claim,
    Diagnosis,
    Occurrence,
    OccurrenceSpan,
    Procedure,
    ServiceLine,
    ValueCode,
)
from edigate.claims.other_payers import LINE_ADJUDICATION, other_subscriber
from edigate.claims.parties import submission
from edigate.claims.parts import (
    ATTACHMENTS,
    CONDITIONS,
    CONTRACT,
    DRUG,
    FIXED_FORMAT,
    NOTES,
    PRICING,
    PROCEDURE,
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
    moment,
    period,
    qualified,
    segment,
    sequence,
    when,
)
from edigate.x12.codecs import day, hour, money, number

GUIDE = "005010X223A2"

# --- 2400

LINE = loop(
    "2400",
    ServiceLine,
    segment("LX", sequence(1, "line_number")),
    segment(
        "SV2", el(1, "revenue_code"), comp(2, *PROCEDURE), el(3, "charge", money), el(4, "unit"),
        el(5, "units", number), el(6, "rate", money), el(7, "non_covered_charge", money),
    ),
    ATTACHMENTS,
    segment("DTP", when(1, "472"), period(2, 3, "service_date", "service_date_end")),
    reference("6R", "line_item_control_number"),
    reference("9B", "repriced_line_number"),
    reference("9D", "adjusted_repriced_line_number"),
    segment("AMT", when(1, "GT"), el(2, "service_tax", money)),
    segment("AMT", when(1, "N8"), el(2, "facility_tax", money)),
    NOTES,
    PRICING,
    DRUG,
    provider("2420A", "operating_physician", "72", role="OP"),
    provider("2420B", "other_operating_physician", "ZZ"),
    provider("2420C", "rendering_provider", "82"),
    provider("2420D", "referring_provider", "DN", role="RF"),
    LINE_ADJUDICATION,
    field="service_lines",
    many=True,
)  # fmt: skip

# --- 2320

OTHER_SUBSCRIBER = other_subscriber(
    ("D", "EAF", "A8"), ("71", "72", "ZZ", "77", "82", "DN", "85"), inpatient=True
)

# --- 2300

PRESENT = el(9, "present_on_admission")

CLAIM = loop(
    "2300",
    Claim,
    segment(
        "CLM", el(1, "patient_control_number"), el(2, "total_charge", money),
        comp(5, el(1, "facility_type"), const(2, "A"), el(3, "frequency_code")),
        el(7, "assignment_code"), el(8, "benefits_assignment"), el(9, "release_of_information"),
        el(19, "predetermination"), el(20, "delay_reason"),
    ),
    segment("DTP", when(1, "096"), qualified(2, "TM", 3, "discharge_hour", hour)),
    segment("DTP", when(1, "434"), period(2, 3, "statement_from", "statement_to")),
    segment("DTP", when(1, "435"), moment(2, 3, "admission_date", "admission_hour")),
    dated("050", "repricer_received_date"),
    segment("CL1", el(1, "admission_type"), el(2, "admission_source"), el(3, "patient_status")),
    ATTACHMENTS,
    CONTRACT,
    segment("AMT", when(1, "F3"), el(2, "patient_amount_due", money)),
    reference("4N", "service_authorization_exception"),
    reference("9F", "referral_number"),
    reference("G1", "prior_authorization"),
    reference("F8", "payer_claim_control_number"),
    reference("9A", "repriced_claim_number"),
    reference("9C", "adjusted_repriced_claim_number"),
    reference("LX", "investigational_device_number"),
    many("REF", "further_investigational_device_numbers", None, when(1, "LX"), el(2, "value")),
    reference("D9", "clearinghouse_trace_number"),
    reference("LU", "auto_accident_state"),
    reference("EA", "medical_record_number"),
    reference("P4", "demonstration_project"),
    reference("G4", "peer_review_approval"),
    FIXED_FORMAT,
    NOTES,
    CONDITIONS,
    code_lists(
        "HI",
        codes("diagnoses", Diagnosis, key(1, "qualifier", "ABK", "BK"), el(2, "code"), PRESENT, most=1),
        codes("admitting_diagnosis", Diagnosis, key(1, "qualifier", "ABJ", "BJ"), el(2, "code"), single=True, most=1),
        codes("visit_reasons", Diagnosis, key(1, "qualifier", "APR", "PR"), el(2, "code"), most=3),
        codes("external_causes", Diagnosis, key(1, "qualifier", "ABN", "BN"), el(2, "code"), PRESENT),
        codes("drg", None, when(1, "DR"), el(2, "drg"), single=True, most=1),
        codes("diagnoses", Diagnosis, key(1, "qualifier", "ABF", "BF"), el(2, "code"), PRESENT),
        codes("procedures", Procedure, key(1, "qualifier", "BBR", "BR", "CAH"), el(2, "code"),
              qualified(3, "D8", 4, "date", day), most=1),
        codes("procedures", Procedure, key(1, "qualifier", "BBQ", "BQ"), el(2, "code"),
              qualified(3, "D8", 4, "date", day)),
        codes("occurrence_spans", OccurrenceSpan, when(1, "BI"), el(2, "code"), period(3, 4, "start", "end")),
        codes("occurrences", Occurrence, when(1, "BH"), el(2, "code"), qualified(3, "D8", 4, "date", day)),
        codes("value_codes", ValueCode, when(1, "BE"), el(2, "code"), el(5, "amount", money)),
        codes("condition_codes", Diagnosis, key(1, "qualifier", "BG"), el(2, "code")),
        codes("treatment_codes", None, when(1, "TC"), el(2, "code")),
    ),
    PRICING,
    provider("2310A", "attending_provider", "71", role="AT"),
    provider("2310B", "operating_physician", "72", role="OP"),
    provider("2310C", "other_operating_physician", "ZZ"),
    provider("2310D", "rendering_provider", "82"),
    provider("2310E", "service_facility", "77"),
    provider("2310F", "referring_provider", "DN", role="RF"),
    OTHER_SUBSCRIBER,
    LINE,
    field="claims",
    many=True,
    always={"kind": "institutional"},
)  # fmt: skip

SUBMISSION = submission(CLAIM)
