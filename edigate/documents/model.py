"""The JSON of a transaction set: what `edigate decode` writes and `edigate encode` reads.

Shapes only. Dates are ISO, amounts are text, everything else is text as sent; what isn't said is left out.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from edigate.secrecy import Phi
from edigate.x12.codecs import day
from edigate.x12.envelope import FunctionalGroup, Interchange, TransactionSet
from edigate.x12.segments import Delimiters

FORMAT = 1  # of this JSON; raised when an older edigate couldn't read it


class Facts(Phi, msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of what stands round a set. Unknown keys are refused: a misspelt one would be lost in silence."""


class InterchangeFacts(Facts):
    """ISA. `number` counts the file's interchanges from 1; sets with the same one stand in one interchange."""

    number: int
    authorization_qualifier: str = "00"  # ISA01
    authorization: str = ""  # ISA02
    security_qualifier: str = "00"  # ISA03
    security: str = ""  # ISA04: the password, where there is one
    sender_qualifier: str = ""  # ISA05
    sender: str = ""  # ISA06
    receiver_qualifier: str = ""  # ISA07
    receiver: str = ""  # ISA08
    date: str = ""  # ISA09
    time: str = ""  # ISA10, HHMM
    standard: str = ""  # ISA11, where it isn't the repetition separator
    version: str = ""  # ISA12
    control_number: str = ""  # ISA13
    acknowledgment_requested: str = ""  # ISA14
    usage: str = ""  # ISA15: P production, T test
    delimiters: Delimiters = Delimiters()


class GroupFacts(Facts):
    """GS. `number` counts the file's groups from 1; sets with the same one stand in one group."""

    number: int
    functional_id: str = ""  # GS01
    sender: str = ""  # GS02
    receiver: str = ""  # GS03
    date: str = ""  # GS04
    time: str = ""  # GS05, HHMM, HHMMSS or HHMMSSDD
    control_number: str = ""  # GS06
    agency: str = "X"  # GS07
    guide: str = ""  # GS08


class SetFacts(Facts):
    """ST. `number` counts the file's sets from 1, a TA1 being one."""

    number: int
    id: str = ""  # ST01
    control_number: str = ""  # ST02
    guide: str = ""  # ST03


class Repeats(Phi, msgspec.Struct, forbid_unknown_fields=True):
    """An element that is repeated; each a text or a list of components."""

    repeat: list[str | list[str]]


# A text, a list of components, or repetitions of either.
Value = str | list[str] | Repeats
SegmentValues = list[Value]


class LoopParts(Phi, msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """A loop of the guide as it stands in a file: segments, each a list with its id first, and loops."""

    loop: str
    name: str = ""
    parts: list[SegmentValues | LoopParts] = []


class Document(Phi, msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One transaction set.

    `record` is the typed form of a kind that has a binding. `body` is its tree of loops and segments: for
    kinds without one, and beside a record that alone couldn't be written back segment for segment.
    """

    format: int
    kind: str
    guide: str = ""
    interchange: InterchangeFacts
    group: GroupFacts | None = None
    transaction_set: SetFacts
    record: Any = None
    body: list[SegmentValues | LoopParts] | None = None
    findings: list[dict[str, Any]] = []


def interchange_facts(interchange: Interchange, number: int) -> InterchangeFacts:
    texts = [text.rstrip() for text in interchange.elements]  # the padding
    texts += [""] * 17
    return InterchangeFacts(
        number=number,
        authorization_qualifier=texts[1],
        authorization=texts[2],
        security_qualifier=texts[3],
        security=texts[4],
        sender_qualifier=texts[5],
        sender=texts[6],
        receiver_qualifier=texts[7],
        receiver=texts[8],
        date=iso(texts[9]),
        time=texts[10],
        standard="" if interchange.delimiters.repetition else texts[11],
        version=texts[12],
        control_number=texts[13],
        acknowledgment_requested=texts[14],
        usage=texts[15],
        delimiters=interchange.delimiters,
    )


def group_facts(group: FunctionalGroup, number: int) -> GroupFacts:
    texts = [*group.elements, *[""] * 9]
    return GroupFacts(
        number=number,
        functional_id=texts[1],
        sender=texts[2],
        receiver=texts[3],
        date=iso(texts[4]),
        time=texts[5],
        control_number=texts[6],
        agency=texts[7],
        guide=texts[8],
    )


def set_facts(transaction_set: TransactionSet) -> SetFacts:
    header = transaction_set.header
    if header.id != "ST":
        return SetFacts(number=transaction_set.index, id=header.id)
    return SetFacts(
        number=transaction_set.index, id=header.get(1), control_number=header.get(2), guide=header.get(3)
    )


def iso(text: str) -> str:
    """A date of an envelope as ISO; as it is where it is none."""
    try:
        found: date = day.decode(text)
    except ValueError:
        return text
    return found.isoformat()


def from_iso(text: str, digits: int) -> str:
    """An ISO date as X12 in so many digits; any other text as it is."""
    try:
        return date.fromisoformat(text).isoformat().replace("-", "")[-digits:] if "-" in text else text
    except ValueError:
        return text
