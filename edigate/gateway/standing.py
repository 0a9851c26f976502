"""Where each segment of a claim set stands: its loop in the binding, its claims, and which field an element is.

Serves whoever is told of a segment by its position: the trial's findings and a receiver's 999. Knows no
guide by name, no ledger and no message.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

import msgspec

from edigate.claims.model import Claim
from edigate.secrecy import Phi
from edigate.x12.binding import CodeLists, FieldPlace, HierarchicalLevel, Loop, Match, Pairs, fields
from edigate.x12.binding import Segment as BoundSegment
from edigate.x12.segments import Segment

# Where the tree has a claim; the rest of a path in the tree is the path in the claim.
_LEVELS = re.compile(r"^(?:billing_levels\[\]\.)?(?:subscribers\[\]\.)?(?:patients\[\]\.)?(?:claims\[\]\.)?")


class Place(Phi, msgspec.Struct, frozen=True, gc=False):
    """One segment of a set: its loop, what binds it, and the claims (first, last; from 0) it is about."""

    elements: list[str]
    loop: Loop
    bound: BoundSegment | None  # None for ST, SE and what no binding claims
    prefix: str  # of the loop's fields, e.g. `subscriber.` or `service_lines[2].`
    earlier: dict[str, int]  # members of its lists that came in earlier segments of the loop
    first: int
    last: int


class _Open(Phi, msgspec.Struct):
    """An open loop. `level` is the HL it is in, or the set; `claim` the claim (from 0), -1 above claims."""

    loop: Loop
    prefix: str = ""
    claim: int = -1
    level: _Open | None = None
    begun: int = 0  # of a level: claims that came before it
    ended: int = 0  # of a level: claims that came before its end
    children: Counter[str] = msgspec.field(default_factory=Counter)
    said: set[int] = set()  # segments of the binding that came, by identity


def places_of_set(table: Loop, segments: Sequence[Segment], separator: str = ":") -> list[Place]:
    """Each segment with its loop, found by the binding as the decoder does; a level is about all claims in it.

    `separator` parts components.
    """
    root = _Open(table)
    stack = [root]
    claims = 0
    standing: list[tuple[list[str], _Open, BoundSegment | None, dict[str, int]]] = []
    for segment in segments:
        elements = segment.elements
        if segment.id in ("ST", "SE"):
            standing.append((elements, root, None, {}))
            continue
        for depth in range(len(stack) - 1, -1, -1):
            child = _opened(stack[depth].loop, elements)
            if child is None and not _holds(stack[depth].loop, elements):
                continue
            for left in stack[depth + 1 :]:
                left.ended = claims
            del stack[depth + 1 :]
            if child is not None:
                stack.append(_entered(stack[-1], child, claims))
                claims += child.record is Claim
            break
        here = stack[-1]
        bound = _bound(here, elements)
        standing.append((elements, here, bound, dict(here.children)))
        if bound is not None:
            here.said.add(id(bound))
            here.children.update(_members(bound, elements, separator))
    for left in stack:
        left.ended = claims
    places = []
    for elements, open_, bound, earlier in standing:
        level = open_.level or open_
        first, last = (level.begun, level.ended - 1) if open_.claim < 0 else (open_.claim, open_.claim)
        places.append(Place(elements, open_.loop, bound, open_.prefix, earlier, first, last))
    return places


def field_at(place: Place, element: int, component: int = 0, separator: str = ":") -> str:
    """The claim's field that an element (from 1) of a segment is, lists by number: `diagnoses[2].code`.

    Element 0 is the segment as a whole: its first field. Empty where the element is no field.
    """
    if place.bound is None:
        return ""
    bound = _fields_of(place.bound)
    paired = _paired(place.bound, place.elements, element)
    for one in bound:
        if element and one.element != element:
            continue
        if component and one.component and one.component != component:
            continue
        if paired is not None and one.field.rpartition(".")[2] != paired:
            continue
        if one.codes and _code(place.elements, one.element, separator) not in one.codes:
            continue
        numbers = _numbers(place, one, bound, separator)
        *lists, last = one.field.split("[]")
        named = "".join(f"{name}[{number}]" for name, number in zip(lists, numbers, strict=False)) + last
        return claim_field(place.prefix + named)
    return ""


def field_of_missing(table: Loop, loop_id: str, segment_id: str, line: int) -> str:
    """The field that a segment which isn't there would have been, where its loop has only one such segment.

    `line` is the number, from 0, of the service line it is missing in.
    """
    found = [one for one in fields(table) if (one.loop, one.segment) == (loop_id, segment_id)]
    if len({one.qualifiers for one in found}) != 1:
        return ""
    field = _LEVELS.sub("", found[0].field).replace("service_lines[]", f"service_lines[{line}]")
    return claim_field(field.partition("[]")[0])


def claim_field(field: str) -> str:
    """A field of the tree as the flat claim names it."""
    return f"billing_{field}" if field.startswith("provider.") else field


# --- which member of a list


def _numbers(place: Place, one: FieldPlace, bound: Sequence[FieldPlace], separator: str) -> Iterator[int]:
    """The number for each `[]` of a field: first of the segments that are a list, then within the segment."""
    segment = place.bound
    if segment is not None and segment.many:
        yield place.earlier.get(segment.many, 0)
    if one.codes:
        same = {code for other in bound if _list(other) == _list(one) for code in other.codes}
        here = sum(_code(place.elements, at, separator) in same for at in range(1, one.element))
        yield place.earlier.get(_list(one), 0) + here
        return
    alike = [(other.element, other.component) for other in bound if other.field == one.field]
    yield alike.index((one.element, one.component))


def _paired(segment: BoundSegment, elements: list[str], element: int) -> str | None:
    """Where the element before says which field a value is (PER): its name, empty for a qualifier we don't know."""
    for part in segment.parts:
        if isinstance(part, Pairs) and part.start < element < part.start + 2 * part.times:
            before = elements[element - 1] if element <= len(elements) else ""
            return dict(part.fields).get(before, "") if (element - part.start) % 2 else None
    return None


