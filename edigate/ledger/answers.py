"""Matching answers to what we sent, and moving claims by them. Knows no TA1, 999 or 277CA, only numbers.

Which state follows which is not decided here (`responses/status.py`): a change says the state it starts
from, and is refused where the claim stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, func, or_, select

from edigate.errors import LedgerError
from edigate.ledger.bulk import Columns, Question
from edigate.ledger.outbound import FILE_COLUMNS, OutboundFile
from edigate.ledger.records import NewUnmatched, StatusChange
from edigate.ledger.schema import (
    claim,
    claim_event,
    claim_line,
    claim_set,
    outbound_file,
    outbound_set,
    unmatched_answer,
)
from edigate.ledger.states import ClaimState, Usage, Verdict
from edigate.ledger.transaction import ReadTransaction, WriteTransaction, columns_for, fill, in_blocks
from edigate.secrecy import Phi


class OutboundSet(msgspec.Struct, frozen=True):
    """One of our transaction sets and what the 999 said of it."""

    id: int
    outbound_file_id: int
    partner: str
    position: int
    st02: str
    bht03: str
    claims: int
    charge_cents: int
    x999: Verdict
    x999_code: str


class ClaimRef(Phi, msgspec.Struct, frozen=True, gc=False):
    """A claim as an answer needs it. Set and position are None and 0 where it was never in a file."""

    id: int
    partner: str
    patient_control_number: str
    version: int
    state: ClaimState
    responsibility: str
    total_charge_cents: int
    service_date: date | None
    payer_claim_control_number: str
    batch_key: str
    outbound_set_id: int | None
    position: int


class ClaimLine(Phi, msgspec.Struct, frozen=True, gc=False):
    """One of our service lines, for matching a paid one to it."""

    id: int
    claim_id: int
    line_number: int
    line_item_control_number: str
    procedure: str
    revenue_code: str
    modifiers: str
    charge_cents: int
    units: str
    service_date: date | None


_AT_ONCE = 2000  # claims looked up in one statement
CUT_AT = 20  # payers that keep only the first 20 characters of CLM01, the length of 4010
SURE = 6  # a shorter number is another system's as easily, once it is filled up with zeros

SET_COLUMNS = columns_for(OutboundSet, outbound_set)
_LINE = columns_for(ClaimLine, claim_line)
_CLAIM = columns_for(
    ClaimRef,
    claim,
    outbound_set_id=claim_set.c.outbound_set_id,
    position=func.coalesce(claim_set.c.position, 0),
)


def file_by_isa13(tx: ReadTransaction, partner: str, isa13: int) -> OutboundFile | None:
    """The file a TA1 speaks of (TA101)."""
    return tx.first(
        select(*FILE_COLUMNS).where(outbound_file.c.partner == partner, outbound_file.c.isa13 == isa13),
        OutboundFile,
    )


def file_by_gs06(tx: ReadTransaction, partner: str, gs06: int) -> OutboundFile | None:
    """The file whose group a 999 speaks of (AK102)."""
    return tx.first(
        select(*FILE_COLUMNS).where(outbound_file.c.partner == partner, outbound_file.c.gs06 == gs06),
        OutboundFile,
    )


def sets_of_file(tx: ReadTransaction, file_id: int) -> list[OutboundSet]:
    """The sets of a file in their order; a 999 names them by ST02 (AK202)."""
    return tx.rows(
        select(*SET_COLUMNS)
        .where(outbound_set.c.outbound_file_id == file_id)
        .order_by(outbound_set.c.position),
        OutboundSet,
    )


def set_by_reference(tx: ReadTransaction, partner: str, bht03: str) -> OutboundSet | None:
    """The set whose batch a 277CA speaks of (2200B TRN02 echoes our BHT03)."""
    return tx.first(
        select(*SET_COLUMNS).where(outbound_set.c.partner == partner, outbound_set.c.bht03 == bht03),
        OutboundSet,
    )


def claims_of_sets(tx: ReadTransaction, set_ids: Iterable[int]) -> list[ClaimRef]:
    """The claims of some sets, set by set, in the order written."""
    found: list[ClaimRef] = []
    for block in in_blocks(sorted(set_ids)):
        found += tx.rows(
            select(*_CLAIM)
            .join(claim_set, claim_set.c.claim_id == claim.c.id)
            .where(claim_set.c.outbound_set_id.in_(block))
            .order_by(claim_set.c.outbound_set_id, claim_set.c.position),
            ClaimRef,
        )
    return found


def claims_of_file(tx: ReadTransaction, file_id: int) -> list[ClaimRef]:
    """The claims of a file in the order written."""
    return claims_of_sets(tx, [one.id for one in sets_of_file(tx, file_id)])


def claims_by_control_number(
    tx: ReadTransaction, control_numbers: Iterable[str], usage: Usage = "production"
) -> dict[str, ClaimRef]:
    """The claim each number of an answer means, by that number as given; numbers nobody has are left out.

    A number means the claim that has it as its CLM01; else, where one claim only fits, the one that has it
    but for case and blanks, or whose first 20 characters it is, for payers that cut (`CUT_AT`), or that has it
    but for zeros in front, for payers that fill up or take away (`SURE` characters at least). Of several
    versions of a claim it is the newest that was put into a file, for only that can be answered, and of
    these one for the answer's own `usage` (ISA15) where there is one; the newest of all where none was.
    """
    wanted = {number for number in control_numbers if number.strip()}
    best: dict[str, ClaimRef] = {}
    for block in in_blocks(wanted, _AT_ONCE):
        for row in _NUMBERED.ask(tx.connection, block, usage_meant=usage):
            found = fill(ClaimRef, row)
            best[found.patient_control_number] = found
    # Rare, so it may cost a walk through the index of all numbers.
    for block in in_blocks(number for number in wanted if number not in best):
        best.update(_alike(tx, block, usage))
    return best


def _versions(condition: ColumnElement[bool], usage: Usage | BindParameter[str] = "production") -> Select[Any]:
    """Claims with the version that an answer means last."""
    return (
        select(*_CLAIM)
        .outerjoin(claim_set, claim_set.c.claim_id == claim.c.id)
        .where(condition, claim.c.state != "refused")
        .order_by(claim_set.c.outbound_set_id.is_not(None), claim.c.usage == usage, claim.c.version, claim.c.id)
    )


_NUMBERED = Question(lambda among: _versions(among(claim.c.patient_control_number), bindparam("usage_meant")))


def _alike(tx: ReadTransaction, numbers: Sequence[str], usage: Usage) -> Iterator[tuple[str, ClaimRef]]:
    """The claim of each number that only one claim is like."""
    folded = {number: _fold(number) for number in numbers}
    names = list(folded.values())
    ours = func.lower(func.trim(claim.c.patient_control_number))
    cut = [name for name in names if len(name) == CUT_AT]  # a shorter one may be somebody's whole number
    fits: ColumnElement[bool] = ours.in_(names)
    if cut:
        fits = or_(fits, and_(func.length(ours) > CUT_AT, func.substr(ours, 1, CUT_AT).in_(cut)))
    bare = [stripped for name in names if len(stripped := name.lstrip("0")) >= SURE]
    if bare:
        fits = or_(fits, func.ltrim(ours, "0").in_(bare))
    whole: dict[str, dict[str, ClaimRef]] = {}
    beginning: dict[str, dict[str, ClaimRef]] = {}
    without_zeros: dict[str, dict[str, ClaimRef]] = {}
    for found in tx.rows(_versions(claim.c.id.in_(select(claim.c.id).where(fits)), usage), ClaimRef):
        name = _fold(found.patient_control_number)
        whole.setdefault(name, {})[found.patient_control_number] = found
        if len(stripped := name.lstrip("0")) >= SURE:
            without_zeros.setdefault(stripped, {})[found.patient_control_number] = found
        if len(name) > CUT_AT:
            beginning.setdefault(name[:CUT_AT], {})[found.patient_control_number] = found
    for number, name in folded.items():
        candidates = whole.get(name) or beginning.get(name) or without_zeros.get(name.lstrip("0")) or {}
        if len(candidates) == 1:
            yield number, next(iter(candidates.values()))


def _fold(number: str) -> str:
    return number.strip().lower()


def claims_by_id(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, ClaimRef]:
    """Claims by our own id."""
    found: dict[int, ClaimRef] = {}
    for block in in_blocks(claim_ids, _AT_ONCE):
        found.update((one.id, one) for one in tx.rows(_versions(tx.among(claim.c.id, block)), ClaimRef))
    return found


def lines_of_claims(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, list[ClaimLine]]:
    """The service lines of some claims, by claim, in order."""
    lines: dict[int, list[ClaimLine]] = {}
    for block in in_blocks(claim_ids, _AT_ONCE):
        statement = (
            select(*_LINE)
            .where(tx.among(claim_line.c.claim_id, block))
            .order_by(claim_line.c.claim_id, claim_line.c.line_number)
        )
        for line in tx.rows(statement, ClaimLine):
            lines.setdefault(line.claim_id, []).append(line)
    return lines


def line_numbers(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[str, tuple[int, int]]:
    """The lines of some claims by their numbers (REF*6R): claim and line, all that a payment needs that quotes one."""
    found: dict[str, tuple[int, int]] = {}
    for block in in_blocks(claim_ids, _AT_ONCE):
        rows = _LINE_NUMBERS.ask(tx.connection, block)
        found.update({number: (claim_id, line_id) for claim_id, number, line_id in rows})
    return found


_LINE_NUMBERS = Question(
    lambda among: select(claim_line.c.claim_id, claim_line.c.line_item_control_number, claim_line.c.id).where(
        among(claim_line.c.claim_id)
    )
)


def apply_changes(tx: WriteTransaction, changes: Sequence[StatusChange]) -> None:
    """Move claims and write down why, all of them or none.

    One claim may change several times, in order. Raises LedgerError where a claim isn't in the state a
    change starts from.
    """
    steps = _steps(changes)
    moved = 0
    for numbered in (False, True):
        moving = [step for step in steps if step.moves and bool(step.number) is numbered]
        if moving:
            keys: Columns = {"id": [step.claim_id for step in moving], "state": [step.before for step in moving]}
            values: dict[str, Sequence[str]] = {"state": [step.after for step in moving]}
            if numbered:
                values["payer_claim_control_number"] = [step.number for step in moving]
            moved += tx.change_many(claim, keys, values, {"state_since": tx.at})
    expected = sum(step.moves for step in steps)
    if moved != expected:
        raise LedgerError(
            f"{expected - moved} of {expected} claims are in another state than the answer was judged by",
            hint="run again: another run changed them meanwhile",
        )
    if staying := [step for step in steps if step.number and not step.moves]:
        numbers = {"payer_claim_control_number": [step.number for step in staying]}
        tx.change_many(claim, {"id": [step.claim_id for step in staying]}, numbers)
    tx.insert_records(claim_event, changes, {}, {"at": tx.at})


class _Step(NamedTuple):
    """All changes of one claim together: where it stood before the first, and after the last."""

    claim_id: int
    before: ClaimState
    after: ClaimState
    moves: bool
    number: str  # the payer's claim control number that came last


def _steps(changes: Sequence[StatusChange]) -> list[_Step]:
    """Each claim's changes as one step. Raises LedgerError where one starts elsewhere than the last one ended."""
    steps: dict[int, _Step] = {}
    for one in changes:
        moves, number = one.state_before != one.state_after, one.payer_claim_control_number
        if (earlier := steps.get(one.claim_id)) is None:
            step = _Step(one.claim_id, one.state_before, one.state_after, moves, number)
        elif one.state_before != earlier.after and moves:
            raise LedgerError(f"claim {one.claim_id} is in another state than the answer was judged by")
        else:
            after = one.state_after if moves else earlier.after
            step = _Step(one.claim_id, earlier.before, after, earlier.moves or moves, number or earlier.number)
        steps[one.claim_id] = step
    return list(steps.values())


