"""Claims with all that payers decided about each, a few thousand at a time, the oldest decisions first. Reads only.

Claims that one payment alone speaks of (nearly all) come in the order of the payments' days, those with several
adjudications after them. An older version's adjudications stand with the version that took its place. Test claims are
none of them: whatever a payer decided about them, it pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from edigate.ledger.schema import (
    adjustment,
    claim,
    claim_line,
    claim_payment,
    claim_record,
    payment,
    service_payment,
)
from edigate.ledger.states import ClaimState
from edigate.ledger.sums import PREDETERMINATION, total
from edigate.ledger.transaction import ReadTransaction, in_blocks
from edigate.ledger.usage import IS_MONEY
from edigate.reconcile.adjudications import Entry, Line, Service, place_of
from edigate.secrecy import Phi

_AT_ONCE = 2000  # adjudications read together
NEVER_SENT: tuple[ClaimState, ...] = ("refused", "ready", "queued")
COUNTS = and_(payment.c.state == "posted", claim_payment.c.status_code != PREDETERMINATION)
JOINED = claim_payment.join(payment, payment.c.id == claim_payment.c.payment_id)


class Adjudicated(Phi, msgspec.Struct, gc=False):
    """A claim and its entries; `day` is its newest payment's, as an ordinal.

    `lines` are those that payments speak of; all of them where none does.
    """

    id: int
    partner: str
    state: ClaimState
    responsibility: str
    payer_id: str
    payer_name: str
    charge_cents: int
    settled_before_cents: int
    service_date: date | str | None  # as the driver gives it: `day_of`
    day: int = 0
    entries: list[Entry] = []
    lines: list[Line] = []


_ENTRY = (
    claim_payment.c.id,
    claim_payment.c.paid_cents,
    claim_payment.c.status_code,
    claim_payment.c.charge_cents,
    claim_payment.c.payer_claim_control_number,
    payment.c.effective_date,
)
_SERVICE = (
    service_payment.c.id,
    service_payment.c.claim_payment_id,
    service_payment.c.charge_cents,
    service_payment.c.paid_cents,
    service_payment.c.allowed_cents,
)
_ADJUSTMENT = (
    adjustment.c.claim_payment_id,
    adjustment.c.service_payment_id,
    adjustment.c.group_code,
    adjustment.c.reason_code,
    adjustment.c.amount_cents,
)
_CLAIM = (  # as the fields of `Adjudicated`
    claim.c.id,
    claim.c.partner,
    claim.c.state,
    claim.c.responsibility,
    claim.c.payer_id,
    claim.c.payer_name,
    claim.c.total_charge_cents,
    claim.c.settled_before_cents,
    claim.c.service_date,
)
_LINE = (  # the claim, then as the fields of `Line`
    claim_line.c.claim_id,
    claim_line.c.id,
    claim_line.c.procedure,
    claim_line.c.revenue_code,
    claim_line.c.modifiers,
    claim_line.c.charge_cents,
    claim_line.c.units,
    claim_line.c.service_date,
    claim_line.c.line_number,
)


@lru_cache(maxsize=4096)
def day_of(day: date | str | None) -> date | None:
    """A day that a driver gave: SQLite's gives its text."""
    return date.fromisoformat(day) if isinstance(day, str) else day


def adjudicated(tx: ReadTransaction, only: Collection[int] | None = None) -> Iterator[list[Adjudicated]]:
    """Every claim that a payer decided, in blocks; or some by id, for versions that made way who stands for them."""
    heirs = _heirs(tx)
    if only is not None:
        several = set(only)
    else:
        several = _with_several(tx)
        several.update(heirs)
        several.update(heirs.values())
        for wanted in _payments(tx):
            yield _read(tx, wanted, several, {})
    ids = sorted({heirs.get(claim_id, claim_id) for claim_id in several})
    older: dict[int, list[int]] = {}
    for before, after in heirs.items():
        older.setdefault(after, []).append(before)
    for block in in_blocks(ids):
        together = [one for claim_id in block for one in (claim_id, *older.get(claim_id, ()))]
        yield _read(tx, claim_payment.c.claim_id.in_(together), (), heirs)


