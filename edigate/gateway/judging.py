"""What becomes of an encounter: made, refused or known already, and what the ledger is to keep of it.

Edits and the trial say whether a claim is good; the ledger, whether one with its number went before. Knows no
file and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from edigate.claims.batch import batch_key, content_hash
from edigate.claims.codesets import Codes
from edigate.claims.model import Claim
from edigate.findings import Finding, Severity, has_errors
from edigate.gateway.edit_rules import Editing
from edigate.gateway.names import kept_name
from edigate.gateway.trial import Trial
from edigate.ledger.intake import KnownClaim, known_claims
from edigate.ledger.records import NewClaim, NewLine
from edigate.ledger.states import Kind
from edigate.ledger.transaction import ReadTransaction
from edigate.mapping.program import MappedClaim
from edigate.money import ZERO, to_cents
from edigate.partners.model import Partner

_JSON = msgspec.json.Encoder()

# What becomes of a claim whose patient control number the ledger already has with other content, by where
# that one stands. Anything else was answered by the payer: only a replacement (7) or void (8) may follow.
_MAKES_WAY = frozenset(("ready", "rejected", "void"))
_ON_ITS_WAY = frozenset(("queued", "sent", "uncertain"))


class Converted(msgspec.Struct, kw_only=True):
    """One encounter and what became of it. `claim` is the made claim's JSON-able record (PHI)."""

    encounter: str
    outcome: str  # made, refused, known
    first_row: int
    last_row: int
    rows: int
    patient_control_number: str = ""
    charge_cents: int = 0
    findings: list[Finding] = []
    claim: Claim | None = None


class Judged(NamedTuple):
    """The outcome of one encounter; `supersedes` is the claim of the ledger that a made one replaces."""

    converted: Converted
    digest: str = ""
    supersedes: int | None = None

    @property
    def lines(self) -> int:
        """The line item control numbers it takes."""
        claim = self.converted.claim
        return len(claim.service_lines) if claim is not None and self.converted.outcome == "made" else 0


class Judge:
    """Judges the encounters of one file, block by block, in one transaction."""

    def __init__(self, tx: ReadTransaction, partner: Partner, kind: Kind, codes: Codes) -> None:
        self._tx = tx
        self._partner = partner
        self._editing = Editing(partner, kind, tx.at.date(), codes)
        self._trial = Trial(partner, kind, tx.at)
        self._seen: set[str] = set()

    def block(self, encounters: Sequence[MappedClaim]) -> list[Judged]:
        """Each encounter's outcome, in order. Some hundreds at a time: the ledger is asked once a block."""
        encounters = [self._editing.mended(mapped) for mapped in encounters]
        made = [mapped.claim for mapped in encounters if mapped.claim is not None]
        known = known_claims(self._tx, [claim.patient_control_number for claim in made])
        digests = [content_hash(mapped.claim) if mapped.claim is not None else "" for mapped in encounters]
        fresh = [
            mapped
            for mapped, digest in zip(encounters, digests, strict=True)
            if mapped.claim is not None and not self._same(known.get(mapped.claim.patient_control_number), digest)
        ]
        faults = self._faults(fresh)
        return [
            self._one(mapped, digest, known, faults.get(id(mapped), []))
            for mapped, digest in zip(encounters, digests, strict=True)
        ]

    def _faults(self, encounters: Sequence[MappedClaim]) -> dict[int, list[Finding]]:
        """What edits and trial say of claims the ledger doesn't have, by the encounter's identity."""
        found: dict[int, list[Finding]] = {}
        tried: list[tuple[MappedClaim, Claim]] = []
        made = [(mapped, mapped.claim) for mapped in encounters if mapped.claim is not None]
        for (mapped, claim), findings in zip(made, self._editing.of_many([claim for _, claim in made]), strict=True):
            if findings:
                found[id(mapped)] = findings
            if not has_errors(mapped.findings) and not has_errors(findings):
                tried.append((mapped, claim))
        for (mapped, _), faults in zip(tried, self._trial.of_many([claim for _, claim in tried]), strict=True):
            if faults:
                found.setdefault(id(mapped), []).extend(faults)
        return found

    def _one(
        self, mapped: MappedClaim, digest: str, known: dict[str, KnownClaim], faults: Iterable[Finding]
    ) -> Judged:
        findings = [*mapped.findings, *_at_their_source(mapped, faults)]
        claim = mapped.claim
        if claim is None:
            return Judged(_converted(mapped, "refused", findings))
        number = claim.patient_control_number
        there = known.get(number)
        supersedes: int | None = None
        if number in self._seen:
            findings += _at_their_source(mapped, [_twice_in_file(number)])
        elif self._same(there, digest):
            self._seen.add(number)
            return Judged(_converted(mapped, "known", findings), digest)
        elif there is not None:
            refusal = None if self._leaves_test(there) else _may_follow(claim, there, self._partner)
            supersedes = there.claim_id if refusal is None else None
            findings += _at_their_source(mapped, [refusal] if refusal is not None else [])
        self._seen.add(number)
        if has_errors(findings):
            return Judged(_converted(mapped, "refused", findings), digest)
        return Judged(_converted(mapped, "made", findings), digest, supersedes)

    def _same(self, there: KnownClaim | None, digest: str) -> bool:
        """Whether the ledger has the very claim; one that was only a test is still to be made for production."""
        return there is not None and there.content_hash == digest and not self._leaves_test(there)

    def _leaves_test(self, there: KnownClaim) -> bool:
        """A test claim makes way for production wherever it stands: no payer pays it."""
        return (there.usage, self._partner.usage) == ("test", "production")


