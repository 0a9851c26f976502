"""Viewing: a file as an indented tree in words, a line at a time: loops, segments, elements, codes.

Knows how a file reads to people. Refuses to judge it (`validate`) and to print (the command does). It shows
patients' data, to whoever asked for it; never the password of an ISA.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from edigate.secrecy import Phi
from edigate.x12.compile import compiled
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.guide import Element, Guide, Loop
from edigate.x12.places import Standing, guide_of, standings
from edigate.x12.segments import Delimiters, Limits, Segment
from edigate.x12.words import words

# Words for a code by its place (`CAS02`, `STC01-1`), for what other rooms know; empty where they don't.
MoreWords = Callable[[str, str], str]

_INDENT = "  "
_LONGEST = 1000  # characters shown of a value
_SECRET = frozenset((2, 4))  # ISA02, ISA04
_CLAIMS = {"CLM": 1, "CLP": 1}  # what opens a claim, and where its number is
_STATUS_LOOPS = ("2000D", "2200D")  # 277CA: a claim is the patient's level, its number TRN02 below
_WAITING = 1000  # segments a patient's level may have before its TRN says whose it is


class Selection(Phi, msgspec.Struct, frozen=True):
    """What to show; everything where nothing is said. `segment` counts in the set from ST = 1."""

    loop: str = ""
    segment: int = 0
    claim: str = ""
    transaction_set: str = ""  # ST02

    def __bool__(self) -> bool:
        return self != Selection()


class ShownElement(Phi, msgspec.Struct, frozen=True, omit_defaults=True):
    """An element, component (`05-1`) or repetition (`03[2]`) in words; a composite itself has no value."""

    place: str
    name: str = ""
    value: str = ""
    meaning: str = ""


class ShownSegment(Phi, msgspec.Struct, frozen=True, omit_defaults=True):
    """A segment in words. `position` counts in the set from ST = 1, `path` are the loops it stands in."""

    transaction_set: str
    position: int
    path: str
    id: str
    name: str
    depth: int
    elements: list[ShownElement]


class Heading(Phi, msgspec.Struct, frozen=True):
    """What begins here: an interchange, a group, a set, a loop."""

    depth: int
    text: str


class View:
    """One file being shown: iterate for its lines, or `items`. `matches` counts segments that were selected.

    Raises DataError where the file isn't X12 (any more); never anything else on data. Memory doesn't grow
    with the file. `reader` has the envelopes' findings at the end.
    """

    def __init__(
        self,
        chunks: Iterable[bytes],
        *,
        file: str = "",
        select: Selection | None = None,
        more_words: MoreWords | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.matches = 0
        self.reader = EnvelopeReader(chunks, file=file, limits=limits, examine=self._envelope)
        self._select = select or Selection()
        self._more_words = more_words
        self._standard = "00501"
        self._items: list[Heading | ShownSegment] = []
        self._set_number = ""
        self._headings = _Headings()
        self._guided = False

    def __iter__(self) -> Iterator[str]:
        for item in self.items():
            yield from _lines(item)

    def items(self) -> Iterator[Heading | ShownSegment]:
        """What the lines are made of."""
        for transaction_set in self.reader:
            yield from self._taken()
            yield from self._set(transaction_set)
        yield from self._taken()

    def _taken(self) -> list[Heading | ShownSegment]:
        items, self._items = self._items, []
        return items

    # --- envelopes

    def _envelope(self, segment: Segment, delimiters: Delimiters) -> None:
        depth = 0
        match segment.id:
            case "ISA":
                self._standard = segment.get(12)
                self._headings.put(0, _interchange(segment))
            case "GS":
                depth = 1
                group = [segment.get(6), words("479", segment.get(1)) or segment.get(1), segment.get(8)]
                self._headings.put(1, "group " + "  ".join(group))
            case "GE":
                depth = 1
        if not self._select:
            self._items += self._headings.due()
            envelopes = compiled("00501" if self._standard >= "00501" else "00401", "", "ISA")
            usages = (place.usage for place in envelopes.places) if envelopes else ()
            usage = next((each for each in usages if each.id == segment.id), None)
            whole = delimiters if segment.id == "TA1" else _NO_SEPARATORS  # the ISA holds them
            self._items.append(self._segment(Standing(segment, 0, usage), depth + 1, whole))

    # --- a transaction set

    def _set(self, transaction_set: TransactionSet) -> Iterator[Heading | ShownSegment]:
        if transaction_set.header.id == "TA1":
            return  # shown among the envelopes
        wanted = self._select.transaction_set
        if wanted and wanted != transaction_set.control_number.strip():
            return
        guide = guide_of(transaction_set)
        self._guided = guide is not None
        self._set_number = transaction_set.control_number.strip()
        self._headings.put(2, _set_heading(transaction_set, guide))
        for standing, depth in self._chosen(transaction_set, guide):
            self._put_loops(standing)
            yield from self._headings.due()
            yield self._segment(standing, depth, transaction_set.delimiters)
        self._guided, self._set_number = False, ""

    def _chosen(self, transaction_set: TransactionSet, guide: Guide | None) -> Iterator[tuple[Standing, int]]:
        select = self._select
        at = _ClaimFilter(select.claim) if select.claim else None
        loop = select.loop.upper()
        for each in standings(transaction_set.segments, guide, transaction_set.delimiters):
            for standing in at.of(each) if at else (each,):
                if select.segment and standing.position != select.segment:
                    continue
                if loop and all(one.id.upper() != loop for one in standing.loops):
                    continue
                self.matches += 1
                yield standing, 3 + len(standing.loops)

    def _put_loops(self, standing: Standing) -> None:
        known = len(standing.loops) - standing.opened
        for depth, loop in enumerate(standing.loops):
            self._headings.put(3 + depth, _loop_heading(loop), again=depth >= known)
        self._headings.cut(3 + len(standing.loops))

    # --- a segment

    def _segment(self, standing: Standing, depth: int, delimiters: Delimiters) -> ShownSegment:
        segment, usage = standing.segment, standing.usage
        names = {element.position: element for element in usage.elements} if usage else {}
        elements: list[ShownElement] = []
        for position, value in enumerate(segment.elements[1:], 1):
            if value.strip():
                shown = "(not shown)" if segment.id == "ISA" and position in _SECRET else value.rstrip()
                elements += self._element(segment.id, names.get(position), position, shown, delimiters)
        return ShownSegment(
            transaction_set=self._set_number,
            position=standing.position,
            path="/".join(loop.id for loop in standing.loops),
            id=segment.id,
            name=usage.name if usage else "(not in the guide here)" if self._guided else "",
            depth=depth,
            elements=elements,
        )

    def _element(
        self, segment_id: str, element: Element | None, position: int, value: str, delimiters: Delimiters
    ) -> Iterator[ShownElement]:
        name = element.name if element else ""
        repeated = bool(delimiters.repetition) and delimiters.repetition in value
        values = value.split(delimiters.repetition) if repeated else [value]
        for repetition, one in enumerate(values, 1):
            place = f"{position:02d}" + (f"[{repetition}]" if repeated else "")
            parts = one.split(delimiters.component) if delimiters.component else [one]
            if len(parts) == 1 and not (element and element.components):
                yield ShownElement(place, name, _cut(one), self._meaning(f"{segment_id}{position:02d}", element, one))
                continue
            yield ShownElement(place, name)
            components = {part.position: part for part in element.components} if element else {}
            for number, part in enumerate(parts, 1):
                if part:
                    known = components.get(number)
                    billed = known is not None and known.data_element == "1331" and parts[1:2] != ["B"]
                    meaning = "" if billed else self._meaning(f"{segment_id}{position:02d}-{number}", known, part)
                    yield ShownElement(f"{place}-{number}", known.name if known else "", _cut(part), meaning)

    def _meaning(self, place: str, element: Element | None, code: str) -> str:
        if self._more_words is not None and (found := self._more_words(place, code)):
            return found
        return words(element.data_element, code) if element else ""


class _Headings:
    """Headings of what is open, each shown once, when something below it is."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._shown = 0

    def put(self, depth: int, text: str, *, again: bool = True) -> None:
        """Open a heading at a depth; with `again`, also where it says the same as the one open there."""
        if not again and depth < len(self._texts) and self._texts[depth] == text:
            return
        del self._texts[depth:]
        self._texts += [""] * (depth - len(self._texts)) + [text]
        self._shown = min(self._shown, depth)

    def cut(self, depth: int) -> None:
        del self._texts[depth:]
        self._shown = min(self._shown, depth)

    def due(self) -> list[Heading]:
        headings = [Heading(depth, text) for depth, text in enumerate(self._texts) if depth >= self._shown and text]
        self._shown = len(self._texts)
        return headings


