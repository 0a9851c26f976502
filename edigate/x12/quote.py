"""Quoting: the segment a finding is about, as sent, with what is wrong marked under it.

Knows how to find segments again by their offset and where an element begins in one. It shows patients'
data: for output somebody asked for, never for logs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edigate.errors import DataError
from edigate.findings import Finding
from edigate.x12.segments import Delimiters, Limits, Segment, SegmentReader

_LONGEST = 300  # characters shown of a segment; more is cut in the middle of nowhere and says so


def segments_at(
    chunks: Iterable[bytes], offsets: Iterable[int], *, limits: Limits | None = None
) -> dict[int, tuple[Segment, Delimiters]]:
    """The segments that start at these byte offsets, with the delimiters in force there."""
    wanted = {offset for offset in offsets if offset >= 0}
    found: dict[int, tuple[Segment, Delimiters]] = {}
    reader = SegmentReader(chunks, limits=limits)
    try:
        for segment in reader:
            if segment.offset in wanted:
                found[segment.offset] = (segment, reader.delimiters)
                if len(found) == len(wanted):
                    break
    except DataError:
        pass  # what came before it is found, and the report tells of it
    return found


def quote(finding: Finding, segment: Segment, delimiters: Delimiters) -> Iterator[str]:
    """The segment in one line, and a line of `^` under the element or component the finding is about."""
    if finding.segment_id != segment.id:  # about a segment that isn't there: quote without a mark
        yield _shown(_secretless(segment, delimiters))
        return
    text = _secretless(segment, delimiters)
    start, length = _span(finding, segment, delimiters)
    yield _shown(text)
    if start < _LONGEST:
        yield " " * start + "^" * max(1, min(length, _LONGEST - start))


def _secretless(segment: Segment, delimiters: Delimiters) -> str:
    """The segment's text; of an ISA without authorization and password."""
    elements = segment.elements
    if segment.id == "ISA":
        elements = [" " * len(text) if index in (2, 4) else text for index, text in enumerate(elements)]
    return delimiters.element.join(elements)


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ... ({len(text)} characters)"


def _span(finding: Finding, segment: Segment, delimiters: Delimiters) -> tuple[int, int]:
    elements = segment.elements
    if not finding.element:
        return 0, len(segment.id)
    if finding.element >= len(elements):  # missing at the end
        return len(delimiters.element.join(elements)), 1
    start = sum(len(element) + 1 for element in elements[: finding.element])
    value = elements[finding.element]
    if finding.repetition and delimiters.repetition:
        parts = value.split(delimiters.repetition)
        if finding.repetition <= len(parts):
            start += sum(len(part) + 1 for part in parts[: finding.repetition - 1])
            value = parts[finding.repetition - 1]
    if finding.component and delimiters.component:
        parts = value.split(delimiters.component)
        if finding.component > len(parts):
            return start + len(value), 1
        start += sum(len(part) + 1 for part in parts[: finding.component - 1])
        value = parts[finding.component - 1]
    return start, len(value)
