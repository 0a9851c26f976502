"""The 835 (005010X221A1, and what 4010 X091A1 left in archives) bound to its records, both ways.

Knows which element is which field. Refuses to know whether amounts add up (`balance.py`) or whose
claims they are. One set is one payment; its claims come one at a time from `stream_payment`.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from edigate.findings import Finding
from edigate.remits import model as m
from edigate.secrecy import Phi
from edigate.x12 import binding as b
from edigate.x12.binding import comp, const, el, groups, key, loop, many, pairs, qualified, segment, texts, when
from edigate.x12.codecs import day, integer, money, number
from edigate.x12.decode import Decoder
from edigate.x12.encode import Encoder
from edigate.x12.envelope import TransactionSet

GUIDE = "005010X221A1"


def _contact() -> b.Segment:
    """PER: numbers come in any order, so the qualifier decides which is which."""
    return many(
        "PER",
        "contacts",
        m.Contact,
        key(1, "function"),
        el(2, "name"),
        pairs(3, 3, TE="phone", EX="extension", FX="fax", EM="email", UR="url"),
    )


def _reference() -> b.Segment:
    return many("REF", "secondary_ids", m.Identifier, key(1, "qualifier"), el(2, "value"))


def _adjustments() -> b.Segment:
    return many(
        "CAS",
        "adjustment_groups",
        m.AdjustmentGroup,
        el(1, "group"),
        groups(
            2, 3, 6, "adjustments", m.Adjustment,
            el(1, "reason"), el(2, "amount", money), el(3, "quantity", number),
        ),
    )  # fmt: skip


def _amounts() -> b.Segment:
    return many("AMT", "amounts", m.Amount, key(1, "qualifier"), el(2, "amount", money))


def _quantities() -> b.Segment:
    return many("QTY", "quantities", m.Quantity, key(1, "qualifier"), el(2, "quantity", number))


def _party(loop_id: str, entity: str, field: str, *more: b.Segment) -> b.Loop:
    return loop(
        loop_id,
        m.Party,
        segment("N1", when(1, entity), el(2, "name"), qualified(3, (), 4, "id", qualifier_field="id_qualifier")),
        segment("N3", el(1, "address_line1"), el(2, "address_line2")),
        segment("N4", el(1, "city"), el(2, "state"), el(3, "postal_code"), el(4, "country")),
        _reference(),
        *more,
        field=field,
    )


def _person(entity: str, field: str) -> b.Segment:
    return segment(
        "NM1",
        when(1, entity),
        el(2, "entity_type"),
        el(3, "last_name"),
        el(4, "first_name"),
        el(5, "middle_name"),
        el(7, "suffix"),
        qualified(8, (), 9, "id", qualifier_field="id_qualifier"),
        into=field,
    )


SERVICE_PAYMENT = loop(
    "2110",
    m.ServicePayment,
    segment(
        "SVC",
        comp(1, el(1, "procedure_qualifier"), el(2, "procedure"), texts(3, 6, "modifiers"), el(7, "description")),
        el(2, "charge", money),
        el(3, "paid", money),
        el(4, "revenue_code"),
        el(5, "units_paid", number),
        comp(
            6,
            el(1, "billed_procedure_qualifier"),
            el(2, "billed_procedure"),
            texts(3, 6, "billed_modifiers"),
            el(7, "billed_description"),
        ),
        el(7, "units_billed", number),
    ),
    segment("DTM", key(1, "service_date_qualifier", "472", "150"), el(2, "service_date", day)),
    segment("DTM", when(1, "151"), el(2, "service_date_end", day)),
    _adjustments(),
    segment("REF", when(1, "6R"), el(2, "line_item_control_number")),
    _reference(),
    _amounts(),
    _quantities(),
    many("LQ", "remarks", m.Remark, key(1, "qualifier"), el(2, "code")),
    field="service_payments",
    many=True,
)

CLAIM_PAYMENT = loop(
    "2100",
    m.ClaimPayment,
    segment(
        "CLP",
        el(1, "patient_control_number"),
        el(2, "status"),
        el(3, "charge", money),
        el(4, "paid", money),
        el(5, "patient_responsibility", money),
        el(6, "filing_indicator"),
        el(7, "payer_claim_control_number"),
        el(8, "facility_code"),
        el(9, "frequency_code"),
        el(11, "drg"),
        el(12, "drg_weight", number),
        el(13, "discharge_fraction", number),
    ),
    _adjustments(),
    _person("QC", "patient"),
    _person("IL", "insured"),
    _person("74", "corrected_insured"),
    _person("82", "rendering_provider"),
    _person("TT", "crossover_carrier"),
    _person("PR", "corrected_priority_payer"),
    _person("GB", "other_subscriber"),
    segment(
        "MIA",
        el(1, "covered_days", number),
        el(2, "operating_outlier_amount", money),
        el(3, "lifetime_psychiatric_days", number),
        el(4, "drg_amount", money),
        b.Texts(positions=(5, 20, 21, 22, 23), field="remark_codes"),
        el(6, "disproportionate_share_amount", money),
        el(7, "msp_pass_through_amount", money),
        el(8, "capital_amount", money),
        el(9, "capital_federal_drg_amount", money),
        el(10, "capital_hospital_drg_amount", money),
        el(11, "capital_disproportionate_share_amount", money),
        el(12, "old_capital_amount", money),
        el(13, "capital_indirect_teaching_amount", money),
        el(14, "operating_hospital_drg_amount", money),
        el(15, "cost_report_days", number),
        el(16, "operating_federal_drg_amount", money),
        el(17, "capital_outlier_amount", money),
        el(18, "indirect_teaching_amount", money),
        el(19, "professional_component_amount", money),
        el(24, "capital_exception_amount", money),
        into="inpatient",
    ),
    segment(
        "MOA",
        el(1, "reimbursement_rate", number),
        el(2, "payable_amount", money),
        texts(3, 7, "remark_codes"),
        el(8, "esrd_amount", money),
        el(9, "nonpayable_professional_amount", money),
        into="outpatient",
    ),
    _reference(),
    segment("DTM", when(1, "232"), el(2, "statement_from", day)),
    segment("DTM", when(1, "233"), el(2, "statement_to", day)),
    segment("DTM", when(1, "036"), el(2, "coverage_expired", day)),
    segment("DTM", when(1, "050"), el(2, "received_date", day)),
    _contact(),
    _amounts(),
    _quantities(),
    SERVICE_PAYMENT,
    field="claims",
    many=True,
)

HEADER_NUMBER = loop(
    "2000",
    m.HeaderNumber,
    # LX01 is the sender's own number (some write type of bill and year into it): kept, not counted anew
    segment("LX", el(1, "number")),
    segment(
        "TS3",
        el(1, "provider_id"),
        el(2, "facility_code"),
        el(3, "fiscal_period_end", day),
        el(4, "claim_count", integer),
        el(5, "charge", money),
        el(6, "covered_charge", money),
        el(7, "noncovered_charge", money),
        el(8, "denied_charge", money),
        el(9, "provider_payment", money),
        el(10, "interest", money),
        el(11, "contractual_adjustment", money),
        el(12, "gramm_rudman_reduction", money),
        el(13, "msp_payer_amount", money),
        el(14, "blood_deductible", money),
        el(15, "non_lab_charge", money),
        el(16, "coinsurance", money),
        el(17, "hcpcs_reportable_charge", money),
        el(18, "hcpcs_payable", money),
        el(19, "deductible", money),
        el(20, "professional_component", money),
        el(21, "msp_patient_liability_met", money),
        el(22, "patient_reimbursement", money),
        el(23, "pip_claim_count", integer),
        el(24, "pip_adjustment", money),
        into="provider_summary",
    ),
    segment(
        "TS2",
        el(1, "drg_amount", money),
        el(2, "federal_specific_amount", money),
        el(3, "hospital_specific_amount", money),
        el(4, "disproportionate_share_amount", money),
        el(5, "capital_amount", money),
        el(6, "indirect_education_amount", money),
        el(7, "outlier_days", number),
        el(8, "day_outlier_amount", money),
        el(9, "cost_outlier_amount", money),
        el(10, "average_length_of_stay", number),
        el(11, "discharges", number),
        el(12, "cost_report_days", number),
        el(13, "covered_days", number),
        el(14, "noncovered_days", number),
        el(15, "msp_pass_through_amount", money),
        el(16, "average_drg_weight", number),
        el(17, "capital_federal_drg_amount", money),
        el(18, "capital_hospital_drg_amount", money),
        el(19, "capital_disproportionate_share_amount", money),
        into="drg_summary",
    ),
    CLAIM_PAYMENT,
    field="headers",
    many=True,
    implied=True,  # some senders leave LX out
)

PAYMENT = loop(
    "835",
    m.Payment,
    segment(
        "BPR",
        el(1, "handling"),
        el(2, "amount", money),
        el(3, "credit_debit"),
        el(4, "method"),
        el(5, "format"),
        el(6, "sender_routing_qualifier"),
        el(7, "sender_routing"),
        el(8, "sender_account_qualifier"),
        el(9, "sender_account"),
        el(10, "originator_id"),
        el(11, "originator_code"),
        el(12, "receiver_routing_qualifier"),
        el(13, "receiver_routing"),
        el(14, "receiver_account_qualifier"),
        el(15, "receiver_account"),
        el(16, "effective_date", day),
    ),
    segment("TRN", const(1, "1"), el(2, "trace_number"), el(3, "trace_payer_id"), el(4, "trace_supplement")),
    segment("CUR", const(1, "PR"), el(2, "currency"), el(3, "exchange_rate", number)),
    segment("REF", when(1, "EV"), el(2, "receiver_id")),
    segment("REF", when(1, "F2"), el(2, "version_id")),
    segment("DTM", when(1, "405"), el(2, "production_date", day)),
    _party("1000A", "PR", "payer", _contact()),
    _party(
        "1000B",
        "PE",
        "payee",
        segment("RDM", el(1, "delivery_method"), el(2, "delivery_name"), el(3, "delivery_address")),
    ),
    HEADER_NUMBER,
    many(
        "PLB",
        "provider_adjustments",
        m.ProviderAdjustment,
        el(1, "provider_id"),
        el(2, "fiscal_period_end", day),
        groups(
            3, 2, 6, "items", m.ProviderAdjustmentItem,
            comp(1, el(1, "reason"), el(2, "reference")), el(2, "amount", money),
        ),
    ),
)  # fmt: skip

DECODER: Decoder[m.Payment] = Decoder(PAYMENT)
ENCODER = Encoder(PAYMENT)


def decode_payment(transaction_set: TransactionSet) -> tuple[m.Payment, list[Finding]]:
    """A whole 835 as one record, and what in it couldn't be read. For large files use `stream_payment`."""
    return DECODER.decode(transaction_set.segments, transaction_set.delimiters)


