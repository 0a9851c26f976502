"""Repairs: what a partner's settings allow to be sent otherwise than it was mapped. Claim in, claim and findings out.

Each is a way to write the same thing, never a guess at another. Nothing is repaired that isn't asked for, and
every repair is told: what was there, and what is sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import msgspec

from edigate.claims.edits.places import text_fields, words
from edigate.claims.model import Claim
from edigate.findings import Finding, Severity

_Record = TypeVar("_Record", bound=msgspec.Struct)


class Repair(NamedTuple):
    """One repair. `fields`: names of fields, or `Record.name`; empty: every text. `mended` gives the text back as
    it was where there is nothing to mend. `what` is its row in docs/edits.md; a finding is told as `is sent {told}`."""

    what: str
    told: str
    fields: frozenset[str]
    mended: Callable[[str], str]


def _tax_id(text: str) -> str:
    hyphens = re.fullmatch(r"[0-9]{2}-[0-9]{7}|[0-9]{3}-[0-9]{2}-[0-9]{4}", text, re.ASCII)
    return text.replace("-", "") if hyphens else text


def _zip(text: str) -> str:
    return text.replace("-", "") if re.fullmatch(r"[0-9]{5}-(?:[0-9]{4})?", text, re.ASCII) else text


def _phone(text: str) -> str:
    """Ten digits, whatever stands between them; a leading 1 or +1 is the country's."""
    if re.search(r"[^0-9 ().+/-]", text):
        return text
    digits = re.sub(r"[^0-9]", "", text)
    digits = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    return digits if len(digits) == 10 else text


def _icd(text: str) -> str:
    return text.replace(".", "") if re.fullmatch(r"[A-Z0-9]{3}\.[A-Z0-9]{0,4}", text, re.ASCII) else text


def _ndc(text: str) -> str:
    """Parts filled with zeros to 5-4-2 (FDA's ten digits are 4-4-2, 5-3-2 or 5-4-1)."""
    parts = re.fullmatch(r"([0-9]{4,5})-([0-9]{3,4})-([0-9]{1,2})", text, re.ASCII)
    if parts is None or len(text) not in (12, 13):
        return text
    return parts[1].zfill(5) + parts[2].zfill(4) + parts[3].zfill(2)


def _revenue(text: str) -> str:
    return "0" + text if re.fullmatch(r"[0-9]{3}", text, re.ASCII) else text


def _plain_letters(text: str) -> str:
    """Letters without their accents; what has no plain letter stays as it is."""
    if text.isascii():
        return text
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return plain if plain.isascii() else text


REPAIRS: dict[str, Repair] = {
    "TAX-ID-HYPHEN": Repair("A tax id's hyphens are left out.", "without hyphens", frozenset(("tax_id",)), _tax_id),
    "ZIP-HYPHEN": Repair("A ZIP code's hyphen is left out.", "without its hyphen", frozenset(("postal_code",)), _zip),
    "PHONE": Repair(
        "A telephone or fax number is sent as its ten digits.", "as ten digits", frozenset(("phone", "fax")), _phone
    ),
    "ICD-DOT": Repair(
        "A diagnosis or ICD procedure is sent without its dot.", "without its dot",
        frozenset(("Diagnosis.code", "Procedure.code")), _icd,
    ),
    "NDC-HYPHEN": Repair(
        "An NDC with hyphens is sent as eleven digits, its parts filled with zeros to 5-4-2.", "as eleven digits",
        frozenset(("national_drug_code",)), _ndc,
    ),
    "REVENUE-ZERO": Repair(
        "A revenue code of three digits is sent with a zero in front.", "with a zero in front",
        frozenset(("revenue_code",)), _revenue,
    ),
    "BLANK": Repair("Blanks before and after a value are left out.", "without blanks around it", frozenset(),
                    str.strip),
    "UPPER": Repair("Small letters are sent large.", "in capitals", frozenset(), str.upper),
    "ACCENTS": Repair("Letters are sent without their accents.", "in plain letters", frozenset(), _plain_letters),
}  # fmt: skip
"""By name, in the order in which they are done."""

_Told = Callable[[str, str, str, str], None]
"""Repair's name, field, what was there, what is sent."""


def repaired(claim: Claim, names: Collection[str]) -> tuple[Claim, list[Finding]]:
    """The claim as it is to be sent, and a warning for each value that was mended; `names` are of REPAIRS."""
    found: list[Finding] = []

    def told(name: str, field: str, before: str, after: str) -> None:
        found.append(
            Finding(
                code=f"REPAIRED-{name}", level=5, severity=Severity.WARNING, field=field, value=before, expected=after,
                message=f"the {words(field)} is sent {REPAIRS[name].told}",
            )
        )  # fmt: skip

    return _record(claim, "", tuple(name for name in REPAIRS if name in names), told), found


@lru_cache(maxsize=4096)
def _for(names: tuple[str, ...], record: type[msgspec.Struct], field: str) -> tuple[str, ...]:
    """Of some repairs those for a field."""
    either = {field, f"{record.__name__}.{field}"}
    return tuple(name for name in names if not REPAIRS[name].fields or REPAIRS[name].fields & either)


def _record(record: _Record, at: str, names: tuple[str, ...], told: _Told) -> _Record:
    texts, below = text_fields(type(record))
    changes: dict[str, Any] = {}
    for field in texts:
        value = getattr(record, field)
        repairs = _for(names, type(record), field) if value else ()
        if not repairs:
            continue
        if isinstance(value, str):
            after: Any = _text(value, at + field, repairs, told)
        else:
            after = [_text(each, f"{at}{field}[{nth}]", repairs, told) for nth, each in enumerate(value)]
        if after != value:
            changes[field] = after
    for field in below:
        value = getattr(record, field)
        if not value:
            continue
        if isinstance(value, list):
            after = [_record(each, f"{at}{field}[{nth}].", names, told) for nth, each in enumerate(value)]
            if any(new is not old for new, old in zip(after, value, strict=True)):
                changes[field] = after
        elif (after := _record(value, f"{at}{field}.", names, told)) is not value:
            changes[field] = after
    return msgspec.structs.replace(record, **changes) if changes else record


def _text(value: str, field: str, repairs: Sequence[str], told: _Told) -> str:
    for name in repairs:
        after = REPAIRS[name].mended(value)
        if after != value:
            told(name, field, value, after)
            value = after
    return value
