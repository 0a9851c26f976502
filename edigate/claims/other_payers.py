"""What all 837s say of other payers: their insured and adjudication (2320, 2330), what they paid a line (2430)."""

from __future__ import annotations

from edigate.claims.model import LineAdjudication, OtherPayerProvider, OtherSubscriber
from edigate.claims.parts import CAS, PROCEDURE, address, dated, identifiers, person, reference
from edigate.x12.binding import Element, Loop, Texts, comp, const, el, key, loop, qualified, segment, texts, when
from edigate.x12.codecs import money, number

_AMOUNTS = {"D": "paid_amount", "A8": "non_covered_amount", "EAF": "remaining_liability"}

_MIA = (
    *(
        Element(position=position, field=field, codec=number if field.endswith("_days") else money)
        for position, field in (
            (1, "covered_days"),
            (3, "lifetime_psychiatric_days"),
            (4, "drg_amount"),
            (6, "disproportionate_share_amount"),
            (7, "msp_pass_through_amount"),
            (8, "capital_amount"),
            (9, "capital_federal_drg_amount"),
            (10, "capital_hospital_drg_amount"),
            (11, "capital_disproportionate_share_amount"),
            (12, "old_capital_amount"),
            (13, "capital_indirect_teaching_amount"),
            (14, "operating_hospital_drg_amount"),
            (15, "cost_report_days"),
            (16, "operating_federal_drg_amount"),
            (17, "capital_outlier_amount"),
            (18, "indirect_teaching_amount"),
            (19, "professional_component"),
            (24, "capital_exception_amount"),
        )
    ),
    Texts(positions=(5, 20, 21, 22, 23), field="remark_codes"),
)


def other_subscriber(
    amounts: tuple[str, ...], roles: tuple[str, ...], *, inpatient: bool = False, predetermined: bool = False
) -> Loop:
    """2320 with its 2330s: `amounts` are the AMT qualifiers and `roles` the providers' NM101, in the guide's order.

    `inpatient`: the guide has MIA. `predetermined`: it has the other payer's REF*G3.
    """
    inpatient_adjudication = (segment("MIA", *_MIA, into="inpatient_adjudication"),) if inpatient else ()
    predetermination = (reference("G3", "payer_predetermination_number"),) if predetermined else ()
    return loop(
        "2320",
        OtherSubscriber,
        segment(
            "SBR", el(1, "responsibility"), el(2, "relationship"), el(3, "group_number"), el(4, "group_name"),
            el(5, "insurance_type"), el(9, "filing_indicator"),
        ),
        CAS,
        *(segment("AMT", when(1, code), el(2, _AMOUNTS[code], money)) for code in amounts),
        segment(
            "OI", el(3, "benefits_assignment"), el(4, "patient_signature_source"), el(6, "release_of_information")
        ),
        *inpatient_adjudication,
        segment(
            "MOA", el(1, "reimbursement_rate", number), el(2, "payable_amount", money), texts(3, 7, "remark_codes"),
            el(8, "renal_disease_amount", money), el(9, "professional_component", money),
            into="outpatient_adjudication",
        ),
        loop(
            "2330A",
            None,
            person("IL", qualified(8, ("MI", "II"), 9, "member_id", qualifier_field="id_qualifier"),
                    entity_type=el(2, "entity_type")),
            *address("address"),
            reference("SY", "social_security_number"),
        ),
        loop(
            "2330B",
            None,
            segment("NM1", when(1, "PR"), const(2, "2"), el(3, "payer_name"),
                    qualified(8, ("PI", "XV"), 9, "payer_id", qualifier_field="payer_id_qualifier")),
            *address("payer_address"),
            dated("573", "payer_paid_date"),
            identifiers("payer_secondary_ids", "2U", "EI", "FY", "NF"),
            reference("G1", "payer_prior_authorization"),
            reference("9F", "payer_referral_number"),
            reference("T4", "payer_adjustment_indicator"),
            *predetermination,
            reference("F8", "payer_claim_control_number"),
        ),
        loop(
            "2330C-I",
            OtherPayerProvider,
            segment("NM1", key(1, "role", *roles), el(2, "entity_type")),
            identifiers("secondary_ids", "0B", "1G", "G2", "LU"),
            field="payer_providers",
            many=True,
        ),
        field="other_subscribers",
        many=True,
    )  # fmt: skip


LINE_ADJUDICATION = loop(
    "2430",
    LineAdjudication,
    segment(
        "SVD", el(1, "payer_id"), el(2, "paid_amount", money), comp(3, *PROCEDURE), el(4, "revenue_code"),
        el(5, "units", number), el(6, "bundled_line"),
    ),
    CAS,
    dated("573", "paid_date"),
    segment("AMT", when(1, "EAF"), el(2, "remaining_liability", money)),
    field="adjudications",
    many=True,
)  # fmt: skip
