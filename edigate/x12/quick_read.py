"""Quick readers: Python written for one segment of a binding with a given number of elements, or for several in a row.

With the number of elements known there is nothing left to look up: elements are unpacked to locals, each
field is one expression, the record is made in one call. A reader for CAS with four elements comes out as

    def read(row, r, C, R):
        e0, e1, e2, e3, = row
        if not (e2): raise Unusual
        if not (e1 or e2 or e3): raise Unusual
        r.adjustment_groups.append(K0(group=e1, adjustments=[K1(reason=e2, amount=K2(e3) if e3 else None)]))

`row` are the elements, `r` the record of the loop, `C` and `R` the component and repetition separators, `K`
what the lines need of the table (records, codecs, codes). Where the segments at the beginning of a loop are known,
one function reads them all and makes the loop's record with everything in it (`heads.py` finds out which come).

Whatever isn't as usual raises ValueError or LookupError before anything was changed, and is left to the careful
readers (`readers.py`), which give the same wherever both can read. No data ever becomes part of a line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec

from edigate.x12 import binding as b
from edigate.x12.quick_fields import Draft, Lines, NotQuickError, arguments, blanks

QuickRead = Callable[[list[str], Any, str, str], Any]
QuickHead = Callable[[list[str], str, str], Any]
_ROW = "row, r, C, R"


class Nested(msgspec.Struct, frozen=True):
    """The records below a loop's record on the way to where a segment's fields belong."""

    path: tuple[tuple[str, b.RecordType], ...] = ()


def nested(record: b.RecordType, into: tuple[str, ...]) -> Nested:
    """The way down `into`, with the records' types by the model's annotations."""
    path = []
    for name in into:
        hint = _hints(record)[name]
        record = next(t for t in (get_args(hint) or (hint,)) if t is not type(None))
        path.append((name, record))
    return Nested(tuple(path))


_hints = cache(get_type_hints)  # working them out takes as long as writing the rest of a loop's function


def quick_filler(segment: b.Segment, target: b.RecordType, nested: Nested, elements: int) -> QuickRead | None:
    """A reader that fills the fields of a loop's record from a row of so many elements (its name counted).

    `target` is the type of the record that the fields belong to. None where only the careful reader can.
    """
    try:
        lines = Lines(elements)
        record = segment.record if segment.many else target
        draft = Draft(lines, record)
        draft.emit_segment(segment)
        where = "r"
        for depth, (name, kind) in enumerate(nested.path, 1):
            inner, make = f"r{depth}", lines.constant(kind)
            lines.finish(f"{inner} = {where}.{name}")
            lines.finish(f"if {inner} is None: {inner} = {where}.{name} = {make}({arguments(blanks(kind))})")
            where = inner
        if segment.many:
            lines.finish(f"x = {draft.only_value() if record is None else draft.construction()}")
            lines.finish(f"if {where}.{segment.many}: {where}.{segment.many}.append(x)")
            lines.finish(f"else: {where}.{segment.many} = [x]")  # an empty one may be any that is empty
        else:
            for name, value, condition in draft.assignments():
                lines.finish(f"{'' if condition == 'True' else f'if {condition}: '}{where}.{name} = {value}")
        read: QuickRead = lines.compiled(_named(segment, elements), _ROW, f"{lines.locals()}= row")
        return read
    except NotQuickError:
        return None


def quick_maker(
    segment: b.Segment, record: b.RecordType, elements: int, always: tuple[tuple[str, str], ...] = ()
) -> QuickRead | None:
    """A reader that makes the record of the loop that the segment opens; `always` is true of every one."""
    if segment.into or segment.many:
        return None
    try:
        lines = Lines(elements)
        draft = Draft(lines, record, dict(always))
        draft.emit_segment(segment)
        lines.finish(f"return {draft.construction()}")
        read: QuickRead = lines.compiled(_named(segment, elements), _ROW, f"{lines.locals()}= row")
        return read
    except NotQuickError:
        return None


def quick_head(
    record: b.RecordType, always: tuple[tuple[str, str], ...], rows: Sequence[tuple[b.Segment, Nested, int]]
) -> QuickHead | None:
    """A reader that makes a loop's record of several rows at once: the opening segment's, and those that follow it.

    `rows` are the segments, the way to the records that their fields belong to, and their numbers of elements; the
    reader gets the elements of all of them one after another.
    """
    try:
        lines = Lines(0)
        whole = Draft(lines, record, dict(always))
        inner: dict[str, Draft] = {}
        lists: dict[str, list[str]] = {}
        unpacked, before = "", 0
        for at, (segment, nested, elements) in enumerate(rows):
            lines.begin(f"e{at}_", elements, f"row[{before}:{before + elements}]")
            unpacked += lines.locals()
            before += elements
            if segment.many:
                draft = Draft(lines, segment.record)
                draft.emit_segment(segment)
                one = draft.only_value() if segment.record is None else draft.construction()
                lists.setdefault(segment.many, []).append(one)
                if nested.path:
                    raise NotQuickError
            elif nested.path:
                ((name, kind), *deeper) = nested.path
                if deeper:
                    raise NotQuickError
                inner.setdefault(name, Draft(lines, kind)).emit_segment(segment)
            else:
                whole.emit_segment(segment)
        for name, values in lists.items():
            whole.give(name, f"[{', '.join(values)}]")
        for name, draft in inner.items():
            whole.give(name, draft.construction())
        lines.finish(f"return {whole.construction()}")
        read: QuickHead = lines.compiled(
            f"{rows[0][0].id} and {len(rows) - 1} more", "row, C, R", f"{unpacked}= row"
        )
        return read
    except NotQuickError:
        return None


def _named(segment: b.Segment, elements: int) -> str:
    return f"{segment.id} with {elements} elements"
