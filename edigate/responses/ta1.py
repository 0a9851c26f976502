"""The TA1 bound to its record, both ways. It stands between ISA and GS, not in a transaction set."""

from __future__ import annotations

from datetime import date

from edigate.findings import Finding
from edigate.responses.model import InterchangeAcknowledgment
from edigate.x12.binding import el, loop, segment
from edigate.x12.codecs import Codec, day, hour
from edigate.x12.decode import Decoder
from edigate.x12.encode import Encoder
from edigate.x12.envelope import TransactionSet


def _short(value: date) -> str:
    return f"{value:%y%m%d}"


_SHORT_DAY = Codec("date YYMMDD", day.decode, _short)  # TA102 repeats ISA09, six digits to this day

INTERCHANGE_ACKNOWLEDGMENT = loop(
    "TA1",
    InterchangeAcknowledgment,
    segment(
        "TA1",
        el(1, "interchange_control_number"),
        el(2, "interchange_date", _SHORT_DAY),
        el(3, "interchange_time", hour),
        el(4, "code"),
        el(5, "note"),
    ),
)

DECODER: Decoder[InterchangeAcknowledgment] = Decoder(INTERCHANGE_ACKNOWLEDGMENT)
ENCODER = Encoder(INTERCHANGE_ACKNOWLEDGMENT)


def decode_interchange_acknowledgment(
    transaction_set: TransactionSet,
) -> tuple[InterchangeAcknowledgment, list[Finding]]:
    """What became of an envelope, from a `TransactionSet` whose id is TA1."""
    return DECODER.decode(transaction_set.segments, transaction_set.delimiters)
