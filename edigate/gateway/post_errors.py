"""The errors of a 999 brought home: from segment positions in what we sent to claims and their fields.

Knows the binding of the file we sent and reads its archived bytes. Refuses to know what a rejection does
to a claim's state (`post_answers.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from edigate.archive import Archive
from edigate.errors import PurgedError, SealedError
from edigate.findings import Finding, Severity
from edigate.gateway.kinds import binding_of
from edigate.gateway.posting import Posting
from edigate.gateway.standing import Place, field_at, places_of_set
from edigate.ledger.answers import ClaimRef, OutboundSet, claims_of_sets
from edigate.ledger.outbound import OutboundFile
from edigate.ledger.states import KINDS
from edigate.reconcile.match import ClaimIndex, OurClaim
from edigate.responses.model import FunctionalGroupResponse
from edigate.responses.verdicts import ClaimError, claim_errors
from edigate.responses.words import error_words
from edigate.x12.envelope import EnvelopeReader

# A set may be rejected for one thing that stands above thousands of claims, a thousand times over.
_MOST_A_CLAIM = 20


def errors_to_claims(
    posting: Posting, file: OutboundFile, answer: FunctionalGroupResponse, ours: dict[int, OutboundSet]
) -> None:
    """Attach each error to every claim it is in or above; `ours` are the file's sets by ST02.

    The claim the receiver names (CTX) counts; else the position does. What can be brought to no claim
    waits unmatched.
    """
    errors = list(claim_errors(answer))
    wanted = {number for error in errors if (number := set_number(error.transaction_set)) in ours}
    places = _places(posting.archive, file, wanted) if wanted else {}
    claims = {st02: claims_of_sets(posting.tx, [ours[st02].id]) for st02 in wanted}
    named = {
        st02: ClaimIndex(OurClaim(id=one.id, patient_control_number=one.patient_control_number) for one in members)
        for st02, members in claims.items()
    }
    told: Counter[int] = Counter()
    for error in errors:
        st02 = set_number(error.transaction_set)
        place = _at(places.get(st02, ()), error.segment_position)
        reached: Sequence[ClaimRef] = ()
        if st02 in ours:
            reached = _reached(claims[st02], named[st02].find(error.patient_control_number).id, place)
        if not reached:
            where = f"set {error.transaction_set} segment {error.segment_position}"
            posting.unmatched("999", where, detail=f"{error.segment_id} {error.code}")
            continue
        finding = _finding(error, place)
        for claim in reached:
            told[claim.id] += 1
            if told[claim.id] <= _MOST_A_CLAIM:
                posting.find(claim.id, finding)


def set_number(text: str) -> int:
    """A control number as a number, -1 where it is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else -1


def _places(archive: Archive, file: OutboundFile, wanted: Iterable[int]) -> dict[int, list[Place]]:
    """Every segment of some sets of our file, by ST02, read from the bytes we sent; none of a sealed or purged file.

    Then an error is told by its segment alone: a claim is rejected no later for it.
    """
    wanted = set(wanted)
    kind = next((one for one in KINDS if one == file.kind), None)
    if kind is None:  # an answer of ours holds no claim
        return {}
    table = binding_of(kind).table
    try:
        content = archive.get(file.sha256)
    except (SealedError, PurgedError):
        return {}
    return {
        number: places_of_set(table, list(transaction_set.segments), transaction_set.delimiters.component)
        for transaction_set in EnvelopeReader([content], file=file.filename)
        if (number := set_number(transaction_set.control_number)) in wanted
    }


# --- one error


def _at(places: Sequence[Place], position: int) -> Place | None:
    return places[position - 1] if 0 < position <= len(places) else None


def _reached(claims: list[ClaimRef], named: int | None, place: Place | None) -> Sequence[ClaimRef]:
    if named is not None:
        return [claim for claim in claims if claim.id == named]
    return claims[max(place.first, 0) : place.last + 1] if place is not None else ()


def _finding(error: ClaimError, place: Place | None) -> Finding:
    words = error_words(error.segment_id, error.code, error.element, error.component)
    return Finding(
        code=f"IK4-{error.code}" if error.element else f"IK3-{error.code}",
        message=f"{words}, says the receiver's 999 (segment {error.segment_position} of the set)",
        severity=Severity.ERROR,
        level=2,
        segment_id=error.segment_id,
        segment_position=error.segment_position,
        loop=error.loop or (place.loop.id if place else ""),
        element=error.element,
        component=error.component,
        value=error.value,
        field=_field(error, place) if place else "",
    )


def _field(error: ClaimError, place: Place) -> str:
    """The claim's field that an element is; nothing for a segment that isn't the one standing there."""
    return field_at(place, error.element, error.component) if place.elements[0] == error.segment_id else ""
