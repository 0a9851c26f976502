"""Which claims of ours an answer may be about that no number finds, and why. Pure; a person decides.

Each likeness weighs; what says little by itself (a charge, a day) makes a candidate only with another.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from edigate.secrecy import Phi

_PREFIX = 6  # shorter beginnings are alike by chance


class Asked(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """What an answer says of the claim it means; empty or None where it says nothing. Charge in dollars."""

    number: str = ""  # 277CA TRN02, 835 CLP01
    trace: str = ""  # REF*D9
    payer_number: str = ""  # 277CA REF*1K, 835 CLP07
    member_id: str = ""
    charge: Decimal | None = None
    first_day: date | None = None
    last_day: date | None = None


class OurClaim(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """A claim of ours as it is compared; `id` is the ledger's."""

    id: int
    number: str
    trace: str = ""
    payer_number: str = ""
    member_ids: tuple[str, ...] = ()
    charge: Decimal
    service_date: date | None = None


class Candidate(msgspec.Struct, frozen=True):
    """A claim that an answer may be about; the higher `score`, the more says so."""

    claim_id: int
    number: str
    score: int
    why: tuple[str, ...]


def candidates(asked: Asked, ours: Iterable[OurClaim], *, most: int = 3) -> list[Candidate]:
    """The claims that fit best, the likeliest first; none that only a charge or a day speaks for."""
    found = []
    for claim in ours:
        reasons = [*_number(asked.number, claim.number), *_rest(asked, claim)]
        score = sum(weight for weight, _ in reasons)
        if score >= _ENOUGH:
            found.append(Candidate(claim.id, claim.number, score, tuple(words for _, words in reasons)))
    return sorted(found, key=lambda one: (-one.score, one.claim_id))[:most]


_ENOUGH = 40


def _number(theirs: str, our: str) -> list[tuple[int, str]]:
    """How alike the numbers are; the strongest likeness alone counts."""
    theirs, our = theirs.strip().casefold(), our.strip().casefold()
    if not theirs or not our:
        return []
    if theirs == our:
        return [(60, "the same number but for case and blanks")]
    if min(len(theirs), len(our)) >= _PREFIX:
        if our.startswith(theirs):
            return [(40, f"our number begins with theirs, cut to {len(theirs)} characters")]
        if theirs.startswith(our):
            return [(40, "their number begins with ours")]
    bare_theirs, bare_our = _bare(theirs), _bare(our)
    if bare_theirs == bare_our and len(bare_our) >= 2:
        return [(50, "the same number but for signs and leading zeros")]
    return []


def _bare(number: str) -> str:
    return "".join(sign for sign in number if sign.isalnum()).lstrip("0")


def _rest(asked: Asked, claim: OurClaim) -> list[tuple[int, str]]:
    found = []
    if asked.trace and _bare(asked.trace.casefold()) == _bare(claim.trace.casefold()):
        found.append((60, "the clearinghouse's number (D9) is ours"))
    if asked.payer_number and asked.payer_number.strip() == claim.payer_number.strip():
        found.append((60, "the payer's number for it is known to be this claim's"))
    if asked.member_id and _bare(asked.member_id.casefold()) in {_bare(one.casefold()) for one in claim.member_ids}:
        found.append((25, "the same member"))
    if asked.charge is not None and asked.charge and abs(asked.charge) == claim.charge:
        found.append((20, "the same charge"))
    if claim.service_date is not None and asked.first_day is not None:
        last = asked.last_day or asked.first_day
        if asked.first_day <= claim.service_date <= max(last, asked.first_day):
            found.append((25, "the same day of service"))
    return found
