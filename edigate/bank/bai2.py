"""BAI2: a bank's statement of previous or same day, as lines of money that came in; its control totals checked.

    01 file, 02 group (a bank and a day), 03 account with its summaries, 16 a transaction, 88 goes on with any of
    them, 49 ends the account, 98 the group, 99 the file

Amounts are whole cents. A trailer's total adds up the amounts of all records within, debits positive like credits
and only what carries its own sign negative; its count includes continuations.
"""

from __future__ import annotations

import re
from datetime import date

from edigate.bank import bai2_codes as codes
from edigate.bank.bai2_records import Detail, Record, Stray, detail, records, summary_amounts
from edigate.bank.model import BankLine, Kind, Statement, last_four
from edigate.bank.traces import find_trace
from edigate.findings import Severity
from edigate.money import from_cents, to_text

_AMOUNT = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_TYPE = re.compile(r"[0-9]{3}", re.ASCII)
_DATE = re.compile(r"[0-9]{6}", re.ASCII)
_NO_NUMBER = re.compile(r"0*")
_TEST, _UPDATE = "4", "1"  # group status

# What may stand before each record, by the record that opened the level it is in.
_WITHIN = {"01": "", "02": "01", "03": "02", "16": "03", "49": "03", "98": "02", "99": "01"}
_CLOSES = {"49": "03", "98": "02", "99": "01"}
_NAMES = {"01": "file", "02": "group", "03": "account"}


class _Level:
    """A file, group or account that is open: what was counted in it so far."""

    def __init__(self, record: Record) -> None:
        self.code = record.code
        self.line = record.line
        self.total = 0
        self.records = 0
        self.children = 0


def read_bai2(content: bytes, file: str) -> Statement:
    """A BAI2 file as its lines of money. Never raises on data: what is wrong is in the findings."""
    return _Reader(file).read(content.decode("latin-1").removeprefix("\xef\xbb\xbf"))