def _members(segment: BoundSegment, elements: list[str], separator: str) -> Counter[str]:
    """What a segment adds to its loop's lists."""
    found: Counter[str] = Counter()
    if segment.many:
        found[segment.many] += 1
    for part in segment.parts:
        if isinstance(part, CodeLists):
            for at in range(1, len(elements)):
                code = _code(elements, at, separator)
                found.update({each.field: 1 for each in part.lists if code in each.codes})
    return found


def _list(place: FieldPlace) -> str:
    return place.field.partition("[]")[0]


def _code(elements: list[str], element: int, separator: str) -> str:
    return elements[element].partition(separator)[0] if element < len(elements) else ""


# --- the binding's loops and segments


@cache
def _fields_of(segment: BoundSegment) -> tuple[FieldPlace, ...]:
    return tuple(fields(Loop("", None, (segment,))))


def _entered(above: _Open, loop: Loop, claims: int) -> _Open:
    is_level = any(isinstance(part, HierarchicalLevel) for part in _opening(loop).parts)
    prefix = above.prefix
    if is_level or loop.record is Claim:
        prefix = ""  # the tree's own lists are none of the claim's fields
    elif loop.record is not None:
        prefix += f"{loop.field}[{above.children[loop.field]}]." if loop.many else f"{loop.field}."
        above.children[loop.field] += 1
    return _Open(
        loop,
        prefix=prefix + "".join(f"{name}." for name in loop.into),
        claim=claims if loop.record is Claim else above.claim,
        level=None if is_level else above.level or above,
        begun=claims,
    )


def _bound(here: _Open, elements: list[str]) -> BoundSegment | None:
    """What binds a segment of an open loop; a second one of its like may have a field of its own (837I REF*LX)."""
    first = None
    for part in _segments(here.loop):
        if _is(part, elements):
            if part.many or id(part) not in here.said:
                return part
            first = first or part
    return first


def _opened(loop: Loop, elements: list[str]) -> Loop | None:
    """The loop directly below that a segment opens."""
    below = (part for part in loop.parts if isinstance(part, Loop))
    return next((part for part in below if _is(_opening(part), elements)), None)


def _segments(loop: Loop) -> Iterator[BoundSegment]:
    return (part for part in loop.parts if isinstance(part, BoundSegment))


def _opening(loop: Loop) -> BoundSegment:
    return next(_segments(loop))


def _holds(loop: Loop, elements: list[str]) -> bool:
    """Whether a segment is the loop's own; its first one opens another."""
    opening = _opening(loop)
    return any(_is(part, elements) for part in _segments(loop) if part is not opening)


def _is(segment: BoundSegment, elements: list[str]) -> bool:
    if segment.id != elements[0]:
        return False
    for part in segment.parts:
        match part:
            case Match(position=position, codes=codes) if codes:
                if position >= len(elements) or elements[position] not in codes:
                    return False
            case HierarchicalLevel(code=code):
                if len(elements) < 4 or elements[3] != code:
                    return False
            case _:
                pass
    return True
