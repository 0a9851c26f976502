"""Some hundred claims looked at together: what they and their lines say, field by field. Judges nothing.

Nearly all claims are in order, and that nothing is wrong with any of a hundred is often told by a look at a column of
their values, where each claim by itself would take a call of each check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache, cached_property
from itertools import chain, islice, repeat
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from edigate.claims.codesets import Codes
from edigate.claims.edits.places import CLAIM_PROVIDERS
from edigate.claims.model import Claim, Diagnosis, Patient, Payer, Provider, ServiceLine, Subscriber

T = TypeVar("T")
Column = Sequence[Any]


@cache
def _blanks(record: type[msgspec.Struct]) -> dict[str, Any]:
    """What a record that says nothing holds in each field. Not to be changed."""
    blank = record()
    return {field: getattr(blank, field) for field in record.__struct_fields__}


class Columns:
    """What records of one type say in each field, in the order of the records. `type` is None where there are none."""

    def __init__(self, records: Sequence[msgspec.Struct]) -> None:
        self.count = len(records)
        self.type = type(records[0]) if records else None
        self._columns: dict[str, Column] = {}
        if records:
            rows = map(msgspec.structs.astuple, records)
            self._columns = dict(zip(records[0].__struct_fields__, zip(*rows, strict=True), strict=True))

    def __getitem__(self, field: str) -> Column:
        return self._columns.get(field, ())

    @cached_property
    def said(self) -> frozenset[str]:
        """The fields in which any record says something of its own; of most, none does."""
        if self.type is None:
            return frozenset()
        columns, count = self._columns, self.count
        return frozenset(field for field, blank in _blanks(self.type).items() if columns[field].count(blank) != count)

    def rows(self, fields: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        """What each record says in some fields."""
        return zip(*[self[field] for field in fields], strict=True)


class Rare:
    """Fields that hardly any record of a type says anything in."""

    def __init__(self, fields: Iterable[str], record: type[Claim | ServiceLine]) -> None:
        self._fields = frozenset(fields)
        self._read = attrgetter(*self._fields)
        self._blank = self._read(record())

    def said_by(self, record: Claim | ServiceLine) -> bool:
        """Whether a record says something in one of them."""
        return bool(self._read(record) != self._blank)

    def said_in(self, columns: Columns) -> bool:
        """Whether any of the records does."""
        return not self._fields.isdisjoint(columns.said)


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

    @cached_property
    def claim_of_line(self) -> Column:
        """For each line the number of its claim."""
        lines = self.claim["service_lines"]
        return list(chain.from_iterable(map(repeat, range(len(lines)), map(len, lines))))

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

    def of_treated(self, field: str) -> Column:
        """A field of those who were treated: of the patients, else of the subscribers, where a claim has one."""
        if "patient" not in self.claim.said:
            return self.subscriber[field]
        both = zip(self.claim["subscriber"], self.claim["patient"], strict=True)
        people = [patient if patient is not None else subscriber for subscriber, patient in both]
        return [getattr(person, field) for person in people if person is not None]

    @cached_property
    def diagnosis(self) -> Columns:
        """The diagnoses of all claims."""
        diagnoses: list[Diagnosis] = list(chain.from_iterable(self.claim["diagnoses"]))
        return Columns(diagnoses)

    @cached_property
    def billing(self) -> list[Provider]:
        """The billing providers there are, each record once."""
        return distinct(self.claim["billing_provider"])

    @cached_property
    def payers(self) -> list[Payer]:
        """The destination payers, each record once."""
        return distinct(self.claim["payer"])

    @cached_property
    def providers(self) -> list[Provider]:
        """Everybody in a role of a claim, not of a line alone, each record once."""
        return distinct(chain.from_iterable(self.claim[role] for role in CLAIM_PROVIDERS if role in self.claim.said))

    @cached_property
    def paid_by(self) -> set[str]:
        """What kinds of payers, by their filing indicators (SBR09)."""
        return set(self.subscriber["filing_indicator"])

    @cached_property
    def places(self) -> set[str]:
        """Of service, of the claims themselves; blank among them where one has none."""
        return set(self.claim["place_of_service"])

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
