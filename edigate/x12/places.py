"""Places: which loop and which use of a segment in its guide each segment of a set is, as they come.

Knows the way through a compiled guide and nothing of right or wrong: a segment that can't stand where it
stands has no use, and the way goes on behind it. To be told what is wrong, `validate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from edigate.x12.compile import Choice, CompiledGuide, LoopNode, Place, Step, compile_guide
from edigate.x12.envelope import TransactionSet
from edigate.x12.guide import Guide, Loop, SegmentUsage, guide_for
from edigate.x12.segments import Delimiters, Segment


class Standing(msgspec.Struct, frozen=True):
    """A segment and where it stands: `position` counts in the set from ST = 1.

    `loops` are those it stands in, outermost first, without the set itself; the last `opened` of them
    begin with it. `usage` is the guide's use of it, None where the guide has none here.
    """

    segment: Segment
    position: int
    usage: SegmentUsage | None
    loops: tuple[Loop, ...] = ()
    opened: int = 0


def guide_of(transaction_set: TransactionSet) -> Guide | None:
    """The guide of a set by ST03, else by GS08, as `validate` takes it; None where there is none."""
    group = transaction_set.group
    functional_id = group.functional_id if group else ""
    for version in (transaction_set.header.get(3), group.guide if group else ""):
        guide = guide_for(version, functional_id, transaction_set.id) if version else None
        if guide is not None:
            return guide
    return None


def standings(segments: Iterable[Segment], guide: Guide | None, delimiters: Delimiters) -> Iterator[Standing]:
    """Each segment of a transaction set, ST first, with its place. Without a guide none has one.

    Never raises on data; memory doesn't grow with the set.
    """
    if guide is None:
        for position, segment in enumerate(segments, 1):
            yield Standing(segment, position, None)
        return
    way = _Way(compile_guide(guide), delimiters)
    for position, segment in enumerate(segments, 1):
        usage, opened = way.go(segment)
        yield Standing(segment, position, usage, tuple(node.loop for node in way.open), opened)


class _Way:
    """The way through one set: the last place, and the loops open there."""

    def __init__(self, compiled: CompiledGuide, delimiters: Delimiters) -> None:
        self._compiled = compiled
        self._component = delimiters.component
        self._place: Place | None = None
        self.open: list[LoopNode] = []

    def go(self, segment: Segment) -> tuple[SegmentUsage | None, int]:
        """The use of the next segment, and how many loops it opened."""
        compiled, elements = self._compiled, segment.elements
        if self._place is None:
            self._place = compiled.start
            return (self._place.usage if segment.id == self._place.usage.id else None), 0
        after = compiled.after(self._place, segment.id)
        step: Step | None
        if isinstance(after, Choice):
            step = after.of(elements, self._component)
            # An unknown qualifier: meant for the only use there is, unless the guide has it elsewhere.
            if step is None and not compiled.knows(elements, self._component):
                step = after.only
        else:
            step = after
        if step is not None:
            return self._enter(step.to, step.depth)
        found = compiled.misplaced(self._place, elements, self._component)
        if found is None:
            return None, 0
        place, loop, depth = found
        if loop is not None and not any(node.opener.usage.id == "HL" for node in self.open[depth:]):
            return self._enter(place, depth)  # its segments follow it; never out of a hierarchical level
        return place.usage, 0

    def _enter(self, place: Place, depth: int) -> tuple[SegmentUsage, int]:
        self._place = place
        del self.open[depth:]
        path: list[LoopNode] = []
        node: LoopNode | None = place.loop
        while node is not None and node.depth > depth:
            path.append(node)
            node = node.parent
        self.open += reversed(path)
        return place.usage, len(path)
