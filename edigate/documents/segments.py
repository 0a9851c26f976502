"""A set as a tree of loops and segments, by its guide alone, and back: lossless for any set.

Knows loops, elements and separators. Refuses to know what any of them means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from edigate.documents.model import LoopParts, Repeats, SegmentValues, Value
from edigate.errors import DataError
from edigate.x12.encode import Element, Elements
from edigate.x12.guide import Guide
from edigate.x12.places import standings
from edigate.x12.remainder import COMPONENT
from edigate.x12.segments import Delimiters, Segment

_DEEPEST = 50
Parts = list[SegmentValues | LoopParts]


def tree(segments: Iterable[Segment], guide: Guide | None, delimiters: Delimiters) -> Parts:
    """The loops and segments of a set, without ST and SE, in the order of the file."""
    root: Parts = []
    open_parts: list[Parts] = []
    for standing in standings(segments, guide, delimiters):
        del open_parts[len(standing.loops) - standing.opened :]
        for loop in standing.loops[len(open_parts) :]:
            opened = LoopParts(loop.id, loop.name if loop.name != loop.id else "", [])
            (open_parts[-1] if open_parts else root).append(opened)
            open_parts.append(opened.parts)
        if standing.segment.id not in ("ST", "SE"):
            (open_parts[-1] if open_parts else root).append(values(standing.segment, delimiters))
    return root


def values(segment: Segment, delimiters: Delimiters) -> SegmentValues:
    """A segment's id and elements, their separators gone."""
    return [segment.id, *(_value(text, delimiters) for text in segment.elements[1:])]


def _value(text: str, delimiters: Delimiters) -> Value:
    if delimiters.repetition and delimiters.repetition in text:
        return Repeats([_components(one, delimiters) for one in text.split(delimiters.repetition)])
    return _components(text, delimiters)


def _components(text: str, delimiters: Delimiters) -> str | list[str]:
    separator = delimiters.component
    return text.split(separator) if separator and separator in text else text


def elements(parts: Sequence[SegmentValues | LoopParts], depth: int = 0) -> Iterator[Elements]:
    """The segments of a tree, in order. Raises DataError where loops nest deeper than any guide's."""
    if depth > _DEEPEST:
        raise DataError(f"loops stand more than {_DEEPEST} deep in each other")
    for part in parts:
        if isinstance(part, LoopParts):
            yield from elements(part.parts, depth + 1)
        else:
            yield [_element(value) for value in part]


def _element(value: Value) -> Element:
    if isinstance(value, Repeats):
        return [COMPONENT.join(one) if isinstance(one, list) else one for one in value.repeat]
    return tuple(value) if isinstance(value, list) else value


def as_segments(written: Iterable[Elements], delimiters: Delimiters) -> Iterator[Segment]:
    """Elements as a reader with these delimiters would give them."""
    for each in written:
        yield Segment([_joined(element, delimiters) for element in each])


def _joined(element: Element, delimiters: Delimiters) -> str:
    if isinstance(element, str):
        return element
    if isinstance(element, tuple):
        return delimiters.component.join(element)
    return delimiters.repetition.join(one.replace(COMPONENT, delimiters.component) for one in element)
