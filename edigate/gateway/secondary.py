"""Claims to the next payer, from what the payer before decided: read from the ledger, judged, written back.

An intake of its own each time, whose rows are the claims that were turned round: rows in = made + refused + known.
What is decided and how the claim looks is pure (`reconcile/secondary.py`, `reconcile/next_claim.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import count, islice
from typing import NamedTuple

import msgspec

from edigate.claims.model import Claim
from edigate.encounters.rows import RowSpan
from edigate.errors import ConfigError, NoInputError
from edigate.findings import Finding
from edigate.gateway.decisions import decision
from edigate.gateway.judging import Judge, Judged, new_claim
from edigate.gateway.opening import Gateway
from edigate.ledger.answers import lines_of_claims
from edigate.ledger.claim_payments import ClaimPaymentRow
from edigate.ledger.decided import DecidedClaim, adjudications_of, decided_claims
from edigate.ledger.intake import KnownClaim, add_claims, begin_intake, find_intake, finish_intake, known_claims
from edigate.ledger.numbering import allocate
from edigate.ledger.records import NewIntake
from edigate.ledger.states import Kind
from edigate.ledger.timeline import find_claims
from edigate.ledger.transaction import ReadTransaction, WriteTransaction
from edigate.logs import get_logger
from edigate.mapping.program import MappedClaim
from edigate.mapping.trace import Trace
from edigate.money import ZERO
from edigate.partners.model import Partner
from edigate.reconcile.next_claim import next_claim, next_number
from edigate.reconcile.secondary import (
    Decision,
    Verdict,
    Why,
    judge,
    next_payer,
    outcome_of,
)
from edigate.secrecy import Phi
from edigate.x12.guide_cache import code_sets

log = get_logger(__name__)

MAPPING = "secondary"  # what stands where other intakes have the name of their mapping
_AT_ONCE = 500  # claims looked at and written in one go
_NAMES_OTHERS = b'"other_subscribers"'  # in a record only where there are some
_MAY_CHANGE = ("ready", "rejected", "void")
_JSON = msgspec.json.Encoder()
_CLAIM = msgspec.json.Decoder(Claim)


class NextClaim(Phi, msgspec.Struct, kw_only=True):
    """A claim for a next payer. Dollars; `claim` is what would be written, with a dry run only (PHI)."""

    from_claim: int
    patient_control_number: str
    partner: str
    responsibility: str
    payer: str
    charge: Decimal
    remaining: Decimal
    outcome: str  # made, refused, known
    findings: list[Finding] = []
    claim: Claim | None = None


class NotBilled(Phi, msgspec.Struct, kw_only=True):
    """A decided claim that goes to no next payer now, and why not."""

    claim_id: int
    patient_control_number: str
    why: str
    words: str


class SecondaryReport(msgspec.Struct, kw_only=True):
    """What came of every decided claim. `not_billed` leaves out those whose encounter names no further payer."""

    decided: int = 0
    made: list[NextClaim] = []
    refused: list[NextClaim] = []
    known: int = 0
    no_next_payer: int = 0
    not_billed: list[NotBilled] = []
    dry_run: bool = False


class _Turned(NamedTuple):
    """A decided claim with the one made from it."""

    source: DecidedClaim
    mapped: MappedClaim
    remaining: Decimal
    payments: tuple[int, ...]
    before: KnownClaim | None  # what the ledger has under its number


class _NoCells(Trace):
    """No cell of any file led to these claims: their findings stand by themselves."""

    __slots__ = ()

    def __init__(self) -> None:
        """There is nothing to go over again."""

    def sources(self, field: str) -> tuple[()]:
        return ()


class _DryRunError(Exception):
    """Ends a transaction that shall leave no trace."""


def secondary(gateway: Gateway, *, key: str = "", not_covered: bool = False, dry_run: bool = False) -> SecondaryReport:
    """Make the claims for next payers, of all decided claims or of the one that `key` names.

    `not_covered` bills those, too, that the payer denied because its plan doesn't cover them. Raises
    NoInputError where nothing is named `key`, ConfigError where a partner's settings are gone.
    """
    run = _Run(gateway, not_covered=not_covered, dry_run=dry_run, asked=bool(key))
    try:
        with gateway.ledger.write() as tx:
            found = decided_claims(tx, claim_id=_named(tx, key) if key else None)
            while block := list(islice(found, _AT_ONCE)):
                run.block(tx, block)
            if dry_run:
                raise _DryRunError
    except _DryRunError:
        return run.report
    report = run.report
    log.info("next payers billed", claims=len(report.made), refused=len(report.refused), count=report.decided)
    return report


class _Run:
    """One run over the decided claims, block by block, in one transaction."""

    def __init__(self, gateway: Gateway, *, not_covered: bool, dry_run: bool, asked: bool) -> None:
        self.report = SecondaryReport(dry_run=dry_run)
        self._gateway = gateway
        self._not_covered = not_covered
        self._asked = asked
        self._partners = {partner.name: partner for partner in gateway.workspace.partners()}
        self._remarks = code_sets()["remark_code"]
        self._judges: dict[tuple[str, Kind], Judge] = {}

    def block(self, tx: WriteTransaction, block: Sequence[DecidedClaim]) -> None:
        self.report.decided += len(block)
        by_partner: dict[tuple[str, Kind], list[_Turned]] = {}
        for turned in self._turned(tx, block):
            some = by_partner.setdefault((turned.source.partner, turned.source.kind), [])
            row = len(some) + 1  # of the archived list that the intake is the account of
            rows = RowSpan(MAPPING, row, row, 1)
            some.append(turned._replace(mapped=msgspec.structs.replace(turned.mapped, rows=rows)))
        for (name, kind), some in by_partner.items():
            judge_ = self._judges.get((name, kind))
            if judge_ is None:
                judge_ = self._judges[name, kind] = Judge(tx, self._partners[name], kind, self._gateway.codes)
            self._write_down(tx, some, judge_.block([one.mapped for one in some]), self._partners[name], kind)

    def _turned(self, tx: ReadTransaction, block: Sequence[DecidedClaim]) -> Iterator[_Turned]:
        """The claims that go on, turned round; of the others the reason is noted."""
        with_others: list[DecidedClaim] = []
        for one in block:
            if one.state != "void" and _NAMES_OTHERS in one.record:
                with_others.append(one)
            else:
                self._not(one, Why.NO_NEXT_PAYER, "the encounter names no payer after this one")
        ids = [one.id for one in with_others]
        posted, lines = adjudications_of(tx, ids), lines_of_claims(tx, ids)
        ready: list[tuple[DecidedClaim, Claim, Decimal, list[ClaimPaymentRow]]] = []
        for one in with_others:
            claim = _CLAIM.decode(one.record)
            rows = posted.get(one.id, [])
            decisions = [decision(row, lines.get(one.id, [])) for row in rows]
            verdict = self._verdict(one, claim, decisions)
            following = next_payer(claim)
            if verdict.why is not Why.READY or following is None:
                self._not(one, verdict.why, verdict.words)
                continue
            number = next_number(one.patient_control_number, following.responsibility, one.id)
            outcome = outcome_of(decisions)
            # A remark that the guides don't list would refuse the claim, and no cent depends on it.
            outcome = msgspec.structs.replace(
                outcome, remarks=[code for code in outcome.remarks if code in self._remarks]
            )
            ready.append((one, next_claim(claim, outcome, verdict.remaining, number), verdict.remaining, rows))
        taken = known_claims(tx, [claim.patient_control_number for _, claim, _, _ in ready])
        for one, claim, remaining, rows in ready:
            before, key = taken.get(claim.patient_control_number), _encounter_key(one, claim)
            if before is not None and before.encounter_key != key:
                self._not(
                    one, "number taken", f"its number would be {claim.patient_control_number}, which another claim has"
                )
                continue
            mapped = MappedClaim(key, claim, (), _NoCells(), RowSpan(MAPPING, 0, 0, 1))
            yield _Turned(one, mapped, remaining, tuple(dict.fromkeys(each.payment_id for each in rows)), before)

    def _verdict(self, one: DecidedClaim, claim: Claim, decisions: Sequence[Decision]) -> Verdict:
        partner = self._partners.get(one.partner)
        if partner is None:
            raise ConfigError(
                f"claim {one.id} went to partner {one.partner}, which has no settings any more",
                hint=f"Put partners/{one.partner}.toml back.",
            )
        verdict = judge(claim, decisions, not_covered=self._not_covered)
        if verdict.why is Why.READY and partner.usage != one.usage:
            return Verdict(Why.NOT_DECIDED, f"it is a {one.usage} claim, and {partner.name} is in {partner.usage} now")
        return verdict

    def _not(self, one: DecidedClaim, why: str, words: str) -> None:
        if why == Why.NO_NEXT_PAYER:
            self.report.no_next_payer += 1
            if not self._asked:
                return
        self.report.not_billed.append(
            NotBilled(claim_id=one.id, patient_control_number=one.patient_control_number, why=str(why), words=words)
        )

    def _write_down(
        self, tx: WriteTransaction, some: Sequence[_Turned], judged: Sequence[Judged], partner: Partner, kind: Kind
    ) -> None:
        """Add what is new to the ledger, under an intake of its own; of what it knows already nothing more."""
        fresh = [
            (turned, one)
            for turned, one in zip(some, judged, strict=True)
            if one.converted.outcome != "known" and not self._decided_anew(turned)
        ]
        self.report.known += sum(one.converted.outcome == "known" for one in judged)
        for turned, one in fresh:
            told = self._told(turned, one)
            (self.report.made if one.converted.outcome == "made" else self.report.refused).append(told)
        if not fresh:
            return
        intake_id = begin_intake(tx, self._intake(tx, some, partner))
        lines = sum(one.lines for _, one in fresh)
        number = allocate(tx, "line", count=lines) if lines else 0
        claims = []
        for _, one in fresh:
            claims.append(new_claim(one, partner, kind, number))
            number += one.lines
        add_claims(tx, intake_id, claims)
        finish_intake(tx, intake_id, rows_in=len(some), rows_known=len(some) - len(fresh), encounters=len(some))

    def _decided_anew(self, turned: _Turned) -> bool:
        """The next payer's claim is out already, and the payer before it changed its mind since."""
        before = turned.before
        if before is None or before.state in _MAY_CHANGE:
            return False
        self._not(
            turned.source,
            "decided anew",
            f"claim {before.claim_id} for the next payer is {before.state} and says what was decided before; send a "
            "replacement (frequency 7)",
        )
        return True

    def _told(self, turned: _Turned, one: Judged) -> NextClaim:
        claim = one.converted.claim or turned.mapped.claim or Claim()
        return NextClaim(
            from_claim=turned.source.id,
            patient_control_number=claim.patient_control_number,
            partner=turned.source.partner,
            responsibility=claim.subscriber.responsibility if claim.subscriber else "",
            payer=claim.payer.name if claim.payer else "",
            charge=claim.total_charge or ZERO,
            remaining=turned.remaining,
            outcome=one.converted.outcome,
            findings=one.converted.findings,
            claim=claim if self.report.dry_run else None,
        )

    def _intake(self, tx: ReadTransaction, some: Sequence[_Turned], partner: Partner) -> NewIntake:
        """The account of these claims: which was made from which claim and payments, a row each, archived."""
        content = b"".join(
            _JSON.encode({"claim": one.source.id, "payments": one.payments, "made": one.mapped.key}) + b"\n"
            for one in some
        )
        new = NewIntake(
            sha256=self._gateway.archive.put(content),
            name=f"{MAPPING}-{tx.at:%Y-%m-%d}.jsonl",
            mapping=MAPPING,
            partner=partner.name,
        )
        # What was refused may be tried again, as often as somebody wants.
        attempts = (msgspec.structs.replace(new, fingerprint=f"attempt {number}") for number in count(1))
        return next(attempt for attempt in attempts if find_intake(tx, attempt) is None)


def _named(tx: ReadTransaction, key: str) -> int:
    found = find_claims(tx, key)
    if not found:
        raise NoInputError(f"no claim has the id or number {key}", hint="`edigate show claim` knows them.")
    return found[0].id


def _encounter_key(one: DecidedClaim, claim: Claim) -> str:
    """Stays the same over all versions of the first claim, and tells ours from another claim with our number."""
    return f"{one.patient_control_number} to {claim.subscriber.responsibility if claim.subscriber else ''}"