def claims_told_by(tx: ReadTransaction, inbound_file_id: int) -> int:
    """How many claims a received file told anything of."""
    told = select(func.count(claim_event.c.claim_id.distinct())).where(
        claim_event.c.inbound_file_id == inbound_file_id
    )
    return int(tx.connection.execute(told).scalar_one())


def record_ta1(tx: WriteTransaction, file_id: int, verdict: Verdict, note: str = "") -> None:
    """What a TA1 said of one of our files, with its note code (TA105)."""
    if not tx.change(
        outbound_file.update().where(outbound_file.c.id == file_id).values(ta1=verdict, ta1_note=note)
    ):
        raise LedgerError(f"there is no file {file_id}")


def record_999(tx: WriteTransaction, verdicts: Sequence[tuple[int, Verdict, str]]) -> None:
    """What a 999 said of some of our sets: set id, verdict, and its code (IK501)."""
    changed = tx.change_each(
        outbound_set.update()
        .where(outbound_set.c.id == bindparam("of_set"))
        .values(x999=bindparam("verdict"), x999_code=bindparam("code")),
        [{"of_set": set_id, "verdict": verdict, "code": code} for set_id, verdict, code in verdicts],
    )
    if changed != len(verdicts):
        raise LedgerError("a 999 was recorded for a set that is not in the ledger")


def add_unmatched(tx: WriteTransaction, answers: Sequence[NewUnmatched]) -> None:
    """Let answers that match nothing wait in sight."""
    tx.insert_records(unmatched_answer, answers, {}, {"at": tx.at})


def settle_unmatched(tx: WriteTransaction, unmatched_id: int, *, claim_id: int | None, why: str) -> None:
    """A person matched a waiting answer to a claim, or dismissed it (None). Raises LedgerError if settled."""
    if not tx.change(
        unmatched_answer.update()
        .where(unmatched_answer.c.id == unmatched_id, unmatched_answer.c.state == "open")
        .values(state="dismissed" if claim_id is None else "matched", claim_id=claim_id, detail=why)
    ):
        raise LedgerError(f"answer {unmatched_id} does not wait any more")
