"""Writing down what was converted: every row of an input file ends in a claim made, refused or known.

Knows no mapping and no X12. A whole conversion is one transaction: begin, add in batches, finish.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import and_, bindparam, case, func, select

from edigate.errors import InternalError, LedgerError
from edigate.findings import Finding
from edigate.ledger.numbering import reserve_ids
from edigate.ledger.records import NewClaim, NewIntake
from edigate.ledger.schema import claim, claim_event, claim_finding, claim_line, claim_record, intake
from edigate.ledger.states import ClaimState, Usage
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for, in_blocks
from edigate.secrecy import Phi

# States in which a claim may be on its way: replacing it now could send the same services twice.
_IN_FLIGHT = ("queued", "sent", "uncertain")


class Intake(msgspec.Struct, frozen=True):
    """One conversion. Rows in = made + refused + known, once finished."""

    id: int
    sha256: str
    name: str
    mapping: str
    partner: str
    fingerprint: str
    rows_in: int
    rows_made: int
    rows_refused: int
    rows_known: int
    encounters: int


class KnownClaim(Phi, msgspec.Struct, frozen=True, gc=False):
    """A claim or refused encounter the ledger already has."""

    claim_id: int
    patient_control_number: str
    encounter_key: str
    version: int
    state: ClaimState
    content_hash: str
    usage: Usage
    payer_claim_control_number: str


_INTAKE = columns_for(Intake, intake)
_KNOWN = columns_for(KnownClaim, claim, claim_id=claim.c.id)


def find_intake(tx: ReadTransaction, new: NewIntake) -> Intake | None:
    """The conversion of the same content by the same mapping, for the same partner, if there was one."""
    return tx.first(
        select(*_INTAKE).where(
            intake.c.sha256 == new.sha256,
            intake.c.mapping == new.mapping,
            intake.c.partner == new.partner,
            intake.c.fingerprint == new.fingerprint,
        ),
        Intake,
    )


def intake_by_id(tx: ReadTransaction, intake_id: int) -> Intake | None:
    """One conversion; None where there is none."""
    return tx.first(select(*_INTAKE).where(intake.c.id == intake_id), Intake)


def known_claims(tx: ReadTransaction, control_numbers: Iterable[str]) -> dict[str, KnownClaim]:
    """The live claim of each patient control number that has one. Refused and superseded don't count."""
    found: dict[str, KnownClaim] = {}
    for block in in_blocks(control_numbers):
        statement = select(*_KNOWN).where(
            claim.c.patient_control_number.in_(block),
            claim.c.state != "refused",
            claim.c.superseded_by_id.is_(None),
        )
        found.update((known.patient_control_number, known) for known in tx.rows(statement, KnownClaim))
    return found


def known_visits(tx: ReadTransaction, hashes: Iterable[str]) -> dict[str, KnownClaim]:
    """The newest live claim of each visit that has one, by its hash. Refused and superseded don't count."""
    found: dict[str, KnownClaim] = {}
    for block in in_blocks(hashes):
        statement = (
            select(claim.c.visit_hash, *_KNOWN)
            .where(
                claim.c.visit_hash.in_(block),
                claim.c.visit_hash != "",
                claim.c.state != "refused",
                claim.c.superseded_by_id.is_(None),
            )
            .order_by(claim.c.id)
        )
        found.update((row[0], KnownClaim(*row[1:])) for row in tx.connection.execute(statement))
    return found


def known_encounters(
    tx: ReadTransaction, *, partner: str, mapping: str, keys: Iterable[str]
) -> dict[str, list[KnownClaim]]:
    """What stands for each encounter of this source (live claims and refusals), oldest first."""
    found: dict[str, list[KnownClaim]] = {}
    for block in in_blocks(keys):
        statement = (
            select(*_KNOWN)
            .join(intake, intake.c.id == claim.c.intake_id)
            .where(
                claim.c.encounter_key.in_(block),
                claim.c.partner == partner,
                intake.c.mapping == mapping,
                claim.c.superseded_by_id.is_(None),
            )
            .order_by(claim.c.id)
        )
        for known in tx.rows(statement, KnownClaim):
            found.setdefault(known.encounter_key, []).append(known)
    return found


def begin_intake(tx: WriteTransaction, new: NewIntake) -> int:
    """Open the account of one input file; its id. Raises LedgerError where it was converted before."""
    (intake_id,) = reserve_ids(tx, intake, 1)
    tx.insert(intake, [{"id": intake_id, "created_at": tx.at, **msgspec.structs.asdict(new)}])
    return intake_id


def add_claims(tx: WriteTransaction, intake_id: int, claims: Sequence[NewClaim]) -> list[int]:
    """Add claims made and refused, with lines, findings and first events; their ids in the same order.

    Give them in batches of some hundreds or thousands. Raises LedgerError where a control number is
    taken, or where a claim to be superseded is in flight or has a successor already. A test is never in the
    way of production: no payer pays it.
    """
    if any(new.state not in ("ready", "refused") for new in claims):
        raise InternalError("a new claim is ready or refused, nothing else")
    partner = tx.connection.execute(select(intake.c.partner).where(intake.c.id == intake_id)).scalar()
    ids = reserve_ids(tx, claim, len(claims))
    made = list(zip(ids, claims, strict=True))
    versions = _supersede(tx, [(new.supersedes, id_, new.usage) for id_, new in made if new.supersedes is not None])
    tx.insert_records(
        claim,
        claims,
        {"id": ids, "version": [versions.get(new.supersedes, 0) + 1 for new in claims]},
        {"intake_id": intake_id, "partner": partner, "state_since": tx.at, "created_at": tx.at},
    )
    recorded = [(id_, new) for id_, new in made if new.record]
    tx.insert_records(claim_record, [new for _, new in recorded], {"claim_id": [id_ for id_, _ in recorded]})
    tx.insert_records(
        claim_line,
        [line for new in claims for line in new.lines],
        {"claim_id": [id_ for id_, new in made for _ in new.lines]},
    )
    add_findings(tx, [(id_, finding) for id_, new in made for finding in new.findings])
    first = {"at": tx.at, "state_before": None, "event": "converted", "detail": f"intake {intake_id}"}
    tx.insert_records(
        claim_event, claims, {"claim_id": ids, "state_after": [new.state for new in claims]}, first
    )
    return ids


