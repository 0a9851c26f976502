"""A clearinghouse and its payers: files of claims in, answers out, each on its day. Values in, values out.

Knows the order of things (envelope, syntax, acceptance, payer, money) and a scenario's rules. Refuses to know
sockets, folders and the time of day: it is handed a clock. The same files at the same times under the same
scenario and seed give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta

import msgspec

from edigate.claims.model import Claim, Provider
from edigate.simulator import answers
from edigate.simulator.adjudicate import answered_number
from edigate.simulator.agenda import Agenda
from edigate.simulator.book import Book, RejectedBy
from edigate.simulator.delivery import AnswerKind, Courier, Made, Make
from edigate.simulator.envelope import Address, AnswerFile, Outbox
from edigate.simulator.intake import ReceivedGroup, ReceivedInterchange, ReceivedSet, take_apart
from edigate.simulator.payers import DUPLICATE_CLAIM, Payers, Remittance, Remitted
from edigate.simulator.rule import BatchRejection, Rule
from edigate.simulator.scenario import PayerForm, Scenario
from edigate.simulator.statuses import WHOLE_BATCH, Answered, npi_of, x277ca

_DUPLICATE_INTERCHANGE = "025"  # TA105
_MORNING = time(6, 0)  # when payers' files of another day are made


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
        # Still to come: an answer to make, one made and on its way, or money to remit.
        self._agenda: Agenda[Made | Make | Remittance] = Agenda()
        self._outbox = Outbox(scenario.clearinghouse.st03)
        self._courier = Courier(scenario.delivery, self._outbox)
        self._payers = Payers(scenario, self._agenda.add, self.book)
        self._seen: set[tuple[str, str]] = set()  # sender, ISA13
        self._taken_in: set[tuple[str, str, str]] = set()  # sender, billing NPI, patient control number

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
        return self._agenda.next_day

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
            note = self._refused_interchange(received) or note
        if note != "000" or isa.elements[14:15] == ("1",):
            answer, address = answers.ta1(isa, note), received.address
            self._on(at, "TA1", self._house, lambda when: self._outbox.ta1(address, answer, name, when))
        if note == "000":
            self.book.acknowledged += [each for group in received.groups for each in group.acknowledged]
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

    def _refused_interchange(self, received: ReceivedInterchange) -> str | None:
        """TA105 where a rule refuses the interchange for one of its claims."""
        claims = (claim for group in received.groups for each in group.sets for claim in each.claims)
        return next((note for claim in claims if (note := self.scenario.rule_for(claim).reject_interchange)), None)

    def _group(self, name: str, address: Address, group: ReceivedGroup, at: datetime) -> None:
        verdicts = [each.verdict for each in group.sets]
        response = answers.x999(group.functional_id, group.control_number, group.guide, verdicts, group.reasons)
        self._on(at, "999", self._house, lambda when: self._outbox.x999(address, [response], name, when))
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
        refused = self._refused_batch(received.claims, "clearinghouse")
        for claim in received.claims:
            rule = self.scenario.rule_for(claim)
            trace = f"SC{self._number('trace', claim, received.head.reference):010d}"
            rejection = rule.reject_clearinghouse
            if rejection or npi_of(claim) in refused:
                self.book.claim_came(claim, "clearinghouse")
            else:
                passed.append((claim, rule, trace))
            answered.append(Answered(claim, rejection, clearinghouse_trace_number=trace))
        self._acknowledge(name, address, received, answered, at, None, refused)
        payers: dict[str, list[tuple[Claim, Rule, str]]] = {}
        for each in passed:
            payers.setdefault(self._payers.of(each[0]).id, []).append(each)
        for members in payers.values():
            self._pass_on(name, address, received, members, at)

    def _pass_on(
        self,
        name: str,
        address: Address,
        received: ReceivedSet,
        passed: Sequence[tuple[Claim, Rule, str]],
        at: datetime,
    ) -> None:
        """One payer's word on the claims of a batch that it was passed, and what it will pay."""
        payer = self._payers.of(passed[0][0])
        refused = self._refused_batch([claim for claim, _, _ in passed], "payer")
        answered = []
        for claim, rule, trace in passed:
            rejected = rule.reject_payer is not None or npi_of(claim) in refused
            number = f"{at:%y%j}{self._number('payer', claim, received.head.reference) % 10**8:08d}"
            # A payer numbers what it takes in; what it returns has no number (X214 2200D REF*1K).
            shown = "" if rejected else number
            called = f"T{number}" if payer.own_numbers else answered_number(claim, payer)
            answered.append(Answered(claim, rule.reject_payer, shown, trace, called))
            record = self.book.claim_came(claim, "payer" if rejected else "")
            if not rejected:
                record.accepted = True
                self._plan(address, claim, rule, payer, number, at.date())
        payee = passed[0][0].billing_provider or Provider()
        answered += [Answered(each) for each in self._payers.strangers(payer, address, payee, at.date())]
        self._acknowledge(name, address, received, answered, at, payer, refused)

    def _refused_batch(self, claims: Sequence[Claim], by: str) -> dict[str, BatchRejection]:
        """By billing provider's NPI, with the whole batch's first: what a rule refuses without naming claims."""
        found: dict[str, BatchRejection] = {}
        for claim in claims:
            refused = self.scenario.rule_for(claim).reject_batch
            if refused is not None and refused.by == by:
                found[WHOLE_BATCH if refused.level == "receiver" else npi_of(claim)] = refused
        if WHOLE_BATCH in found:
            found |= {npi_of(claim): found[WHOLE_BATCH] for claim in claims}
        return found

    def _acknowledge(
        self,
        name: str,
        address: Address,
        received: ReceivedSet,
        claims: Sequence[Answered],
        at: datetime,
        payer: PayerForm | None,
        refused: Mapping[str, BatchRejection],
    ) -> None:
        """Arrange the 277CA of the clearinghouse, or of a payer, for one batch."""
        house = self.scenario.clearinghouse
        entity, sender, identity = ("PR", payer.name, payer.id) if payer else ("AY", house.name, house.id)

        def make(when: datetime) -> AnswerFile:
            reference = f"{identity}{received.head.reference}"[:30]
            record = x277ca(
                entity,
                sender,
                identity,
                received.head,
                claims,
                reference=reference,
                received=at,
                at=when,
                refused=refused,
            )
            return self._outbox.x277ca(address, [record], f"{payer.id}.x12" if payer else name, when)

        self._on(at, "277CA", identity, make, by_payer=payer is not None)

    def _reject(self, group: ReceivedGroup, by: RejectedBy) -> None:
        for each in group.sets:
            self._reject_claims(each.claims, by)

    def _reject_claims(self, claims: Sequence[Claim], by: RejectedBy) -> None:
        for claim in claims:
            self.book.claim_came(claim, by)

    def _plan(
        self, address: Address, claim: Claim, rule: Rule, payer: PayerForm, number: str, received: date
    ) -> None:
        """What a payer will pay; nothing for a claim that comes again while it stands."""
        key = (address.their_id, npi_of(claim), claim.patient_control_number)
        again = key in self._taken_in and claim.frequency_code == "1"
        self._taken_in.add(key)
        if again:
            rule = msgspec.structs.replace(rule, pay=DUPLICATE_CLAIM, later=(), silent=False)
        if not rule.silent:
            self._payers.plan(address, claim, rule, payer, number, received)

    # --- time

    def _on(self, at: datetime, kind: AnswerKind, sender: str, make: Make, *, by_payer: bool = False) -> None:
        days = self.scenario.days.payer_acknowledgment if by_payer else self.scenario.days.acknowledgment
        self._agenda.add(at.date() + timedelta(days=days), Made(kind, (sender,), make))

    def _made_until(self, last: date) -> Iterator[AnswerFile]:
        """Day by day, so that what was skipped is dated as if somebody had looked every day."""
        now = self._clock()
        while (today := self._agenda.next_day) is not None and today <= last:
            at = now if today == now.date() else datetime.combine(today, _MORNING, now.tzinfo)
            money: list[Remittance] = []
            while self._agenda.next_day == today:
                entry = self._agenda.take()
                if isinstance(entry, Remittance):
                    money.append(entry)
                elif isinstance(entry, Made):
                    yield from self._delivered(entry, at)
                else:
                    yield entry(at)
            for remitted in self._payers.remit(money, at):
                yield from self._delivered(self._remitted(remitted), at)

    def _remitted(self, remitted: Remitted) -> Made:
        address, payers, payments = remitted
        return Made("835", payers, lambda when: self._outbox.x835(address, payments, when))

    def _delivered(self, made: Made, at: datetime) -> Iterator[AnswerFile]:
        """An answer, and later what else becomes of it."""
        for days, carry in self._courier.take(made, at):
            if days:
                self._agenda.add(at.date() + timedelta(days=days), carry)
            else:
                yield carry(at)

    @property
    def _house(self) -> str:
        return self.scenario.clearinghouse.id

    def _number(self, kind: str, claim: Claim, reference: str) -> int:
        """Ten digits that depend on nothing but the seed and what the claim is."""
        text = f"{self._seed}|{kind}|{reference}|{claim.patient_control_number}"
        return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10**10
