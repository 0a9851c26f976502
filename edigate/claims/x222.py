"""005010X222A1 (837P) as a binding: reads like the guide, top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edigate.claims.levels import BillingLevel, ClaimSet, PatientLevel, SubscriberLevel, tree, with_parties
from edigate.claims.model import (
    Adjustment,
    AdjustmentGroup,
    Attachment,
    Claim,
    Condition,
    Contact,
    Diagnosis,
    Identifier,
    LineAdjudication,
    Note,
    OtherSubscriber,
    Payer,
    Provider,
    ServiceLine,
    Submission,
)
from edigate.x12.binding import (
    Loop,
    Part,
    Segment,
    comp,
    const,
    el,
    groups,
    hl,
    items,
    key,
    loop,
    many,
    pairs,
    period,
    qualified,
    segment,
    sequence,
    texts,
    when,
)
from edigate.x12.codecs import day, hour, integer, money, number
from edigate.x12.decode import Decoder, Run
from edigate.x12.encode import Elements, Encoder
from edigate.x12.envelope import TransactionSet

GUIDE = "005010X222A1"

# --- segments that stand in many loops


def _name(entity: str, *codes: str, into: str = "", ids: tuple[str, ...] = ("XX",)) -> Segment:
    """NM1 of a provider."""
    return segment(
        "NM1", when(1, entity, *codes), el(2, "entity_type"), el(3, "last_name"), el(4, "first_name"),
        el(5, "middle_name"), el(7, "suffix"), qualified(8, ids, 9, "npi"), into=into,
    )  # fmt: skip


def _person(entity: str, *id_parts: Part, into: str = "", entity_type: Part | None = None) -> Segment:
    """NM1 of a subscriber or patient."""
    return segment(
        "NM1", when(1, entity), entity_type or const(2, "1"), el(3, "last_name"), el(4, "first_name"),
        el(5, "middle_name"), el(7, "suffix"), *id_parts, into=into,
    )  # fmt: skip


def _address(into: str) -> tuple[Segment, Segment]:
    return (
        segment("N3", el(1, "line1"), el(2, "line2"), into=into),
        segment(
            "N4", el(1, "city"), el(2, "state"), el(3, "postal_code"), el(4, "country"),
            el(7, "country_subdivision"), into=into,
        ),
    )  # fmt: skip


def _contacts(field: str = "contacts", into: str = "") -> Segment:
    return many(
        "PER", field, Contact, const(1, "IC"), el(2, "name"),
        pairs(3, 3, TE="phone", EX="extension", FX="fax", EM="email"), into=into,
    )  # fmt: skip


def _ids(field: str, *qualifiers: str, into: str = "") -> Segment:
    return many("REF", field, Identifier, key(1, "qualifier", *qualifiers), el(2, "value"), into=into)


def _ref(qualifier: str, field: str, into: str = "") -> Segment:
    return segment("REF", when(1, qualifier), el(2, field), into=into)


def _date(qualifier: str, field: str) -> Segment:
    return segment("DTP", when(1, qualifier), const(2, "D8"), el(3, field, day))


def _provider(loop_id: str, field: str, entity: str, *codes: str, role: str = "", ids: tuple[str, ...] = ()) -> Loop:
    """A provider in a role: every segment that any of them may have, in the guide's order."""
    return loop(
        loop_id,
        Provider,
        _name(entity, *codes),
        segment("PRV", when(1, role or "PE"), const(2, "PXC"), el(3, "taxonomy")),
        *_address("address"),
        _ids("secondary_ids", *(ids or ("0B", "1G", "G2", "LU"))),
        _contacts(),
        field=field,
    )


