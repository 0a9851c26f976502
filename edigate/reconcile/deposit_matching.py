"""Which deposit is of which payment. Never guesses between equals: what is ambiguous stays, with its candidates.

    by trace      TRN02 and TRN03, as the EFT's addendum carries them (CAQH CORE 370)
    by number     the payment's number in the bank's text, and the same amount
    by amount     the same amount and payer, days near each other, and nothing else that either could be
    by sum        one deposit for several payments or several for one: the one choice that adds up

Whatever is matched is taken once: of no deposit and of no payment more than it has. The order in which deposits and
payments are given changes nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

import msgspec

from edigate.reconcile.deposit_sums import allocate, only_choice
from edigate.reconcile.deposits import (
    FAR,
    Deposit,
    How,
    Near,
    Payment,
    days_apart,
    in_window,
    may_be_way,
    names_nobody,
    number,
    of_one_payer,
    other_number,
    payer,
)

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Pair = tuple[Deposit, Payment]

_CANDIDATES = 3
_TOKEN = re.compile(r"[A-Z0-9]{5,}")  # shorter numbers stand in any text


class Match(msgspec.Struct, frozen=True):
    """So much of a deposit is so much of a payment."""

    deposit_id: int
    payment_id: int
    amount: Decimal
    how: How


class Candidate(msgspec.Struct, frozen=True):
    """A payment that a deposit may be of, and what speaks for it."""

    payment_id: int
    why: tuple[str, ...]


class Matching(msgspec.Struct, frozen=True):
    """What was matched, and for deposits that stay open (by id) the likeliest payments, the best first."""

    matches: list[Match]
    candidates: dict[int, list[Candidate]]


def match(
    deposits: Iterable[Deposit],
    payments: Iterable[Payment],
    *,
    near: Near = Near(),  # noqa: B008  # immutable
    never: frozenset[tuple[int, int]] = frozenset(),
) -> Matching:
    """Match what is open. Pairs of deposit and payment in `never` (a person undid them) are left to people."""
    work = _Work(deposits, payments, near, never)
    before = -1
    while before < len(work.matches):  # what is matched may leave one where there were two
        before = len(work.matches)
        work.by_trace()
        work.take_only(work.with_number(), "trace")
        work.take_only(work.with_amount(), "amount")
        work.by_sum()
    return Matching(
        work.matches, {one.id: found for one in work.deposits.values() if (found := work.candidates(one))}
    )


class _Work:
    """What is still open, and what was matched so far."""

    def __init__(
        self, deposits: Iterable[Deposit], payments: Iterable[Payment], near: Near, never: frozenset[tuple[int, int]]
    ) -> None:
        self.deposits = {one.id: one for one in sorted(deposits, key=lambda one: one.id) if one.amount}
        self.payments = {one.id: one for one in sorted(payments, key=lambda one: one.id) if one.amount}
        self.matches: list[Match] = []
        self._near = near
        self._never = never
        self._numbers = {one.id: number(one.trace) for one in self.payments.values()}
        self._by_number = _grouped((told, self.payments[id_]) for id_, told in self._numbers.items() if told)
        self._by_amount = _grouped((one.amount, one) for one in self.payments.values())
        self._by_day = _grouped(((one.day, one.by_check), one) for one in self.payments.values() if one.day is not None)
        self._one_payer: dict[tuple[int, str, str], bool] = {}
        self._claimed: set[str] = set()  # numbers of open deposits: their payments are nobody else's

    def by_trace(self) -> None:
        """TRN02 and TRN03: with both, an amount that differs is a short or a higher deposit, and still matched."""
        told = _grouped((number(one.trace), one) for one in self.deposits.values() if number(one.trace))
        for each, deposits in told.items():
            payments = self._open(self._by_number.get(each, ()))
            ids = {payer(one.trace_payer_id) for one in deposits} | {payer(one.trace_payer_id) for one in payments}
            if len(ids - {""}) < 2:
                self._one_trace(deposits, payments, sure="" not in ids)
                continue
            for id_ in sorted(ids - {""}):  # several payers use one number: those that don't say whose it is stay
                self._one_trace(
                    [one for one in deposits if payer(one.trace_payer_id) == id_],
                    [one for one in payments if payer(one.trace_payer_id) == id_],
                    sure=True,
                )
        self._claimed = {number(one.trace) for one in self.deposits.values() if number(one.trace)}

    def _one_trace(self, deposits: list[Deposit], payments: list[Payment], *, sure: bool) -> None:
        signs = {one.amount > 0 for one in deposits} | {one.amount > 0 for one in payments}
        if not deposits or not payments or len(signs) > 1:
            return
        if not sure and any(days_apart(one, other) > FAR for one in deposits for other in payments):
            return
        came = sum((one.amount for one in deposits), Decimal())
        said = sum((one.amount for one in payments), Decimal())
        if came == said:
            self._take(deposits, payments, "trace")
        elif len(deposits) == 1:
            choice = only_choice(came, [(one.id, one.amount) for one in payments], at_least=1)
            if choice:
                self._take(deposits, [one for one in payments if one.id in choice], "trace")
            elif sure and len(payments) == 1:
                self._take(deposits, payments, "trace")
        elif sure and len(payments) == 1 and abs(came) < abs(said):
            self._take(deposits, payments, "trace")

    def with_number(self) -> list[Pair]:
        """A payment's number (an EFT's or a check's) that stands in the bank's text, with the same amount."""
        pairs = []
        for deposit in self.deposits.values():
            text = f"{deposit.trace} {deposit.reference} {deposit.description}".upper()
            tokens = {number(token) for token in _TOKEN.findall(text)}
            for payment in self._open(self._by_amount.get(deposit.amount, ())):
                mine = self._numbers[payment.id]
                if len(mine) > 4 and mine in tokens and days_apart(deposit, payment) <= FAR:
                    pairs.append((deposit, payment))
        return [pair for pair in pairs if not other_number(*pair)]

    def with_amount(self) -> list[Pair]:
        """The same amount and payer, near in days."""
        return [
            (deposit, payment)
            for deposit in self.deposits.values()
            for payment in self._open(self._by_amount.get(deposit.amount, ()))
            if in_window(deposit, payment, self._near) and self._fits(deposit, payment)
        ]

    def take_only(self, pairs: Sequence[Pair], how: How) -> None:
        """Match the pairs whose deposit and payment stand in no other one."""
        deposits = Counter(deposit.id for deposit, _ in pairs)
        payments = Counter(payment.id for _, payment in pairs)
        for deposit, payment in pairs:
            if deposits[deposit.id] == 1 == payments[payment.id]:
                self._take([deposit], [payment], how)

    def by_sum(self) -> None:
        """One deposit for several payments (all of a payer's day, or the one choice that adds up), and the reverse."""
        equal = self.with_amount()  # each of these could be another's: nothing made of them is sure
        contested = {deposit.id for deposit, _ in equal}, {payment.id for _, payment in equal}
        pools: dict[int, list[Payment]] = defaultdict(list)
        parts: dict[int, list[Deposit]] = defaultdict(list)
        for deposit in self.deposits.values():
            for payment in self._around(deposit):
                if not self._fits(deposit, payment):
                    continue
                if _within(payment, deposit):
                    pools[deposit.id].append(payment)
                elif _within(deposit, payment):
                    parts[payment.id].append(deposit)
        choices: list[tuple[frozenset[int], frozenset[int]]] = []
        for deposit_id, pool in pools.items():
            days = _grouped(((one.day, one.payer_name), one.id) for one in pool).values()
            payments = only_choice(
                self.deposits[deposit_id].amount,
                [(one.id, one.amount) for one in pool],
                whole=[frozenset(ids) for ids in days],
            )
            choices.append((frozenset((deposit_id,)), payments))
        for payment_id, some in parts.items():
            deposits = only_choice(self.payments[payment_id].amount, [(one.id, one.amount) for one in some])
            choices.append((deposits, frozenset((payment_id,))))
        choices = [choice for choice in choices if all(choice)]
        of_deposit = Counter(one for ids, _ in choices for one in ids)
        of_payment = Counter(one for _, ids in choices for one in ids)
        for deposit_ids, payment_ids in choices:
            if deposit_ids & contested[0] or payment_ids & contested[1]:
                continue
            if any(of_deposit[one] > 1 for one in deposit_ids) or any(of_payment[one] > 1 for one in payment_ids):
                continue
            self._take(
                [self.deposits[one] for one in sorted(deposit_ids)],
                [self.payments[one] for one in sorted(payment_ids)],
                "sum",
            )

    def candidates(self, deposit: Deposit) -> list[Candidate]:
        """The likeliest payments of an open deposit: by number, amount and payer, then the nearest day."""
        near = self._around(deposit)
        numbered = self._by_number.get(number(deposit.trace), ())
        some = {one.id: one for one in self._open([*numbered, *self._by_amount.get(deposit.amount, ()), *near])}
        found = []
        for payment in some.values():
            by_number = bool(deposit.trace) and number(deposit.trace) == self._numbers[payment.id]
            apart = days_apart(deposit, payment)
            if (not by_number and apart > FAR) or (payment.amount > 0) != (deposit.amount > 0):
                continue
            told = {
                "the same number": by_number,
                "the same amount": payment.amount == deposit.amount,
                "the same payer": self._same(deposit, payment),
            }
            why = tuple(words for words, holds in told.items() if holds)
            if why:
                found.append((-len(why), not by_number, apart, payment.id, why))
        return [Candidate(one[3], one[4]) for one in sorted(found)[:_CANDIDATES]]

    def _open(self, payments: Iterable[Payment]) -> list[Payment]:
        return [one for one in payments if one.id in self.payments]

    def _around(self, deposit: Deposit) -> Iterator[Payment]:
        """Open payments whose day is near enough to the deposit's."""
        near = self._near
        for by_check, first, last in ((False, -near.electronic, near.electronic), (True, 0, near.checks)):
            for days in range(first, last + 1):
                for payment in self._by_day.get((deposit.day - timedelta(days=days), by_check), ()):
                    if payment.id in self.payments:
                        yield payment

    def _fits(self, deposit: Deposit, payment: Payment) -> bool:
        """Whether the payer is the same and nothing speaks against it. Of checks banks often say no payer at all."""
        if not may_be_way(deposit, payment) or (deposit.id, payment.id) in self._never:
            return False
        if other_number(deposit, payment) if deposit.trace else self._numbers[payment.id] in self._claimed:
            return False
        return self._same(deposit, payment) or (payment.by_check and deposit.on_paper and names_nobody(deposit))

    def _same(self, deposit: Deposit, payment: Payment) -> bool:
        """`of_one_payer`, asked once of a deposit and a payer."""
        key = (deposit.id, payment.trace_payer_id, payment.payer_name)
        known = self._one_payer.get(key)
        if known is None:
            known = self._one_payer[key] = of_one_payer(deposit, payment)
        return known

    def _take(self, deposits: Sequence[Deposit], payments: Sequence[Payment], how: How) -> None:
        """These belong together; what is left over on either side is a difference, and matched with nothing else."""
        if any((deposit.id, payment.id) in self._never for deposit in deposits for payment in payments):
            return
        shares = allocate([(one.id, one.amount) for one in deposits], [(one.id, one.amount) for one in payments])
        self.matches += [Match(*share, how) for share in shares]
        for deposit in deposits:
            del self.deposits[deposit.id]
        for payment in payments:
            del self.payments[payment.id]


def _grouped(pairs: Iterable[tuple[Key, Value]]) -> Mapping[Key, list[Value]]:
    found: dict[Key, list[Value]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _within(part: Deposit | Payment, whole: Deposit | Payment) -> bool:
    """Whether one may be a part of the other: of the same sign, and less."""
    return 0 < part.amount < whole.amount or whole.amount < part.amount < 0
