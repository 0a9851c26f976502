"""A clearinghouse and its payers: files of claims in, answers out, each on its day. Values in, values out.

Knows the order of things (envelope, syntax, acceptance, payer, money) and a scenario's rules. Refuses to know
sockets, folders and the time of day: it is handed a clock. The same files at the same times under the same
scenario and seed give the same bytes.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

import msgspec

from edigate.claims.model import Claim, Provider
from edigate.money import ZERO
from edigate.remits.model import ClaimPayment, ProviderAdjustmentItem
from edigate.simulator import answers
from edigate.simulator.adjudicate import adjudicate, contract_of, reverse
from edigate.simulator.answers import Answered
from edigate.simulator.book import Book, RejectedBy
from edigate.simulator.envelope import Address, AnswerFile, Outbox
from edigate.simulator.intake import ReceivedGroup, ReceivedInterchange, ReceivedSet, take_apart
from edigate.simulator.remittance import CarriedBalance, interest, remit, takeback
from edigate.simulator.scenario import Decision, Denial, PayerForm, Rule, Scenario, dollars

_DUPLICATE_INTERCHANGE = "025"  # TA105
_DUPLICATE_CLAIM = Decision(deny=Denial(group="OA", reason="18", remarks=("N522",)))
_MORNING = time(6, 0)  # when payers' files of another day are made

Make = Callable[[datetime], AnswerFile]


class Remittance(msgspec.Struct, frozen=True):
    """What one claim brings into one 835."""

    address: Address
    payer: PayerForm
    payee: Provider
    payments: tuple[ClaimPayment, ...] = ()
    adjustments: tuple[ProviderAdjustmentItem, ...] = ()


class Clearinghouse:
    """Takes files with `receive` and gives answers with `due` as their days come. Not for several threads at once.

    `clock` tells the moment; only its date decides what is due. `seed` replaces the scenario's. `book` is what
    the other side knows of the claims.
    """

    def __init__(self, scenario: Scenario, *, clock: Callable[[], datetime], seed: int | None = None) -> None:
        self.scenario = scenario
        self.book = Book()
        self._clock = clock
        self._seed = scenario.seed if seed is None else seed
        self._outbox = Outbox()
        self._contract = contract_of(scenario)
        self._payers = {payer.id: payer for payer in scenario.payer}
        self._seen: set[tuple[str, str]] = set()  # sender, ISA13
        self._taken_in: set[tuple[str, str, str]] = set()  # sender, billing NPI, patient control number
        # What is still to come: day, order of being thought of, and either a file to make or money to remit.
        self._agenda: list[tuple[date, int, Make | Remittance]] = []
        self._order = count()
        self._carried: dict[tuple[str, str], CarriedBalance] = {}  # payer id, payee NPI
        self._traces = count(1)
        self._resent: set[str] = set()  # payers whose resend has been arranged

    def receive(self, name: str, content: bytes) -> None:
        """Take a file in; what is said of it comes from `due`. Never raises on data."""
        at = self._clock()
        self.book.file_came(name, content, at)
        interchanges = take_apart(content, self.scenario)
        if not interchanges:
            self.book.unread.append(name)
        for interchange in interchanges:
            self._interchange(name, interchange, at)

    def due(self) -> list[AnswerFile]:
        """The files whose day has come and that weren't given before, in the order in which they are made."""
        return list(self._made_until(self._clock().date()))

    def next_day(self) -> date | None:
        """The day of the next answer, or None where none is outstanding."""
        return self._agenda[0][0] if self._agenda else None

    def answer(self, name: str, content: bytes) -> list[AnswerFile]:
        """Take a file in and give everything that will ever be due, at once: for looking at one file's answers."""
        self.receive(name, content)
        return list(self._made_until(date.max))

    # --- in

    def _interchange(self, name: str, received: ReceivedInterchange, at: datetime) -> None:
        isa = received.interchange
        key = (isa.sender, isa.control_number)
        note = _DUPLICATE_INTERCHANGE if received.note == "000" and key in self._seen else received.note
        if note == "000":
            self._seen.add(key)
        if note != "000" or isa.elements[14:15] == ("1",):
            answer, address = answers.ta1(isa, note), received.address
            self._on(at, self.scenario.days.acknowledgment, lambda when: self._outbox.ta1(address, answer, name, when))
        if note == "000":
            for group in received.groups:
                if group.functional_id == "HC":
                    self._group(name, received.address, group, at)
            return
        for group in received.groups:
            if note != _DUPLICATE_INTERCHANGE:
                self._reject(group, "TA1")
                continue
            for claim in (claim for each in group.sets for claim in each.claims):
                self.book.claim_came_again(claim)

    def _group(self, name: str, address: Address, group: ReceivedGroup, at: datetime) -> None:
        verdicts = [each.verdict for each in group.sets]
        response = answers.x999(group.functional_id, group.control_number, group.guide, verdicts, group.reasons)
        day = self.scenario.days.acknowledgment
        self._on(at, day, lambda when: self._outbox.x999(address, [response], name, when))
        if group.reasons:
            self._reject(group, "999")
            return
        for each in group.sets:
            if each.verdict.accepted:
                self._batch(name, address, each, at)
            else:
                self._reject_claims(each.claims, "999")

    def _batch(self, name: str, address: Address, received: ReceivedSet, at: datetime) -> None:
        """The clearinghouse's word on every claim, then each payer's on those it was passed."""
        answered, passed = [], []
        for claim in received.claims:
            rule = self.scenario.rule_for(claim)
            trace = f"SC{self._number('trace', claim, received.head.reference):010d}"
            rejection = rule.reject_clearinghouse
            if rejection:
                self.book.claim_came(claim, "clearinghouse")
            else:
                passed.append((claim, rule, trace))
            answered.append(Answered(claim, rejection, clearinghouse_trace_number=trace))
        self._acknowledge(name, address, received, answered, at, None)
        payers: dict[str, list[Answered]] = {}
        for claim, rule, trace in passed:
            payer = self._payer(claim)
            number = f"{at:%y%j}{self._number('payer', claim, received.head.reference) % 10**8:08d}"
            # A payer numbers what it takes in; what it returns has no number (X214 2200D REF*1K).
            shown = "" if rule.reject_payer else number
            payers.setdefault(payer.id, []).append(Answered(claim, rule.reject_payer, shown, trace))
            record = self.book.claim_came(claim, "payer" if rule.reject_payer else "")
            if not rule.reject_payer:
                record.accepted = True
                self._plan(address, claim, rule, payer, number, at.date())
        for members in payers.values():
            self._acknowledge(name, address, received, members, at, self._payer(members[0].claim))

    def _acknowledge(
        self,
        name: str,
        address: Address,
        received: ReceivedSet,
        claims: list[Answered],
        at: datetime,
        payer: PayerForm | None,
    ) -> None:
        """Arrange the 277CA of the clearinghouse, or of a payer, for one batch."""
        days, house = self.scenario.days, self.scenario.clearinghouse
        entity, sender, identity = ("PR", payer.name, payer.id) if payer else ("AY", house.name, house.id)

        def make(when: datetime) -> AnswerFile:
            reference = f"{identity}{received.head.reference}"[:30]
            record = answers.x277ca(
                entity, sender, identity, received.head, claims, reference=reference, received=at, at=when
            )
            return self._outbox.x277ca(address, [record], f"{payer.id}.x12" if payer else name, when)

        self._on(at, days.payer_acknowledgment if payer else days.acknowledgment, make)

    def _reject(self, group: ReceivedGroup, by: RejectedBy) -> None:
        for each in group.sets:
            self._reject_claims(each.claims, by)

    def _reject_claims(self, claims: list[Claim], by: RejectedBy) -> None:
        for claim in claims:
            self.book.claim_came(claim, by)

    # --- money

    def _plan(
        self, address: Address, claim: Claim, rule: Rule, payer: PayerForm, number: str, received: date
    ) -> None:
        """Put on the agenda everything a payer will ever pay or take back for one claim."""
        payee = claim.billing_provider or Provider()
        key = (address.their_id, payee.npi, claim.patient_control_number)
        again = key in self._taken_in and claim.frequency_code == "1"
        self._taken_in.add(key)
        if again:
            rule = msgspec.structs.replace(rule, pay=_DUPLICATE_CLAIM, later=(), silent=False)
        if rule.silent:
            return
        first = self.scenario.days.remittance if rule.day is None else rule.day

        def remit_on(day: int, *payments: ClaimPayment, extra: tuple[ProviderAdjustmentItem, ...] = ()) -> None:
            owed = tuple(each for payment in payments if (each := interest(payment)) is not None)
            self._add(received + timedelta(days=day), Remittance(address, payer, payee, payments, owed + extra))

        def pay(day: int, decision: Decision, control_number: str) -> list[ClaimPayment]:
            made = adjudicate(claim, decision, self._contract, payer, control_number)
            remit_on(day, made[0])
            for payment in made[1:]:
                remit_on(day + decision.split_days, payment)
            return made

        standing = pay(first, rule.pay, number)
        for nth, later in enumerate(rule.later, 1):
            if later.reverse:
                remit_on(later.day, *(reverse(payment) for payment in standing))
                standing = pay(later.day, later.pay, f"{number}C{nth}") if later.pay else []
            recovered = dollars(later.takeback)
            if recovered:
                remit_on(later.day, extra=(takeback(number, recovered),))

    def _remittances(self, entries: list[Remittance], at: datetime) -> Iterator[AnswerFile]:
        """The 835s of one day, one for each payer and payee, in the order in which they were first thought of."""
        payments: dict[tuple[str, str, str], list[Remittance]] = {}
        for entry in entries:
            payments.setdefault((entry.address.their_id, entry.payer.id, entry.payee.npi), []).append(entry)
        for members in payments.values():
            address, payer, payee = members[0].address, members[0].payer, members[0].payee
            trace = f"{payer.tax_id[-4:]}{at:%y%m%d}{next(self._traces):05d}"
            claims = [payment for member in members for payment in member.payments]
            remitted = remit(
                payer,
                payee,
                claims,
                [each for member in members for each in member.adjustments],
                carried=self._carried.get((payer.id, payee.npi), CarriedBalance()),
                trace_number=trace,
                on=at.date(),
            )
            self._carried[payer.id, payee.npi] = remitted.carried
            self.book.paid(at.date(), claims)
            payment = remitted.payment
            self.book.payments[trace] = payment.amount or ZERO
            self.book.provider_adjustments[trace] = sum(
                (item.amount or ZERO for each in payment.provider_adjustments for item in each.items), Decimal(0)
            )
            file = self._outbox.x835(address, payment, at)
            if payer.resend_after and payer.id not in self._resent:
                self._resent.add(payer.id)
                self._add(at.date() + timedelta(days=payer.resend_after), self._resend(file))
            yield file

    def _resend(self, file: AnswerFile) -> Make:
        return lambda when: self._outbox.again(file)

    # --- time

    def _on(self, at: datetime, days: int, make: Make) -> None:
        self._add(at.date() + timedelta(days=days), make)

    def _add(self, on: date, entry: Make | Remittance) -> None:
        heapq.heappush(self._agenda, (on, next(self._order), entry))

    def _made_until(self, last: date) -> Iterator[AnswerFile]:
        """Day by day, so that what was skipped is dated as if somebody had looked every day."""
        now = self._clock()
        while self._agenda and self._agenda[0][0] <= last:
            today = self._agenda[0][0]
            at = now if today == now.date() else datetime.combine(today, _MORNING, now.tzinfo)
            money: list[Remittance] = []
            while self._agenda and self._agenda[0][0] == today:
                entry = heapq.heappop(self._agenda)[2]
                if isinstance(entry, Remittance):
                    money.append(entry)
                else:
                    yield entry(at)
            yield from self._remittances(money, at)

    # --- names and numbers

    def _payer(self, claim: Claim) -> PayerForm:
        """The payer a claim is for; one made up from its name where the scenario has none of that id."""
        given = claim.payer
        payer_id = given.payer_id if given else ""
        known = self._payers.get(payer_id)
        if known is None:
            digits = int(hashlib.sha256(payer_id.encode()).hexdigest(), 16) % 10**9
            known = self._payers[payer_id] = PayerForm(
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

    def _number(self, kind: str, claim: Claim, reference: str) -> int:
        """Ten digits that depend on nothing but the seed and what the claim is."""
        text = f"{self._seed}|{kind}|{reference}|{claim.patient_control_number}"
        return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10**10
