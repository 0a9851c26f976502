"""What a file from anywhere is thrown at: reader, validator, decoders, answers. One list for every fuzzer.

A target takes bytes and asserts what must hold; the only ways out are values or DataError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edigate.errors import DataError
from edigate.remits import x221
from edigate.remits.balance import Balance
from edigate.responses import ta1, x214, x231
from edigate.responses.read import classify
from edigate.responses.verdicts import claim_errors, claim_verdicts, group_verdicts, interchange_verdict
from edigate.x12.decode import Decoder
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.segments import Limits, SegmentReader
from edigate.x12.validate import validate
from tests.claims.made_up import X222

LIMITS = Limits(segment_bytes=1 << 16)


def reading(content: bytes) -> None:
    """Any chunking gives the same segments, and every byte is in a segment or in a finding's stretch."""
    whole = _segments([content])
    assert _segments([content[:7], content[7:20], content[20:]]) == whole
    if len(content) <= 400:
        assert _segments([content[i : i + 1] for i in range(len(content))]) == whole


def _segments(chunks: list[bytes]) -> object:
    reader = SegmentReader(chunks, limits=LIMITS)
    try:
        found = [(segment.elements, segment.offset) for segment in reader]
    except DataError as error:
        return str(error)
    offsets = [offset for _, offset in found]
    assert offsets == sorted(offsets)
    assert len(found) == reader.segments_read
    return found, [(finding.code, finding.offset) for finding in reader.findings]


def enveloping(content: bytes) -> None:
    """Every segment the reader reads reaches a set, an envelope or a finding; sets are numbered in order."""
    try:
        reader = EnvelopeReader([content], limits=LIMITS)
        indexes = [one.index for one in reader]
    except DataError:
        return
    assert indexes == list(range(1, len(indexes) + 1))


def validating(content: bytes) -> None:
    """A verdict that its own findings bear out."""
    try:
        report = validate([content], limits=LIMITS)
    except DataError:
        return
    assert report.valid == (not any(finding.severity == "error" for finding in report.findings))


def decoding(content: bytes) -> None:
    """Every binding reads every set without an exception, whatever the set is."""
    for decoder in (X222.decoder, x221.DECODER, x214.DECODER, x231.DECODER, ta1.DECODER):
        _decode(decoder, content)


def _decode(decoder: Decoder[Any], content: bytes) -> None:
    try:
        for one in EnvelopeReader([content], limits=LIMITS):
            decoder.decode(one.segments, one.delimiters)
    except DataError:
        return


def judging(content: bytes) -> None:
    """What the answers decide, and whether money adds up, can be asked of any file."""
    classify(content)
    try:
        for one in EnvelopeReader([content], limits=LIMITS):
            match one.id:
                case "TA1":
                    interchange_verdict(ta1.decode_interchange_acknowledgment(one)[0])
                case "999" | "997":
                    answer, _ = x231.decode_functional_group_response(one)
                    list(group_verdicts(answer))
                    list(claim_errors(answer))
                case "277":
                    list(claim_verdicts(x214.decode_claim_acknowledgment(one)[0]))
                case "835":
                    check = Balance()
                    stream = x221.stream_payment(one)
                    for streamed in stream:
                        check.claim(streamed.claim)
                    check.finish(stream.payment)
                case _:
                    pass
    except DataError:
        return


TARGETS: dict[str, Callable[[bytes], None]] = {
    "reading": reading,
    "enveloping": enveloping,
    "validating": validating,
    "decoding": decoding,
    "judging": judging,
}
