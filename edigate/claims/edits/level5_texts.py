"""SNIP level 5, texts: values as long as their elements have room for, and in characters that X12 carries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import chain
from typing import NamedTuple

import msgspec

from edigate.claims.edits.many import Columns, Many, distinct
from edigate.claims.edits.places import text_fields, texts_of, words
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks, OfClaim
from edigate.claims.model import Claim

LEVEL = Level(5)

LENGTH = LEVEL.error(
    "LENGTH", "PID", "data elements 1035, 1036, 1037, 67, 166, 19, 127, 352, 1028",
    "A value longer than its element.",
    "Shorten it where a person decides how.",
)  # fmt: skip
CHARACTER = LEVEL.error(
    "CHARACTER", "PID", "B.1.1.2.2 character sets",
    "A letter with an accent, a tab or another character that X12 doesn't carry.",
    "Spell it in plain letters.",
)  # fmt: skip
BLANK = LEVEL.warning(
    "BLANK", "PID", "B.1.1.3.1.4",
    "A value begins or ends with a blank.",
    'Trim it in the mapping, or allow the repair `"BLANK"`.',
)  # fmt: skip

# The most characters an element holds, by the last part of the field's name.
LIMITS: dict[str, int] = {
    "last_name": 60, "first_name": 35, "middle_name": 25, "suffix": 10, "name": 60, "payer_name": 60,
    "group_name": 60, "group_number": 50, "member_id": 80, "payer_id": 80,
    "line1": 55, "line2": 55, "city": 30,
    "patient_control_number": 38, "line_item_control_number": 30, "prior_authorization": 50,
    "prior_authorizations": 50, "referral_number": 50, "referral_numbers": 50, "medical_record_number": 50,
    "payer_claim_control_number": 50, "clearinghouse_trace_number": 50, "description": 80, "text": 80,
    "fixed_format_records": 80, "value": 50,
}  # fmt: skip
_INDEX = re.compile(r"\[\d+\]")


def texts(claim: Claim, found: Found) -> None:
    for field, value in texts_of(claim):
        most = LIMITS.get(_INDEX.sub("", field).rsplit(".", 1)[-1])
        if most is not None and len(value) > most:
            found.add(LENGTH, field, f"the {words(field)} has {len(value)} characters; there is room for {most}")
        if not (value.isascii() and value.isprintable()):
            found.add(CHARACTER, field, f"the {words(field)} holds a character that X12 doesn't carry", value)
        elif value != value.strip():
            found.add(BLANK, field, f"the {words(field)} begins or ends with a blank", value)


def all_in_order(many: Many) -> bool:
    """Whether all texts are: each field's measured together, and what they are made of told from one long text.

    They are joined by a bar, beside which a blank may stand that is a value's first or last.
    """
    texts: list[str] = []
    known = {"service_lines": many.line, "subscriber": many.subscriber, "diagnoses": many.diagnosis}
    if not _gathered(many.claim, Claim, known, texts):
        return False
    text = "|".join(["", *texts, ""])
    return text.isascii() and text.isprintable() and " |" not in text and "| " not in text


def _gathered(columns: Columns, record: type[msgspec.Struct], known: Mapping[str, Columns], texts: list[str]) -> bool:
    """Take all texts of records and of those below them; False where one is too long for its field."""
    of_record = _fields(record)
    for name in of_record.texts & columns.said:
        column = chain.from_iterable(columns[name]) if name in of_record.lists else columns[name]
        before = len(texts)
        texts += column
        if name in LIMITS and max(map(len, texts[before:]), default=0) > LIMITS[name]:
            return False
    for name in of_record.below & columns.said:
        inner = known.get(name)
        if inner is None:
            some = distinct(chain.from_iterable(columns[name]) if name in of_record.lists else columns[name])
            inner = Columns(some)
        if inner.type is not None and not _gathered(inner, inner.type, {}, texts):
            return False
    return True


class _Fields(NamedTuple):
    """Fields of a record: with texts, with records below it, and which of both are lists."""

    texts: frozenset[str]
    below: frozenset[str]
    lists: frozenset[str]


@cache
def _fields(record: type[msgspec.Struct]) -> _Fields:
    texts, below = text_fields(record)
    blank = record()
    lists = frozenset(name for name in (*texts, *below) if isinstance(getattr(blank, name), tuple))
    return _Fields(frozenset(texts), frozenset(below), lists)


CHECKS: ClaimChecks = (OfClaim("PID", texts, spotless=all_in_order),)
LINE_CHECKS: LineChecks = ()
