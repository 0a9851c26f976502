"""A posting file for a practice system: posted payments as the records that a form says, line by line.

Knows how values are written. Nothing is lost on the way: what doesn't fit its column, or has no code of theirs, ends
the export with the record it is in, never with a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from edigate import money
from edigate.errors import DataError
from edigate.ledger.exports import Span
from edigate.ledger.posted import posted_claims, posted_payments
from edigate.ledger.provider_adjustments import provider_adjustments_of
from edigate.ledger.transaction import ReadTransaction
from edigate.reports import posting_fields as fields
from edigate.reports.csv_rows import defused
from edigate.reports.posting_fields import Fields, Of
from edigate.reports.posting_form import Column, PostingForm

_ANY = "*"


class _Tally:
    """What header and trailer tell."""

    def __init__(self, written_on: date) -> None:
        self.values: dict[str, object] = {"written_on": written_on}
        self.values |= dict.fromkeys(("payments", "claims", "lines", "records"), 0)
        self.values |= {name: money.ZERO for name in fields.TALLIES if name.startswith("total_")}

    def count(self, name: str) -> None:
        self.values[name] = self.values[name] + 1  # type: ignore[operator]  # counts are ints

    def add(self, name: str, amount: object) -> None:
        self.values[name] = self.values[name] + amount  # type: ignore[operator]  # totals are Decimals


class PostingFile:
    """One posting file. `lines` yields its lines, encoded, with their ends; `records` counts afterwards."""

    def __init__(self, form: PostingForm, *, written_on: date) -> None:
        self._form = form
        self._written_on = written_on
        self._columns = {record.of: record.column for record in form.record}
        self._end = {"lf": "\n", "crlf": "\r\n"}[form.file.line_end]
        self.records = 0

    def lines(self, tx: ReadTransaction, span: Span) -> Iterator[bytes]:
        """The whole file. Raises DataError where a value can't be written as the form wants it."""
        if self._form.header is not None:
            before = _Tally(self._written_on)
            for _ in self._records(tx, span, before):
                pass  # counted; what it writes comes after what it says
            yield self._line(self._form.header.column, before.values, "the header")
        if self._form.file.kind == "delimited" and self._form.file.names:
            names = [column.name or column.field for column in self._form.record[0].column]
            yield self._encoded(self._form.file.delimiter.join(self._quoted(name) for name in names))
        tally = _Tally(self._written_on)
        for of, values in self._records(tx, span, tally):
            yield self._line(self._columns[of], values, _named(of, values))
        if self._form.trailer is not None:
            yield self._line(self._form.trailer.column, tally.values, "the trailer")
        self.records = int(str(tally.values["records"]))

    def _records(self, tx: ReadTransaction, span: Span, tally: _Tally) -> Iterator[tuple[Of, Fields]]:
        """Every record in its order: a payment, its provider adjustments, its claims, their lines ..."""
        for of, values in self._everything(tx, span, tally):
            if of in self._columns:
                tally.count("records")
                yield of, values

    def _everything(self, tx: ReadTransaction, span: Span, tally: _Tally) -> Iterator[tuple[Of, Fields]]:
        select = self._form.select
        for payment in posted_payments(tx, span):
            head = fields.payment_fields(payment)
            tally.count("payments")
            tally.add("total_payment_amount", head["payment_amount"])
            yield "payment", head
            for item in provider_adjustments_of(tx, payment.payment_id):
                own = fields.provider_adjustment_fields(item)
                tally.add("total_provider_adjustments", own["provider_adjustment_amount"])
                yield "provider_adjustment", head | own
            for claim in posted_claims(tx, payment.payment_id):
                if claim.status_code in select.leave_out_statuses or not (select.unmatched or claim.claim_id):
                    continue
                of_claim = head | fields.claim_fields(claim)
                tally.count("claims")
                tally.add("total_paid", of_claim["paid"])
                tally.add("total_charge", of_claim["charge"])
                yield "claim", of_claim
                for line in claim.lines:
                    of_line = of_claim | fields.line_fields(line)
                    tally.count("lines")
                    yield "line", of_line
                    for each in line.adjustments:
                        yield "adjustment", of_line | fields.adjustment_fields(each)

    # --- text

    def _line(self, columns: tuple[Column, ...], values: Fields, what: str) -> bytes:
        cells = [self._cell(column, values, what) for column in columns]
        if self._form.file.kind == "fixed":
            return self._encoded("".join(cells))
        return self._encoded(self._form.file.delimiter.join(cells))

    def _cell(self, column: Column, values: Fields, what: str) -> str:
        value = values.get(column.field) if column.field else column.value
        text = _written(column, value) or column.default
        if column.codes and text:
            table = self._form.codes[column.codes]
            if text not in table and _ANY not in table:
                raise _refused(column, what, f"[codes.{column.codes}] doesn't say what its code is called", 'or "*"')
            text = table.get(text, table.get(_ANY, ""))
        if column.required and not text:
            raise _refused(column, what, "is empty, and the column is required", "leave such records out by [select]")
        text = " ".join(text.split()) if any(ord(character) < 32 for character in text) else text
        if column.width is not None and len(text) > column.width:
            if not column.cut:
                raise _refused(column, what, f"is longer than {column.width}", "give it more room, or cut = true")
            text = text[: column.width]
        if self._form.file.kind == "fixed":
            width = column.width or 0
            return text.rjust(width, column.fill) if column.align == "right" else text.ljust(width, column.fill)
        if self._form.file.formulas == "defuse" and isinstance(value, str):
            text = defused(text)
        return self._quoted(text)

    def _quoted(self, text: str) -> str:
        file = self._form.file
        if not file.quote:
            return text.replace(file.delimiter, " ")
        if file.delimiter in text or file.quote in text or text != text.strip():
            return file.quote + text.replace(file.quote, file.quote * 2) + file.quote
        return text

    def _encoded(self, text: str) -> bytes:
        return (text + self._end).encode(self._form.file.encoding, "replace")


def _written(column: Column, value: object) -> str:
    """A value as the column's format wants it."""
    match value:
        case None:
            return ""
        case Decimal():
            amount = -value if column.negate else value
            return str(money.to_cents(amount)) if column.format == "cents" else f"{amount:.2f}"
        case datetime() | date():
            return value.strftime(column.format or "%Y-%m-%d")
        case _:
            return str(value)


def _named(of: Of, values: Fields) -> str:
    """Which record it is, by ids of ours."""
    key = {"adjustment": "adjustment_id", "payment": "payment_id", "provider_adjustment": "payment_id"}
    name = key.get(of, "claim_payment_id")
    return f"a {of.replace('_', ' ')} of {name.removesuffix('_id').replace('_', ' ')} {values[name]}"


def _refused(column: Column, what: str, why: str, hint: str) -> DataError:
    """Names the record and the column, never the value: that may be about a patient."""
    name = column.name or column.field or column.value
    return DataError(f"the column {name} of {what}: {column.field or 'value'} {why}", hint=f"In the mapping: {hint}.")
