"""Envelopes: ISA, GS and ST round a stream of segments, their control numbers and counts checked.

Codes of findings are those of the answer that reports them: `TA1-nnn` (TA105), `AK9-n` (AK905),
`IK5-n` (IK502).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from edigate.findings import Finding, Severity
from edigate.secrecy import Phi
from edigate.x12.blocks import Body, Skim
from edigate.x12.segments import Accept, Delimiters, Limits, Segment, SegmentReader


class Interchange(Phi, msgspec.Struct, frozen=True):
    """ISA. Elements as sent; ids are stripped of their padding."""

    elements: tuple[str, ...]
    delimiters: Delimiters
    offset: int

    def _get(self, position: int) -> str:
        return self.elements[position].strip() if position < len(self.elements) else ""

    @property
    def sender(self) -> str:
        return self._get(6)

    @property
    def receiver(self) -> str:
        return self._get(8)

    @property
    def version(self) -> str:
        return self._get(12)

    @property
    def control_number(self) -> str:
        return self._get(13)

    @property
    def usage(self) -> str:
        return self._get(15)


class FunctionalGroup(Phi, msgspec.Struct, frozen=True):
    """GS. Elements as sent."""

    elements: tuple[str, ...]

    def _get(self, position: int) -> str:
        return self.elements[position].strip() if position < len(self.elements) else ""

    @property
    def functional_id(self) -> str:
        return self._get(1)

    @property
    def control_number(self) -> str:
        return self._get(6)

    @property
    def guide(self) -> str:
        return self._get(8)


class Standing(msgspec.Struct, frozen=True):
    """Where a reader stands between two sets of a group, so that another may go on from there.

    `groups` and `sets` are counted in the open interchange and the open group.
    """

    interchange: Interchange
    group: FunctionalGroup
    groups: int
    sets: int


class TransactionSet:
    """One transaction set, its segments (ST to SE) still to be read; or a TA1, which stands alone.

    `index` counts the sets of the file from 1. `segments` must be read before the next set is asked for;
    what is left unread is passed over then.
    """

    __slots__ = ("_segments", "_skim", "group", "header", "index", "interchange")

    def __init__(
        self,
        header: Segment,
        interchange: Interchange,
        group: FunctionalGroup | None,
        index: int,
        segments: Iterator[Segment],
        skim: Skim | None = None,
        longest: int = 0,
    ) -> None:
        self.header = header
        self.interchange = interchange
        self.group = group
        self.index = index
        self._segments = Body(segments, interchange.delimiters, skim, longest)
        self._skim = skim

    @property
    def id(self) -> str:
        return self.header.get(1) if self.header.id == "ST" else self.header.id

    @property
    def control_number(self) -> str:
        return self.header.get(2) if self.header.id == "ST" else ""

    @property
    def guide(self) -> str:
        """ST03, or GS08 where the sender leaves ST03 out."""
        own = self.header.get(3).strip() if self.header.id == "ST" else ""
        return own or (self.group.guide if self.group else "")

    @property
    def delimiters(self) -> Delimiters:
        return self.interchange.delimiters

    @property
    def segments(self) -> Body:
        return self._segments

    def skim(self, accept: Accept) -> None:
        """Between two segments, let `accept` take what is ready as text: see `SegmentReader.skim`.

        It must not take SE or what ends a set without one.
        """
        if self._skim is not None:
            self._skim(accept)


class EnvelopeReader:
    """Transaction sets of a byte stream, and what is wrong with their envelopes.

    Iterate once; `findings` is complete when the iteration has ended. Raises DataError as
    `SegmentReader` does. `examine` sees each ISA, GS, TA1, GE and IEA with the delimiters in force.

    A file may be read in parts cut before an ST: `after` tells where the part before it stood, `base` at which
    byte this one begins, and not `last` that what is open at its end is the next one's.
    """

    def __init__(
        self,
        chunks: Iterable[bytes],
        *,
        file: str = "",
        limits: Limits | None = None,
        examine: Callable[[Segment, Delimiters], None] | None = None,
        after: Standing | None = None,
        base: int = 0,
        last: bool = True,
    ) -> None:
        inside = after.interchange.delimiters if after else None
        self._reader = SegmentReader(chunks, file=file, limits=limits, inside=inside, base=base)
        limits = limits or Limits()
        self._longest = min(limits.segment_bytes, limits.elements)  # beyond it, the reader must look closer
        self._file = file
        self._findings: list[Finding] = []
        self._most = limits.findings
        self._untold = 0
        self._pushed_back: Segment | None = None
        self._source = iter(self._reader)
        self.interchanges = 0
        self.groups = 0
        self.transaction_sets = 0
        self._interchange: Interchange | None = after.interchange if after else None
        self._group: FunctionalGroup | None = after.group if after else None
        self._groups_here = after.groups if after else 0
        self._sets_here = after.sets if after else 0
        self._last = last
        self._cut_set = False  # the chunks ended inside a set
        self._count = 0  # segments of the open set
        self._examine = examine
        # Control numbers must not repeat: of interchanges in the file, groups in the interchange, sets in
        # the group. Forgotten at a million: a file of so many sets is made to fill memory.
        self._seen: dict[str, set[str]] = {"ISA": set(), "GS": set(), "ST": set()}

    @property
    def findings(self) -> list[Finding]:
        return self._reader.findings + self._findings

    @property
    def findings_of_bytes(self) -> list[Finding]:
        """Those of `findings` that the segments' reader has: junk, empty segments, a missing terminator."""
        return self._reader.findings

    @property
    def findings_of_envelopes(self) -> list[Finding]:
        """Those of `findings` that are about ISA, GS, ST and their trailers."""
        return self._findings

    @property
    def untold(self) -> tuple[int, int]:
        """How many findings more there were than the limit: errors, and warnings."""
        return self._untold, self._reader.untold

    @property
    def segments_read(self) -> int:
        return self._reader.segments_read

    def __iter__(self) -> Iterator[TransactionSet]:
        while (segment := self._next()) is not None:
            kind = segment.id
            if kind == "ISA" and len(segment.elements) < _ISA_ELEMENTS:
                kind = "a stray ISA"  # three letters between two terminators: no interchange begins there
            if self._examine is not None and kind in _ENVELOPE:
                self._examine(segment, self._reader.delimiters)
            match kind:
                case "ISA":
                    self._close_interchange(None, segment)
                    self._open_interchange(segment)
                case "GS":
                    self._close_group(None, segment)
                    self._group = FunctionalGroup(tuple(segment.elements))
                    self._sets_here = 0
                    self._check_repeated("AK9-19", "GS", segment, 6)
                    self._groups_here += 1
                    self.groups += 1
                case "ST" | "TA1":
                    assert self._interchange is not None  # noqa: S101 - the reader begins with an ISA
                    if segment.id == "ST":
                        self._sets_here += 1
                        self._check_repeated("IK5-23", "ST", segment, 2)
                    self.transaction_sets += 1
                    body = self._body(segment) if segment.id == "ST" else iter([segment])
                    index = self.transaction_sets
                    skim = self._skim if segment.id == "ST" else None
                    yield TransactionSet(segment, self._interchange, self._group, index, body, skim, self._longest)
                    for _ in body:  # whatever the caller left unread
                        pass
                case "GE":
                    self._close_group(segment, segment)
                case "IEA":
                    self._close_interchange(segment, segment)
                case _:
                    self._add("TA1-022", f"{segment.id} stands outside any transaction set", segment, element=0)
        if self._last:
            self._close_interchange(None, None)

    @property
    def standing(self) -> Standing | None:
        """Where a part ended; None where that is inside a set or outside of any group."""
        if self._interchange is None or self._group is None or self._cut_set:
            return None
        return Standing(self._interchange, self._group, self._groups_here, self._sets_here)

    def numbers(self, segment_id: str) -> frozenset[str]:
        """The control numbers of the file's ISAs, the open interchange's GSs, or the open group's STs so far."""
        return frozenset(self._seen[segment_id])

    def _next(self) -> Segment | None:
        if self._pushed_back is not None:
            segment, self._pushed_back = self._pushed_back, None
            return segment
        return next(self._source, None)

    def _open_interchange(self, segment: Segment) -> None:
        self._interchange = Interchange(tuple(segment.elements), self._reader.delimiters, segment.offset)
        self._groups_here = 0
        self.interchanges += 1
        self._check_repeated("TA1-025", "ISA", segment, 13)

    def _check_repeated(self, code: str, segment_id: str, segment: Segment, element: int) -> None:
        """Report a control number used before in what is round it, and begin anew what is below it."""
        if segment_id == "ISA":
            self._seen["GS"].clear()
        if segment_id != "ST":
            self._seen["ST"].clear()
        number, seen = segment.get(element).strip(), self._seen[segment_id]
        if number in seen:
            words = f"{segment_id}{element:02d} {number} was used before: control numbers must not repeat"
            set_ = number if segment_id == "ST" else ""
            self._add(code, words, segment, element=element, set_=set_)
        if len(seen) >= _REMEMBERED:
            seen.clear()
        seen.add(number)

    def _body(self, header: Segment) -> Iterator[Segment]:
        self._count = 1
        yield header
        while (segment := self._next()) is not None:
            if segment.id in _ENDS_A_SET:
                break
            self._count += 1
            yield segment
            if segment.id == "SE":
                self._check_trailer(segment, self._count, header.get(2))
                return
        self._pushed_back, self._cut_set = segment, segment is None
        self._add("IK5-2", f"transaction set {header.get(2)} has no SE", segment or header, set_=header.get(2))

    def _skim(self, accept: Accept) -> None:
        if self._pushed_back is None:
            self._count += self._reader.skim(accept)

    def _check_trailer(self, segment: Segment, count: int, control_number: str) -> None:
        if not _is_count(segment.get(1), count):
            self._add(
                "IK5-4",
                f"SE01 counts {segment.get(1) or 'nothing'}, but there are {count} segments from ST to SE",
                segment,
                element=1,
                set_=control_number,
                position=count,
            )
        if segment.get(2).strip() != control_number.strip():
            self._add(
                "IK5-3",
                f"SE02 is {segment.get(2) or 'empty'}, but the ST says {control_number}",
                segment,
                element=2,
                set_=control_number,
                position=count,
            )

    def _close_group(self, trailer: Segment | None, at: Segment | None) -> None:
        group, self._group = self._group, None
        if group is None:
            if trailer is not None:
                self._add("AK9-3", "GE without a GS before it", trailer)
            return
        if trailer is None:
            self._add("AK9-3", f"functional group {group.control_number} has no GE", at, group=group)
            return
        if not _is_count(trailer.get(1), self._sets_here):
            self._add(
                "AK9-5",
                f"GE01 counts {trailer.get(1) or 'nothing'}, but there are {self._sets_here} transaction sets",
                trailer,
                element=1,
                group=group,
            )
        if not _same_number(trailer.get(2), group.control_number):
            self._add(
                "AK9-4",
                f"GE02 is {trailer.get(2) or 'empty'}, but GS06 is {group.control_number}",
                trailer,
                element=2,
                group=group,
            )

    def _close_interchange(self, trailer: Segment | None, at: Segment | None) -> None:
        self._close_group(None, at) if self._group is not None else None
        interchange = self._interchange
        if interchange is None:
            return
        if trailer is None:
            self._add("TA1-023", f"interchange {interchange.control_number} has no IEA", at)
        else:
            if not _is_count(trailer.get(1), self._groups_here):
                self._add(
                    "TA1-021",
                    f"IEA01 counts {trailer.get(1) or 'nothing'}, but there are {self._groups_here} groups",
                    trailer,
                    element=1,
                )
            if not _same_number(trailer.get(2), interchange.control_number):
                self._add(
                    "TA1-001",
                    f"IEA02 is {trailer.get(2) or 'empty'}, but ISA13 is {interchange.control_number}",
                    trailer,
                    element=2,
                )
        self._interchange = None

    def _add(
        self,
        code: str,
        message: str,
        at: Segment | None,
        *,
        element: int = 0,
        set_: str = "",
        position: int = 0,
        group: FunctionalGroup | None = None,
    ) -> None:
        if len(self._findings) >= self._most:
            self._untold += 1
            return
        group = group or self._group
        self._findings.append(
            Finding(
                code=code,
                message=message,
                severity=Severity.ERROR,
                level=1,
                file=self._file,
                interchange=self._interchange.control_number if self._interchange else "",
                functional_group=group.control_number if group else "",
                transaction_set=set_,
                segment_id=at.id if at else "",
                segment_position=position,
                element=element,
                offset=at.offset if at else -1,
            )
        )


_ENVELOPE = frozenset(("ISA", "GS", "TA1", "GE", "IEA"))
_ISA_ELEMENTS = 17  # with its id
_REMEMBERED = 1_000_000
_ENDS_A_SET = frozenset(("ST", "GE", "GS", "IEA", "ISA", "TA1"))


def _is_count(text: str, count: int) -> bool:
    text = text.strip()
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) == count


def _same_number(one: str, other: str) -> bool:
    """Control numbers are compared without leading zeros: GS06 is a number, ISA13 is padded."""
    one, other = one.strip(), other.strip()
    return one == other or (one.lstrip("0") == other.lstrip("0") and one.isdigit() and other.isdigit())
