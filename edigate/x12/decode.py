"""The decoder: segments to records by a binding table. Never raises on data; what it can't say it keeps.

Good segments are read by quick readers written for them, those a loop usually begins with by one for them all
(`heads.py`); whatever isn't as usual by the careful ones, which keep what no field holds and tell what can't
be read. What no table claims goes to the `unbound` of the loop it stood in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

from edigate.findings import Finding, Severity
from edigate.secrecy import Phi
from edigate.x12 import binding as b
from edigate.x12.frames import FieldsOf, Frame, Source, append, inner, with_empty
from edigate.x12.moves import Codes, Move, Node, SegmentUse
from edigate.x12.reading import Context, Values, made
from edigate.x12.remainder import EMPTY, ORDER, LoopRecord, Unbound, order_of
from edigate.x12.segments import Delimiters, Segment

Root = TypeVar("Root", bound=LoopRecord)

_FINDINGS = 10_000  # kept for one set; how many more there were is told


# Whether parts in this order are in order: most loops of a file look like one of a few dozen.
_USUAL: dict[tuple[int, ...], bool] = {}
_SHORT, _MANY = 50, 10_000


class Found(Phi, msgspec.Struct, frozen=True):
    """A streamed record: what it hangs below (outermost first) and the segments it spans (ST = 1).

    The parents are the records as they are being read: when a record is handed out, they hold what came
    before it, and they are the same for all records below them.
    """

    record: Any
    parents: tuple[Any, ...]
    first: int
    last: int


class Decoder(Generic[Root]):
    """Compiled once for a binding; use `decode` for a whole set or `stream` for one loop at a time.

    `careful`: read every segment the careful way. The outcome is the same; it is what tests compare with.
    """

    def __init__(self, table: b.Loop, *, careful: bool = False) -> None:
        self._root = Node(table, None, 0, 0)
        self._root.connect()
        self._openers = frozenset(self._root.openers())
        self._late: dict[str, frozenset[Node]] = {"": frozenset()}
        self._careful = careful

    def decode(self, segments: Iterable[Segment], delimiters: Delimiters) -> tuple[Root, list[Finding]]:
        """The record of a transaction set, and what in it couldn't be read as what it should be."""
        run = self.stream(segments, delimiters, at="")
        for _ in run:
            pass
        return run.root, run.findings

    def stream(self, segments: Iterable[Segment], delimiters: Delimiters, at: str) -> Run[Root]:
        """Iterate the returned run for each record of loop `at`; then its `root` and `findings` are there.

        Records of loop `at` are not kept in their parents, nor are loops that held some of them kept in
        theirs: memory doesn't grow with the set.
        """
        late = self._late.get(at)
        if late is None:
            late = self._late[at] = frozenset(self._root.way_to(at))
        source = Source(segments, delimiters)
        return Run(self._root, self._openers, source, delimiters, at, late, careful=self._careful)


