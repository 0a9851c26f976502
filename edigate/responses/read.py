"""What a received file is, by its content: names only hint, and clearinghouses recycle them."""

from __future__ import annotations

from enum import StrEnum

from edigate.errors import DataError
from edigate.x12.envelope import EnvelopeReader, TransactionSet


class Kind(StrEnum):
    """What a transaction set or a file is."""

    TA1 = "TA1"
    X999 = "999"
    X997 = "997"
    X277CA = "277CA"
    X277 = "277"  # a status response or a request for information, not an acknowledgment
    X835 = "835"
    X837P = "837P"
    X837I = "837I"
    X837D = "837D"
    X12 = "X12"  # another transaction set
    EMPTY = "empty"
    ZIP = "zip"
    TEXT = "text"  # a clearinghouse's report for people
    UNKNOWN = "unknown"


_BY_SET = {"TA1": Kind.TA1, "999": Kind.X999, "997": Kind.X997, "835": Kind.X835}
# By the guide's number within its version; 4010 had others.
_CLAIMS_BY_GUIDE = {
    "X222": Kind.X837P, "X098": Kind.X837P,
    "X223": Kind.X837I, "X096": Kind.X837I,
    "X224": Kind.X837D, "X097": Kind.X837D,
}  # fmt: skip
_NOT_ACKNOWLEDGMENTS = ("X212", "X213", "X093")
# A zip's beginning, an empty zip's, and a spanned zip's.
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def kind_of(transaction_set: TransactionSet) -> Kind:
    """What a transaction set is; reads only its header. A 277 of no known guide counts as a 277CA."""
    # ST03 first; where it holds something else than a guide, GS08 tells.
    guides = [transaction_set.guide.upper(), transaction_set.group.guide.upper() if transaction_set.group else ""]
    match transaction_set.id:
        case "277":
            return Kind.X277 if any(n in guide for guide in guides for n in _NOT_ACKNOWLEDGMENTS) else Kind.X277CA
        case "837":
            kinds = (kind for guide in guides for n, kind in _CLAIMS_BY_GUIDE.items() if n in guide)
            return next(kinds, Kind.X12)  # predeterminations and encounter reports are no claims
        case other:
            return _BY_SET.get(other, Kind.X12)


def classify(head: bytes) -> Kind:
    """What a file is, from its first bytes (a few KB do). Never raises on data.

    A TA1 before other sets is passed over: the file is what follows it. An envelope without any set is
    `X12`.
    """
    if not head.strip(b"\r\n\t \x00\x1a"):
        return Kind.EMPTY
    if head.startswith(_ZIP_MAGIC):
        return Kind.ZIP
    found: Kind | None = None
    try:
        for transaction_set in EnvelopeReader([head]):
            found = kind_of(transaction_set)
            if found is not Kind.TA1:
                return found
    except DataError:
        return found or _without_envelope(head)
    return found or Kind.X12


def _without_envelope(head: bytes) -> Kind:
    control = sum(byte < 32 and byte not in b"\r\n\t\f\x1a" for byte in head)
    return Kind.UNKNOWN if control else Kind.TEXT
