"""How a bank's files are to be read: `banks/NAME.toml`. A small mapping, of which BAI2 and ACH files need nothing.

    account = "4321"                 # the account's last four digits, for a CSV without a column of it
    [columns]
    date = "Posting Date"
    amount = "Amount"                # or credit = "Deposits" and debit = "Withdrawals"
    description = ["Description", "Memo"]
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edigate import settings
from edigate.errors import ConfigError
from edigate.mapping.dates import date_by
from edigate.settings import Problem

Text = Annotated[str, msgspec.Meta(min_length=1)]
Texts = Text | tuple[Text, ...]

DATES = ("%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d", "%Y%m%d")


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the tables: immutable, unknown keys refused."""


class Source(Part, frozen=True, kw_only=True):
    """[source]: how a CSV is written."""

    delimiter: Annotated[str, msgspec.Meta(pattern=r"^(.|\\t|auto)$")] = "auto"
    quote: Annotated[str, msgspec.Meta(max_length=1)] = '"'
    encoding: Literal["auto", "utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"] = "auto"
    columns: tuple[Text, ...] = ()  # names for a file without a header line
    skip: Annotated[int, msgspec.Meta(ge=0, le=1000)] | None = None  # lines before the header; None: it is looked for


class Columns(Part, frozen=True, kw_only=True):
    """[columns]: which column holds what; of several, what stands in them is joined by blanks."""

    date: Text
    amount: str = ""  # one column for both ways
    credit: str = ""  # or one for what came in
    debit: str = ""  # and one for what went out
    description: Texts = ()
    payer: str = ""
    payer_id: str = ""
    trace: str = ""  # the trace number alone, or text with a TRN segment
    reference: str = ""
    account: str = ""


class Bank(Part, frozen=True, kw_only=True):
    """A bank and how its statements are read."""

    account: Annotated[str, msgspec.Meta(pattern="^([0-9]{4})?$")] = ""
    source: Source = Source()
    columns: Columns | None = None
    dates: tuple[Text, ...] = DATES
    sign: Literal["credit", "debit"] = "credit"  # which of the two the amount column writes without a minus
    ignore: tuple[Text, ...] = ()  # lines whose description holds one of these are no payer's money
    check_totals: bool = True  # false: control totals that don't hold are only told


def load_banks(folder: Path) -> dict[str, Bank]:
    """Every bank of a folder by name, which is the file's; an absent folder holds none.

    Raises ConfigError that names the file and the key.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and path.name[0] != ".")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{folder.name}/: {os.strerror(error.errno or 0).lower()}") from error
    return {path.stem: _load(path) for path in files}


def _load(path: Path) -> Bank:
    name = f"{path.parent.name}/{path.name}"
    bank = settings.read(path, Bank, name=name)
    found = list(_problems(bank))
    if found:
        raise settings.refusal(name, found)
    return bank


def _problems(bank: Bank) -> Iterator[Problem]:
    for form in bank.dates:
        try:
            read_form(form)
        except ValueError as error:
            yield Problem("dates", f"expected {error}")
    columns = bank.columns
    if columns is not None:
        if bool(columns.amount) == bool(columns.credit):
            yield Problem("columns.amount", "name either amount, or credit (and debit)")
        if columns.debit and not columns.credit:
            yield Problem("columns.credit", "debit needs credit beside it")
        if bank.sign == "debit" and not columns.amount:
            yield Problem("sign", "is for columns.amount; credit and debit say the way themselves")


def read_form(form: str) -> None:
    """Raise ValueError, with what was expected, where a form is no date's."""
    if "%y" in form:  # two digits: a bank's statement is of this century
        if form.replace("%y", "").count("%") != 2 or "%d" not in form or ("%m" not in form and "%b" not in form):
            raise ValueError("forms that hold a year, a month and a day")
    else:
        date_by(form)
