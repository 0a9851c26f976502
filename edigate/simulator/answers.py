"""Acknowledgments of form as records: what a TA1 and a 999 say of a file that came in.

Knows what each answer must carry; refuses to know rules, days and files. Every number echoed is the sender's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from edigate.findings import Finding
from edigate.responses import model as m
from edigate.x12.envelope import Interchange


class SetVerdict(msgspec.Struct, frozen=True):
    """What a 999 says of one transaction set; no errors: accepted."""

    control_number: str  # ST02
    guide: str  # ST03
    errors: tuple[m.SegmentError, ...] = ()
    reasons: tuple[str, ...] = ()  # IK502: what is wrong with the set as a whole

    @property
    def accepted(self) -> bool:
        return not self.errors and not self.reasons


def ta1(interchange: Interchange, note: str) -> m.InterchangeAcknowledgment:
    """A for note 000, else R. Date and time are those of the interchange, as the sender wrote them."""
    texts = [text.strip() for text in interchange.elements] + [""] * 17
    try:
        sent = datetime.strptime(texts[9] + texts[10], "%y%m%d%H%M")  # noqa: DTZ007 - an ISA has no zone
    except ValueError:
        sent = datetime(2000, 1, 1)  # noqa: DTZ001 - unreadable there, and the answer needs one
    return m.InterchangeAcknowledgment(
        interchange_control_number=interchange.control_number,
        interchange_date=sent.date(),
        interchange_time=sent.time(),
        code="A" if note == "000" else "R",
        note=note,
    )


def x999(
    functional_id: str, control_number: str, guide: str, sets: Sequence[SetVerdict], reasons: tuple[str, ...] = ()
) -> m.FunctionalGroupResponse:
    """A group and its sets: A all stand, P some, R none. With `reasons` (AK905) the group itself is rejected."""
    accepted = 0 if reasons else sum(verdict.accepted for verdict in sets)
    return m.FunctionalGroupResponse(
        functional_id=functional_id,
        control_number=control_number,
        guide=guide,
        transaction_sets=[
            m.TransactionSetResponse(
                transaction_set="837",
                control_number=verdict.control_number,
                guide=verdict.guide,
                segment_errors=list(verdict.errors),
                code="A" if verdict.accepted else "R",
                # 5: one or more segments in error
                reasons=[*verdict.reasons, *(["5"] if verdict.errors and "5" not in verdict.reasons else [])],
            )
            for verdict in ([] if reasons else sets)
        ],
        code="A" if accepted == len(sets) and sets else "P" if accepted else "R",
        sets_included=len(sets),
        sets_received=len(sets),
        sets_accepted=accepted,
        reasons=list(reasons),
    )


def segment_errors(findings: Iterable[Finding]) -> tuple[m.SegmentError, ...]:
    """Findings of a validator as IK3 and IK4, those of one segment together."""
    made = []
    for (segment_id, position, loop), group in groupby(
        findings, key=lambda each: (each.segment_id, each.segment_position, each.loop)
    ):
        found = list(group)
        elements = [
            m.ElementError(
                element=str(each.element),
                component=str(each.component or ""),
                code=each.code.removeprefix("IK4-"),
                value=each.value[:99],
            )
            for each in found
            if each.code.startswith("IK4-") and each.element
        ]
        whole = next((each.code.removeprefix("IK3-") for each in found if each.code.startswith("IK3-")), "8")
        made.append(
            m.SegmentError(
                segment_id=segment_id or "ST",
                segment_position=str(position or 1),
                loop=loop,
                code=whole,
                element_errors=elements,
            )
        )
    return tuple(made)
