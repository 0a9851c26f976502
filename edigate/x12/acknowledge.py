"""Acknowledging: a TA1 and 999s (005010X231A1) made from what validating a received file found.

Pure: the received file's structure and findings in, segments out; control numbers and the time are given.
Knows what each answer may say. Refuses to decide whether an answer is wanted, and to write delimiters:
`write` does that. Warnings aren't answered: a 999 tells what refuses a set.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Protocol, TypeVar

import msgspec

from edigate.errors import DataError
from edigate.findings import Finding, Severity
from edigate.secrecy import Phi
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.guide import Guide, guide_for
from edigate.x12.segments import Delimiters, Limits, Segment

GUIDE = "005010X231A1"
Elements = list[str]

# Codes that IK502 and AK905 may carry (X12 elements 618 and 716).
_SET_CODES = frozenset("1 2 3 4 5 6 7 8 9 10 11 12 13 15 16 17 18 19 23 24 25 26 27 I5 I6".split())
_GROUP_CODES = frozenset("1 2 3 4 5 6 10 11 12 13 14 15 16 17 18 19 23 24 25 26".split())
_IN_ERROR, _GUIDE_IN_ERROR, _NO_GUIDE = "5", "I5", "I6"
_TAKEN = ("A", "E")  # accepted; accepted, but errors were noted
_MOST_REASONS = 5  # IK502-06, AK905-09
_HIGHEST_POSITION = 999_999  # IK302 has six digits
_LOOP_LENGTH = 4  # IK303 is X12 element 447, AN 1/4: 2010BA is answered as 2010
_VALUE_LENGTH = 99  # IK404
_CLAIM_LENGTH = 35  # CTX01-2
_PARTY_WIDTH = 15  # ISA06, ISA08
_NOT_TEXT = re.compile(r"[^\x20-\x7e]")


class ReceivedSet(msgspec.Struct):
    """A set of a received file: ST01, ST02, ST03, where it starts, and where its claims do (CLM01)."""

    id: str
    control_number: str
    guide: str
    offset: int
    claims: list[tuple[int, str]] = []


class ReceivedGroup(Phi, msgspec.Struct):
    """A group of a received file: its GS, GE01 as sent, and its sets."""

    elements: list[str]
    offset: int
    claimed: str = ""
    sets: list[ReceivedSet] = []

    @property
    def functional_id(self) -> str:
        return self.elements[1].strip()

    @property
    def control_number(self) -> str:
        return self.elements[6].strip()

    @property
    def version(self) -> str:
        return self.elements[8].strip()


class ReceivedInterchange(Phi, msgspec.Struct):
    """An interchange of a received file: its ISA, its groups."""

    elements: list[str]
    offset: int
    groups: list[ReceivedGroup] = []

    @property
    def control_number(self) -> str:
        return self.elements[13].strip()


class Answer(msgspec.Struct, frozen=True):
    """What answers one interchange: the TA1 segment, and a 999 (ST to SE) for each group, maybe none."""

    interchange: ReceivedInterchange
    ta1: Elements
    sets: tuple[tuple[Elements, ...], ...]

    @property
    def accepted(self) -> bool:
        """Whether the interchange and every set in it are accepted, errors noted or not."""
        return self.ta1[4] == "A" and all(x999[-2][1] in _TAKEN for x999 in self.sets)


def survey(chunks: Iterable[bytes], *, limits: Limits | None = None) -> list[ReceivedInterchange]:
    """The interchanges, groups and sets of a file, however broken; what can't be read ends it."""
    found: list[ReceivedInterchange] = []

    def note(segment: Segment, _delimiters: Delimiters) -> None:
        elements = [*segment.elements, *[""] * 17][:17]
        match segment.id:
            case "ISA":
                found.append(ReceivedInterchange(elements, segment.offset))
            case "GS":
                found[-1].groups.append(ReceivedGroup(elements, segment.offset))
            case "GE" if found[-1].groups:
                found[-1].groups[-1].claimed = segment.get(1).strip()

    try:
        for transaction_set in EnvelopeReader(chunks, limits=limits, examine=note):
            header = transaction_set.header
            if header.id != "ST" or transaction_set.group is None:
                continue
            received = ReceivedSet(header.get(1), header.get(2), header.get(3), header.offset)
            found[-1].groups[-1].sets.append(received)
            for position, segment in enumerate(transaction_set.segments, 1):
                if segment.id == "CLM":
                    received.claims.append((position, segment.get(1)))
    except DataError:
        pass  # validate reports it; what came before is answered
    return found


