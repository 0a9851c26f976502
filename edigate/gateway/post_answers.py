"""TA1, 999 and 277CA posted: each verdict brought to the claims it reaches, each error to its field.

What the verdicts are is decided in `responses/`; which claims of ours they mean is found here.
"""

from __future__ import annotations

from collections.abc import Iterable

from edigate.archive import Archive
from edigate.claims import x222
from edigate.findings import Finding, Severity
from edigate.gateway.posting import Posting
from edigate.ledger.answers import (
    ClaimRef,
    OutboundSet,
    claims_by_control_number,
    claims_of_file,
    claims_of_sets,
    file_by_gs06,
    file_by_isa13,
    record_999,
    record_ta1,
    set_by_reference,
    sets_of_file,
)
from edigate.ledger.outbound import OutboundFile, advance, outbound_file_by_id
from edigate.ledger.states import Verdict as LedgerVerdict
from edigate.responses.model import FunctionalGroupResponse
from edigate.responses.status import Event
from edigate.responses.ta1 import decode_interchange_acknowledgment
from edigate.responses.verdicts import (
    ClaimError,
    Verdict,
    claim_errors,
    claim_verdicts,
    group_verdicts,
    interchange_verdict,
)
from edigate.responses.x214 import decode_claim_acknowledgment
from edigate.responses.x231 import decode_functional_group_response
from edigate.x12.binding import place_of
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.segments import Segment

_REJECTIONS = frozenset((Event.TA1_REJECTED, Event.X999_REJECTED, Event.X277_REJECTED))


def post_interchange_response(posting: Posting, transaction_set: TransactionSet) -> None:
    """A TA1: the whole interchange."""
    answer, _ = decode_interchange_acknowledgment(transaction_set)
    verdict = interchange_verdict(answer)
    file = file_by_isa13(posting.tx, posting.file.partner, _number(verdict.reference))
    if file is None or verdict.event is None:
        posting.unmatched("TA1", verdict.reference, detail=_codes(verdict))
        return
    _arrived(posting, file, "TA1")
    record_ta1(posting.tx, file.id, _word(verdict.event), answer.note)
    posting.move(claims_of_file(posting.tx, file.id), verdict.event, detail=_codes(verdict), outbound_file_id=file.id)


def post_group_response(posting: Posting, transaction_set: TransactionSet) -> None:
    """A 999 or 997: each set it lists, then the group for those it doesn't."""
    answer, _ = decode_functional_group_response(transaction_set)
    file = file_by_gs06(posting.tx, posting.file.partner, _number(answer.control_number))
    if file is None:
        posting.unmatched("999", answer.control_number.strip(), detail=f"AK9 {answer.code}")
        return
    _arrived(posting, file, "999")
    ours = {_number(one.st02): one for one in sets_of_file(posting.tx, file.id)}
    heard: set[int] = set()
    recorded: list[tuple[int, LedgerVerdict, str]] = []
    for verdict in group_verdicts(answer):
        if verdict.level == "set":
            known = ours.get(_number(verdict.reference))
            if known is None or verdict.event is None:
                posting.unmatched("999", verdict.reference, detail=_codes(verdict))
                continue
            heard.add(known.id)
            reached: list[OutboundSet] = [known]
        else:
            reached = [one for one in ours.values() if one.id not in heard]
            if verdict.event is None:
                if reached:
                    posting.unmatched("999", verdict.reference, detail=_codes(verdict))
                continue
        recorded += [(one.id, _word(verdict.event), verdict.codes[0]) for one in reached]
        claims = claims_of_sets(posting.tx, [one.id for one in reached])
        posting.move(claims, verdict.event, detail=_codes(verdict), outbound_file_id=file.id)
    record_999(posting.tx, recorded)
    _errors_to_claims(posting, file, answer, ours)


def post_acknowledgment(posting: Posting, transaction_set: TransactionSet) -> None:
    """A 277CA: batches, providers and claims, outermost first."""
    answer, _ = decode_claim_acknowledgment(transaction_set)
    verdicts = list(claim_verdicts(answer))
    numbers = [verdict.reference for verdict in verdicts if verdict.level == "claim"]
    claims = claims_by_control_number(posting.tx, numbers)
    for verdict in verdicts:
        if verdict.level == "claim":
            claim = claims.get(verdict.reference)
            reached = [claim] if claim is not None else []
        else:
            # A set holds one billing provider's claims, so its provider's verdict is the set's.
            sent = set_by_reference(posting.tx, posting.file.partner, verdict.batch_reference)
            if sent is not None:
                _arrived(posting, outbound_file_by_id(posting.tx, sent.outbound_file_id), "277CA")
            if verdict.event not in _REJECTIONS:
                continue  # only bad news of a batch reaches its claims: good news is each claim's own
            reached = claims_of_sets(posting.tx, [sent.id]) if sent is not None else []
        if not reached or verdict.event is None:
            posting.unmatched("277CA", verdict.reference, detail=_codes(verdict))
            continue
        detail = " ".join(part for part in (_codes(verdict), verdict.text) if part)
        posting.move(
            reached,
            verdict.event,
            detail=f"{'payer' if verdict.sender == 'PR' else 'clearinghouse'}: {detail}",
            payer_claim_control_number=verdict.payer_claim_control_number,
        )


