"""A binding compiled for reading: for each loop one may stand in, what a segment may be and what it opens.

A segment is looked for from the innermost open loop outwards. In a loop it may be one of the loop's own
segments or open a child, only at or after the place where the last child stands; children that open with
the same segment (NM1 of the providers of a claim) may come in any order, as X12 has them in one position.
Knows no data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from edigate.x12 import binding as b
from edigate.x12.code_lists import CodeListReader
from edigate.x12.heads import Heads
from edigate.x12.quick_fields import QuickItem, quick_item
from edigate.x12.quick_read import Nested, QuickRead, nested, quick_filler, quick_maker
from edigate.x12.readers import reader_of, test_of
from edigate.x12.reading import Context, Values, silent_defaults


class SegmentUse:
    """A segment in its place in a loop: how to read it, quickly where it is as usual, else with care."""

    def __init__(
        self, segment: b.Segment, record: b.RecordType, *, opens: bool, always: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.id = segment.id
        self.many = segment.many
        self.record = segment.record
        self.nested = nested(record, segment.into)
        self.target = self.nested.path[-1][1] if self.nested.path else record
        self.read = reader_of(segment)
        # fields that hold a qualifier: written beside a value, they don't ask for the segment by themselves
        self.qualifiers = frozenset(p.field for p in segment.parts if isinstance(p, b.Match) and p.field)
        self.codes = next((Codes(part) for part in segment.parts if isinstance(part, b.CodeLists)), None)
        self.quick: dict[int, QuickRead | None] = {}  # by the number of elements; made when first met
        self._segment = segment
        self._owner = record
        self._opens = opens
        self._always = always

    def quick_for(self, elements: int) -> QuickRead | None:
        """The quick reader for so many elements; None where there is none."""
        return self.quick[elements] if elements in self.quick else self.make_quick(elements)

    def make_quick(self, elements: int) -> QuickRead | None:
        """As `quick_for`, where it wasn't asked for so many before."""
        if self.codes is not None:
            return None
        if elements > _MOST:  # a file can't make us write readers without end
            return None
        if self._opens:
            quick = quick_maker(self._segment, self._owner, elements, self._always)
        else:
            quick = quick_filler(self._segment, self.target, self.nested, elements)
        self.quick[elements] = quick
        return quick


_MOST = 64


class Codes:
    """Code lists (HI) for reading: members by their qualifier, and whether a layout is ours."""

    def __init__(self, part: b.CodeLists) -> None:
        self.reader = CodeListReader(part)
        self._quick: dict[str, tuple[b.CodeList, QuickItem | None]] = {
            code: (each, quick_item(each.parts, each.record) if each.record is not None else None)
            for each in reversed(part.lists)
            for code in each.codes
        }
        self._layouts: dict[tuple[tuple[str, ...], ...], tuple[str, ...] | None] = {}

    def quick(self, row: list[str], component: str) -> tuple[list[tuple[b.CodeList, Any]], tuple[str, ...]]:
        """The members of a segment with their lists, and its layout. ValueError, LookupError: not as usual."""
        found = []
        codes = []
        for value in row[1:]:
            code = value.split(component, 1)[0]
            each, read = self._quick[code]
            if read is None or each.single:
                raise ValueError
            found.append((each, read(value, component)))
            codes.append(code)
        if not found:
            raise ValueError
        return found, tuple(codes)

    def unusual(self, layouts: list[tuple[str, ...]], values: Values) -> tuple[str, ...] | None:
        """A layout that isn't ours, as it is remembered. It depends on the qualifiers alone."""
        known = tuple(layouts)
        try:
            return self._layouts[known]
        except KeyError:
            pass
        found = self.reader.unusual(layouts, values)
        if len(self._layouts) >= _LAYOUTS:
            self._layouts.clear()
        self._layouts[known] = found
        return found


_LAYOUTS = 4096