def acknowledge(
    received: Sequence[ReceivedInterchange],
    findings: Iterable[Finding],
    *,
    first_set_number: int = 1,
    errors_are_noted: bool = False,
) -> list[Answer]:
    """The answers to a file: one for each interchange, from its `survey` and the findings of `validate`.

    `first_set_number` numbers the 999s (ST02). An interchange that its TA1 rejects gets no 999, and an
    acknowledgment (GS01 = FA) isn't acknowledged. With `errors_are_noted` what is wrong within a set's segments
    refuses nothing: the set is accepted with its errors noted (IK501 E), for whoever read it all the same.
    """
    about = _About(received, [each for each in findings if each.severity is Severity.ERROR])
    number = first_set_number
    answers = []
    for interchange in received:
        ta1 = _ta1(interchange, about.interchange(interchange))
        sets = []
        for group in interchange.groups if ta1[4] == "A" else ():
            if group.functional_id != "FA":
                sets.append(tuple(_x999(group, about, number, errors_are_noted)))
                number += 1
        answers.append(Answer(interchange, ta1, tuple(sets)))
    return answers


def envelope(
    answer: Answer, *, control_number: int, group_control_number: int, at: datetime, with_ta1: bool = True
) -> list[Elements]:
    """A whole interchange that carries an answer back: sender and receiver change places.

    `control_number` is ISA13 (up to nine digits); `at` is the time of ISA09-10 and GS04-05.
    """
    isa = answer.interchange.elements
    number, group_number = f"{control_number:09d}", str(group_control_number)
    parties = [isa[7], isa[8].ljust(_PARTY_WIDTH), isa[5], isa[6].ljust(_PARTY_WIDTH)]
    when = [f"{at:%y%m%d}", f"{at:%H%M}", "^", "00501", number, "0", isa[15] if isa[15] in ("P", "T") else "P", ":"]
    segments = [["ISA", "00", " " * 10, "00", " " * 10, *parties, *when]]
    if with_ta1:
        segments.append(answer.ta1)
    if answer.sets:
        received = answer.interchange.groups[0].elements
        sender, receiver = received[3].strip() or isa[8].strip(), received[2].strip() or isa[6].strip()
        segments.append(["GS", "FA", sender, receiver, f"{at:%Y%m%d}", f"{at:%H%M}", group_number, "X", GUIDE])
        segments += [segment for x999 in answer.sets for segment in x999]
        segments.append(["GE", str(len(answer.sets)), group_number])
    segments.append(["IEA", "1" if answer.sets else "0", number])
    return segments


# --- TA1


def _ta1(interchange: ReceivedInterchange, findings: Sequence[Finding]) -> Elements:
    """TA1: A with note 000, or R with the note of the first thing wrong with the interchange itself."""
    note = next((finding.code.removeprefix("TA1-") for finding in findings), "000")
    isa = interchange.elements
    number = _digits(interchange.control_number, 9).zfill(9)
    return ["TA1", number, isa[9].strip(), isa[10].strip(), "A" if note == "000" else "R", note]


# --- 999


