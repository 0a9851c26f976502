"""The 277CA (005010X214) bound to its records, both ways.

Any level may be missing: a batch rejected at the receiver's or a provider's level lists no claims, and
then every claim below it is rejected.
"""

from __future__ import annotations

from edigate.findings import Finding
from edigate.responses import model as m
from edigate.x12 import binding as b
from edigate.x12.binding import comp, const, el, hl, key, loop, many, period, qualified, segment, texts, when
from edigate.x12.codecs import day, hour, integer, money, number
from edigate.x12.decode import Decoder
from edigate.x12.encode import Encoder
from edigate.x12.envelope import TransactionSet

GUIDE = "005010X214"


def _name(*entities: str) -> b.Segment:
    return segment(
        "NM1",
        when(1, *entities),
        el(2, "entity_type"),
        el(3, "name"),
        el(4, "first_name"),
        el(5, "middle_name"),
        el(7, "suffix"),
        qualified(8, (), 9, "id", qualifier_field="id_qualifier"),
    )


def _status() -> b.Segment:
    return many(
        "STC",
        "statuses",
        m.Status,
        b.Items(
            positions=(1, 10, 11),
            field="codes",
            record=m.StatusCode,
            parts=(el(1, "category"), el(2, "status"), el(3, "entity")),
        ),
        el(2, "effective_date", day),
        el(3, "action"),
        el(4, "amount", money),
        el(12, "text"),
    )


def _totals(accepted: tuple[str, ...], rejected: tuple[str, ...]) -> tuple[b.Segment, ...]:
    return (
        segment("QTY", when(1, *accepted), el(2, "accepted_count", integer), into="totals"),
        segment("QTY", when(1, *rejected), el(2, "rejected_count", integer), into="totals"),
        segment("AMT", when(1, "YU"), el(2, "accepted_amount", money), into="totals"),
        segment("AMT", when(1, "YY"), el(2, "rejected_amount", money), into="totals"),
    )


def _reference() -> b.Segment:
    return many("REF", "secondary_ids", m.Identifier, key(1, "qualifier"), el(2, "value"))


def _service_date() -> b.Segment:
    return segment("DTP", when(1, "472"), period(2, 3, "service_date", "service_date_end"))


LINE = loop(
    "2220D",
    m.LineStatus,
    segment(
        "SVC",
        comp(1, el(1, "procedure_qualifier"), el(2, "procedure"), texts(3, 6, "modifiers")),
        el(2, "charge", money),
        el(4, "revenue_code"),
        el(7, "units", number),
    ),
    _status(),
    segment("REF", when(1, "FJ"), el(2, "line_item_control_number")),
    _reference(),
    _service_date(),
    field="lines",
    many=True,
)

CLAIM = loop(
    "2000D",
    m.ClaimStatus,
    hl("PT", "22", "23", leaf=True),  # some payers number the levels as in the claim
    segment(
        "NM1",
        when(1, "QC", "IL"),
        const(2, "1"),
        el(3, "last_name"),
        el(4, "first_name"),
        el(5, "middle_name"),
        el(7, "suffix"),
        qualified(8, (), 9, "member_id", qualifier_field="id_qualifier"),
    ),
    segment("TRN", const(1, "2"), el(2, "patient_control_number")),
    _status(),
    segment("REF", when(1, "1K"), el(2, "payer_claim_control_number")),
    segment("REF", when(1, "D9"), el(2, "clearinghouse_trace_number")),
    segment("REF", when(1, "BLT"), el(2, "bill_type")),
    _reference(),
    _service_date(),
    LINE,
    field="claims",
    many=True,
)

PROVIDER = loop(
    "2000C",
    m.ProviderStatus,
    hl("19"),
    _name("85", "1P"),
    segment("TRN", const(1, "1"), el(2, "trace_number")),
    _status(),
    _reference(),
    *_totals(("QA", "90"), ("QC", "AA")),
    CLAIM,
    field="providers",
    many=True,
    implied=True,
)

RECEIVER = loop(
    "2000B",
    m.ReceiverStatus,
    hl("21"),
    _name("41"),
    segment("TRN", const(1, "2"), el(2, "batch_reference")),
    _status(),
    *_totals(("90", "QA"), ("AA", "QC")),
    PROVIDER,
    field="receivers",
    many=True,
    implied=True,
)

SOURCE = loop(
    "2000A",
    m.SourceStatus,
    hl("20"),
    segment(
        "NM1",
        key(1, "entity", "PR", "AY"),
        const(2, "2"),
        el(3, "name"),
        qualified(8, (), 9, "id", qualifier_field="id_qualifier"),
    ),
    segment("TRN", const(1, "1"), el(2, "trace_number")),
    segment("DTP", when(1, "050"), const(2, "D8"), el(3, "received_date", day)),
    segment("DTP", when(1, "009"), const(2, "D8"), el(3, "processed_date", day)),
    RECEIVER,
    field="sources",
    many=True,
)

CLAIM_ACKNOWLEDGMENT = loop(
    "277CA",
    m.ClaimAcknowledgment,
    segment(
        "BHT",
        const(1, "0085"),
        const(2, "08"),
        el(3, "reference"),
        el(4, "created_on", day),
        el(5, "created_at", hour),
        el(6, "transaction_type"),
    ),
    SOURCE,
)

DECODER: Decoder[m.ClaimAcknowledgment] = Decoder(CLAIM_ACKNOWLEDGMENT)
ENCODER = Encoder(CLAIM_ACKNOWLEDGMENT)


def decode_claim_acknowledgment(
    transaction_set: TransactionSet,
) -> tuple[m.ClaimAcknowledgment, list[Finding]]:
    """A claim acknowledgment as one record, and what in it couldn't be read."""
    return DECODER.decode(transaction_set.segments, transaction_set.delimiters)
