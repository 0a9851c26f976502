"""Answering a received file: TA1 and 999s from what validating it finds, as bytes. Writes no file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from edigate.errors import DataError
from edigate.x12.acknowledge import Answer, acknowledge, envelope, survey
from edigate.x12.validate import validate


class SetVerdict(msgspec.Struct, frozen=True):
    """AK2 and IK5: a set and what became of it; reasons are IK502-06."""

    id: str
    control_number: str
    code: str
    reasons: list[str]


class GroupVerdict(msgspec.Struct, frozen=True):
    """AK1 and AK9."""

    functional_id: str
    control_number: str
    code: str
    transaction_sets: list[SetVerdict]


class InterchangeVerdict(msgspec.Struct, frozen=True):
    """TA1, and a verdict for each group that has a 999."""

    control_number: str
    code: str  # TA104
    note: str  # TA105
    groups: list[GroupVerdict]


class Answered(msgspec.Struct, frozen=True):
    """The answer to a file. `x12` holds one interchange for each one received."""

    accepted: bool
    interchanges: list[InterchangeVerdict]
    x12: bytes


def answer(
    read: Callable[[], Iterable[bytes]],
    *,
    at: datetime,
    file: str = "",
    control_number: int = 1,
    group_control_number: int = 1,
    with_ta1: bool = True,
) -> Answered:
    """What to send back for a file; numbers count up from those given. Raises DataError where it isn't X12."""
    received = survey(read())
    if not received:
        raise DataError(
            f"{file or 'input'} isn't X12: there is no interchange to answer",
            hint="An X12 file begins with ISA and its separator. Was the right file given?",
        )
    answers = acknowledge(received, validate(read(), file=file).findings)
    lines: list[str] = []
    groups = 0
    for number, each in enumerate(answers):
        if not each.sets and not with_ta1:
            continue  # nothing is left to say of it
        segments = envelope(
            each,
            control_number=control_number + number,
            group_control_number=group_control_number + groups,
            at=at,
            with_ta1=with_ta1,
        )
        groups += bool(each.sets)
        lines += ("*".join(elements) + "~\n" for elements in segments)
    # What was received is cleaned to printable ASCII where it is quoted.
    x12 = "".join(lines).encode()
    return Answered(all(each.accepted for each in answers), [_verdict(each) for each in answers], x12)


def _verdict(each: Answer) -> InterchangeVerdict:
    groups = []
    for x999 in each.sets:
        sets: list[SetVerdict] = []
        opened = ["", "", ""]
        for elements in x999:
            if elements[0] == "AK2":
                opened = elements
            elif elements[0] == "IK5":
                sets.append(SetVerdict(opened[1], opened[2], elements[1], elements[2:]))
        ak1, ak9 = x999[1], x999[-2]
        groups.append(GroupVerdict(ak1[1], ak1[2], ak9[1], sets))
    return InterchangeVerdict(each.interchange.control_number, each.ta1[4], each.ta1[5], groups)
