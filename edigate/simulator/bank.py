"""What the bank shows of the payments that payers made, as a BAI2 statement. Knows amounts and numbers, no claim.

An EFT comes on its day, with its trace as its addendum told it (TRN). Checks are paid in over the counter, and no bank
says whose they are; those of a payer that a scenario pays in together are one deposit, on the last one's day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from edigate.money import to_cents
from edigate.simulator.scenario import Bank

_BANK, _PRACTICE = "999999992", "PRACTICE"
_ACCOUNT = "000550101"
_EFT, _PAID_IN = "165", "301"


class Cash(msgspec.Struct, frozen=True):
    """A payment of some money as it left a payer: dollars, TRN02 and TRN03, BPR04 and BPR16."""

    payer: str  # its id
    payer_name: str
    trace_number: str
    trace_payer_id: str
    method: str
    on: date
    amount: Decimal


class Booked(msgspec.Struct, frozen=True):
    """A line of a statement, dollars; `trace_numbers` are the payments it is, which a bank says of EFTs alone."""

    day: date
    amount: Decimal
    code: str
    text: str
    trace_numbers: tuple[str, ...]


def booked(paid: Iterable[Cash], bank: Bank) -> list[Booked]:
    """What comes into the account, by day. The first EFT of each payer in `bank.missing` never does."""
    lines: list[Booked] = []
    lost = set(bank.missing)
    checks: dict[str, list[Cash]] = {}
    for one in sorted(paid, key=lambda one: (one.on, one.trace_number)):
        if one.method == "CHK":
            apart = one.payer if one.payer in bank.together else one.trace_number
            checks.setdefault(apart, []).append(one)
        elif one.payer in lost:
            lost.remove(one.payer)
        else:
            text = f"{one.payer_name}\n88,TRN*1*{one.trace_number}*{one.trace_payer_id}"
            lines.append(Booked(one.on, one.amount, _EFT, text, (one.trace_number,)))
    for some in checks.values():
        day = max(one.on for one in some)
        total = sum((one.amount for one in some), Decimal(0))
        lines.append(Booked(day, total, _PAID_IN, "COUNTER DEPOSIT", tuple(one.trace_number for one in some)))
    return sorted(lines, key=lambda one: (one.day, one.trace_numbers))


def statement(lines: Sequence[Booked], written: date) -> bytes:
    """The lines as a BAI2 file, a group a day, with its control totals; empty where there is none."""
    if not lines:
        return b""
    records = [f"01,{_BANK},{_PRACTICE},{written:%y%m%d},0600,1,80,,2/"]
    days = sorted({one.day for one in lines})
    for day in days:
        own = [one for one in lines if one.day == day]
        cents = sum(to_cents(one.amount) for one in own)
        account = [f"03,{_ACCOUNT},USD,010,0,,/"]
        for number, one in enumerate(own, 1):
            account += f"16,{one.code},{to_cents(one.amount)},,{day:%m%d}{number:03d},,{one.text}".split("\n")
        account.append(f"49,{cents},{len(account) + 1}/")
        records.append(f"02,{_PRACTICE},{_BANK},1,{day:%y%m%d},2359,USD,2/")
        records += [*account, f"98,{cents},1,{len(account) + 2}/"]
    total = sum(to_cents(one.amount) for one in lines)
    records.append(f"99,{total},{len(days)},{len(records) + 1}/")
    return "\n".join([*records, ""]).encode()
