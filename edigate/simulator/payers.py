"""The payers: what each will pay and take back for a claim, and the 835s of a day. Values in, values out.

Knows payers, contracts and balances carried from payment to payment. Refuses to know how a claim came in, and files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import NamedTuple

import msgspec

from edigate.claims.model import Claim, Payer, Provider, ServiceLine, Subscriber
from edigate.money import ZERO
from edigate.remits.model import ClaimPayment, Payment, ProviderAdjustmentItem
from edigate.simulator.adjudicate import adjudicate, reverse
from edigate.simulator.bank import Cash
from edigate.simulator.book import Book
from edigate.simulator.decision import Decision, Denial, dollars
from edigate.simulator.envelope import Address
from edigate.simulator.lines import contract_of
from edigate.simulator.remittance import CarriedBalance, interest, movement, remit
from edigate.simulator.rule import Match, Rule
from edigate.simulator.scenario import PayerForm, Scenario, Stranger

_NOBODY = Match()
_BEFORE = 14  # days before the file came in that what nobody sent was done
DUPLICATE_CLAIM = Decision(deny=Denial(group="OA", reason="18", remarks=("N522",)))


class Remittance(msgspec.Struct, frozen=True):
    """What one claim brings into one 835. `number` is its CLM01, whatever of it the payer repeats."""

    address: Address
    payer: PayerForm
    payee: Provider
    number: str
    payments: tuple[ClaimPayment, ...] = ()
    adjustments: tuple[ProviderAdjustmentItem, ...] = ()


class Remitted(NamedTuple):
    """The payments that go into one file, and whose they are."""

    address: Address
    payers: tuple[str, ...]
    payments: list[Payment]


class Payers:
    """All payers of a scenario. What they will pay is put on an agenda (`add`); the book is told when it is paid."""

    def __init__(self, scenario: Scenario, add: Callable[[date, Remittance], None], book: Book) -> None:
        self._scenario = scenario
        self._add = add
        self._book = book
        self._contract = contract_of(scenario)
        self._known = {payer.id: payer for payer in scenario.payer}
        self._carried: dict[tuple[str, str], CarriedBalance] = {}  # payer id, payee NPI
        self._traces = count(1)
        self._met: set[str] = set()  # payers that a claim has come for

    def of(self, claim: Claim) -> PayerForm:
        """The payer a claim is for; one made up from its name where the scenario has none of that id."""
        given = claim.payer
        payer_id = given.payer_id if given else ""
        known = self._known.get(payer_id)
        if known is None:
            digits = int(hashlib.sha256(payer_id.encode()).hexdigest(), 16) % 10**9
            known = self._known[payer_id] = PayerForm(
                id=payer_id or "UNKNOWN",
                name=(given.name if given else "") or "UNKNOWN PAYER",
                tax_id=f"{digits:09d}",
                address="1 SIMULATION WAY",
                city="SPRINGFIELD",
                state="IL",
                postal_code="62701",
                phone="5555550199",
            )
        return known

    def strangers(self, payer: PayerForm, address: Address, payee: Provider, received: date) -> list[Claim]:
        """Claims that never came, as they are in the payer's first 277CA; their 835s go on the agenda. Once a payer."""
        if payer.id in self._met:
            return []
        self._met.add(payer.id)
        told = []
        for stranger in self._scenario.stranger:
            if stranger.payer != payer.id:
                continue
            claim = _made_up(stranger, payer, payee, received)
            if stranger.acknowledged:
                told.append(claim)
            if stranger.day is not None:
                rule = Rule(name=f"stranger {stranger.number}", match=_NOBODY, day=stranger.day, pay=stranger.pay)
                self.plan(address, claim, rule, payer, f"X{stranger.number}", received)
        return told

    def plan(self, address: Address, claim: Claim, rule: Rule, payer: PayerForm, number: str, received: date) -> None:
        """Put on the agenda everything a payer will ever pay or take back for one claim. `number` is CLP07."""
        payee = claim.billing_provider or Provider()

        def remit_on(day: int, *payments: ClaimPayment, extra: tuple[ProviderAdjustmentItem, ...] = ()) -> None:
            owed = tuple(each for payment in payments if (each := interest(payment)) is not None)
            entry = Remittance(address, payer, payee, claim.patient_control_number, payments, owed + extra)
            self._add(received + timedelta(days=day), entry)

        def pay(day: int, decision: Decision, control_number: str) -> list[ClaimPayment]:
            made = adjudicate(claim, decision, self._contract, payer, control_number)
            remit_on(day, made[0])
            for payment in made[1:]:
                remit_on(day + (decision.split_days or 0), payment)
            return made

        standing = pay(self._scenario.first_day(rule), rule.pay, number)
        for nth, later in enumerate(rule.later, 1):
            if later.reverse:
                taken = [reverse(payment) for payment in standing]
                back = sum((payment.paid or ZERO for payment in standing), ZERO) if later.recover_days else ZERO
                remit_on(later.day, *taken, extra=(movement("WO", number, -back),) if back else ())
                if back:
                    remit_on(later.day + later.recover_days, extra=(movement("WO", number, back),))
                standing = pay(later.day + later.pay_days, later.pay, f"{number}C{nth}") if later.pay else []
            recovered = dollars(later.takeback)
            if recovered:
                remit_on(later.day, extra=(movement("WO", number, recovered),))
            for each in later.provider_adjustments:
                item = movement(each.reason, each.reference or number, dollars(each.amount))
                remit_on(later.day, extra=(item,))

    def remit(self, entries: Sequence[Remittance], at: datetime) -> Iterator[Remitted]:
        """The 835s of one day, a payment for each payer and payee, in the order in which they were first thought of.

        Each is a file, but for those of payers that share: theirs are sets of one, for each receiver.
        """
        apart: dict[tuple[str, str, str], list[Remittance]] = {}
        for entry in entries:
            apart.setdefault((entry.address.their_id, entry.payer.id, entry.payee.npi), []).append(entry)
        shared: dict[str, Remitted] = {}
        for members in apart.values():
            address, payer = members[0].address, members[0].payer
            remitted = Remitted(address, (payer.id,), [self._payment(members, at)])
            if not payer.shares_files:
                yield remitted
                continue
            before = shared.get(address.their_id)
            if before is not None:
                remitted = Remitted(address, before.payers + remitted.payers, before.payments + remitted.payments)
            shared[address.their_id] = remitted
        yield from shared.values()

    def _payment(self, members: Sequence[Remittance], at: datetime) -> Payment:
        payer, payee = members[0].payer, members[0].payee
        trace = f"{payer.tax_id[-4:]}{at:%y%m%d}{next(self._traces):05d}"
        remitted = remit(
            payer,
            payee,
            [payment for member in members for payment in member.payments],
            [each for member in members for each in member.adjustments],
            carried=self._carried.get((payer.id, payee.npi), CarriedBalance()),
            trace_number=trace,
            on=at.date(),
        )
        self._carried[payer.id, payee.npi] = remitted.carried
        payment = remitted.payment
        for member in members:
            self._book.paid(at.date(), trace, member.number, member.payments)
        self._book.payments[trace] = payment.amount or ZERO
        if payment.amount:
            cash = Cash(payer.id, payer.name, trace, payment.trace_payer_id, payment.method, at.date(), payment.amount)
            self._book.cash.append(cash)
        self._book.provider_adjustments[trace] = sum(
            (item.amount or ZERO for each in payment.provider_adjustments for item in each.items), Decimal(0)
        )
        return payment


def _made_up(stranger: Stranger, payer: PayerForm, payee: Provider, received: date) -> Claim:
    """A claim that nobody sent."""
    charge = dollars(stranger.charge)
    line = ServiceLine(
        procedure_qualifier="HC",
        procedure=stranger.procedure,
        charge=charge,
        units=Decimal(1),
        service_date=received - timedelta(days=_BEFORE),
    )
    return Claim(
        billing_provider=payee,
        subscriber=Subscriber(last_name="NOBODY", member_id="NONE"),
        payer=Payer(name=payer.name, payer_id=payer.id),
        patient_control_number=stranger.number,
        total_charge=charge,
        place_of_service="11",
        frequency_code="1",
        service_lines=[line],
    )