class Node:
    """A loop in its place below others. `depth` counts the loops above it; the numbers of its parts are
    those of the record it belongs to, so that loops without a record count on."""

    target: b.RecordType  # what its segments' fields belong to

    def __init__(self, table: b.Loop, above: Node | None, first: int, group: int) -> None:
        self.id = table.id
        self.above = above
        self.depth: int = above.depth + 1 if above else 0
        self.field = table.field
        self.many = table.many
        self.recorded = table.record is not None
        self.first = first
        owner: b.RecordType
        if table.record is not None:
            owner, self.into = table.record, Nested()
            self.path = nested(above.target, table.into) if above else Nested()
        else:
            assert above is not None  # noqa: S101  # a table's outermost loop has a record
            self.into = self.path = nested(above.target, table.into)
            owner = self.into.path[-1][1] if self.into.path else above.target
        self.target = owner
        self.bit = 1 << first
        # what may not come after this loop in the one above: all before its group, itself if there is but one
        self.closes = (1 << group) - 1 | (0 if table.many else self.bit)
        own = 0 if self.recorded else first
        opening = next(part for part in table.parts if isinstance(part, b.Segment))
        recorded_opening = self.recorded and above is not None and table.parts[0] is opening
        self.opening = Move(self, own, opening, SegmentUse(opening, owner, opens=recorded_opening, always=table.always))
        self.plain = self.many and not self.path.path  # its records go right into a list of the one above
        self.heads = Heads(self, table.always) if recorded_opening else None
        self.blank = {**silent_defaults(owner), **dict(table.always)}
        self._by_name: dict[str, list[Move]] = {}
        self._children(table, own)
        self.moves: dict[str, Choice] = {}
        self.closers: tuple[str, ...] = ()
        # the names of what may follow its opening segment and belongs to the loop itself
        self.own = frozenset(
            name for name, moves in self._by_name.items() if any(not move.opens for move in moves)
        ) - {self.opening.use.id}

    def new(self) -> Any:
        """The loop's record with nothing in it."""
        return self.target(**self.blank)

    def _children(self, table: b.Loop, number: int) -> None:
        group, group_name = number, ""
        for index, part in enumerate(table.parts):
            if isinstance(part, b.Segment):
                if index == 0 and part.id == self.opening.use.id:
                    self._add(part.id, self.opening)
                else:
                    self._add(part.id, Move(self, number, part, SegmentUse(part, self.target, opens=False)))
                group_name = ""
            else:
                name = next(p.id for p in part.parts if isinstance(p, b.Segment))
                if name != group_name:
                    group, group_name = number, name
                child = Node(part, self, number, group)
                self._add(name, child.opening.opening(child))
                if part.implied:
                    for below, moves in child._by_name.items():
                        for move in moves:
                            if move.opens:
                                self._add(below, move.through(self, child))
            number += slots_of(part)

    def _add(self, name: str, move: Move) -> None:
        self._by_name.setdefault(name, []).append(move)

    def connect(self) -> None:
        """Make the choices, those of the loops above included; for all loops below too."""
        node: Node | None = self
        found: dict[str, list[Move]] = {}
        below: dict[int, Node] = {}
        while node is not None:
            for name, moves in node._by_name.items():
                found.setdefault(name, []).extend(moves)
            node = node.above
        self.moves = {name: choice_of(moves) for name, moves in found.items()}
        self.closers = tuple(self._closers())
        for moves in self._by_name.values():
            for move in moves:
                for child in move.opens:
                    below[id(child)] = child
        for child in below.values():
            if child.above is self:
                child.connect()

    def _closers(self) -> Iterator[str]:
        """Names of segments that are certain to close this loop: it, or one round it, comes again, or the set ends."""
        yield "SE"
        path: list[Node] = []
        node: Node | None = self
        while node is not None:
            path.append(node)
            node = node.above
        passed = [each.opening for each in path if each.opening.blocks]  # what opened them can't come once more inside
        for each in path[:-1]:
            name = each.opening.use.id
            first = next((move for move in self.moves[name][3] if move not in passed), None)
            if each.many and first is not None and first.opens == (each,) and first.test is None:
                yield name

    def way_to(self, name: str) -> Iterator[Node]:
        """The loops of that name below this one, and those they hang below."""
        for moves in self._by_name.values():
            for move in moves:
                if not move.opens or move.opens[0].above is not self:
                    continue
                child = move.opens[0]
                found = list(child.way_to(name))
                if found or child.id == name:
                    yield child
                    yield from found

    def openers(self) -> Iterator[str]:
        """The names of all segments that open a loop below."""
        for name, moves in self._by_name.items():
            for move in moves:
                if move.opens:
                    yield name
                    yield from move.opens[0].openers()


