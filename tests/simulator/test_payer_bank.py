"""What a simulated bank shows of what payers paid: good BAI2 that our own reader takes, what a scenario keeps back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edigate.bank.bai2 import read_bai2
from edigate.simulator.bank import Cash, booked, statement
from edigate.simulator.scenario import Bank

D = Decimal
DAY, LATER = date(2026, 7, 10), date(2026, 7, 13)


def cash(payer: str, trace: str, amount: str, method: str = "ACH", on: date = DAY) -> Cash:
    return Cash(payer, f"{payer} PLAN", trace, "1512345678", method, on, D(amount))


PAID = [
    cash("NORTH", "E1", "100.10"),
    cash("NORTH", "E2", "7.00", on=LATER),
    cash("SOUTH", "C1", "20.00", "CHK"),
    cash("SOUTH", "C2", "3.50", "CHK", LATER),
    cash("EAST", "C3", "9.99", "CHK"),
]


def test_efts_come_with_their_trace_and_checks_without() -> None:
    read = read_bai2(statement(booked(PAID, Bank()), LATER), "bank.bai2")
    assert read.findings == []
    assert [(one.day, one.amount, one.kind, one.trace, one.trace_payer_id) for one in read.lines] == [
        (DAY, D("20.00"), "deposit", "", ""),
        (DAY, D("9.99"), "deposit", "", ""),
        (DAY, D("100.10"), "ach", "E1", "1512345678"),
        (LATER, D("3.50"), "deposit", "", ""),
        (LATER, D("7.00"), "ach", "E2", "1512345678"),
    ]


def test_a_payers_checks_may_be_one_deposit_and_its_first_eft_may_never_come() -> None:
    lines = booked(PAID, Bank(together=("SOUTH",), missing=("NORTH",)))
    assert [(one.day, one.amount, one.trace_numbers) for one in lines] == [
        (DAY, D("9.99"), ("C3",)),
        (LATER, D("23.50"), ("C1", "C2")),
        (LATER, D("7.00"), ("E2",)),
    ]
    assert read_bai2(statement(lines, LATER), "bank.bai2").findings == []


def test_nothing_paid_is_no_statement() -> None:
    assert statement(booked([], Bank()), DAY) == b""