def replaced(tx: ReadTransaction) -> tuple[int, int]:
    """Older versions whose money counts with a newer one: how many, and what they charged, in cents."""
    heirs = _heirs(tx)
    charge = 0
    for block in in_blocks(heirs):
        statement = select(total(claim.c.total_charge_cents)).where(claim.c.id.in_(block))
        charge += tx.connection.execute(statement).scalar_one()
    return len(heirs), charge


def records(tx: ReadTransaction, claim_ids: Iterable[int]) -> dict[int, bytes]:
    """The claims themselves, as JSON. PHI."""
    found: dict[int, bytes] = {}
    for block in in_blocks(claim_ids):
        rows = tx.connection.execute(
            select(claim_record.c.claim_id, claim_record.c.record).where(claim_record.c.claim_id.in_(block))
        )
        found.update((row[0], row[1]) for row in rows)
    return found


# --- which claims come when


def _heirs(tx: ReadTransaction) -> dict[int, int]:
    """Versions that were paid or decided and then replaced: the newest of their line that went out."""
    statement = select(claim.c.id, claim.c.superseded_by_id, claim.c.state).where(
        IS_MONEY, or_(claim.c.superseded_by_id.is_not(None), claim.c.id.in_(_successors()))
    )
    after: dict[int, int | None] = {}
    out: set[int] = set()
    for claim_id, successor, state in tx.connection.execute(statement):
        after[claim_id] = successor
        if state not in NEVER_SENT:
            out.add(claim_id)
    found: dict[int, int] = {}
    for claim_id in out:
        newest, one = claim_id, after[claim_id]
        while one is not None:
            newest = one if one in out else newest
            one = after.get(one)
        if newest != claim_id:
            found[claim_id] = newest
    decided: set[int] = set()
    for block in in_blocks(found):
        rows = tx.connection.execute(
            select(claim_payment.c.claim_id).select_from(JOINED).where(COUNTS, claim_payment.c.claim_id.in_(block))
        )
        decided.update(row[0] for row in rows)
    return {claim_id: newest for claim_id, newest in found.items() if claim_id in decided}


def _successors() -> Select[tuple[int]]:
    return select(claim.c.superseded_by_id).where(claim.c.superseded_by_id.is_not(None))


def _with_several(tx: ReadTransaction) -> set[int]:
    """Claims that more than one adjudication speaks of."""
    return set(
        tx.connection.execute(
            select(claim_payment.c.claim_id)
            .select_from(JOINED)
            .where(COUNTS, claim_payment.c.claim_id.is_not(None))
            .group_by(claim_payment.c.claim_id)
            .having(func.count() > 1)
        ).scalars()
    )


