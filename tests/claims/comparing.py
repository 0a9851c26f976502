"""Segments of claims as they are compared after a round trip: numbers and times by value, counters left out."""

from __future__ import annotations

from collections.abc import Iterable

from edigate.claims.bindings import Binding
from edigate.x12.binding import Loop, fields
from edigate.x12.codecs import hour, money
from edigate.x12.envelope import TransactionSet
from edigate.x12.segments import Delimiters, Segment
from edigate.x12.write import Serializer

Compared = tuple[str, ...]


class Comparing:
    """By the table of a guide, which says where numbers are."""

    def __init__(self, table: Loop) -> None:
        # Elements whose text may change in the writing while their value doesn't: 0100.0 is written 100.
        self._numeric = {
            (place.segment, place.element, place.component)
            for place in fields(table)
            if place.format in ("dollars", "number", "whole number")
        }

    def segment(self, elements: list[str], delimiters: Delimiters) -> Compared:
        name = elements[0]
        texts = [self._element(name, at, text, delimiters) for at, text in enumerate(elements)]
        while texts[-1] == "":
            texts.pop()
        match name:
            case "HL":  # numbered anew
                return ("HL", *texts[3:4])
            case "LX":
                return ("LX",)
            case "PER":  # a contact's numbers come in any order
                pairs = sorted(zip(texts[3::2], texts[4::2], strict=False))
                return (*texts[:3], *(piece for pair in pairs for piece in pair))
            case "BHT" if len(texts) > 5:
                texts[5] = _time(texts[5])
        return tuple(texts)

    def segments(self, segments: Iterable[Segment], delimiters: Delimiters) -> list[Compared]:
        """A set as it was read, without ST and SE."""
        return [self.segment(each.elements, delimiters) for each in segments if each.id not in ("ST", "SE")]

    def _element(self, name: str, at: int, text: str, delimiters: Delimiters) -> str:
        pieces = text.rstrip(delimiters.component).split(delimiters.component)
        if len(pieces) == 1:
            numeric = (name, at, 0) in self._numeric or (name, at, 1) in self._numeric
            return _number(pieces[0]) if numeric else pieces[0]
        return delimiters.component.join(
            _number(piece) if (name, at, nth) in self._numeric else piece for nth, piece in enumerate(pieces, 1)
        )


def round_trip(
    binding: Binding, each: TransactionSet, segments: list[Segment]
) -> tuple[list[Compared], list[Compared]]:
    """A set's segments, and those that its records are written as."""
    comparing = Comparing(binding.table)
    whole, _ = binding.decode(each)
    texts = Serializer(each.delimiters).texts
    again = [comparing.segment(texts(one), each.delimiters) for one in binding.encoder.encode(whole)]
    return comparing.segments(segments, each.delimiters), again


def _number(text: str) -> str:
    try:
        return format(money.decode(text).normalize(), "f")
    except ValueError:
        return text


def _time(text: str) -> str:
    try:
        return str(hour.decode(text))
    except ValueError:
        return text
