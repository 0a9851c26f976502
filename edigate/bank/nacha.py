"""ACH files (NACHA): the entries of CCD+, CTX and PPD batches with their addenda, as lines of money; totals checked.

Records of 94 characters: 1 file, 5 batch (company, kind, day), 6 entry, 7 its addenda, 8 ends the batch, 9 the file;
nines fill the last block. A payer's CCD+ brings the 835's TRN segment in its addendum (CAQH CORE 370), a CTX the whole
835. Amounts are cents; the hash is the sum of the receiving banks' eight digits, its last ten.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from edigate.bank.model import BankLine, Statement, last_four
from edigate.bank.traces import find_trace
from edigate.findings import Severity
from edigate.money import from_cents, to_text

LENGTH = 94
_LINE_END = re.compile(r"\r\n|\n|\r")
_FILLER = re.compile(r"9+")
_DIGITS = re.compile(r"[0-9]+", re.ASCII)

# Transaction codes (characters 2-3 of an entry) by their second digit: the first is the kind of account.
_CREDIT, _DEBIT = "2", "7"
_CREDITS = "01234"  # with returns, prenotes and zero-dollar entries, which totals count as credits too
_ACCOUNTS = "2345"  # demand, savings, ledger, loan
_READ = ("CCD", "CTX", "PPD")
_ADDENDUM = "05"

# What may come after each record; a batch's end is followed by a batch or the file's end.
_NEXT = {"": "1", "1": "5", "5": "6", "6": "678", "7": "678", "8": "59", "9": "1"}
_WORDS = {
    "1": "file header", "5": "batch header", "6": "entry", "7": "addendum", "8": "batch control", "9": "file control",
}  # fmt: skip


class _Field(NamedTuple):
    """A field's characters, counted from 1 as the rules do."""

    first: int
    last: int
    name: str

    def of(self, record: str) -> str:
        return record[self.first - 1 : self.last].strip()

    @property
    def place(self) -> str:
        return f"{self.name} (characters {self.first}-{self.last})"


_COMPANY, _COMPANY_ID = _Field(5, 20, "company name"), _Field(41, 50, "company id")
_CLASS, _PURPOSE = _Field(51, 53, "entry class"), _Field(54, 63, "entry description")
_EFFECTIVE = _Field(70, 75, "effective entry date")
_CODE, _BANK, _ACCOUNT = _Field(2, 3, "transaction code"), _Field(4, 11, "receiving bank"), _Field(13, 29, "account")
_AMOUNT, _ENTRY_TRACE = _Field(30, 39, "amount"), _Field(80, 94, "trace number")
_BATCH_TOTALS = (_Field(5, 10, "entry/addenda count"), _Field(11, 20, "entry hash"),
                 _Field(21, 32, "total debits"), _Field(33, 44, "total credits"))  # fmt: skip
_FILE_TOTALS = (_Field(14, 21, "entry/addenda count"), _Field(22, 31, "entry hash"),
                _Field(32, 43, "total debits"), _Field(44, 55, "total credits"))  # fmt: skip
_BATCHES = _Field(2, 7, "batch count")


class _Sums:
    """What was counted in a batch or file: entries with addenda, hash, debits and credits in cents."""

    def __init__(self) -> None:
        self.count = self.hash = self.debits = self.credits = 0

    def add(self, bank: int, cents: int, *, credit: bool) -> None:
        self.hash += bank
        if credit:
            self.credits += cents
        else:
            self.debits += cents

    def add_all(self, other: _Sums) -> None:
        self.count += other.count
        self.hash += other.hash
        self.debits += other.debits
        self.credits += other.credits


def read_nacha(content: bytes, file: str) -> Statement:
    """An ACH file as its lines of money. Never raises on data: what is wrong is in the findings."""
    return _Reader(file).read(content.decode("latin-1").removeprefix("\xef\xbb\xbf"))


