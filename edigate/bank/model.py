"""A line of a bank's file, whatever its form, and a file read: lines, what is wrong with it. Knows no form."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from edigate.findings import Finding, Severity, Source
from edigate.secrecy import Phi

Format = Literal["csv", "bai2", "nacha"]
# How the money came: `return` is a deposit that the bank took back.
Kind = Literal["ach", "wire", "check", "deposit", "return", "other"]

# What a person may accept with a reason; anything else wrong with a file leaves nothing to be sure of.
ACCEPTABLE = frozenset(("BANK-TOTAL", "BANK-HASH"))

_MOST_FINDINGS = 500  # a file that is something else is wrong in every line
_DIGITS = re.compile("[0-9]", re.ASCII)


class BankLine(Phi, msgspec.Struct, frozen=True, kw_only=True):
    """Money that came in, or that was taken back out (negative). Dollars."""

    record: int  # where it stands in its file: the row or line, from 1
    account: str = ""  # the account's last four digits
    day: date
    amount: Decimal
    kind: Kind = "other"
    payer_name: str = ""  # as the bank names who paid, often cut off
    payer_id: str = ""  # the company id of an ACH entry, often 1 and a tax id
    trace: str = ""  # TRN02 of the reassociation trace (CAQH CORE 370)
    trace_payer_id: str = ""  # its TRN03
    reference: str = ""  # the bank's own number of it
    description: str = ""


class Statement(msgspec.Struct, kw_only=True):
    """A bank's file, read. Its lines count only where no finding is an error."""

    file: str
    format: Format
    lines: list[BankLine] = []
    findings: list[Finding] = []
    skipped: int = 0  # what is there and is no deposit: withdrawals, transfers of one's own, prenotes

    def find(
        self, code: str, message: str, record: int = 0, column: str = "", severity: Severity = Severity.ERROR
    ) -> None:
        """Note something wrong, at a record and column (a field's name or its characters). Of thousands the first."""
        if len(self.findings) < _MOST_FINDINGS:
            where = Source(self.file, record, column)
            self.findings.append(Finding(code=code, message=message, severity=severity, sources=(where,)))


def last_four(account: str) -> str:
    """The last four digits of an account number, all that is kept of one; empty where it has none."""
    return "".join(_DIGITS.findall(account))[-4:]