def finish_intake(tx: WriteTransaction, intake_id: int, *, rows_in: int, rows_known: int, encounters: int) -> Intake:
    """Close the account: rows made and refused are counted from the claims themselves.

    Refusals of the same encounters from earlier conversions are superseded by what stands now. Raises
    LedgerError where a row is not accounted for; then nothing of the conversion may be kept.
    """
    is_refused = claim.c.state == "refused"
    counted = tx.connection.execute(
        select(
            func.sum(case((is_refused, 0), else_=claim.c.row_count)),
            func.sum(case((is_refused, claim.c.row_count), else_=0)),
        ).where(claim.c.intake_id == intake_id)
    ).one()
    made, refused = int(counted[0] or 0), int(counted[1] or 0)
    if rows_in != made + refused + rows_known:
        raise LedgerError(
            f"{rows_in} rows were read, but {made} are in claims made, {refused} in claims refused "
            f"and {rows_known} known already",
            hint="nothing of this file was kept; this is a defect of edigate, please report it",
        )
    tx.change(
        intake.update()
        .where(intake.c.id == intake_id)
        .values(
            rows_in=rows_in,
            rows_made=made,
            rows_refused=refused,
            rows_known=rows_known,
            encounters=encounters,
            finished_at=tx.at,
        )
    )
    _supersede_earlier_refusals(tx, intake_id)
    finished = tx.first(select(*_INTAKE).where(intake.c.id == intake_id), Intake)
    if finished is None:
        raise InternalError(f"there is no intake {intake_id}")
    return finished


def add_findings(
    tx: WriteTransaction, findings: Iterable[tuple[int, Finding]], *, inbound_file_id: int | None = None
) -> None:
    """Attach findings to claims (pairs of claim id and finding), ours or those an answer told us."""
    tx.insert(
        claim_finding,
        [
            {
                "claim_id": claim_id,
                "inbound_file_id": inbound_file_id,
                "code": finding.code,
                "severity": finding.severity.value,
                "level": finding.level,
                "message": finding.message,
                "field": finding.field,
                "value": finding.value,
                "expected": finding.expected,
                "sources": msgspec.json.encode(finding.sources).decode() if finding.sources else "",
            }
            for claim_id, finding in findings
        ],
    )


def _supersede(tx: WriteTransaction, successors: Sequence[tuple[int, int, Usage]]) -> dict[int | None, int]:
    """Let old claims make way for their successors (old id, new id, its usage); the old ones' versions by id."""
    versions: dict[int | None, int] = {}
    into = {old: usage for old, _, usage in successors}
    for block in in_blocks(into):
        for old, version, state, successor, usage in tx.connection.execute(
            select(claim.c.id, claim.c.version, claim.c.state, claim.c.superseded_by_id, claim.c.usage).where(
                claim.c.id.in_(block)
            )
        ):
            leaves_test = (usage, into[old]) == ("test", "production")
            if (state in _IN_FLIGHT and not leaves_test) or successor is not None:
                why = f"is {state}" if successor is None else f"was replaced by claim {successor}"
                raise LedgerError(f"claim {old} can't be replaced: it {why}")
            versions[old] = version
    if len(versions) != len(successors):
        raise LedgerError("a claim to be replaced is not in the ledger, or is replaced twice")
    tx.change_each(
        claim.update().where(claim.c.id == bindparam("old")).values(superseded_by_id=bindparam("new")),
        [{"old": old, "new": new} for old, new, _ in successors],
    )
    return versions


def _supersede_earlier_refusals(tx: WriteTransaction, intake_id: int) -> None:
    """An encounter refused before and converted now is told of once: as what it is now."""
    now, earlier = claim.alias("now"), intake.alias("earlier")
    this = select(intake.c.mapping, intake.c.partner).where(intake.c.id == intake_id).subquery()
    same_source = select(earlier.c.id).where(
        and_(earlier.c.mapping == this.c.mapping, earlier.c.partner == this.c.partner, earlier.c.id != intake_id)
    )
    keys = select(now.c.encounter_key).where(now.c.intake_id == intake_id, now.c.encounter_key != "")
    tx.change(
        claim.update()
        .where(
            claim.c.encounter_key.in_(keys),
            claim.c.state == "refused",
            claim.c.superseded_by_id.is_(None),
            claim.c.intake_id.in_(same_source),
        )
        .values(
            superseded_by_id=select(func.min(now.c.id))
            .where(now.c.intake_id == intake_id, now.c.encounter_key == claim.c.encounter_key)
            .correlate(claim)
            .scalar_subquery()
        )
    )