def _x999(group: ReceivedGroup, about: _About, number: int, errors_are_noted: bool) -> Iterator[Elements]:
    """ST to SE: AK1, for each set AK2 to IK5, AK9."""
    control_number = f"{number:04d}"
    segments = [
        ["ST", "999", control_number, GUIDE],
        ["AK1", _text(group.functional_id, 2), _digits(group.control_number, 9), _text(group.version, 12)],
    ]
    reasons = _reasons(about.group(group), "AK9", _GROUP_CODES)
    codes: list[str] = []
    for received in group.sets:
        answered = list(_set_answer(received, group, about.set(received), errors_are_noted))
        codes.append(answered[-1][1])
        segments += answered
    accepted = 0 if reasons else sum(code in _TAKEN for code in codes)  # a group's own envelope refuses all of it
    whole = "E" if "E" in codes else "A"
    verdict = "R" if not accepted else whole if accepted == len(codes) else "P"
    claimed = _digits(group.claimed, 6) if group.claimed else str(len(group.sets))
    segments.append(["AK9", verdict, claimed, str(len(group.sets)), str(accepted), *reasons])
    yield from segments
    yield ["SE", str(len(segments) + 1), control_number]


def _set_answer(
    received: ReceivedSet, group: ReceivedGroup, findings: Sequence[Finding], errors_are_noted: bool
) -> Iterator[Elements]:
    header = ["AK2", _text(received.id, 3), _text(received.control_number, 9)]
    named = _text(received.guide, 35)
    yield [*header, named] if named else header
    guide = guide_for(received.guide, group.functional_id, received.id.strip())
    guide = guide or guide_for(group.version, group.functional_id, received.id.strip())
    of_segments = [each for each in findings if each.code[:4] in ("IK3-", "IK4-") and each.segment_position]
    of_segments.sort(key=_place)
    for _, same in groupby(of_segments, key=_place):
        yield from _segment_answer(list(same), received, guide)
    reasons = _reasons(findings, "IK5", _SET_CODES)
    if any(each.code == "X12-NO-GUIDE" for each in findings):
        reasons.append(_NO_GUIDE)
    if of_segments:
        implementation = all("-I" in each.code for each in of_segments)
        reasons.append(_GUIDE_IN_ERROR if implementation else _IN_ERROR)
    whole = set(reasons) - {_IN_ERROR, _GUIDE_IN_ERROR, _NO_GUIDE}
    code = "A" if not reasons else "E" if errors_are_noted and not whole else "R"
    yield ["IK5", code, *reasons[:_MOST_REASONS]]


def _place(finding: Finding) -> tuple[int, str, str]:
    return finding.segment_position, finding.segment_id, finding.loop


def _segment_answer(findings: Sequence[Finding], received: ReceivedSet, guide: Guide | None) -> Iterator[Elements]:
    """IK3 for each thing wrong with a segment, and one (code 8) with an IK4 for each of its elements."""
    first = findings[0]
    start = ["IK3", _segment_id(first.segment_id), str(min(first.segment_position, _HIGHEST_POSITION))]
    start.append(first.loop[:_LOOP_LENGTH])
    codes = [each.code.removeprefix("IK3-") for each in findings if each.code.startswith("IK3-")]
    elements = [each for each in findings if each.code.startswith("IK4-") and each.element]
    for code in dict.fromkeys([*codes, *(["8"] if elements else [])]):
        yield [*start, code]
        claim = _claim_at(received, first)
        if claim:
            yield ["CTX", f"CLM01:{claim}"]
    for finding in elements:
        place = [finding.element, finding.component, finding.repetition]
        while not place[-1]:
            place.pop()
        answer = ["IK4", ":".join(str(number or "") for number in place), _data_element(guide, finding)]
        answer += [finding.code.removeprefix("IK4-"), _text(finding.value, _VALUE_LENGTH)]
        while not answer[-1]:
            answer.pop()
        yield answer


def _claim_at(received: ReceivedSet, finding: Finding) -> str:
    """CLM01 of the claim a finding is about; nothing for what stands above the claims (2000A, 2010BA...)."""
    if finding.loop < "2300" or received.id.strip() != "837":
        return ""
    index = bisect_right(received.claims, finding.segment_position, key=_position)
    return _text(received.claims[index - 1][1], _CLAIM_LENGTH) if index else ""


def _position(claim: tuple[int, str]) -> int:
    return claim[0]


def _data_element(guide: Guide | None, finding: Finding) -> str:
    """IK402: the number of the data element, which the guide's map tells."""
    if guide is None:
        return ""
    numbers = _NUMBERS.get(id(guide)) or _NUMBERS.setdefault(id(guide), dict(_data_elements(guide)))
    loop = finding.loop or guide.body.id
    return numbers.get((loop, finding.segment_id, finding.element, finding.component), "")


