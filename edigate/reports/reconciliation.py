"""Claims and their payments side by side: what became of every claim that was sent, as a table that adds up.

    claims sent    = all claims of the table but `paid, unbilled`
    money posted   = all it says is paid

Reads the ledger once, a few thousand claims at a time; keeps of a claim only what waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

import msgspec

from edigate.ledger.adjudicated import Adjudicated, adjudicated, day_of, records, replaced
from edigate.ledger.parties import wrong_parties
from edigate.ledger.transaction import ReadTransaction
from edigate.ledger.undecided import unbilled, undecided
from edigate.money import from_cents
from edigate.reconcile.adjudications import Line, add_up
from edigate.reconcile.categories import Billed, Category, Judged, judge, unpaid
from edigate.reconcile.expected import Basis, Expected, History, Kind, Rules, by_fee, is_anesthesia, rate
from edigate.reconcile.fee_table import FeeTable, Service
from edigate.reports.terms import Terms
from edigate.responses.status import State

# What of it a person should see claim by claim.
TO_WORK = frozenset(
    (
        Category.UNDERPAID,
        Category.OVERPAID,
        Category.PARTLY_DENIED,
        Category.DENIED,
        Category.REVERSED,
        Category.WRONG_PATIENT,
        Category.WRONG_PROVIDER,
    )
)


class CategorySum(msgspec.Struct, kw_only=True):
    """All claims of a category, in dollars. Of `compared` claims `expected` and `allowed` say both sides."""

    category: Category
    claims: int = 0
    charged: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    compared: int = 0
    by_history: int = 0  # of them, how many by history
    allowed: Decimal = Decimal(0)
    expected: Decimal = Decimal(0)
    at_stake: Decimal = Decimal(0)  # by how much the payers are short or over

    @property
    def billed(self) -> bool:
        """Whether these are claims of ours: money for others' is in the table, and no claim that was sent."""
        return self.category is not Category.UNBILLED


class Apart(msgspec.Struct, frozen=True):
    """Claims of which a payer calls another amount allowed (AMT*B6) than its payment makes; dollars, signs aside."""

    claims: int = 0
    amount: Decimal = Decimal(0)


class Reconciliation(msgspec.Struct, frozen=True):
    """The table, the claims that wait for a person, by id, and what they were compared with where no fee was."""

    categories: list[CategorySum]
    to_work: dict[int, Judged]
    history: History = msgspec.field(default_factory=History)  # what payers usually allow, by all of them
    apart: Apart = Apart()

    @property
    def claims(self) -> int:
        """How many claims were sent."""
        return sum(one.claims for one in self.categories if one.billed)


def reconciliation(
    tx: ReadTransaction, terms: Terms, *, tell: Callable[[Judged], None] | None = None
) -> Reconciliation:
    """The category of every claim that was sent. `tell` is given each one that a payer decided."""
    sums = _Sums()
    to_work: dict[int, Judged] = {}
    judging = _Judging(tx, terms)
    for block in adjudicated(tx):
        judging.begin(block)
        for one in block:
            judged = judging.judge(one)
            sums.add(judged)
            if judged.category in TO_WORK:
                to_work[one.id] = judged
            if tell is not None:
                tell(judged)
    late = [
        (name, tx.at - timedelta(days=partner.expect.x835_days))
        for name, partner in terms.partners.items()
        if partner.expect.x835_days
    ]
    for group in undecided(tx, late):
        category = unpaid(State(group.state), late=group.late, replaced=group.replaced)
        sums.add_many(category, group.claims, group.charge_cents)
    sums.add_many(Category.REPLACED, *replaced(tx))
    count, paid = unbilled(tx)
    sums.add_many(Category.UNBILLED, count, 0, paid)
    return Reconciliation(sums.told(), to_work, judging.history, Apart(sums.apart, from_cents(sums.apart_cents)))


def judged_of(tx: ReadTransaction, terms: Terms, claim_ids: Collection[int], history: History) -> list[Judged]:
    """Some claims, compared with fees and with a history that was made before."""
    judging = _Judging(tx, terms, history)
    found: list[Judged] = []
    for block in adjudicated(tx, claim_ids):
        judging.begin(block)
        found += map(judging.judge, block)
    return found


