"""Answers as files: records into bytes with the clearinghouse's envelope, control numbers and file names.

Knows ISA, GS and how clearinghouses name what they send; refuses to know why an answer says what it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from edigate.remits import x221
from edigate.remits.model import Payment
from edigate.responses import ta1, x214, x231
from edigate.responses.model import ClaimAcknowledgment, FunctionalGroupResponse, InterchangeAcknowledgment
from edigate.x12.encode import Element, Elements
from edigate.x12.envelope import Interchange
from edigate.x12.segments import Delimiters
from edigate.x12.write import GroupHeader, InterchangeHeader, Serializer, SetHeader

_DELIMITERS = Delimiters()
# A value that came in under other delimiters may hold one of ours; X12 has no escape.
_UNWRITABLE = re.compile(r"[*:~^\r\n]")
_OTHER_REASON = "131"  # CARC: a discount agreed for this claim; contractual, as 45 is
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


class Address(msgspec.Struct, frozen=True):
    """Who wrote to us, and under which names: an answer goes back the same way, names swapped."""

    their_qualifier: str
    their_id: str  # ISA06
    our_qualifier: str
    our_id: str  # ISA08
    usage: str  # ISA15
    their_group: str = ""  # GS02
    our_group: str = ""  # GS03


class Sets(msgspec.Struct, frozen=True):
    """What a file holds, without its envelope: for sending the same in another."""

    name: str
    to: Address
    functional_id: str
    set_id: str
    guide: str
    bodies: tuple[tuple[Elements, ...], ...]


class AnswerFile(msgspec.Struct, frozen=True):
    """One file for the partner's receive folder. A TA1 has no sets."""

    name: str
    content: bytes
    sets: Sets | None = None


def address_of(interchange: Interchange) -> Address:
    """The way back to the sender of an interchange."""
    texts = [text.strip() for text in interchange.elements] + [""] * 17
    usage = texts[15] if texts[15] in {"P", "T"} else "T"
    # What came may be too long for an ISA, or hold a delimiter of ours: a broken file is answered too.
    return Address(identity(texts[5], 2), identity(texts[6]), identity(texts[7], 2), identity(texts[8]), usage)


def identity(text: str, width: int = 15) -> str:
    """An id of an envelope as it can be written back."""
    return _UNWRITABLE.sub(" ", text)[:width]


