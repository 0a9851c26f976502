"""Which form a bank's file has, by its content, and reading it. Knows the forms' names, nothing within them."""

from __future__ import annotations

import re

import msgspec

from edigate.bank.bai2 import read_bai2
from edigate.bank.model import ACCEPTABLE, Format, Statement
from edigate.bank.nacha import read_nacha
from edigate.bank.settings import Bank
from edigate.bank.statement_csv import read_csv
from edigate.findings import Finding, Severity

_BOM = b"\xef\xbb\xbf"
# 01, sender, receiver, day, time; 1, priority 01, the destination bank's ten.
_BAI2 = re.compile(rb"01,[^,\r\n]*,[^,\r\n]*, *[0-9]{6} *, *[0-9]{0,4} *,")
_NACHA = re.compile(rb"101[ 0-9][0-9]{9}")


def format_of(head: bytes) -> Format | None:
    """`bai2` or `nacha` by a file's first bytes, None for anything else: a CSV has no sign of its own."""
    start = head.removeprefix(_BOM).lstrip(b"\r\n\t ")
    if _BAI2.match(start):
        return "bai2"
    return "nacha" if _NACHA.match(start) else None


def read_statement(content: bytes, file: str, bank: Bank | None = None) -> Statement:
    """A bank's file as its lines, by its form; a CSV needs the bank's settings. Never raises on data."""
    form = format_of(content[:256])
    if form == "bai2":
        made = read_bai2(content, file)
    elif form == "nacha":
        made = read_nacha(content, file)
    else:
        made = read_csv(content, file, bank or Bank())
    if bank is None:
        return made
    if form is not None and bank.ignore:
        ignore = [text.casefold() for text in bank.ignore]
        kept = [line for line in made.lines if not any(text in line.description.casefold() for text in ignore)]
        made.skipped += len(made.lines) - len(kept)
        made.lines = kept
    if not bank.check_totals:
        made.findings = [
            _softened(finding) if finding.code in ACCEPTABLE else finding for finding in made.findings
        ]
    return made


def _softened(finding: Finding) -> Finding:
    return msgspec.structs.replace(finding, severity=Severity.WARNING)