class _Reader:
    def __init__(self, file: str) -> None:
        self._made = Statement(file=file, format="bai2")
        self._find = self._made.find
        self._open: list[_Level] = []
        self._day: date | None = None
        self._group_counts = False  # not a test, no deletion
        self._group_currency = self._currency = ""
        self._account = ""

    def read(self, text: str) -> Statement:
        empty = True
        for record in records(text):
            empty = False
            if isinstance(record, Stray):
                self._stray(record)
            else:
                self._take(record)
        if empty:
            self._find("BANK-CUT-OFF", "it is empty", 1)
        for level in self._open:
            trailer = next(code for code, opened in _CLOSES.items() if opened == level.code)
            self._find(
                "BANK-CUT-OFF",
                f"the {_NAMES[level.code]} that begins here has no end (record {trailer}): the file is cut off",
                level.line,
            )
        return self._made

    def _stray(self, stray: Stray) -> None:
        if stray.text:
            words = "this line begins with no record code; it is taken for text of the transaction before it"
            self._find("BANK-RECORD", words, stray.line, severity=Severity.WARNING)
        else:
            self._find("BANK-RECORD", "this line begins with no record code of BAI2 (01, 02, 03, 16 ...)", stray.line)

    def _take(self, record: Record) -> None:
        here = self._open[-1].code if self._open else ""
        if _WITHIN[record.code] != here:
            where = f"within a {_NAMES[here]}" if here else "outside any file"
            self._find("BANK-ORDER", f"a record {record.code} can't stand here, {where}", record.line)
            return
        if record.code in _NAMES:
            if self._open:
                self._open[-1].children += 1
            self._open.append(_Level(record))
        for level in self._open:
            level.records += record.lines
        match record.code:
            case "02":
                self._group(record)
            case "03":
                self._begin_account(record)
            case "16":
                self._detail(record)
            case "49" | "98" | "99":
                self._close(record)

    def _group(self, record: Record) -> None:
        fields = _padded(record.fields, 6)
        status, day, self._group_currency = fields[2], fields[3], fields[5]
        self._group_counts = status in (_UPDATE, "")
        if status == _TEST:
            words = "a test group (status 4): nothing of it counts"
            self._find("BANK-GROUP", words, record.line, severity=Severity.WARNING)
        elif not self._group_counts:
            words = f"a group of status {status[:2]} deletes or corrects an earlier one: that isn't done by itself"
            self._find("BANK-GROUP", words, record.line, "group status")
        self._day = _day(day)
        if self._day is None:
            self._find("BANK-DATE", "the as-of date is no date of six digits, YYMMDD", record.line, "as-of date")

    def _begin_account(self, record: Record) -> None:
        fields = _padded(record.fields, 2)
        self._account = last_four(fields[0])
        self._currency = fields[1] or self._group_currency
        try:
            amounts = [amount for _, amount in summary_amounts(fields) if amount]
        except ValueError as error:
            self._find("BANK-FUNDS", f"its summaries can't be told apart: {error}", record.line)
            return
        for amount in amounts:
            self._add(amount, record.line)

    def _add(self, amount: str, line: int) -> int | None:
        """The cents of an amount, added to the totals of all that is open."""
        if _AMOUNT.fullmatch(amount) is None:
            self._find("BANK-AMOUNT", "an amount must be whole cents: digits, no point", line, "amount")
            return None
        for level in self._open:
            level.total += int(amount)
        return int(amount)

    def _detail(self, record: Record) -> None:
        try:
            one = detail(record)
        except ValueError as error:
            self._find("BANK-FUNDS", f"its references can't be told from its funds: {error}", record.line)
            return
        if _TYPE.fullmatch(one.code) is None:
            self._find("BANK-TYPE", "the type code is not three digits", record.line, "type code")
            return
        cents = self._add(one.amount, record.line) if one.amount else 0
        if cents is None:
            return
        told = find_trace(one.texts)
        if told.number == "":
            told = find_trace([one.customer_reference])
        sign, kind = _sort(one.code, traced=bool(told.number))
        if not cents or not sign or not self._group_counts or self._day is None:
            self._made.skipped += 1
            return
        if self._currency not in ("", "USD"):
            self._find("BANK-CURRENCY", f"an account in {self._currency[:3]}: only dollars are posted", record.line)
            return
        self._made.lines.append(
            BankLine(
                record=record.line,
                account=self._account,
                day=self._day,
                amount=from_cents(cents * sign),
                kind=kind,
                trace=told.number,
                trace_payer_id=told.payer_id,
                reference=_reference(one),
                description=" ".join(one.texts),
            )
        )

    def _close(self, record: Record) -> None:
        level = self._open.pop()
        fields = _padded(record.fields, 3)
        total, counted = fields[0], fields[1 if record.code == "49" else 2]
        name = _NAMES[level.code]
        if _AMOUNT.fullmatch(total) is None:
            self._find("BANK-AMOUNT", f"the {name}'s control total is no amount in cents", record.line, "control total")
        elif int(total) != level.total:
            said, is_ = to_text(from_cents(int(total))), to_text(from_cents(level.total))
            off = to_text(abs(from_cents(int(total) - level.total)))
            words = f"the {name}'s control total is ${said}, its amounts add up to ${is_}: off by ${off}"
            self._find("BANK-TOTAL", words, record.line, "control total")
        self._check_count(record, "records", counted, level.records)
        if record.code != "49":
            self._check_count(record, "groups" if level.code == "01" else "accounts", fields[1], level.children)

    def _check_count(self, record: Record, what: str, said: str, counted: int) -> None:
        if not said.isascii() or not said.isdigit() or int(said[:9]) != counted:
            words = f"says {said[:9] or 'nothing'} for its number of {what}, there are {counted}"
            self._find("BANK-COUNT", words, record.line, f"number of {what}", severity=Severity.WARNING)


def _sort(code: str, *, traced: bool) -> tuple[int, Kind]:
    """Which way the money went (0: none that counts) and how, by the type code."""
    if codes.is_credit(code) and code not in codes.OWN_MONEY:
        return 1, codes.CREDITS.get(code, "other")
    if code in codes.RETURNS:
        return -1, "return"
    if code in codes.ACH_DEBITS and traced:  # a payer that draws its money back (BPR03 D)
        return -1, "ach"
    return 0, "other"


def _reference(one: Detail) -> str:
    numbers = (one.bank_reference, one.customer_reference)
    return next((number for number in numbers if not _NO_NUMBER.fullmatch(number)), "")


def _day(text: str) -> date | None:
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None


def _padded(fields: list[str], count: int) -> list[str]:
    return fields + [""] * (count - len(fields))