class _ClaimFilter:
    """Passes on the segments of claims with a number (CLM01, CLP01, 277CA TRN02), and no others."""

    def __init__(self, number: str) -> None:
        self._number = number.strip()
        self._depth = -1  # of the claim's loop; -1: in no claim that is wanted
        self._waiting: list[Standing] | None = None  # a patient's level until its TRN says whose it is
        self._waiting_depth = 0

    def of(self, standing: Standing) -> list[Standing]:
        segment, loops = standing.segment, standing.loops
        known = len(loops) - standing.opened
        if self._depth >= 0 and (known <= self._depth or (not loops and segment.id in ("HL", "LX", "PLB", "SE"))):
            self._depth = -1
        if self._waiting is not None and known <= self._waiting_depth:
            self._waiting = None
        element = _CLAIMS.get(segment.id)
        if element is not None:
            self._depth = -1
            if segment.get(element).strip() == self._number:
                self._depth = max(len(loops) - 1, 0)
                return [standing]
        elif segment.id == "HL" and standing.opened and loops[-1].id == _STATUS_LOOPS[0]:
            self._waiting, self._waiting_depth = [], len(loops) - 1
        elif segment.id == "TRN" and self._waiting is not None and loops[-1].id == _STATUS_LOOPS[1]:
            before, self._waiting = self._waiting, None
            if segment.get(2).strip() == self._number:
                self._depth = self._waiting_depth
                return [*before, standing]
        if self._waiting is not None and len(self._waiting) < _WAITING:
            self._waiting.append(standing)
        return [standing] if self._depth >= 0 else []


