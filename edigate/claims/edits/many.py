"""Some dozens of claims looked at together: what they and their lines say, field by field. Judges nothing.

Nearly all claims are in order, and that nothing is wrong with any of sixty is often told by a look at a column of
sixty values, where each claim by itself would take a call of each check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from itertools import chain, islice
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from edigate.claims.codesets import Codes
from edigate.claims.edits.places import CLAIM_PROVIDERS
from edigate.claims.model import Claim, Diagnosis, Patient, Payer, Provider, ServiceLine, Subscriber

T = TypeVar("T")
Column = Sequence[Any]


class Columns:
    """What records of one type say in each field, in the order of the records."""

    def __init__(self, records: Sequence[msgspec.Struct]) -> None:
        self.count = len(records)
        self._columns: dict[str, Column] = {}
        if records:
            rows = map(msgspec.structs.astuple, records)
            self._columns = dict(zip(records[0].__struct_fields__, zip(*rows, strict=True), strict=True))

    def __getitem__(self, field: str) -> Column:
        return self._columns.get(field, ())

    def rows(self, fields: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        """What each record says in some fields."""
        return zip(*[self[field] for field in fields], strict=True)


class Rare:
    """Fields that hardly any record of a type says anything in."""

    def __init__(self, fields: Iterable[str], blank: Claim | ServiceLine) -> None:
        self._blanks = {field: getattr(blank, field) for field in fields}
        self._read = attrgetter(*self._blanks)
        self._blank = self._read(blank)

    def said_by(self, record: Claim | ServiceLine) -> bool:
        """Whether a record says something in one of them."""
        return bool(self._read(record) != self._blank)

    def said_in(self, columns: Columns) -> bool:
        """Whether any of the records does."""
        return any(columns[field].count(blank) != columns.count for field, blank in self._blanks.items())


def distinct(records: Iterable[T | None]) -> list[T]:
    """Each record once, by identity, those that aren't there left out: claims share their providers and payers."""
    some = list(records)
    return [each for each in dict(zip(map(id, some), some, strict=True)).values() if each is not None]


class Many:
    """Claims of one kind, at least one, and the day and the code sets that they are judged by."""

    def __init__(self, claims: Sequence[Claim], today: date, codes: Codes | None) -> None:
        self.claims = claims
        self.kind = claims[0].kind
        self.today = today
        self.codes = codes
        self.claim = Columns(claims)
        self.line = Columns(list(chain.from_iterable(self.claim["service_lines"])))

    def by_claim(self, column: Column) -> Iterator[list[Any]]:
        """A column of the lines, apart for each claim."""
        values = iter(column)
        return (list(islice(values, len(lines))) for lines in self.claim["service_lines"])

    @cached_property
    def subscriber(self) -> Columns:
        """The subscribers there are."""
        subscribers: list[Subscriber] = [each for each in self.claim["subscriber"] if each is not None]
        return Columns(subscribers)

    @cached_property
    def patient(self) -> Columns:
        """The patients who aren't the subscriber."""
        patients: list[Patient] = [each for each in self.claim["patient"] if each is not None]
        return Columns(patients)

    @cached_property
    def diagnosis(self) -> Columns:
        """The diagnoses of all claims."""
        diagnoses: list[Diagnosis] = list(chain.from_iterable(self.claim["diagnoses"]))
        return Columns(diagnoses)

    @cached_property
    def payers(self) -> list[Payer]:
        """The destination payers, each record once."""
        return distinct(self.claim["payer"])

    @cached_property
    def providers(self) -> list[Provider]:
        """Everybody in a role of a claim, not of a line alone, each record once."""
        return distinct(chain.from_iterable(self.claim[role] for role in CLAIM_PROVIDERS))

    @cached_property
    def days(self) -> set[date]:
        """On which lines were served."""
        return set(filter(None, self.line["service_date"]))

    @cached_property
    def served(self) -> set[date]:
        """The days of service, where there is nothing else that dates a claim; none where there may be."""
        if self.kind == "institutional" or None in self.line["service_date"] or not all(self.claim["service_lines"]):
            return set()
        return self.days

    @cached_property
    def procedures(self) -> set[str]:
        """Of the lines; blank among them where a line has none."""
        return set(self.line["procedure"])

    @cached_property
    def modifiers(self) -> set[tuple[str, ...]]:
        """Those of one line together."""
        return set(map(tuple, self.line["modifiers"]))
