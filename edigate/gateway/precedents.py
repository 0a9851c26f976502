"""What went before a claim: in the ledger, or earlier in its own file. It may be the same, in the way, or corrected.

Knows claims and what the ledger has of them, no file and no edit; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from edigate.claims.batch import content_hash, visit_hash
from edigate.claims.model import Claim
from edigate.findings import Finding, Severity
from edigate.ledger.intake import KnownClaim, known_claims, known_visits
from edigate.ledger.states import ClaimState
from edigate.ledger.transaction import ReadTransaction
from edigate.mapping.program import MappedClaim
from edigate.partners.model import Partner

# CLM05-3: 6 corrects, 7 replaces, 8 voids a claim that the payer has decided.
_CORRECTIONS = frozenset(("6", "7", "8"))

# What becomes of a claim whose patient control number the ledger already has with other content, by where
# that one stands. Anything else was answered by the payer: only a correction may follow.
_MAKES_WAY: frozenset[ClaimState] = frozenset(("ready", "rejected", "void"))
_ON_ITS_WAY: frozenset[ClaimState] = frozenset(("queued", "sent", "uncertain"))
# The same visit under another number is no duplicate of a claim that came to nothing.
_CAME_TO_NOTHING: frozenset[ClaimState] = frozenset(("refused", "rejected", "void"))


class Hashes(NamedTuple):
    """A claim's content, and the same without what is only its own number."""

    content: str = ""
    visit: str = ""


class Precedent(NamedTuple):
    """What went before: the very claim (`known`), one that the new claim supersedes, what keeps it back."""

    known: bool = False
    supersedes: int | None = None
    findings: Sequence[Finding] = ()


class Precedents:
    """Answers for the claims of one file, block by block, in one transaction."""

    def __init__(self, tx: ReadTransaction, partner: Partner) -> None:
        self._tx = tx
        self._partner = partner
        self._numbers: dict[str, KnownClaim] = {}  # of the block, by patient control number
        self._visits: dict[str, KnownClaim] = {}
        self._seen: set[str] = set()  # of the file
        self._seen_visits: dict[str, str] = {}

    def begin(self, encounters: Sequence[MappedClaim]) -> list[MappedClaim]:
        """Ask the ledger for a block; the encounters back, corrections with the payer's number it knows."""
        claims = [mapped.claim for mapped in encounters if mapped.claim is not None]
        self._numbers = known_claims(self._tx, [claim.patient_control_number for claim in claims])
        return [self._completed(mapped) for mapped in encounters]

    def hashes(self, encounters: Sequence[MappedClaim]) -> list[Hashes]:
        """Each claim's hashes, in order, and what the ledger has of these visits asked for."""
        found = [_hashes(mapped.claim) if mapped.claim is not None else Hashes() for mapped in encounters]
        self._visits = known_visits(self._tx, [one.visit for one in found if one.visit])
        return found

    def is_known(self, claim: Claim, hashes: Hashes) -> bool:
        """Whether the ledger has the very claim; one that was only a test is still to be made for production."""
        there = self._numbers.get(claim.patient_control_number)
        return there is not None and there.content_hash == hashes.content and not self._leaves_test(there)

    def of(self, claim: Claim, hashes: Hashes) -> Precedent:
        """What went before this claim, the file's earlier ones included; then it is one of them."""
        number = claim.patient_control_number
        if number in self._seen:
            return Precedent(findings=[_twice_in_file(number)])
        self._seen.add(number)
        if self.is_known(claim, hashes):
            return Precedent(known=True)
        twin = self._twin(claim, hashes)
        there = self._numbers.get(number)
        if there is None:
            return Precedent(findings=twin)
        if self._leaves_test(there):
            return Precedent(supersedes=there.claim_id, findings=twin)
        refusal = _may_follow(claim, there, self._partner)
        if refusal is not None:
            return Precedent(findings=[refusal])
        return Precedent(supersedes=there.claim_id, findings=twin)

    def _twin(self, claim: Claim, hashes: Hashes) -> list[Finding]:
        """The same visit billed under another number: the payer would pay it twice, or call it a fraud."""
        if claim.frequency_code in _CORRECTIONS:
            return []
        earlier = self._seen_visits.setdefault(hashes.visit, claim.patient_control_number)
        if earlier != claim.patient_control_number:
            return [_same_visit("another encounter of this file")]
        there = self._visits.get(hashes.visit)
        other = there is not None and there.patient_control_number != claim.patient_control_number
        if there is None or not other or there.state in _CAME_TO_NOTHING or there.usage != self._partner.usage:
            return []
        return [_same_visit(f"claim {there.claim_id}, which is {there.state},")]

    def _leaves_test(self, there: KnownClaim) -> bool:
        """A test claim makes way for production wherever it stands: no payer pays it."""
        return (there.usage, self._partner.usage) == ("test", "production")

    def _completed(self, mapped: MappedClaim) -> MappedClaim:
        """A correction without the payer's number gets the one that an answer to the claim it corrects brought."""
        claim = mapped.claim
        if claim is None or claim.frequency_code not in _CORRECTIONS or claim.payer_claim_control_number:
            return mapped
        there = self._numbers.get(claim.patient_control_number)
        if there is None or not there.payer_claim_control_number:
            return mapped
        told = Finding(
            code="PAYER-NUMBER-FOUND",
            message=f"the payer's number of the claim that this one corrects was taken from claim {there.claim_id}",
            severity=Severity.INFO,
            level=7,
            field="payer_claim_control_number",
            value=there.payer_claim_control_number,
        )
        claim = msgspec.structs.replace(claim, payer_claim_control_number=there.payer_claim_control_number)
        return msgspec.structs.replace(mapped, claim=claim, findings=(*mapped.findings, told))


def at_their_source(mapped: MappedClaim, findings: Iterable[Finding]) -> list[Finding]:
    """Findings with the cells their field was made from."""
    return [
        finding if finding.sources else msgspec.structs.replace(finding, sources=mapped.trace.sources(finding.field))
        for finding in findings
    ]


def _hashes(claim: Claim) -> Hashes:
    visit = visit_hash(claim)
    return Hashes(content_hash(claim, visit), visit)


def _may_follow(claim: Claim, there: KnownClaim, partner: Partner) -> Finding | None:
    """None where a claim may take the place of the one with its number, else why it may not."""
    if there.usage != partner.usage:
        what = f"is for production, and {partner.name} is in test now: a test takes no production claim's place"
    elif there.state in _MAKES_WAY:
        return None
    elif there.state in _ON_ITS_WAY:
        what = f"is {there.state}: it may be with the payer already"
    elif claim.frequency_code in _CORRECTIONS:
        return None
    else:
        what = f"is {there.state}; a change to it must be sent as a replacement (frequency 7) or void (8)"
    return Finding(
        code="DUPLICATE",
        message=f"a claim with this patient control number was made before (claim {there.claim_id}) and {what}",
        severity=Severity.ERROR,
        level=7,
        field="patient_control_number",
    )


def _twice_in_file(number: str) -> Finding:
    return Finding(
        code="DUPLICATE-IN-FILE",
        message="another encounter of this file has the same patient control number",
        severity=Severity.ERROR,
        level=7,
        field="patient_control_number",
        value=number,
    )


def _same_visit(other: str) -> Finding:
    return Finding(
        code="DUPLICATE-VISIT",
        message=f"{other} says the very same under another patient control number; a service that was done again "
        "the same day says so (modifier 76 or 77), and a correction has frequency 7",
        severity=Severity.ERROR,
        level=7,
        field="patient_control_number",
    )