# By the guide's identity: guides are loaded once a process and kept.
_NUMBERS: dict[int, dict[tuple[str, str, int, int], str]] = {}


def _data_elements(guide: Guide) -> Iterator[tuple[tuple[str, str, int, int], str]]:
    for loop, usage in guide.segments():
        for element in usage.elements:
            for part in (element, *element.components):
                component = 0 if part is element else part.position
                number = part.data_element if part.data_element.isdigit() else ""
                yield (loop.id, usage.id, element.position, component), number


def _reasons(findings: Iterable[Finding], kind: str, known: frozenset[str]) -> list[str]:
    codes = (each.code.removeprefix(f"{kind}-") for each in findings if each.code.startswith(f"{kind}-"))
    return [code for code in dict.fromkeys(codes) if code in known][:_MOST_REASONS]


def _text(value: str, length: int) -> str:
    """What was received, so that it can stand in the answer: its separators and control characters blank."""
    return _NOT_TEXT.sub(" ", value).translate(_SEPARATORS)[:length].rstrip()


_SEPARATORS = str.maketrans(dict.fromkeys("*:^~", " "))  # those that the answer is written with


def _digits(value: str, length: int) -> str:
    digits = "".join(character for character in value if character in "0123456789")
    return digits[-length:] or "0"


def _segment_id(value: str) -> str:
    """IK301 has two or three characters; what was no segment id at all is answered as such."""
    cleaned = _text(value, 3).strip()
    return cleaned if len(cleaned) > 1 else "??"


# --- which finding is about what


class _Starts(Protocol):
    @property
    def offset(self) -> int: ...

    @property
    def control_number(self) -> str: ...


T = TypeVar("T", bound=_Starts)


class _About:
    """Findings by the set, group or interchange they are about.

    Told by byte offset, for control numbers may repeat; what is missing at the end has no offset and is
    about the last that bears the number.
    """

    def __init__(self, received: Sequence[ReceivedInterchange], findings: Sequence[Finding]) -> None:
        self._found: dict[tuple[str, int], list[Finding]] = {}
        interchanges = _by_number(received)
        groups = {each.offset: _by_number(each.groups) for each in received}
        sets = {group.offset: _by_number(group.sets) for each in received for group in each.groups}
        for finding in findings:
            kind = finding.code.partition("-")[0]
            interchange = _last_before(interchanges.get(finding.interchange, ()), finding.offset)
            if interchange is None:
                continue
            if kind == "TA1":
                self._add("ISA", interchange, finding)
                continue
            group = _last_before(groups[interchange.offset].get(finding.functional_group, ()), finding.offset)
            if group is None:
                continue
            if kind == "AK9":
                self._add("GS", group, finding)
                continue
            received_set = _last_before(sets[group.offset].get(finding.transaction_set, ()), finding.offset)
            if received_set is not None:
                self._add("ST", received_set, finding)

    def _add(self, kind: str, about: _Starts, finding: Finding) -> None:
        self._found.setdefault((kind, about.offset), []).append(finding)

    def interchange(self, about: ReceivedInterchange) -> list[Finding]:
        return self._found.get(("ISA", about.offset), [])

    def group(self, about: ReceivedGroup) -> list[Finding]:
        return self._found.get(("GS", about.offset), [])

    def set(self, about: ReceivedSet) -> list[Finding]:
        return self._found.get(("ST", about.offset), [])


def _by_number(candidates: Iterable[T]) -> dict[str, list[T]]:
    numbered: dict[str, list[T]] = {}
    for each in candidates:
        numbered.setdefault(each.control_number.strip(), []).append(each)
    return numbered


def _last_before(candidates: Sequence[T], offset: int) -> T | None:
    """The last that starts at or before an offset; the very last where there is no offset (-1)."""
    index = len(candidates) if offset < 0 else bisect_right(candidates, offset, key=_offset)
    return candidates[index - 1] if index else None


def _offset(start: _Starts) -> int:
    return start.offset
