"""The errors of a 999 brought home: from segment positions in what we sent to claims and their fields.

Knows the binding of the file we sent and reads its archived bytes. Refuses to know what a rejection does
to a claim's state (`post_answers.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from edigate.archive import Archive
from edigate.claims import x222
from edigate.claims.model import Claim
from edigate.findings import Finding, Severity
from edigate.gateway.posting import Posting
from edigate.ledger.answers import ClaimRef, OutboundSet, claims_of_sets
from edigate.ledger.outbound import OutboundFile
from edigate.reconcile.match import ClaimIndex, OurClaim
from edigate.responses.model import FunctionalGroupResponse
from edigate.responses.verdicts import ClaimError, claim_errors
from edigate.responses.words import error_words
from edigate.x12.binding import HierarchicalLevel, Loop, Match, fields
from edigate.x12.binding import Segment as BoundSegment
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.segments import Segment

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


# --- where things stand in the set that we sent


class _Place(msgspec.Struct, frozen=True, gc=False):
    """Where one segment of our set stands: its loop, and the claims (first, last; from 0) it is about."""

    elements: list[str]
    loop: Loop
    prefix: str  # of the loop's fields, e.g. `subscriber.` or `service_lines[2].`
    first: int
    last: int


def _places(archive: Archive, file: OutboundFile, wanted: Iterable[int]) -> dict[int, list[_Place]]:
    """Every segment of some sets of our file, by ST02, read from the bytes we sent."""
    wanted = set(wanted)
    return {
        number: _of_set(list(transaction_set.segments))
        for transaction_set in EnvelopeReader([archive.get(file.sha256)], file=file.filename)
        if (number := set_number(transaction_set.control_number)) in wanted
    }


class _Open(msgspec.Struct):
    """An open loop. `level` is the HL it is in, or the set; `claim` the claim (from 0), -1 above claims."""

    loop: Loop
    prefix: str = ""
    claim: int = -1
    level: _Open | None = None
    begun: int = 0  # of a level: claims that came before it
    ended: int = 0  # of a level: claims that came before its end
    children: Counter[str] = msgspec.field(default_factory=Counter)


def _of_set(segments: list[Segment]) -> list[_Place]:
    """Each segment with its loop, found by the binding as the decoder does; a level is about all claims in it."""
    root = _Open(x222.SUBMISSION)
    stack = [root]
    claims = 0
    standing: list[tuple[list[str], _Open]] = []
    for segment in segments:
        elements = segment.elements
        if segment.id in ("ST", "SE"):
            standing.append((elements, root))
            continue
        for depth in range(len(stack) - 1, -1, -1):
            child = _opened(stack[depth].loop, elements)
            if child is None and not _holds(stack[depth].loop, elements):
                continue
            for left in stack[depth + 1 :]:
                left.ended = claims
            del stack[depth + 1 :]
            if child is not None:
                stack.append(_entered(stack[-1], child, claims))
                claims += child.record is Claim
            break
        standing.append((elements, stack[-1]))
    for left in stack:
        left.ended = claims
    places = []
    for elements, open_ in standing:
        level = open_.level or open_
        first, last = (level.begun, level.ended - 1) if open_.claim < 0 else (open_.claim, open_.claim)
        places.append(_Place(elements, open_.loop, open_.prefix, first, last))
    return places


def _entered(above: _Open, loop: Loop, claims: int) -> _Open:
    is_level = any(isinstance(part, HierarchicalLevel) for part in _opening(loop).parts)
    prefix = above.prefix
    if is_level or loop.record is Claim:
        prefix = ""  # the tree's own lists are none of the claim's fields
    elif loop.record is not None:
        prefix += f"{loop.field}[{above.children[loop.field]}]." if loop.many else f"{loop.field}."
        above.children[loop.field] += 1
    return _Open(
        loop,
        prefix=prefix + "".join(f"{name}." for name in loop.into),
        claim=claims if loop.record is Claim else above.claim,
        level=None if is_level else above.level or above,
        begun=claims,
    )


def _opened(loop: Loop, elements: list[str]) -> Loop | None:
    """The loop directly below that a segment opens."""
    below = (part for part in loop.parts if isinstance(part, Loop))
    return next((part for part in below if _is(_opening(part), elements)), None)


def _opening(loop: Loop) -> BoundSegment:
    return next(part for part in loop.parts if isinstance(part, BoundSegment))


def _holds(loop: Loop, elements: list[str]) -> bool:
    """Whether a segment is the loop's own; its first one opens another."""
    opening = _opening(loop)
    own = (part for part in loop.parts if isinstance(part, BoundSegment) and part is not opening)
    return any(_is(part, elements) for part in own)


def _is(segment: BoundSegment, elements: list[str]) -> bool:
    if segment.id != elements[0]:
        return False
    for part in segment.parts:
        match part:
            case Match(position=position, codes=codes) if codes:
                if position >= len(elements) or elements[position] not in codes:
                    return False
            case HierarchicalLevel(code=code):
                if len(elements) < 4 or elements[3] != code:
                    return False
            case _:
                pass
    return True


# --- one error


def _at(places: Sequence[_Place], position: int) -> _Place | None:
    return places[position - 1] if 0 < position <= len(places) else None


def _reached(claims: list[ClaimRef], named: int | None, place: _Place | None) -> Sequence[ClaimRef]:
    if named is not None:
        return [claim for claim in claims if claim.id == named]
    return claims[max(place.first, 0) : place.last + 1] if place is not None else ()


def _finding(error: ClaimError, place: _Place | None) -> Finding:
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


def _field(error: ClaimError, place: _Place) -> str:
    """The claim's field that an element is; nothing for a segment that isn't the one standing there."""
    if place.elements[0] != error.segment_id:
        return ""
    found = ""
    for one in fields(place.loop):
        if one.segment != error.segment_id or one.loop != place.loop.id or not _fits(one.qualifiers, place.elements):
            continue
        if one.element == (error.element or one.element) and (not error.component or error.component == one.component):
            found = one.field
            break
    if not found:
        return ""
    field = place.prefix + found
    return f"billing_{field}" if field.startswith("provider.") else field


def _fits(qualifiers: Iterable[tuple[int, frozenset[str]]], elements: list[str]) -> bool:
    return all(position < len(elements) and elements[position] in codes for position, codes in qualifiers)
