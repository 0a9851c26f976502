"""A bank's statement as CSV: rows as lines of money, by the columns that `banks/NAME.toml` names. Knows no bank.

Banks write a few lines about the account before the header, and balances between the rows: the header is the first
line that has every column named, and a row without an amount is no transaction.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal

from edigate.bank.model import BankLine, Kind, Statement, last_four
from edigate.bank.settings import Bank, Columns
from edigate.bank.traces import Trace, find_trace
from edigate.encounters.csv_reader import CsvReader, Dialect
from edigate.encounters.rows import Row
from edigate.errors import DataError
from edigate.mapping.amounts import amount
from edigate.mapping.dates import date_by
from edigate.mapping.texts import Unusable
from edigate.money import ZERO

_LOOK_FOR_HEADER = 60  # lines

# How money came, by the words banks write; the first that stands there decides.
_WORDS: dict[Kind, str] = {
    "return": "returned|return item|chargeback|charge back",
    "wire": "wire|fedwire|chips|rtp",
    "ach": "ach|hcclaimpmt|eft|preauthorized|preauth|electronic|direct dep|ccd|ctx|ppd",
    "check": "lockbox|lock box|checks?|chk",
    "deposit": "deposits?|dep",
}
_KINDS = {kind: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for kind, words in _WORDS.items()}
_WAY = re.compile(r"\s*(CR|DR)\.?$", re.IGNORECASE)


def read_csv(content: bytes, file: str, bank: Bank) -> Statement:
    """A statement as its lines of money. Never raises on data: what is wrong is in the findings."""
    made = Statement(file=file, format="csv")
    if bank.columns is None:
        made.find("BANK-COLUMN", "which columns it has is not known: [columns] in banks/NAME.toml says it")
        return made
    try:
        reader = _opened(content, file, bank, bank.columns)
        if reader is None:
            names = ", ".join(_named(bank.columns))
            made.find("BANK-COLUMN", f"no line at its beginning has all the columns that [columns] names: {names}")
            return made
        read = _RowReader(bank, bank.columns, made)
        for row in reader:
            read.row(row)
    except DataError as error:
        made.find("BANK-FILE", f"it can't be read as CSV: {error.message}")
    return made


def _opened(content: bytes, file: str, bank: Bank, columns: Columns) -> CsvReader | None:
    """The reader at the header line; None where there is none. Raises DataError."""
    source = bank.source
    wanted = set(_named(columns))
    skips = range(_LOOK_FOR_HEADER) if source.skip is None and not source.columns else (source.skip or 0,)
    for skip in skips:
        dialect = Dialect(
            delimiter=source.delimiter,
            quote=source.quote,
            encoding=source.encoding,
            columns=source.columns,
            skip=skip,
            pad=True,  # many banks end rows with one delimiter more than the header has
        )
        try:
            reader = CsvReader(io.BytesIO(content), file, dialect)
        except DataError:
            if len(skips) == 1:
                raise
            continue
        if wanted <= set(reader.layout.names()):
            return reader
    return None


def _named(columns: Columns) -> Iterator[str]:
    one = (columns.date, columns.amount, columns.credit, columns.debit, columns.payer, columns.payer_id)
    yield from (name for name in (*one, columns.trace, columns.reference, columns.account) if name)
    yield from _several(columns.description)


class _RowReader:
    def __init__(self, bank: Bank, columns: Columns, made: Statement) -> None:
        self._bank = bank
        self._columns = columns
        self._made = made
        self._date = _date_reader(bank.dates)
        self._ignore = [text.casefold() for text in bank.ignore]

    def row(self, row: Row) -> None:
        """One row: a line, something wrong, or nothing that counts."""
        if row.defects:
            for defect in row.defects:
                self._made.find("BANK-ROW", defect.message, row.number)
            return
        columns = self._columns
        cells = {name: _cell(row, name) for name in _named(columns)}
        money = self._amount(cells, row.number)
        if money is None:
            return
        description = " ".join(cells[name] for name in _several(columns.description) if cells[name])
        told = _trace(cells[columns.trace] if columns.trace else "", description)
        kind: Kind = next((kind for kind, words in _KINDS.items() if words.search(description)), "other")
        if not self._counts(money, kind, told, description):
            self._made.skipped += 1
            return
        try:
            day = self._date(cells[columns.date])
        except Unusable as error:
            self._made.find("BANK-DATE", str(error), row.number, columns.date)
            return
        self._made.lines.append(
            BankLine(
                record=row.number,
                account=last_four(cells[columns.account]) if columns.account else self._bank.account,
                day=day,
                amount=money,
                kind="other" if kind == "return" and money > 0 else kind,
                payer_name=cells[columns.payer] if columns.payer else "",
                payer_id=cells[columns.payer_id] if columns.payer_id else "",
                trace=told.number,
                trace_payer_id=told.payer_id,
                reference=cells[columns.reference] if columns.reference else "",
                description=description,
            )
        )

    def _counts(self, money: Decimal, kind: Kind, told: Trace, description: str) -> bool:
        """Money in, a deposit taken back, or what a payer draws with its trace (BPR03 D)."""
        folded = description.casefold()
        if any(text in folded for text in self._ignore):
            return False
        return money > 0 or (money < 0 and (kind == "return" or bool(told.number)))

    def _amount(self, cells: dict[str, str], row: int) -> Decimal | None:
        """Dollars, positive for what came in. None where the row has none, or where it can't be read."""
        columns = self._columns
        found = ZERO
        written = False
        for name, sign in ((columns.amount, 0), (columns.credit, 1), (columns.debit, -1)):
            if not name or not cells[name]:
                continue
            written = True
            try:
                value = _money(cells[name])
            except Unusable as error:
                self._made.find("BANK-AMOUNT", str(error), row, name)
                return None
            if sign:  # some write what went out with a minus in a column of its own
                found += value if sign > 0 else -abs(value)
            else:
                found += value if self._bank.sign == "credit" else -value
        if not written:
            self._made.skipped += 1
        return found if written else None


def _money(text: str) -> Decimal:
    way = _WAY.search(text)
    value = amount(text[: way.start()] if way else text.removeprefix("+"))
    return -value if way and way[1].upper() == "DR" else value


def _trace(cell: str, description: str) -> Trace:
    told = find_trace([cell, description])
    return told if told.number or not cell else Trace(cell)


def _date_reader(forms: tuple[str, ...]) -> Callable[[str], date]:
    """A date in one of the forms. Raises Unusable."""
    whole = [form for form in forms if "%y" not in form]
    short = [form for form in forms if "%y" in form]
    by_whole = date_by(*whole) if whole else None

    def read(text: str) -> date:
        for form in short:
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007  # a day, of no zone
            except ValueError:
                continue
        if by_whole is None:
            raise Unusable(f"is not a date like {short[0]}")
        return by_whole(text)

    return read


def _several(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


def _cell(row: Row, name: str) -> str:
    cell = row.get(name)
    return cell if isinstance(cell, str) else " ".join(cell)
