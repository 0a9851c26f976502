"""The claim's fields a mapping may set: the model, read as a tree. Knows types, not where values come from."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from functools import cache

import msgspec

from edigate.claims.model import Claim, ClaimKind, Diagnosis, ServiceLine


class Kind(StrEnum):
    """What a field holds, and what an expression or a transform gives."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    INTEGER = "whole number"
    TRUTH = "yes or no"
    TEXTS = "list of texts"
    INTEGERS = "list of whole numbers"
    CODES = "list of codes"
    RECORD = "record"
    RECORDS = "list of records"


class Field(msgspec.Struct, frozen=True):
    """A field of a record of the claim; `record` is the type below it where it isn't a single value."""

    name: str
    kind: Kind
    record: type[msgspec.Struct] | None = None


_SCALARS: dict[object, Kind] = {
    str: Kind.TEXT,
    Decimal: Kind.NUMBER,
    date: Kind.DATE,
    time: Kind.TIME,
    int: Kind.INTEGER,
}

QUALIFIERS = {
    "diagnoses": ("ABK", "ABF"),
    "admitting_diagnosis": ("ABJ", "ABJ"),
    "procedures": ("BBR", "BBQ"),
    "anesthesia_procedures": ("BP", "BO"),
    "condition_codes": ("BG", "BG"),
    "visit_reasons": ("APR", "APR"),
    "external_causes": ("ABN", "ABN"),
}
"""HI0n-1 of the first code and of the others (X222A1, X223A2 2300 HI)."""

ALWAYS = frozenset({"billing_provider", "subscriber", "payer"})
"""Parties without which there is no claim (2000A, 2000B, 2010BB): their required fields always are."""

_ITS = frozenset({"billing_provider", "subscriber", "payer"})
"""Parties that a claim has one of: what is missing is `a claim needs its payer's name`."""

_OWNERS = {
    "patient": "a patient who isn't the subscriber",
    "diagnoses": "a diagnosis",
    "tooth_statuses": "a tooth",
    "other_subscribers": "another payer of the claim",
}

_WORDS = {
    "procedure": "procedure code",
    "units": "number of units",
    "service_date": "date of service",
    "npi": "NPI",
    "tax_id": "tax id",
    "postal_code": "ZIP code",
    "line1": "street address",
    "drg": "DRG",
    "payer_id": "id",
    "statement_from": "first day of its statement",
    "statement_to": "last day of its statement",
}

LIST_MARK = re.compile(r"\[\d+\]")


def reason_for(path: str, kind: ClaimKind) -> str:
    """Why a field is needed, for a biller, e.g. `a professional line needs a procedure code`."""
    head, _, rest = LIST_MARK.sub("", path).partition(".")
    last = (rest or head).rpartition(".")[2]
    word = _WORDS.get(last) or last.replace("_", " ")
    if not rest:
        return f"{_a(kind)} claim needs {_a(word)}" if kind != "professional" else f"a claim needs {_a(word)}"
    if head in _ITS:
        return f"a claim needs its {head.replace('_', ' ')}'s {word}"
    owner = f"{_a(kind)} line" if head == "service_lines" else _OWNERS.get(head)
    return f"{owner or _a(head.removesuffix('s').replace('_', ' '))} needs {_a(word)}"


def article(word: str) -> str:
    """`a` or `an`; NPI is spelt out when it is said."""
    return "an" if word[0] in "aeioN" else "a"


def _a(word: str) -> str:
    return f"{article(word)} {word}"


@cache
def fields_of(record: type[msgspec.Struct]) -> dict[str, Field]:
    """The fields of a record of the claims model by name, those a mapping can't set left out."""
    hints = typing.get_type_hints(record)
    return {
        name: _field(name, hint)
        for name, hint in hints.items()
        if name not in {"unbound", "kind"} and not (record is Claim and name == "service_lines")
    }


def _field(name: str, hint: object) -> Field:
    inner = hint
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        inner = next(part for part in typing.get_args(hint) if part is not types.NoneType)
    if inner in _SCALARS:
        return Field(name, _SCALARS[inner])
    if typing.get_origin(inner) is Sequence:
        (item,) = typing.get_args(inner)
        if item is str:
            return Field(name, Kind.TEXTS)
        if item is int:
            return Field(name, Kind.INTEGERS)
        if item is Diagnosis:
            return Field(name, Kind.CODES, Diagnosis)
        return Field(name, Kind.RECORDS, item)
    assert isinstance(inner, type) and issubclass(inner, msgspec.Struct), name  # noqa: S101  # the model's own
    return Field(name, Kind.RECORD, inner)


ROOTS: dict[str, type[msgspec.Struct]] = {"claim": Claim, "line": ServiceLine}
"""The tables of a mapping that hold claim fields."""