class StreamedClaim(Phi, msgspec.Struct, frozen=True):
    """One claim of a payment as it comes by.

    `payment` and `header` hold what was read before the claim; they are the stream's own and go on filling while
    it is read on. Segments are counted from ST = 1.
    """

    claim: m.ClaimPayment
    payment: m.Payment
    header: m.HeaderNumber
    first_segment: int
    last_segment: int


class PaymentStream:
    """One 835 being read: iterate for its claims, then ask for `payment` and `findings`."""

    def __init__(self, transaction_set: TransactionSet) -> None:
        self._run = DECODER.stream(transaction_set.segments, transaction_set.delimiters, CLAIM_PAYMENT.id)

    def __iter__(self) -> Iterator[StreamedClaim]:
        for found in self._run:
            payment, header = found.parents
            yield StreamedClaim(found.record, payment, header, found.first, found.last)

    @property
    def payment(self) -> m.Payment:
        """The payment without its claims, PLB and all; only there once the iteration has ended."""
        return self._run.root

    @property
    def findings(self) -> list[Finding]:
        """What couldn't be read so far; complete once the iteration has ended."""
        return self._run.findings


def stream_payment(transaction_set: TransactionSet) -> PaymentStream:
    """Read an 835 a claim at a time: memory doesn't grow with the number of claims."""
    return PaymentStream(transaction_set)
