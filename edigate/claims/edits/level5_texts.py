"""SNIP level 5, texts: values as long as their elements have room for, and in characters that X12 carries."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from edigate.claims.edits.places import texts_of, words
from edigate.claims.edits.rule import ClaimChecks, Found, Level, LineChecks
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
    if _TEXTS.in_order(claim):
        return  # nearly always; the rest walks the claim for the fields at fault
    for field, value in texts_of(claim):
        most = LIMITS.get(_INDEX.sub("", field).rsplit(".", 1)[-1])
        if most is not None and len(value) > most:
            found.add(LENGTH, field, f"the {words(field)} has {len(value)} characters; there is room for {most}")
        if not (value.isascii() and value.isprintable()):
            found.add(CHARACTER, field, f"the {words(field)} holds a character that X12 doesn't carry", value)
        elif value != value.strip():
            found.add(BLANK, field, f"the {words(field)} begins or ends with a blank", value)


class Texts:
    """Whether a record's texts are all in order, told from its JSON as a whole: a walk costs ten times that.

    `limits`: the most characters by the name of the field.
    """

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = {f'"{name}"'.encode("ascii"): most for name, most in limits.items()}
        # Few fields hold less than most values have, and those few are looked for by name.
        self._short = tuple((f'"{name}":"'.encode("ascii"), most) for name, most in limits.items() if most < _LONG)

    def in_order(self, record: msgspec.Struct) -> bool:
        """True: printable ASCII, no blanks round it, none too long. False may be wrong (a backslash).

        JSON makes a backslash of a control character, and of a blank before or after a text one beside its quotes.
        """
        written = _JSON.encode(record)
        # one after the other, as a loop over them would take as long as they do
        if not written.isascii() or b"\\" in written or b"\x7f" in written or b'" ' in written or b' "' in written:
            return False
        if _ANY_LONG.search(written) and not all(
            self._has_room(written, long.start() - 1) for long in _ANY_LONG.finditer(written)
        ):
            return False
        return self._short_enough(written)

    def _short_enough(self, written: bytes) -> bool:
        """Whether the fields with little room hold no more than that."""
        for token, most in self._short:
            at = written.find(token)
            while at >= 0:
                start = at + len(token)
                end = written.index(b'"', start)
                if end - start > most:
                    return False
                at = written.find(token, end)
        return True

    def _has_room(self, written: bytes, at: int) -> bool:
        """Whether the long value whose quote stands after `at` fits its field; a list's is looked at by the walk."""
        end = written.index(b'"', at + 2)
        if written[at] != _COLON:
            return written[end + 1] == _COLON  # the name of a field, not a value
        name = written[written.rindex(b'"', 0, at - 1) : at]
        return end - at - 2 <= self._limits.get(name, end)


_LONG = 30
_COLON = ord(":")
_ANY_LONG = re.compile(rb'"[^"]{%d}' % (_LONG + 1))
_JSON = msgspec.json.Encoder()
_TEXTS = Texts(LIMITS)

CHECKS: ClaimChecks = (("PID", texts),)
LINE_CHECKS: LineChecks = ()