DEMOGRAPHICS = (qualified(1, "D8", 2, "birth_date", day), el(3, "sex"))
CIRCUMSTANCES = (  # PAT05-09
    qualified(5, "D8", 6, "death_date", day),
    qualified(7, "01", 8, "weight", number),
    el(9, "pregnant"),
)
CAS = many(
    "CAS", "adjustment_groups", AdjustmentGroup, el(1, "group"),
    groups(2, 3, 6, "adjustments", Adjustment, el(1, "reason"), el(2, "amount", money), el(3, "quantity", number)),
)  # fmt: skip
ATTACHMENTS = many(
    "PWK", "attachments", Attachment, el(1, "report_type"), el(2, "transmission"),
    qualified(5, "AC", 6, "control_number"),
)  # fmt: skip
NOTES = many("NTE", "notes", Note, el(1, "qualifier"), el(2, "text"))
AMBULANCE = segment(
    "CR1", qualified(1, "LB", 2, "weight", number), el(4, "reason"), qualified(5, "DH", 6, "distance", number),
    el(9, "round_trip_purpose"), el(10, "stretcher_purpose"), into="ambulance",
)  # fmt: skip
CONDITIONS = many(
    "CRC", "conditions", Condition, el(1, "category"), el(2, "applies"), texts(3, 7, "codes")
)  # fmt: skip

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
    ATTACHMENTS,
    AMBULANCE,
    CONDITIONS,
    segment("DTP", when(1, "472"), period(2, 3, "service_date", "service_date_end")),
    _date("471", "prescription_date"),
    _date("463", "begin_therapy_date"),
    _date("304", "last_seen_date"),
    _date("454", "initial_treatment_date"),
    segment("QTY", when(1, "PT"), el(2, "ambulance_patient_count", number)),
    segment("QTY", when(1, "FL"), el(2, "anesthesia_units", number)),
    many("REF", "prior_authorizations", None, when(1, "G1"), el(2, "value")),
    _ref("6R", "line_item_control_number"),
    _ref("EW", "mammography_certification"),
    _ref("X4", "clia_number"),
    many("REF", "referral_numbers", None, when(1, "9F"), el(2, "value")),
    segment("AMT", when(1, "T"), el(2, "sales_tax", money)),
    NOTES,
    loop(
        "2410",
        None,
        segment("LIN", when(2, "N4"), el(3, "national_drug_code")),
        segment("CTP", el(4, "drug_quantity", number), comp(5, el(1, "drug_unit"))),
        _ref("XZ", "prescription_number"),
    ),
    _provider("2420A", "rendering_provider", "82"),
    _provider("2420B", "purchased_service_provider", "QB"),
    _provider("2420C", "service_facility", "77"),
    _provider("2420D", "supervising_provider", "DQ"),
    _provider("2420E", "ordering_provider", "DK"),
    _provider("2420F", "referring_provider", "DN", role="RF"),
    loop(
        "2430",
        LineAdjudication,
        segment(
            "SVD", el(1, "payer_id"), el(2, "paid_amount", money),
            comp(3, el(1, "procedure_qualifier"), el(2, "procedure"), texts(3, 6, "modifiers")),
            el(5, "units", number), el(6, "bundled_line"),
        ),
        CAS,
        _date("573", "paid_date"),
        segment("AMT", when(1, "EAF"), el(2, "remaining_liability", money)),
        field="adjudications",
        many=True,
    ),
    field="service_lines",
    many=True,
)  # fmt: skip

# --- 2320

OTHER_SUBSCRIBER = loop(
    "2320",
    OtherSubscriber,
    segment(
        "SBR", el(1, "responsibility"), el(2, "relationship"), el(3, "group_number"), el(4, "group_name"),
        el(5, "insurance_type"), el(9, "filing_indicator"),
    ),
    CAS,
    segment("AMT", when(1, "D"), el(2, "paid_amount", money)),
    segment("AMT", when(1, "A8"), el(2, "non_covered_amount", money)),
    segment("AMT", when(1, "EAF"), el(2, "remaining_liability", money)),
    segment(
        "OI", el(3, "benefits_assignment"), el(4, "patient_signature_source"), el(6, "release_of_information")
    ),
    loop(
        "2330A",
        None,
        _person("IL", qualified(8, ("MI", "II"), 9, "member_id", qualifier_field="id_qualifier"),
                entity_type=el(2, "entity_type")),
        *_address("address"),
    ),
    loop(
        "2330B",
        None,
        segment("NM1", when(1, "PR"), const(2, "2"), el(3, "payer_name"),
                qualified(8, ("PI", "XV"), 9, "payer_id", qualifier_field="payer_id_qualifier")),
        *_address("payer_address"),
        _date("573", "payer_paid_date"),
        _ids("payer_secondary_ids", "2U", "EI", "FY", "NF"),
        _ref("F8", "payer_claim_control_number"),
    ),
    field="other_subscribers",
    many=True,
)  # fmt: skip

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
        el(12, "special_program"), el(20, "delay_reason"),
    ),
    _date("431", "onset_date"),
    _date("454", "initial_treatment_date"),
    _date("304", "last_seen_date"),
    _date("453", "acute_manifestation_date"),
    _date("439", "accident_date"),
    _date("484", "last_menstrual_period_date"),
    _date("455", "last_x_ray_date"),
    _date("471", "prescription_date"),
    _date("360", "disability_start"),
    _date("361", "disability_end"),
    _date("297", "last_worked_date"),
    _date("296", "return_to_work_date"),
    _date("435", "admission_date"),
    _date("096", "discharge_date"),
    _date("444", "first_contact_date"),
    _date("050", "repricer_received_date"),
    ATTACHMENTS,
    segment("AMT", when(1, "F5"), el(2, "patient_amount_paid", money)),
    _ref("4N", "service_authorization_exception"),
    _ref("F5", "medicare_section_4081"),
    _ref("EW", "mammography_certification"),
    _ref("9F", "referral_number"),
    _ref("G1", "prior_authorization"),
    _ref("F8", "payer_claim_control_number"),
    _ref("X4", "clia_number"),
    _ref("9A", "repriced_claim_number"),
    _ref("9C", "adjusted_repriced_claim_number"),
    _ref("LX", "investigational_device_number"),
    _ref("D9", "clearinghouse_trace_number"),
    _ref("EA", "medical_record_number"),
    _ref("P4", "demonstration_project"),
    _ref("1J", "care_plan_oversight"),
    many("K3", "fixed_format_records", None, el(1, "value")),
    NOTES,
    AMBULANCE,
    CONDITIONS,
    segment(
        "HI", items(1, 12, "diagnoses", Diagnosis, key(1, "qualifier", "ABK", "ABF", "BK", "BF"), el(2, "code"))
    ),
    segment("HI", items(1, 2, "anesthesia_procedures", Diagnosis, key(1, "qualifier", "BP", "BO"), el(2, "code"))),
    segment("HI", items(1, 12, "condition_codes", Diagnosis, key(1, "qualifier", "BG"), el(2, "code"))),
    _provider("2310A", "referring_provider", "DN", role="RF"),
    _provider("2310A", "primary_care_provider", "P3", role="RF"),
    _provider("2310B", "rendering_provider", "82"),
    _provider("2310C", "service_facility", "77"),
    _provider("2310D", "supervising_provider", "DQ"),
    loop("2310E", None, segment("NM1", when(1, "PW"), const(2, "2")), *_address("ambulance_pick_up")),
    loop("2310F", None, segment("NM1", when(1, "45"), const(2, "2"), el(3, "ambulance_drop_off_name")),
         *_address("ambulance_drop_off")),
    OTHER_SUBSCRIBER,
    LINE,
    field="claims",
    many=True,
)  # fmt: skip

