"""Which binding reads and writes which guide of claims: one row a guide. Knows no field of any of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from types import ModuleType
from typing import NamedTuple

from edigate.claims.levels import ClaimSet, tree, with_parties
from edigate.claims.model import Claim, ClaimKind, Submission
from edigate.errors import InternalError
from edigate.findings import Finding
from edigate.x12.binding import FieldPlace, Loop, place_of
from edigate.x12.decode import Decoder, Found, Run
from edigate.x12.encode import Body, Encoder
from edigate.x12.envelope import TransactionSet
from edigate.x12.segments import Delimiters

CLAIM_LOOP = "2300"


class Binding:
    """How sets of a guide become claims and, where `guide` says what to call them, claims become sets."""

    def __init__(self, kind: ClaimKind, table: Loop, guide: str = "") -> None:
        self.kind = kind
        self.table = table
        self.guide = guide  # written in GS08 and ST03; empty where the guide is for reading alone

    @cached_property
    def decoder(self) -> Decoder[ClaimSet]:
        return Decoder(self.table)

    @cached_property
    def encoder(self) -> Encoder:
        """Raises InternalError for a guide that is for reading alone."""
        if not self.guide:
            raise InternalError("claims are written in 5010 only")
        return Encoder(self.table)

    def decode(self, transaction_set: TransactionSet) -> tuple[ClaimSet, list[Finding]]:
        """A whole set, and what in it couldn't be read. Claims stand in its tree, without their parties."""
        return self.decoder.decode(transaction_set.segments, transaction_set.delimiters)

    def stream(self, transaction_set: TransactionSet) -> Run[ClaimSet]:
        """One claim at a time (`claim_of` each); then the run's `root` is the set without them."""
        return self.decoder.stream(transaction_set.segments, transaction_set.delimiters, at=CLAIM_LOOP)

    def claim_of(self, found: Found) -> Claim:
        """A streamed claim with its parties."""
        return with_parties(found.record, found.parents)

    def decode_claims(self, transaction_set: TransactionSet) -> Iterator[Claim]:
        """The claims of a set, one at a time, each with its parties."""
        for found in self.stream(transaction_set):
            yield self.claim_of(found)

    def encode_claims(self, head: Submission, claims: Iterable[Claim]) -> Body:
        """The segments of a set between ST and SE; claims of the same parties stand together."""
        return self.encoder.encode(tree(head, claims))

    def place_of(
        self, elements: list[str], element: int, component: int = 0, delimiters: Delimiters | None = None
    ) -> FieldPlace | None:
        """The field that an element (from 1; and component, from 1) of a segment is; None where it is none's.

        The segment's own elements tell which of many: a REF by its qualifier, a code of HI by its list.
        """
        separator = (delimiters or Delimiters()).component
        return place_of(self.table, elements[0], element, component, elements, separator)


class _Row(NamedTuple):
    kind: ClaimKind
    writes: bool


# By the guide's number; every errata of it (A1, A2, A3) is read the same.
_ROWS = {
    "005010X222": _Row("professional", writes=True),
    "005010X223": _Row("institutional", writes=True),
    "005010X224": _Row("dental", writes=True),
    "005010X291": _Row("professional", writes=False),  # predetermination
    "005010X292": _Row("institutional", writes=False),
    "004010X098": _Row("professional", writes=False),
    "004010X096": _Row("institutional", writes=False),
    "004010X097": _Row("dental", writes=False),
}

_NUMBER = re.compile(r"(\d{6}X\d{3})(?:A\d)?")


def binding_for(guide: str) -> Binding | None:
    """The binding of a guide as GS08 or ST03 names it (`005010X223A2`); None for any other."""
    named = _NUMBER.fullmatch(guide.strip())
    return _binding(named[1]) if named and named[1] in _ROWS else None


def binding_of_kind(kind: ClaimKind) -> Binding:
    """The binding that claims of a kind are written with."""
    return next(_binding(number) for number, row in _ROWS.items() if row.kind == kind and row.writes)


@cache
def _binding(number: str) -> Binding:
    row = _ROWS[number]
    module = _MODULES[row.kind]()
    if number.startswith("004010"):
        from edigate.claims.x4010 import legacy  # noqa: PLC0415 - seldom needed

        return Binding(row.kind, legacy(module.SUBMISSION))
    return Binding(row.kind, module.SUBMISSION, module.GUIDE if row.writes else "")


def _professional() -> ModuleType:
    from edigate.claims import x222  # noqa: PLC0415 - only the table that is needed is compiled

    return x222


def _institutional() -> ModuleType:
    from edigate.claims import x223  # noqa: PLC0415 - as above

    return x223


def _dental() -> ModuleType:
    from edigate.claims import x224  # noqa: PLC0415 - as above

    return x224


_MODULES: dict[ClaimKind, Callable[[], ModuleType]] = {
    "professional": _professional,
    "institutional": _institutional,
    "dental": _dental,
}