class Outbox:
    """Writes answers. Control numbers count up over its life, as a clearinghouse's do.

    `st03`: whether sets name their guide: as the guide requires (the 835's doesn't use it), never, or always.
    """

    def __init__(self, st03: Literal["required", "never", "always"] = "required") -> None:
        self._serializer = Serializer(_DELIMITERS)
        self._st03 = st03
        self._interchanges = 0
        self._groups = 0
        self._files = 84310000  # an ordinary beginning; names must differ, nothing more

    def ta1(self, to: Address, answer: InterchangeAcknowledgment, received: str, at: datetime) -> AnswerFile:
        """A TA1 in an interchange without groups. `received` is the name of the file it answers."""
        isa, *rest = self._serializer.interchange(self._isa(to, at), [])
        body = [self._serializer.segment(elements) for elements in _clean(ta1.ENCODER.encode(answer))]
        return self._file(f"{_stem(received)}_TA1.ta1", [isa, *body, *rest])

    def x999(self, to: Address, answers: Sequence[FunctionalGroupResponse], received: str, at: datetime) -> AnswerFile:
        """A 999, one set for each functional group of the file it answers."""
        bodies = (x231.ENCODER.encode(answer) for answer in answers)
        return self._write(_sets(f"{_stem(received)}_999.999", to, "FA", "999", x231.GUIDE, bodies), at)

    def x277ca(self, to: Address, answers: Sequence[ClaimAcknowledgment], received: str, at: datetime) -> AnswerFile:
        """A 277CA, one set for each batch."""
        bodies = (x214.ENCODER.encode(answer) for answer in answers)
        return self._write(_sets(f"{_stem(received)}_277CA.x12", to, "HN", "277", x214.GUIDE, bodies), at)

    def x835(self, to: Address, payments: Sequence[Payment], at: datetime) -> AnswerFile:
        """An 835, one set for each payment."""
        bodies = (x221.ENCODER.encode(payment) for payment in payments)
        return self._write(_sets(f"ERA_835_5010_{at:%Y%m%d}.835", to, "HP", "835", x221.GUIDE, bodies), at)

    def again(self, file: AnswerFile) -> AnswerFile:
        """The same bytes under another name: a resend."""
        return self._file(file.name.partition("_")[2], [file.content.decode("ascii")], file.sets)

    def rewrapped(self, file: AnswerFile, at: datetime) -> AnswerFile:
        """The same sets in another envelope, with other control numbers; of a TA1 the same bytes."""
        return self._write(file.sets, at) if file.sets else self.again(file)

    def changed(self, file: AnswerFile, at: datetime) -> AnswerFile:
        """The same payments in another envelope, each with another reason for its first adjustment."""
        if file.sets is None:
            return self.again(file)
        bodies = tuple(tuple(_another_reason(body)) for body in file.sets.bodies)
        return self._write(msgspec.structs.replace(file.sets, bodies=bodies), at)

    def _write(self, sets: Sets, at: datetime) -> AnswerFile:
        self._groups += 1
        to = sets.to
        group = GroupHeader(
            functional_id=sets.functional_id,
            sender=to.our_group or to.our_id,
            receiver=to.their_group or to.their_id,
            created=at,
            control_number=self._groups,
            guide=sets.guide,
        )
        named = self._st03 == "always" or (self._st03 == "required" and sets.set_id != "835")
        written = (
            (SetHeader(id=sets.set_id, control_number=number, guide=sets.guide if named else ""), body)
            for number, body in enumerate(sets.bodies, 1)
        )
        return self._file(sets.name, self._serializer.interchange(self._isa(to, at), [(group, written)]), sets)

    def _isa(self, to: Address, at: datetime) -> InterchangeHeader:
        self._interchanges += 1
        return InterchangeHeader(
            sender_qualifier=to.our_qualifier,
            sender_id=to.our_id,
            receiver_qualifier=to.their_qualifier,
            receiver_id=to.their_id,
            created=at,
            control_number=self._interchanges,
            usage=to.usage,
        )

    def _file(self, name: str, pieces: Iterable[str], sets: Sets | None = None) -> AnswerFile:
        self._files += 1
        return AnswerFile(f"{self._files}_{name}", "".join(pieces).encode("ascii", "replace"), sets)


def _sets(
    name: str, to: Address, functional_id: str, set_id: str, guide: str, bodies: Iterable[Iterable[Elements]]
) -> Sets:
    return Sets(name, to, functional_id, set_id, guide, tuple(tuple(_clean(body)) for body in bodies))


def _another_reason(body: Iterable[Elements]) -> Iterator[Elements]:
    """The body with another CAS02 in its first CAS; where it has none, another CLP07."""
    segments = list(body)
    named = "CAS" if any(elements[0] == "CAS" for elements in segments) else "CLP"
    place = {"CAS": 2, "CLP": 7}[named]
    for number, elements in enumerate(segments):
        if elements[0] == named:
            other = _OTHER_REASON if named == "CAS" else f"{elements[place]}R"
            segments[number] = [*elements[:place], other, *elements[place + 1 :]]
            break
    return iter(segments)


def _stem(name: str) -> str:
    """A received file's name as it comes back in answers' names."""
    return _NOT_IN_A_NAME.sub("-", name.rpartition(".")[0] or name)[:80]


def _clean(segments: Iterable[Elements]) -> Iterator[Elements]:
    for elements in segments:
        yield [_clean_element(element) for element in elements]


def _clean_element(element: Element) -> Element:
    if isinstance(element, str):
        return _UNWRITABLE.sub(" ", element)
    if isinstance(element, tuple):
        return tuple(_UNWRITABLE.sub(" ", piece) for piece in element)
    return [_UNWRITABLE.sub(" ", piece) for piece in element]
