"""Words for codes of answers and payments, by where they stand: lent to the view of a file. Knows no file."""

from __future__ import annotations

from collections.abc import Mapping

from edigate.reconcile.reasons import CARC, RARC
from edigate.responses.words import (
    ELEMENT_ERRORS,
    ENTITIES,
    SEGMENT_ERRORS,
    STATUS_CATEGORIES,
    STATUS_CODES,
    TA1_NOTES,
)

_REASONS = {code: reason.words for code, reason in CARC.items()}
_STATUS = ("STC01", "STC10", "STC11")
_PLACES: dict[str, Mapping[str, str]] = {
    **dict.fromkeys(("CAS02", "CAS05", "CAS08", "CAS11", "CAS14", "CAS17"), _REASONS),
    **dict.fromkeys(("LQ02", "MOA03", "MOA04", "MOA05", "MOA06", "MOA07"), RARC),
    **dict.fromkeys(("MIA05", "MIA20", "MIA21", "MIA22", "MIA23"), RARC),
    **dict.fromkeys((f"{place}-1" for place in _STATUS), STATUS_CATEGORIES),
    **dict.fromkeys((f"{place}-2" for place in _STATUS), STATUS_CODES),
    **dict.fromkeys((f"{place}-3" for place in _STATUS), ENTITIES),
    "TA105": TA1_NOTES,
    "IK304": SEGMENT_ERRORS,
    "AK304": SEGMENT_ERRORS,
    "IK403": ELEMENT_ERRORS,
    "AK403": ELEMENT_ERRORS,
}
_NONE: dict[str, str] = {}


def code_words(place: str, code: str) -> str:
    """A code at a place (`CAS02`, `STC01-1`) in words, or an empty string."""
    return _PLACES.get(place, _NONE).get(code, "")