class _Judging:
    """Judges claims block by block, in the order of their payments: history grows with them."""

    def __init__(self, tx: ReadTransaction, terms: Terms, history: History | None = None) -> None:
        self._tx = tx
        self._terms = terms
        self.history = history or History()
        self._wrong = wrong_parties(tx)
        self._agreed: dict[str, tuple[FeeTable, Rules, _Usual]] = {}
        self._plans: Mapping[int, _Plan] = {}
        self._known: dict[tuple[str, ...], tuple[Kind, Service]] = {}

    def begin(self, block: Sequence[Adjudicated]) -> None:
        """What fees ask of the claims themselves is read for a block at once, where they ask."""
        if not self._terms.asks_claims:
            return
        asked = [one.id for one in block if self._terms.table(one.partner).asks_claim]
        self._plans = {claim_id: _DECODER.decode(record) for claim_id, record in records(self._tx, asked).items()}

    def judge(self, claim: Adjudicated) -> Judged:
        agreed = self._agreed.get(claim.partner)
        if agreed is None:
            agreed = self._terms.table(claim.partner), self._terms.rules(claim.partner), _Usual()
            self._agreed[claim.partner] = agreed
        table, rules, usual = agreed
        sums = add_up(claim.entries)
        state = _STATES[claim.state]
        first_payers = claim.responsibility in _FIRST
        billed = Billed(
            claim.id, state, claim.charge_cents, claim.settled_before_cents, first_payers, self._wrong.get(claim.id)
        )
        kinds: dict[int, Kind] = {}

        def expect(line: Line) -> Expected | None:
            kind, service = self._service(claim, line)
            kinds[line.id] = kind
            if not table.empty:
                plan = self._plans.get(claim.id)
                named = service if plan is None else plan.of(service, line)
                fee = table.choose(named, day_of(line.day) or day_of(claim.service_date)).fee
                if fee is not None and (told := by_fee(fee, kind[1], line.units, line.charge_cents)) is not None:
                    return told
            asked = (kind, claim.day, line.units)
            if asked not in usual:
                usual.keep(asked, self._by_history(*asked, rules))
            return usual[asked]

        judged = judge(billed, sums, claim.lines, expect, rules.tolerance)
        # What was taken back or decided by several says nothing of what the payer usually pays.
        if state is State.PAID and first_payers and len(claim.entries) == 1 and rules.last:
            for one in sums.lines:
                if one.allowed_cents > 0:
                    kind = kinds.get(one.line.id) or self._service(claim, one.line)[0]
                    self.history.add(kind, claim.day, rate(one.allowed_cents, one.line.units))
        return judged

    def _by_history(self, kind: Kind, day: int, units: str, rules: Rules) -> Expected | None:
        if not rules.last or is_anesthesia(kind[1]):
            return None
        return self.history.expected(kind, day, units, rules)

    def _service(self, claim: Adjudicated, line: Line) -> tuple[Kind, Service]:
        """The line as history and fees know it; the same for all that say the same."""
        said = (claim.payer_id, claim.payer_name, line.procedure, line.revenue_code, line.modifiers)
        known = self._known.get(said)
        if known is None:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            procedure = (line.procedure or line.revenue_code).strip().upper()
            payers = tuple(name for name in (claim.payer_id, claim.payer_name) if name.strip())
            modifiers = tuple(filter(None, line.modifiers.upper().split(":")))
            payer = (claim.payer_id or claim.payer_name).strip().upper()
            known = self._known[said] = (
                (payer, procedure, ":".join(sorted(modifiers))),
                Service(procedure, modifiers, payers),
            )
        return known


class _Usual(dict[tuple[Kind, int, str], Expected | None]):
    """What history said. All of earlier days has been read when it is asked: what comes later changes nothing."""

    def keep(self, asked: tuple[Kind, int, str], said: Expected | None) -> None:
        if len(self) > _REMEMBERED:
            self.clear()
        self[asked] = said


_FIRST = frozenset(("P", ""))
_STATES = {state.value: state for state in State}
_REMEMBERED = 50_000


# --- what fees ask of a claim beyond the ledger's columns


class _Subscriber(msgspec.Struct):
    group_number: str = ""
    group_name: str = ""


class _ClaimLine(msgspec.Struct):
    place_of_service: str = ""


class _Plan(msgspec.Struct):
    """Of a claim's record (claims.model.Claim) what names its plan and its places."""

    subscriber: _Subscriber | None = None
    place_of_service: str = ""
    service_lines: list[_ClaimLine] = []

    def of(self, service: Service, line: Line) -> Service:
        """The service with its plan and place."""
        who = self.subscriber
        plans = tuple(name for name in (who.group_number, who.group_name) if name.strip()) if who is not None else ()
        there = self.service_lines[line.number - 1].place_of_service if line.number <= len(self.service_lines) else ""
        return msgspec.structs.replace(service, plans=plans, place=there or self.place_of_service)


_DECODER = msgspec.json.Decoder(_Plan)


# --- sums


class _Sums:
    """Categories as they fill, in cents."""

    def __init__(self) -> None:
        self._cents: dict[Category, list[int]] = {category: [0] * 8 for category in Category}
        self.apart = self.apart_cents = 0

    def add(self, one: Judged) -> None:
        row = self._cents[one.category]
        row[0] += 1
        row[1] += one.charge_cents
        row[2] += one.paid_cents
        row[6] += one.at_stake_cents
        if one.apart_cents:
            self.apart += 1
            self.apart_cents += abs(one.apart_cents)
        if one.expected_cents is not None:
            row[3] += 1
            row[4] += one.allowed_cents
            row[5] += one.expected_cents
            row[7] += one.basis is Basis.HISTORY

    def add_many(self, category: Category, claims: int, charge_cents: int, paid_cents: int = 0) -> None:
        row = self._cents[category]
        row[0] += claims
        row[1] += charge_cents
        row[2] += paid_cents

    def told(self) -> list[CategorySum]:
        return [
            CategorySum(
                category=category,
                claims=row[0],
                charged=from_cents(row[1]),
                paid=from_cents(row[2]),
                compared=row[3],
                by_history=row[7],
                allowed=from_cents(row[4]),
                expected=from_cents(row[5]),
                at_stake=from_cents(row[6]),
            )
            for category, row in self._cents.items()
            if row[0]
        ]