class Move:
    """What a segment may be: a segment of the open loop at `depth`, or the opening of loops below that one.

    `bit` must not be blocked in that loop; the segment blocks `blocks` there.
    """

    __slots__ = ("bit", "blocks", "depth", "number", "opens", "quick", "segment", "test", "use")

    def __init__(
        self, node: Node, number: int, segment: b.Segment, use: SegmentUse, opens: tuple[Node, ...] = ()
    ) -> None:
        self.depth = node.depth
        self.number = number
        self.segment = segment
        self.use = use
        self.quick = use.quick
        self.test: Callable[[list[str], Context], bool] | None = test_of(segment.parts)
        self.opens = opens
        self.bit = 1 << number
        repeats = segment.many or isinstance(segment.parts[0], b.CodeLists)
        self.blocks = 0 if repeats else self.bit

    def opening(self, child: Node) -> Move:
        """The same segment as what opens `child`, seen from the loop above."""
        assert child.above is not None  # noqa: S101  # only children are opened
        move = Move(child.above, child.first, self.segment, self.use, (child,))
        move.blocks = child.closes
        return move

    def through(self, node: Node, implied: Node) -> Move:
        """The same opening with a loop opened before it whose own first segment the sender left out."""
        move = Move(node, implied.first, self.segment, self.use, (implied, *self.opens))
        move.blocks = implied.closes
        return move


# The moves that a segment's name allows, innermost first: the position of the element whose code decides, the
# moves by that code, those for any other code, and all of them. Position 0: nothing decides.
Choice = tuple[int, dict[str, tuple[Move, ...]], tuple[Move, ...], tuple[Move, ...]]


def choice_of(moves: list[Move]) -> Choice:
    """The moves ordered by what decides between them."""
    every = tuple(moves)
    deciding = [_deciding(move.segment) for move in moves]
    positions = {found[0] for found in deciding if found is not None}
    if len(positions) != 1:
        return 0, {}, every, every
    (position,) = positions
    by_code = {
        code: tuple(
            _decided(move)
            for move, found in zip(moves, deciding, strict=True)
            if found is None or code in found[1]
        )
        for code in {code for found in deciding if found is not None for code in found[1]}
    }
    others = tuple(move for move, found in zip(moves, deciding, strict=True) if found is None)
    return position, by_code, others, every


def _decided(move: Move) -> Move:
    """The move without its test, where a code is all it asks for."""
    if _deciding(move.segment) is None:
        return move
    decided = Move.__new__(Move)
    for name in Move.__slots__:
        setattr(decided, name, getattr(move, name))
    decided.test = None
    return decided


def _deciding(segment: b.Segment) -> tuple[int, frozenset[str]] | None:
    """The element that alone decides whether a segment is this one, and its codes."""
    found: list[tuple[int, frozenset[str]]] = []
    for part in segment.parts:
        match part:
            case b.Match() if part.codes:
                found.append((part.position, part.codes))
            case b.HierarchicalLevel():
                found.append((3, frozenset((part.code, *part.others))))
            case b.Composite() | b.Items() if any(isinstance(p, b.Match) and p.codes for p in part.parts):
                return None
            case _:
                pass
    return found[0] if len(found) == 1 else None


def slots_of(part: b.Segment | b.Loop) -> int:
    """How many numbers a part takes in its loop: loops without a record share their parent's numbering."""
    if isinstance(part, b.Loop) and part.record is None:
        return sum(slots_of(below) for below in part.parts)
    return 1