class _Reader:
    def __init__(self, file: str) -> None:
        self._made = Statement(file=file, format="nacha")
        self._find = self._made.find
        self._last = ""
        self._file_sums = self._sums = _Sums()
        self._batches = 0
        self._batch = ""  # its header, empty where none of its entries are read
        self._day: date | None = None
        self._entry = ""
        self._entry_line = 0
        self._addenda: list[str] = []

    def read(self, text: str) -> Statement:
        number = 0
        for number, line in enumerate(_lines(text), 1):
            record = line.rstrip("\x1a\0 \t").ljust(LENGTH)
            if not record.strip() or (self._last == "9" and _FILLER.fullmatch(record.strip())):
                continue
            if len(record) > LENGTH:
                self._find("BANK-LENGTH", f"the record has {len(record)} characters, not {LENGTH}", number)
                continue
            self._take(record, number)
        if self._last != "9":
            self._find("BANK-CUT-OFF", "the file has no file control (record 9): it is cut off", number or 1)
        return self._made

    def _take(self, record: str, line: int) -> None:
        kind = record[0]
        if kind not in _NEXT[self._last]:
            after = f"after a {_WORDS[self._last]}" if self._last else "at the beginning"
            self._find("BANK-ORDER", f"a {_WORDS.get(kind, 'record of no known type')} can't stand {after}", line)
            return
        if kind in "568":
            self._end_entry()
        self._last = kind
        match kind:
            case "1":
                self._file_sums, self._batches = _Sums(), 0
            case "5":
                self._begin_batch(record, line)
            case "6":
                self._begin_entry(record, line)
            case "7":
                self._sums.count += 1
                if record[1:3] == _ADDENDUM:
                    self._addenda.append(record[3:83])
            case "8":
                self._check(_BATCH_TOTALS, record, line, self._sums, "batch")
                self._file_sums.add_all(self._sums)
            case "9":
                self._check(_FILE_TOTALS, record, line, self._file_sums, "file")
                if _number(_BATCHES.of(record)) != self._batches:
                    words = f"there are {self._batches} batches, not as many as the file control says"
                    self._find("BANK-COUNT", words, line, _BATCHES.place, Severity.WARNING)

    def _begin_batch(self, record: str, line: int) -> None:
        self._sums = _Sums()
        self._batches += 1
        entry_class = _CLASS.of(record)
        self._batch = record if entry_class in _READ else ""
        if not self._batch:
            words = f"a batch of class {entry_class or 'none'} is left out: no payer's money comes so"
            self._find("BANK-CLASS", words, line, _CLASS.place, Severity.WARNING)
            return
        self._day = _day(_EFFECTIVE.of(record))
        if self._day is None:
            self._find("BANK-DATE", "the effective entry date is no date, YYMMDD", line, _EFFECTIVE.place)

    def _begin_entry(self, record: str, line: int) -> None:
        self._sums.count += 1
        code, bank, cents = _CODE.of(record), _number(_BANK.of(record)), _number(_AMOUNT.of(record))
        if bank is None:
            self._find("BANK-NUMBER", "the receiving bank is not eight digits", line, _BANK.place)
        if cents is None:
            self._find("BANK-AMOUNT", "the amount is not ten digits of cents", line, _AMOUNT.place)
        if len(code) != 2 or code[0] not in _ACCOUNTS or not code.isascii() or not code.isdigit():
            self._find("BANK-TYPE", "the transaction code is none that moves money", line, _CODE.place)
        elif bank is not None and cents is not None:
            self._sums.add(bank, cents, credit=code[1] in _CREDITS)
            self._entry, self._entry_line = record, line

    def _end_entry(self) -> None:
        """The entry before is complete with its addenda: it becomes a line where it moves money."""
        record, addenda = self._entry, self._addenda
        self._entry, self._addenda = "", []
        if not record or not self._batch or self._day is None:
            self._made.skipped += bool(record)
            return
        code, cents = _CODE.of(record), _number(_AMOUNT.of(record)) or 0
        told = find_trace(addenda)
        # What a payer draws back (BPR03 D) carries its trace; without one it is rent or wages.
        if not cents or not (code[1] == _CREDIT or (code[1] == _DEBIT and told.number)):
            self._made.skipped += 1
            return
        amount = from_cents(cents)
        self._made.lines.append(
            BankLine(
                record=self._entry_line,
                account=last_four(_ACCOUNT.of(record)),
                day=self._day,
                amount=amount if code[1] == _CREDIT else -amount,
                kind="ach",
                payer_name=_COMPANY.of(self._batch),
                payer_id=_COMPANY_ID.of(self._batch),
                trace=told.number,
                trace_payer_id=told.payer_id,
                reference=_ENTRY_TRACE.of(record),
                description=" ".join(
                    part for part in (_COMPANY.of(self._batch), _PURPOSE.of(self._batch), _short(addenda)) if part
                ),
            )
        )

    def _check(self, fields: tuple[_Field, ...], record: str, line: int, sums: _Sums, name: str) -> None:
        count, hash_, debits, credits_ = ((field, _number(field.of(record))) for field in fields)
        if count[1] != sums.count:
            words = f"the {name} has {sums.count} entries and addenda, not as many as its control says"
            self._find("BANK-COUNT", words, line, count[0].place, Severity.WARNING)
        if hash_[1] != sums.hash % 10**10:
            words = f"the {name}'s entry hash is not the sum of its entries' banks: an entry is missing or damaged"
            self._find("BANK-HASH", words, line, hash_[0].place)
        for (field, said), is_ in ((debits, sums.debits), (credits_, sums.credits)):
            if said is None:
                self._find("BANK-AMOUNT", f"the {name}'s {field.name} is no amount of cents", line, field.place)
            elif said != is_:
                there, sum_ = to_text(from_cents(said)), to_text(from_cents(is_))
                off = to_text(abs(from_cents(said - is_)))
                words = f"the {name}'s {field.name} is ${there}, its entries add up to ${sum_}: off by ${off}"
                self._find("BANK-TOTAL", words, line, field.place)


def _lines(text: str) -> list[str]:
    lines = _LINE_END.split(text)
    filled = [line for line in lines if line.strip(" \x1a\0")]
    if len(filled) == 1 and len(filled[0]) > LENGTH:  # one record after the other, without line ends
        return [filled[0][at : at + LENGTH] for at in range(0, len(filled[0]), LENGTH)]
    return lines


def _short(addenda: list[str]) -> str:
    """The addendum of a CCD or PPD; of a CTX its 835 is for no description."""
    return addenda[0].strip() if len(addenda) == 1 else ""


def _number(text: str) -> int | None:
    return int(text) if _DIGITS.fullmatch(text) else None


def _day(text: str) -> date | None:
    if len(text) != 6 or not _DIGITS.fullmatch(text):
        return None
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None