class Run(Generic[Root]):
    """One pass over one transaction set."""

    def __init__(
        self,
        root: Node,
        openers: frozenset[str],
        source: Source,
        delimiters: Delimiters,
        at: str,
        late: frozenset[Node],
        *,
        careful: bool,
    ) -> None:
        self.findings: list[Finding] = []
        self._openers = openers
        self._source = source
        self._delimiters = delimiters
        self._context = Context(delimiters)
        self._at = at
        self._late = late
        self._careful = careful
        self._untold = 0
        record = root.new()
        self._stack = [Frame(root, record, record, [], 1, ())]
        self._root: Root = record
        self._ended = False

    @property
    def root(self) -> Root:
        """The record of the set itself; there once the iteration has ended."""
        assert self._ended, "the run hasn't ended"  # noqa: S101  # a caller's mistake
        return self._root

    def __iter__(self) -> Iterator[Found]:  # noqa: PLR0915  # as said below
        # Called for every segment there is: one loop over locals, in which only what opens or closes a
        # loop, or isn't as usual, costs a call.
        stack, context, careful = self._stack, self._context, self._careful
        component, repetition = context.component, context.repetition
        source, delimiters, late = self._source, self._delimiters, self._late
        separator, terminator = delimiters.element, delimiters.segment
        top, moves = stack[-1], stack[-1].node.moves
        lost = False  # inside a loop that no table knows
        position = 0
        for row in source:
            position += 1
            try:
                decides, by_code, options, every = moves[row[0]]
            except KeyError:
                name = row[0]
                if name == "SE":
                    found = self._close_to(0, position - 1)
                    if found is not None:
                        yield found
                    top, moves = stack[0], stack[0].node.moves
                elif name != "ST":
                    lost = lost or name in self._openers
                    self._keep(top, row)
                continue
            if careful:
                options = every
            elif decides and len(row) > decides:
                options = by_code.get(row[decides], options)
            for move in () if lost and row[0] not in self._openers else options:
                frame = stack[move.depth]
                if frame.blocked & move.bit:
                    continue
                if move.test is None or move.test(row, context):
                    break
            else:
                # Nothing here, or something inside a loop that no table knows: its own segments (N3, REF ...)
                # must not be taken for a known loop's.
                lost = lost or row[0] in self._openers
                self._keep(top, row)
                continue
            lost = False
            if frame is not top:
                if top.above is frame and not top.late and top.layouts is None:  # a line after a line
                    stack.pop()
                    if len(top.trail) != 1:
                        self._settle(top)
                else:
                    found = self._close_to(move.depth, position - 1)
                    if found is not None:
                        yield found
                top = frame
                moves = top.node.moves
            frame.blocked |= move.blocks
            try:
                quick = move.quick[len(row)]
            except KeyError:
                quick = move.use.make_quick(len(row))
            if careful:
                quick = None
            if move.opens:
                node = move.opens[-1]
                made = None
                if quick is not None and node.heads is not None:
                    known = node.heads.find(source.text, source.begin, delimiters) if source.text else None
                    try:
                        if known is None:
                            made = quick(row, None, component, repetition)
                        else:
                            head, end = known
                            elements = source.text[source.begin : end - 1].replace(terminator, separator)
                            made = head.read(elements.split(separator), component, repetition)
                            source.at = end
                            if head.closed and len(move.opens) == 1 and node.plain and node not in late:
                                frame.trail.append(node.first)
                                append(frame.record, node.field, made)
                                position += head.length - 1
                                continue
                    except (ValueError, LookupError):
                        known = None
                    if known is not None:
                        top = self._open(frame, move, None, made, row, position)
                        top.trail[:] = head.trail
                        top.settled = head.settled
                        top.blocked = head.blocked
                        position += head.length - 1
                        moves = top.node.moves
                        continue
                top = self._open(frame, move, quick, made, row, position)
                moves = top.node.moves
                continue
            frame.trail.append(move.number)
            if quick is not None:
                try:
                    quick(row, frame.record, component, repetition)
                    continue
                except (ValueError, LookupError):
                    pass
            self._read(frame, move.use, row, position)
        found = self._close_to(0, position)
        if found is not None:
            yield found
        self._lay_out(stack[0])
        self._settle(stack[0])
        if self._untold:
            words = f"{self._untold} more values that can't be read aren't listed"
            self.findings.append(Finding(code="X12-MORE", message=words, severity=Severity.ERROR, level=1))
        self._ended = True

    # --- loops

    def _open(self, frame: Frame, move: Move, quick: Any, made: Any, row: list[str], position: int) -> Frame:
        """Open the loops that a segment opens; `made` is the innermost's record, where it was read."""
        innermost = move.opens[-1]
        for node in move.opens:
            if node is not move.opens[0]:
                frame.blocked |= node.closes
            if node.recorded:
                record = node.new() if made is None or node is not innermost else made
                parents = frame.below
                if parents is None:
                    parents = frame.below = (*frame.parents, frame.home)
                child = Frame(node, record, record, [], position, parents)
                child.above = frame
                if node is not innermost and node.opening.use.id == "HL":  # a level that the sender left out
                    record.unbound.append(Unbound(0, 1, ("HL", "", "", EMPTY), partial=True))
                if node in self._late:
                    child.late = True
                else:
                    self._attach(child)
                frame = child
            else:
                record = inner(frame.record, node.into)
                frame = Frame(node, record, frame.home, frame.trail, frame.first, frame.parents)
            self._stack.append(frame)
        frame.blocked |= innermost.opening.blocks
        frame.trail.append(innermost.opening.number)
        if made is None:
            if quick is not None and not innermost.recorded:
                try:
                    quick(row, frame.record, self._context.component, self._context.repetition)
                    return frame
                except (ValueError, LookupError):
                    pass
            self._read(frame, innermost.opening.use, row, position)
        return frame

    def _attach(self, frame: Frame) -> None:
        """Give a loop's record to the record above it."""
        above, node = frame.above, frame.node
        assert above is not None  # noqa: S101  # never the outermost
        above.trail.append(node.first)
        target = inner(above.record, node.path) if node.path.path else above.record
        if node.many:
            append(target, node.field, frame.record)
        else:
            setattr(target, node.field, frame.record)

    def _close_to(self, depth: int, last: int) -> Found | None:
        """Close the loops below `depth`; the streamed one among them, if any."""
        stack = self._stack
        found: Found | None = None
        while len(stack) - 1 > depth:
            frame = stack.pop()
            node = frame.node
            if frame.layouts is not None:
                self._lay_out(frame)
            if not node.recorded:
                continue
            if len(frame.trail) != frame.settled:
                self._settle(frame)
            if not frame.late:
                continue
            if node.id == self._at:
                for above in stack:
                    above.streamed = True
                    if above.node.recorded and len(above.trail) != above.settled:
                        self._settle(above)
                found = Found(frame.record, frame.parents, frame.first, last)
            elif not frame.streamed:
                self._attach(frame)
        return found

    def _lay_out(self, frame: Frame) -> None:
        """Keep how code lists were laid out, where we would do it otherwise."""
        for number, (codes, layouts) in (frame.layouts or {}).items():
            unusual = codes.unusual(layouts, FieldsOf(frame.record))
            if unusual is not None:
                frame.home.unbound.insert(0, Unbound(number, 0, ("", *unusual), True))

    def _settle(self, frame: Frame) -> None:
        """Keep the order in which a loop's segments came, where it isn't the table's."""
        trail = frame.trail
        frame.settled = len(trail)
        if len(trail) < _SHORT:
            known = tuple(trail)
            usual = _USUAL.get(known)
            if usual is None:
                if len(_USUAL) >= _MANY:
                    _USUAL.clear()
                usual = _USUAL[known] = trail == sorted(trail)
        else:
            usual = trail == sorted(trail)
        if usual:
            return
        order = order_of(trail)
        kept = frame.home.unbound
        kept[:] = [entry for entry in kept if entry.part != ORDER]
        if order is not None:
            kept.append(order)

    # --- segments that aren't as usual

    def _keep(self, frame: Frame, row: list[str]) -> None:
        frame.keep(tuple(self._context.neutral(value) for value in row))

    def _codes(self, frame: Frame, number: int, codes: Codes, row: list[str], position: int) -> None:
        """Read one segment of code lists into the record; how it was laid out is looked at in the end."""
        context, record = self._context, frame.record
        layout: tuple[str, ...]
        try:
            if self._careful:
                raise LookupError
            found, layout = codes.quick(row, context.component)
            for each, member in found:
                append(record, each.field, member)
        except (ValueError, LookupError):
            context.begin(row)
            layout = codes.reader.read(row, FieldsOf(record), context)
            if not any(layout):
                frame.trail.pop()
                self._keep(frame, row)
                return
            if context.extra is not None:
                frame.keep(tuple(context.extra), partial=True)
            self._report(frame, row, position)
        if frame.layouts is None:
            frame.layouts = {}
        frame.layouts.setdefault(number, (codes, []))[1].append(layout)

    def _read(self, frame: Frame, use: SegmentUse, row: list[str], position: int) -> None:
        """Read a segment with care: fields as far as they go, the rest kept, what is wrong told."""
        if use.codes is not None:
            self._codes(frame, frame.trail[-1], use.codes, row, position)
            return
        context = self._context
        context.begin(row)
        values: Values = {}
        use.read(row, values, context)
        target = inner(frame.record, use.nested)
        silent = values.keys() <= use.qualifiers
        if use.many and use.record is not None:
            append(target, use.many, made(use.record, values))
        elif use.many:
            if not silent:
                for value in values.values():
                    append(target, use.many, value)
        else:
            for name, value in values.items():
                setattr(target, name, value)
        if silent and row[0] != "HL":
            # No field says that the segment was there, so the remainder must.
            whole = with_empty([context.neutral(value) for value in row], context.extra)
            if use.many and use.record is None:
                frame.trail.pop()
                self._keep(frame, row)
            else:
                frame.keep(whole, partial=True)
        elif context.extra is not None:
            frame.keep(tuple(context.extra), partial=True)
        self._report(frame, row, position)

    def _report(self, frame: Frame, row: list[str], position: int) -> None:
        for element, component, value, expected in self._context.failures:
            if len(self.findings) >= _FINDINGS:
                self._untold += 1
                continue
            self.findings.append(
                Finding(
                    code="IK4-8" if expected.startswith("date") else "IK4-6",
                    message=f"{row[0]}{element:02d} can't be read as {expected}",
                    severity=Severity.ERROR,
                    level=1,
                    segment_id=row[0],
                    segment_position=position,
                    loop=frame.node.id,
                    element=element,
                    component=component,
                    value=value,
                    expected=expected,
                )
            )
