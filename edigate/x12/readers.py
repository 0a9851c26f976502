"""Careful segment readers: from a segment's elements to a dict of fields, whatever the sender wrote.

What no field can hold is kept, what can't be read as it should be is told. The quick readers
(`quick_read.py`) leave to these whatever isn't as usual, and must say the same wherever both can.
"""

from __future__ import annotations

from edigate.x12 import binding as b
from edigate.x12.part_readers import reader_of_part
from edigate.x12.reading import Context, Read, Test, Values, claimed_by


def reader_of(segment: b.Segment) -> Read:
    """The function that reads a segment's fields."""
    reads = [reader_of_part(part) for part in segment.parts]
    claimed = {position for part in segment.parts for position in claimed_by(part)}
    last = max(claimed, default=0)
    unclaimed = tuple(p for p in range(1, last + 1) if p not in claimed)

    def read(elements: list[str], values: Values, context: Context) -> None:
        for part in reads:
            part(elements, values, context, 0, 0)
        count = len(elements)
        for position in unclaimed:
            if position < count and elements[position]:
                context.keep(position, elements[position])
        for position in range(last + 1, count):
            if elements[position]:
                context.keep(position, elements[position])

    return read


def test_of(parts: tuple[b.Part, ...]) -> Test | None:
    """The test whether a segment is the one with these parts; None where its name tells."""
    tests: list[Test] = []
    for part in parts:
        match part:
            case b.Match() if part.codes:
                tests.append(_element_test(part.position, part.codes))
            case b.HierarchicalLevel():
                tests.append(_element_test(3, frozenset((part.code, *part.others))))
            case b.Composite():
                tests += [
                    _component_test(part.position, p.position, p.codes)
                    for p in part.parts
                    if isinstance(p, b.Match) and p.codes
                ]
            case b.Items():
                tests += [
                    _component_test(part.positions[0], p.position, p.codes)
                    for p in part.parts
                    if isinstance(p, b.Match) and p.codes
                ]
            case _:
                pass
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda elements, context: all(test(elements, context) for test in tests)


def _element_test(position: int, codes: frozenset[str]) -> Test:
    def test(elements: list[str], context: Context) -> bool:
        return position < len(elements) and elements[position] in codes

    return test


def _component_test(position: int, component: int, codes: frozenset[str]) -> Test:
    def test(elements: list[str], context: Context) -> bool:
        if position >= len(elements):
            return False
        pieces = elements[position].split(context.component)
        return component <= len(pieces) and pieces[component - 1] in codes

    return test
