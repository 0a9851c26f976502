"""SNIP level 5, texts: values as long as their elements have room for, and in characters that X12 carries."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from edigate.claims.edits.places import texts_of, words
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
    if spotless(claim):
        return
    for field, value in texts_of(claim):
        most = LIMITS.get(_INDEX.sub("", field).rsplit(".", 1)[-1])
        if most is not None and len(value) > most:
            found.add(LENGTH, field, f"the {words(field)} has {len(value)} characters; there is room for {most}")
        if not (value.isascii() and value.isprintable()):
            found.add(CHARACTER, field, f"the {words(field)} holds a character that X12 doesn't carry", value)
        elif value != value.strip():
            found.add(BLANK, field, f"the {words(field)} begins or ends with a blank", value)


def spotless(claims: Claim | Sequence[Claim]) -> bool:
    """Whether all texts are in order, told from their JSON as a whole: a walk costs twenty times that.

    True: printable ASCII, no blanks round it, none too long for any field that may hold it. False may be wrong.
    JSON makes a backslash of a control character, and of a blank before or after a text one beside its quotes.
    """
    written = _JSON.encode(claims)
    # one after the other, as a loop over them would take as long as they do
    if not written.isascii() or b"\\" in written or b"\x7f" in written or _BLANK.search(written):
        return False
    if _LONG in written.translate(_SHAPES) and not all(
        _has_room(written, long.start()) for long in _ANY_LONG.finditer(written)
    ):
        return False
    return all(_short_enough(written, token, most) for token, most in _SHORT)


def _short_enough(written: bytes, token: bytes, most: int) -> bool:
    """Whether the fields of a name with little room hold no more than that."""
    at = written.find(token)
    while at >= 0:
        start = at + len(token)
        end = written.index(b'"', start)
        if end - start > most:
            return False
        at = written.find(token, end)
    return True


def _has_room(written: bytes, at: int) -> bool:
    """Whether the long value that begins with the quote at `at` fits its field; a list's is looked at by the walk."""
    end = written.find(b'"', at + 1)
    if end < 0:
        return True  # the quote ended the last text: what is long is a list of numbers
    if written[at - 1] != _COLON:
        return written[end + 1] == _COLON  # the name of a field, not a value
    name = written[written.rindex(b'"', 0, at - 2) : at - 1]
    return end - at - 1 <= _LIMITS.get(name, end)


_MUCH = 30  # few fields hold less than most values have, and those few are looked for by name
_LIMITS = {f'"{name}"'.encode("ascii"): most for name, most in LIMITS.items()}
_SHORT = tuple((f'"{name}":"'.encode("ascii"), most) for name, most in LIMITS.items() if most < _MUCH)
_COLON = ord(":")
_BLANK = re.compile(rb' (?:"|(?<=" ))')
_ANY_LONG = re.compile(rb'"[^"]{%d}' % (_MUCH + 1))
# Every character but a quote as the same one: a long text is a row of them, which is found sooner than by a pattern.
_SHAPES = bytes(sign if sign == ord('"') else ord("x") for sign in range(256))
_LONG = b"x" * (_MUCH + 1)
_JSON = msgspec.json.Encoder()

CHECKS: ClaimChecks = (OfClaim("PID", texts, spotless=lambda many: spotless(many.claims)),)
LINE_CHECKS: LineChecks = ()