def new_claim(judged: Judged, partner: Partner, kind: Kind, first_line: int) -> NewClaim:
    """What the ledger is to keep of an encounter made or refused.

    Each line of a made claim gets a line item control number (REF*6R) of our own, from `first_line` on, in
    ledger and record.
    """
    converted = judged.converted
    claim = converted.claim
    told = NewClaim(
        state="refused",
        row_count=converted.rows,
        first_row=converted.first_row,
        last_row=converted.last_row,
        kind=kind,
        usage=partner.usage,
        encounter_key=converted.encounter,
        findings=converted.findings,
    )
    if claim is None:
        return told
    lines: list[NewLine] = []
    if converted.outcome == "made":
        names = [f"E{number:09d}" for number in range(first_line, first_line + len(claim.service_lines))]
        numbered = [
            msgspec.structs.replace(line, line_item_control_number=name)
            for name, line in zip(names, claim.service_lines, strict=True)
        ]
        claim = msgspec.structs.replace(claim, service_lines=numbered)
        lines = [
            NewLine(
                line_number=number,
                line_item_control_number=line.line_item_control_number,
                charge_cents=to_cents(line.charge or ZERO),
                procedure=line.procedure,
                revenue_code=line.revenue_code,
                modifiers=":".join(line.modifiers),
                units=format(line.units, "f") if line.units is not None else "",
                service_date=line.service_date or claim.service_date,
            )
            for number, line in enumerate(numbered, 1)
        ]
    return msgspec.structs.replace(
        told,
        state="ready" if converted.outcome == "made" else "refused",
        record=_JSON.encode(claim),
        patient_control_number=claim.patient_control_number,
        content_hash=judged.digest,
        responsibility=claim.subscriber.responsibility if claim.subscriber else "P",
        total_charge_cents=converted.charge_cents,
        service_date=_first_day(claim),
        payer_name=claim.payer.name if claim.payer else "",
        payer_id=claim.payer.payer_id if claim.payer else "",
        batch_key=batch_key(claim),
        supersedes=judged.supersedes,
        lines=lines,
    )


def _first_day(claim: Claim) -> date | None:
    """The first day of service: of the lines, of the claim as a whole (837D), of the statement (837I)."""
    days = [line.service_date for line in claim.service_lines]
    return min((day for day in (*days, claim.service_date, claim.statement_from) if day), default=None)


def _may_follow(claim: Claim, there: KnownClaim, partner: Partner) -> Finding | None:
    """None where a claim may take the place of the one with its number, else why it may not."""
    if there.usage != partner.usage:
        what = f"is for production, and {partner.name} is in test now: a test takes no production claim's place"
    elif there.state in _MAKES_WAY:
        return None
    elif there.state in _ON_ITS_WAY:
        what = f"is {there.state}: it may be with the payer already"
    elif claim.frequency_code in ("7", "8"):
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


def _at_their_source(mapped: MappedClaim, findings: Iterable[Finding]) -> list[Finding]:
    """Findings with the cells their field was made from."""
    return [
        finding if finding.sources else msgspec.structs.replace(finding, sources=mapped.trace.sources(finding.field))
        for finding in findings
    ]


def _converted(mapped: MappedClaim, outcome: str, findings: list[Finding]) -> Converted:
    claim, rows = mapped.claim, mapped.rows
    return Converted(
        encounter=kept_name(mapped.key),
        outcome=outcome,
        first_row=rows.first,
        last_row=rows.last,
        rows=rows.count,
        patient_control_number=claim.patient_control_number if claim else "",
        charge_cents=_cents(claim),
        findings=findings,
        claim=claim,
    )


def _cents(claim: Claim | None) -> int:
    """The charge for the accounts; an impossible one is refused by the edits and counts as nothing."""
    try:
        cents = to_cents(claim.total_charge or ZERO) if claim else 0
    except ValueError:
        return 0
    return cents if 0 <= cents < 10**12 else 0
