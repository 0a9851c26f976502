"""005010X224A2 (837D) as a binding: reads like the guide, top to bottom."""

from __future__ import annotations

from edigate.claims.model import Claim, Diagnosis, ServiceLine, Tooth, ToothStatus
from edigate.claims.other_payers import LINE_ADJUDICATION, other_subscriber
from edigate.claims.parties import submission
from edigate.claims.parts import (
    ATTACHMENTS,
    CONTRACT,
    FIXED_FORMAT,
    NOTES,
    PRICING,
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

GUIDE = "005010X224A2"

# --- 2400

LINE = loop(
    "2400",
    ServiceLine,
    segment("LX", sequence(1, "line_number")),
    segment(
        "SV3",
        comp(1, const(1, "AD"), el(2, "procedure"), texts(3, 6, "modifiers"), el(7, "description")),
        el(2, "charge", money), el(3, "place_of_service"), comp(4, texts(1, 5, "oral_cavities")),
        el(5, "prosthesis"), el(6, "units", number), comp(11, texts(1, 4, "diagnosis_pointers", integer)),
    ),
    many("TOO", "teeth", Tooth, const(1, "JP"), el(2, "code"), comp(3, texts(1, 5, "surfaces"))),
    segment("DTP", when(1, "472"), period(2, 3, "service_date", "service_date_end")),
    segment("DTP", key(1, "prior_placement", "441", "139"), qualified(2, "D8", 3, "prior_placement_date", day)),
    dated("452", "appliance_placement_date"),
    dated("446", "replacement_date"),
    dated("196", "treatment_start_date"),
    dated("198", "treatment_completion_date"),
    CONTRACT,
    many("REF", "predetermination_numbers", None, when(1, "G3"), el(2, "value")),
    many("REF", "prior_authorizations", None, when(1, "G1"), el(2, "value")),
    reference("6R", "line_item_control_number"),
    reference("9A", "repriced_line_number"),
    reference("9C", "adjusted_repriced_line_number"),
    many("REF", "referral_numbers", None, when(1, "9F"), el(2, "value")),
    segment("AMT", when(1, "T"), el(2, "sales_tax", money)),
    FIXED_FORMAT,
    PRICING,
    provider("2420A", "rendering_provider", "82"),
    provider("2420B", "assistant_surgeon", "DD", role="AS"),
    provider("2420C", "supervising_provider", "DQ"),
    provider("2420D", "service_facility", "77"),
    LINE_ADJUDICATION,
    field="service_lines",
    many=True,
    always={"procedure_qualifier": "AD"},  # in SV3 there are CDT codes only, whatever a mapping's default
)  # fmt: skip

# --- 2320

OTHER_SUBSCRIBER = other_subscriber(
    ("D", "EAF", "A8"), ("DN", "P3", "82", "DQ", "85", "77", "DD"), predetermined=True
)

# --- 2300

CLAIM = loop(
    "2300",
    Claim,
    segment(
        "CLM", el(1, "patient_control_number"), el(2, "total_charge", money),
        comp(5, el(1, "place_of_service"), const(2, "B"), el(3, "frequency_code")),
        el(6, "provider_signature_on_file"), el(7, "assignment_code"), el(8, "benefits_assignment"),
        el(9, "release_of_information"),
        comp(11, texts(1, 3, "related_causes"), el(4, "auto_accident_state"), el(5, "auto_accident_country")),
        el(12, "special_program"), el(19, "predetermination"), el(20, "delay_reason"),
    ),
    dated("439", "accident_date"),
    dated("452", "appliance_placement_date"),
    segment("DTP", when(1, "472"), period(2, 3, "service_date", "service_date_end")),
    dated("050", "repricer_received_date"),
    segment(
        "DN1", el(1, "total_months", number), el(2, "remaining_months", number), el(4, "indicator"),
        into="orthodontics",
    ),
    many("DN2", "tooth_statuses", ToothStatus, el(1, "tooth"), el(2, "status"), const(6, "JP")),
    ATTACHMENTS,
    CONTRACT,
    segment("AMT", when(1, "F5"), el(2, "patient_amount_paid", money)),
    reference("G3", "predetermination_number"),
    reference("4N", "service_authorization_exception"),
    reference("F8", "payer_claim_control_number"),
    reference("9F", "referral_number"),
    reference("G1", "prior_authorization"),
    reference("9A", "repriced_claim_number"),
    reference("9C", "adjusted_repriced_claim_number"),
    reference("D9", "clearinghouse_trace_number"),
    FIXED_FORMAT,
    NOTES,
    code_lists(
        "HI", codes("diagnoses", Diagnosis, key(1, "qualifier", "ABK", "ABF", "BK", "BF", "TQ"), el(2, "code"), most=4)
    ),
    PRICING,
    provider("2310A", "referring_provider", "DN", role="RF"),
    provider("2310A", "primary_care_provider", "P3", role="RF"),
    provider("2310B", "rendering_provider", "82"),
    provider("2310C", "service_facility", "77"),
    provider("2310D", "assistant_surgeon", "DD", role="AS"),
    provider("2310E", "supervising_provider", "DQ"),
    OTHER_SUBSCRIBER,
    LINE,
    field="claims",
    many=True,
    always={"kind": "dental"},
)  # fmt: skip

SUBMISSION = submission(CLAIM)