def _arrived(posting: Posting, file: OutboundFile | None, by: str) -> None:
    """An answer is proof: a file whose fate was uncertain did arrive."""
    if file is not None and file.state == "uncertain":
        advance(posting.tx, file.id, expect="uncertain", to="sent", reason=f"proved by a {by}, file {posting.file.id}")


def _word(event: Event) -> LedgerVerdict:
    return "rejected" if event in _REJECTIONS else "accepted"


def _codes(verdict: Verdict) -> str:
    return " ".join(code for code in verdict.codes if code)


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else -1


# --- the errors of a 999, from segment positions to claims and fields


def _errors_to_claims(
    posting: Posting, file: OutboundFile, answer: FunctionalGroupResponse, ours: dict[int, OutboundSet]
) -> None:
    errors = list(claim_errors(answer))
    if not errors:
        return
    spans = _spans(posting.archive, file, {_number(error.transaction_set) for error in errors})
    by_number = claims_by_control_number(posting.tx, [e.patient_control_number for e in errors])
    for error in errors:
        st02 = _number(error.transaction_set)
        located = _locate(spans.get(st02, []), error)
        claim: ClaimRef | None = by_number.get(error.patient_control_number)
        if claim is None and located is not None and st02 in ours:
            claims = claims_of_sets(posting.tx, [ours[st02].id])
            claim = claims[located[0]] if located[0] < len(claims) else None
        if claim is None:
            where = f"{error.transaction_set} segment {error.segment_position}"
            posting.unmatched("999", where, detail=f"{error.segment_id} {error.code}")
            continue
        posting.find(claim.id, _finding(error, located[1] if located else None))


def _finding(error: ClaimError, elements: list[str] | None) -> Finding:
    place = place_of(x222.CLAIM, error.segment_id, error.element or 1, error.component, elements) or place_of(
        x222.SUBMISSION, error.segment_id, error.element or 1, error.component, elements
    )
    about = f"{error.segment_id}{error.element:02d}" if error.element else error.segment_id
    code = f"IK4-{error.code}" if error.element else f"IK3-{error.code}"
    meaning = _IK4.get(error.code) if error.element else _IK3.get(error.code)
    return Finding(
        code=code,
        message=f"the receiver rejects {about} at segment {error.segment_position}: {meaning or 'error ' + error.code}",
        severity=Severity.ERROR,
        level=2,
        segment_id=error.segment_id,
        segment_position=error.segment_position,
        loop=error.loop,
        element=error.element,
        component=error.component,
        value=error.value,
        field=place.field if place else "",
    )


_IK3 = {  # IK304, code list 620
    "1": "the segment isn't known",
    "2": "the segment is not expected there",
    "3": "a required segment is missing",
    "4": "the loop occurs too often",
    "5": "the segment occurs too often",
    "6": "the segment isn't part of this transaction set",
    "7": "the segment is out of order",
    "8": "an element of it is wrong",
    "I4": "the guide doesn't use this segment",
    "I6": "a segment it depends on is missing or contradicts it",
    "I7": "there are fewer of these than the guide requires",
}
_IK4 = {  # IK403, code list 621
    "1": "a required element is missing",
    "2": "an element that another one makes necessary is missing",
    "3": "there are too many elements",
    "4": "it is too short",
    "5": "it is too long",
    "6": "it holds a character that isn't allowed",
    "7": "the code isn't valid",
    "8": "the date isn't valid",
    "9": "the time isn't valid",
    "10": "it excludes another element that is there",
    "12": "it is repeated too often",
    "13": "one of its components is missing",
    "I6": "the guide doesn't use this code",
    "I9": "the element depends on another one",
    "I10": "the guide doesn't use this element",
    "I11": "the value doesn't fit another one",
    "I12": "the value doesn't have the form its qualifier says",
    "I13": "the value is not the one implied elsewhere",
}

# Of each claim of a set: the first and last segment, and the segments' elements from the first on.
Span = tuple[int, int, list[list[str]]]


def _spans(archive: Archive, file: OutboundFile, wanted: Iterable[int]) -> dict[int, list[Span]]:
    """Where each claim of some sets of our file stands, by ST02, read from the bytes we sent."""
    found: dict[int, list[Span]] = {}
    wanted = set(wanted)
    for transaction_set in EnvelopeReader([archive.get(file.sha256)], file=file.filename):
        number = _number(transaction_set.control_number)
        if number not in wanted:
            continue
        kept: list[Segment] = list(transaction_set.segments)
        run = x222.DECODER.stream(kept, transaction_set.delimiters, at="2300")
        found[number] = [
            (claim.first, claim.last, [segment.elements for segment in kept[claim.first - 1 : claim.last]])
            for claim in run
        ]
    return found


def _locate(spans: list[Span], error: ClaimError) -> tuple[int, list[str]] | None:
    """The claim (by its place in the set) and the segment that an error's position means."""
    for index, (first, last, segments) in enumerate(spans):
        if first <= error.segment_position <= last:
            return index, segments[error.segment_position - first]
    return None