def _payments(tx: ReadTransaction) -> Iterator[ColumnElement[bool]]:
    """Which adjudications are read together: small payments of following days, parts of a large one."""
    sizes = tx.connection.execute(
        select(payment.c.id, func.max(claim_payment.c.position))
        .join(claim_payment, claim_payment.c.payment_id == payment.c.id)
        .where(payment.c.state == "posted")
        .group_by(payment.c.id, payment.c.effective_date)
        .order_by(payment.c.effective_date.is_not(None), payment.c.effective_date, payment.c.id)
    ).all()
    together: list[int] = []
    held = 0
    for payment_id, size in sizes:
        if together and (held + size > _AT_ONCE or len(together) >= _AT_ONCE // 4):
            yield claim_payment.c.payment_id.in_(together)
            together, held = [], 0
        if size <= _AT_ONCE:
            together.append(payment_id)
            held += size
            continue
        for first in range(1, size + 1, _AT_ONCE):
            yield and_(
                claim_payment.c.payment_id == payment_id,
                claim_payment.c.position.between(first, first + _AT_ONCE - 1),
            )
    if together:
        yield claim_payment.c.payment_id.in_(together)


# --- what is read of them


def _read(
    tx: ReadTransaction, wanted: ColumnElement[bool], without: Collection[int], heirs: dict[int, int]
) -> list[Adjudicated]:
    """The claims of some adjudications with all of these; claims `without` left out."""
    claims: dict[int, Adjudicated] = {}
    entries: dict[int, Entry] = {}
    for entry_id, paid, status, charge, number, day, claim_id, *of_claim in _rows(
        tx,
        select(*_ENTRY, *_CLAIM)
        .select_from(JOINED.join(claim, claim.c.id == claim_payment.c.claim_id))
        .where(wanted, COUNTS, IS_MONEY)
        .order_by(claim_payment.c.id),
    ):
        if claim_id in without:
            continue
        entry = entries[entry_id] = Entry(status.strip(), charge, paid, number.strip(), [0, 0, 0, 0, 0], [])
        stands = heirs.get(claim_id, claim_id)
        one = claims.get(stands)
        if one is None:
            one = claims[stands] = _claim(claim_id, *of_claim, 0, [], [])
        one.entries.append(entry)
        one.day = max(one.day, _ordinal(day))
    if heirs:
        _put_heirs(tx, claims)
    services: dict[int, Service] = {}
    lines: dict[int, Line] = {}
    for service_id, entry_id, charge, paid, told, claim_id, line_id, *of_line in _rows(
        tx,
        select(*_SERVICE, *_LINE)
        .select_from(
            claim_payment.join(service_payment, service_payment.c.claim_payment_id == claim_payment.c.id).outerjoin(
                claim_line, claim_line.c.id == service_payment.c.claim_line_id
            )
        )
        .where(wanted),
    ):
        paid_in = entries.get(entry_id)
        if paid_in is None:
            continue
        line = lines.get(line_id)
        if line is None and line_id is not None:
            line = lines[line_id] = Line(line_id, *of_line)
            if claim_id in claims:
                claims[claim_id].lines.append(line)
        service = services[service_id] = Service(line, charge, paid, [0, 0, 0, 0, 0], told)
        paid_in.services.append(service)
    cut: Entry | None = None
    last = 0
    for entry_id, service_id, group, reason, cents in _rows(
        tx,
        select(*_ADJUSTMENT)
        .select_from(claim_payment.join(adjustment, adjustment.c.claim_payment_id == claim_payment.c.id))
        .where(wanted),
    ):
        if entry_id != last:  # those of an entry mostly stand together
            last, cut = entry_id, entries.get(entry_id)
        if cut is not None:
            place = place_of(group, reason)
            cut.cuts[place] += cents
            if service_id is not None:
                services[service_id].cuts[place] += cents
    _other_lines(tx, [one for one in claims.values() if not one.lines])
    return list(claims.values())


_claim: Callable[..., Adjudicated] = Adjudicated  # of a row's values, in the order of `_CLAIM`


def _rows(tx: ReadTransaction, statement: Select[Any]) -> Sequence[Sequence[Any]]:
    """The rows as the driver gives them: half a million records of SQLAlchemy's would take as long as all the rest."""
    result = tx.connection.execute(statement)
    rows: Sequence[Sequence[Any]] = result.cursor.fetchall()
    result.close()
    return rows


@lru_cache(maxsize=4096)
def _ordinal(day: date | str | None) -> int:
    """A day as the driver gives it (SQLite: its text) counted, 0 where there is none."""
    known = day_of(day)
    return known.toordinal() if known is not None else 0


def _put_heirs(tx: ReadTransaction, claims: dict[int, Adjudicated]) -> None:
    """The claims that stand for older versions as they are themselves: what was read first may be an older one."""
    for claim_id, *of_claim in _rows(tx, select(*_CLAIM).where(claim.c.id.in_(list(claims)))):
        held = claims[claim_id]
        claims[claim_id] = _claim(claim_id, *of_claim, held.day, held.entries, [])


def _other_lines(tx: ReadTransaction, claims: Iterable[Adjudicated]) -> None:
    """The lines of claims that were decided as a whole."""
    without = {one.id: one for one in claims}
    for block in in_blocks(without):
        statement = select(*_LINE).where(claim_line.c.claim_id.in_(block)).order_by(claim_line.c.id)
        for claim_id, *of_line in _rows(tx, statement):
            without[claim_id].lines.append(Line(*of_line))
