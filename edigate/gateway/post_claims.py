"""Which claim of ours each claim payment (CLP) of an 835 means. Moves nothing and writes nothing.

By its number; of the claim's versions the one that is meant; else by what a person said of the number.
"""

from __future__ import annotations

from collections.abc import Sequence

from edigate.gateway.post_entries import cents_of
from edigate.gateway.posting import Posting
from edigate.ledger.answers import ClaimRef, claims_by_control_number, claims_by_id
from edigate.ledger.matches import Match, folded, remembered
from edigate.ledger.payments import claims_paid_under
from edigate.ledger.states import Usage
from edigate.remits.x221 import StreamedClaim
from edigate.responses.status import REVERSAL


def claims_of(posting: Posting, block: Sequence[StreamedClaim], usage: Usage) -> list[ClaimRef | None]:
    """Our claim of each CLP: by the patient control number, and of its versions the one that is meant.

    A reversal takes back what was paid under its CLP07, so it goes to the version that was paid. Money
    for a claim that never left us is only believed where the charge agrees: else it is a stranger's, and
    a claim taken for paid would never be sent.
    """
    tx = posting.tx
    by_number = claims_by_control_number(tx, {streamed.claim.patient_control_number for streamed in block}, usage)
    taken_back = {
        streamed.claim.payer_claim_control_number
        for streamed in block
        if streamed.claim.status == REVERSAL and streamed.claim.patient_control_number in by_number
    }
    paid_under = claims_paid_under(tx, taken_back)
    versions = claims_by_id(tx, set(paid_under.values()))
    found: list[ClaimRef | None] = []
    for streamed in block:
        paid = streamed.claim
        claim = by_number.get(paid.patient_control_number)
        if claim is not None and paid.status == REVERSAL:
            version = versions.get(paid_under.get(paid.payer_claim_control_number, 0))
            if version is not None and version.patient_control_number == claim.patient_control_number:
                claim = version
        if claim is not None and not may_be_paid(claim, cents_of(paid.charge)):
            claim = None
        found.append(claim)
    return found


def by_word(
    posting: Posting, block: Sequence[StreamedClaim], found: list[ClaimRef | None]
) -> dict[int, Match]:
    """Fill in the claims that no number finds but a person's word does; that word, by place in the block.

    A number that means another claim by now would charge more than this one: then nothing is believed.
    """
    unknown = [place for place, claim in enumerate(found) if claim is None]
    words = remembered(
        posting.tx, posting.file.partner, (block[place].claim.patient_control_number for place in unknown)
    )
    meant = claims_by_id(posting.tx, {match.claim_id for match in words.values()})
    used: dict[int, Match] = {}
    for place in unknown:
        paid = block[place].claim
        match = words.get(folded(paid.patient_control_number))
        if match is not None and fits(meant[match.claim_id], cents_of(paid.charge)):
            found[place] = meant[match.claim_id]
            used[place] = match
    return used


def fits(claim: ClaimRef, charge_cents: int) -> bool:
    """Whether a payment with this charge can be for a claim by a word given for another answer: all or part of it."""
    return may_be_paid(claim, charge_cents) and abs(charge_cents) <= claim.total_charge_cents


def may_be_paid(claim: ClaimRef, charge_cents: int) -> bool:
    """Whether a payment with this charge (CLP03) can be for a claim: one never sent must charge the same."""
    return claim.outbound_set_id is not None or abs(charge_cents) == claim.total_charge_cents