# --- the tree

SUBMISSION = loop(
    "ST",
    ClaimSet,
    segment(
        "BHT", el(1, "structure_code"), el(2, "purpose"), el(3, "reference"), el(4, "created_on", day),
        el(5, "created_at", hour), el(6, "transaction_type"),
    ),
    loop(
        "1000A",
        None,
        segment("NM1", when(1, "41"), el(2, "submitter_entity_type"), el(3, "submitter_name"),
                el(4, "submitter_first_name"), qualified(8, "46", 9, "submitter_id")),
        _contacts("submitter_contacts"),
    ),
    loop(
        "1000B",
        None,
        segment("NM1", when(1, "40"), const(2, "2"), el(3, "receiver_name"),
                qualified(8, "46", 9, "receiver_id")),
    ),
    loop(
        "2000A",
        BillingLevel,
        hl("20"),
        segment("PRV", when(1, "BI"), const(2, "PXC"), el(3, "taxonomy"), into="provider"),
        segment("CUR", const(1, "85"), el(2, "currency"), into="provider"),
        loop(
            "2010AA",
            None,
            _name("85"),
            *_address("address"),
            segment("REF", key(1, "tax_id_type", "EI", "SY"), el(2, "tax_id")),
            _ids("secondary_ids", "0B", "1G"),
            _contacts(),
            into="provider",
        ),
        loop("2010AB", None, segment("NM1", when(1, "87"), const(2, "2")), *_address(""),
             into="pay_to_address"),
        loop(
            "2000B",
            SubscriberLevel,
            hl("22"),
            segment(
                "SBR", el(1, "responsibility"), el(2, "relationship"), el(3, "group_number"),
                el(4, "group_name"), el(5, "insurance_type"), el(9, "filing_indicator"), into="subscriber",
            ),
            segment("PAT", *CIRCUMSTANCES, into="subscriber"),
            loop(
                "2010BA",
                None,
                _person("IL", qualified(8, ("MI", "II"), 9, "member_id", qualifier_field="id_qualifier"),
                        entity_type=el(2, "entity_type")),
                *_address("address"),
                segment("DMG", *DEMOGRAPHICS),
                _ref("SY", "social_security_number"),
                _ref("Y4", "property_casualty_claim_number"),
                into="subscriber",
            ),
            loop(
                "2010BB",
                Payer,
                segment("NM1", when(1, "PR"), const(2, "2"), el(3, "name"),
                        qualified(8, ("PI", "XV"), 9, "payer_id", qualifier_field="id_qualifier")),
                *_address("address"),
                _ids("secondary_ids", "2U", "EI", "FY", "NF"),
                _ids("billing_provider_ids", "G2", "LU"),
                field="payer",
            ),
            CLAIM,
            loop(
                "2000C",
                PatientLevel,
                hl("23"),
                segment("PAT", el(1, "relationship"), *CIRCUMSTANCES, into="patient"),
                loop(
                    "2010CA",
                    None,
                    _person("QC"),
                    *_address("address"),
                    segment("DMG", *DEMOGRAPHICS),
                    _ref("Y4", "property_casualty_claim_number"),
                    _ref("1W", "member_id"),
                    into="patient",
                ),
                CLAIM,
                field="patients",
                many=True,
            ),
            field="subscribers",
            many=True,
        ),
        field="billing_levels",
        many=True,
    ),
)  # fmt: skip

DECODER: Decoder[ClaimSet] = Decoder(SUBMISSION)


def decode_claims(transaction_set: TransactionSet) -> Iterator[Claim]:
    """The claims of an 837P, one at a time, each with its parties."""
    run: Run[ClaimSet] = DECODER.stream(transaction_set.segments, transaction_set.delimiters, at="2300")
    for found in run:
        yield with_parties(found.record, found.parents)


def encode_claims(head: Submission, claims: Iterable[Claim]) -> Iterator[Elements]:
    """The segments of an 837P between ST and SE; claims of the same parties stand together."""
    return Encoder(SUBMISSION).encode(tree(head, claims))
