"""What becomes of an encounter: made, refused or known already, and what the ledger is to keep of it.

Edits and the trial say whether a claim is good; the ledger, whether one with its number went before. Knows no
file and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from edigate.claims.batch import batch_key
from edigate.claims.codesets import Codes
from edigate.claims.model import Claim
from edigate.findings import Finding, has_errors
from edigate.gateway.edit_rules import Editing
from edigate.gateway.names import kept_name
from edigate.gateway.precedents import Hashes, Precedents, at_their_source
from edigate.gateway.trial import Trial
from edigate.ledger.records import NewClaim, NewLine
from edigate.ledger.states import Kind
from edigate.ledger.transaction import ReadTransaction
from edigate.mapping.program import MappedClaim
from edigate.money import ZERO, to_cents
from edigate.partners.model import Partner
from edigate.reconcile.secondary import settled_before
from edigate.secrecy import Phi

_JSON = msgspec.json.Encoder()


class Converted(Phi, msgspec.Struct, kw_only=True):
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
    hashes: Hashes = Hashes()
    supersedes: int | None = None

    @property
    def lines(self) -> int:
        """The line item control numbers it takes."""
        claim = self.converted.claim
        return len(claim.service_lines) if claim is not None and self.converted.outcome == "made" else 0


class Judge:
    """Judges the encounters of one file, block by block, in one transaction."""

    def __init__(self, tx: ReadTransaction, partner: Partner, kind: Kind, codes: Codes) -> None:
        self._editing = Editing(partner, kind, tx.at.date(), codes)
        self._trial = Trial(partner, kind, tx.at)
        self._precedents = Precedents(tx, partner)

    def block(self, encounters: Sequence[MappedClaim]) -> list[Judged]:
        """Each encounter's outcome, in order. Some hundreds at a time: the ledger is asked once a block."""
        encounters = self._precedents.begin([self._editing.mended(mapped) for mapped in encounters])
        hashes = self._precedents.hashes(encounters)
        fresh = [
            mapped
            for mapped, own in zip(encounters, hashes, strict=True)
            if mapped.claim is not None and not self._precedents.is_known(mapped.claim, own)
        ]
        faults = self._faults(fresh)
        return [
            self._one(mapped, own, faults.get(id(mapped), ()))
            for mapped, own in zip(encounters, hashes, strict=True)
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

    def _one(self, mapped: MappedClaim, hashes: Hashes, faults: Iterable[Finding]) -> Judged:
        findings = [*mapped.findings, *at_their_source(mapped, faults)]
        if mapped.claim is None:
            return Judged(_converted(mapped, "refused", findings))
        before = self._precedents.of(mapped.claim, hashes)
        if before.known:
            return Judged(_converted(mapped, "known", findings), hashes)
        findings += at_their_source(mapped, before.findings)
        if has_errors(findings):
            return Judged(_converted(mapped, "refused", findings), hashes)
        return Judged(_converted(mapped, "made", findings), hashes, before.supersedes)


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
        content_hash=judged.hashes.content,
        visit_hash=judged.hashes.visit,
        responsibility=claim.subscriber.responsibility if claim.subscriber else "P",
        total_charge_cents=converted.charge_cents,
        settled_before_cents=_settled_before(claim, converted.charge_cents),
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


def _settled_before(claim: Claim, charge_cents: int) -> int:
    """What earlier payers settled, for the accounts: never more than the charge; an impossible amount is none."""
    try:
        return min(max(to_cents(settled_before(claim)), 0), charge_cents)
    except ValueError:
        return 0


def _cents(claim: Claim | None) -> int:
    """The charge for the accounts; an impossible one is refused by the edits and counts as nothing."""
    try:
        cents = to_cents(claim.total_charge or ZERO) if claim else 0
    except ValueError:
        return 0
    return cents if 0 <= cents < 10**12 else 0
