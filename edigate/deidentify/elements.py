"""One segment without anybody in it: each element by the table of places. Knows no files and no neighbours.

What the segment can't say of itself, the days that its patient's dates move, comes with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import msgspec

from edigate.deidentify.places import COPIED, KEPT_PARTIES, KEPT_REFERENCES, PLACES
from edigate.deidentify.values import Shift, Values
from edigate.x12.segments import Delimiters

_GLUED = re.compile(r"([\r\n]+)(?=[A-Z][A-Z0-9]{1,2}$)", re.ASCII)


class Around(msgspec.Struct, frozen=True):
    """What stands around a segment: separators, the days its dates move, the set's id (ST01)."""

    delimiters: Delimiters
    shift: Shift
    set_id: str = ""


class Segments:
    """Makes segments over, value by value."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def made_over(self, elements: Sequence[str], around: Around) -> list[str]:
        """The elements of a segment, its id first, with stand-ins: as many, as long, as empty as before.

        Where a terminator is missing and a line end stands instead, what follows is a segment of its own.
        """
        made: list[str] = []
        before = ""  # the end of the segment before, glued to this one's name
        while True:
            words = _words(elements[0].strip())
            for at, element in enumerate(elements):
                own, *rest = _GLUED.split(element, maxsplit=1)
                word = words[at] if at < len(words) else "id"
                chosen = _CHOSEN.get(word)
                text = self._element(own, chosen(elements, at, around.set_id) if chosen else word, around)
                before, text = "", before + text
                if rest:
                    before, elements = text + rest[0], [rest[1], *elements[at + 1 :]]
                    break
                made.append(text)
            else:
                return made

    def _element(self, element: str, word: str, around: Around) -> str:
        """Repetitions and components are values of their own."""
        delimiters = around.delimiters
        if delimiters.repetition and delimiters.repetition in element:
            alone = msgspec.structs.replace(around, delimiters=msgspec.structs.replace(delimiters, repetition=""))
            parts = element.split(delimiters.repetition)
            return delimiters.repetition.join(self._element(part, word, alone) for part in parts)
        parts = element.split(delimiters.component)
        words = word.split(":")
        more = "id" if len(words) > 1 else word  # than the composite has in any guide
        return delimiters.component.join(
            self._values.made_over(part, words[at] if at < len(words) else more, around.shift)
            for at, part in enumerate(parts)
        )


def word_of(segment_id: str, at: int, component: int, qualifiers: Mapping[int, str]) -> str:
    """The word of an element or a component of it (0: none), given the segment's codes by position."""
    words = _words(segment_id)
    word = words[at] if at < len(words) else "id"
    elements = [segment_id, *(qualifiers.get(position, "2") for position in range(1, at + 1))]  # NM102: no person
    if chosen := _CHOSEN.get(word):
        return chosen(elements, at, "")
    components = word.split(":")
    return components[component - 1] if component and component <= len(components) else components[0]


@cache
def _words(segment_id: str) -> list[str]:
    """A word for each element, the segment's id first."""
    found = ["segment"]
    for word in PLACES.get(segment_id, "").split():
        one, _, count = word.partition("*")
        found += [one] * int(count or 1)
    return found


# --- words that another element of the segment chooses between


def keeps_party(elements: Sequence[str]) -> bool:
    """Whether NM1 or N1 names a payer or clearinghouse; a person never is one."""
    return _get(elements, 1) in KEPT_PARTIES and (elements[0] == "N1" or _get(elements, 2) == "2")


def _get(elements: Sequence[str], at: int) -> str:
    return elements[at].strip() if at < len(elements) else ""


def _party(elements: Sequence[str], at: int, set_id: str) -> str:
    return "payer" if keeps_party(elements) else "name"


def _party_id(elements: Sequence[str], at: int, set_id: str) -> str:
    return "payer" if keeps_party(elements) else "id"


def _reference(elements: Sequence[str], at: int, set_id: str) -> str:
    return "payer" if _get(elements, 1) in KEPT_REFERENCES else "id"


def _originator(elements: Sequence[str], at: int, set_id: str) -> str:
    return "payer" if set_id == "835" else "id"  # TRN03: the payer of an 835, the asker elsewhere


def _drug(elements: Sequence[str], at: int, set_id: str) -> str:
    return "control" if _get(elements, at - 1) in ("N4", "HC", "UP", "EN", "EO", "HI", "ON", "UK") else "id"


def _copied(elements: Sequence[str], at: int, set_id: str) -> str:
    return COPIED.get(_get(elements, 2), "id")


_CHOSEN: dict[str, Callable[[Sequence[str], int, str], str]] = {
    "party": _party,
    "party_id": _party_id,
    "reference": _reference,
    "originator": _originator,
    "drug": _drug,
    "copied": _copied,
}