_NO_SEPARATORS = Delimiters(element="*", component="", segment="~", repetition="")


def _interchange(segment: Segment) -> str:
    parties = f"{segment.get(6).strip()} to {segment.get(8).strip()}"
    usage = words("I14", segment.get(15))
    return "  ".join(part for part in (f"interchange {segment.get(13).strip()}", parties, usage) if part)


def _set_heading(transaction_set: TransactionSet, guide: Guide | None) -> str:
    title = guide.title if guide else f"{transaction_set.guide} (no guide: segments only)".strip()
    return f"transaction set {transaction_set.id} {transaction_set.control_number.strip()}  {title}"


def _loop_heading(loop: Loop) -> str:
    return f"loop {loop.id}  {loop.name}" if loop.name != loop.id else f"loop {loop.id}"


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]} ... ({len(value):,} characters)"


def _lines(item: Heading | ShownSegment) -> Iterator[str]:
    if isinstance(item, Heading):
        yield _INDENT * item.depth + item.text
        return
    number = f"{item.position} " if item.position else ""
    yield _INDENT * item.depth + f"{number}{item.id}  {item.name}".rstrip()
    for each in item.elements:
        depth = item.depth + (2 if "-" in each.place else 1)
        value = f": {each.value}" if each.value else ""
        meaning = f" ({each.meaning})" if each.meaning else ""
        yield _INDENT * depth + f"{each.place} {each.name}".rstrip() + value + meaning
