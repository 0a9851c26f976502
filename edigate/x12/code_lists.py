"""Code lists (HI): composites that say by their qualifier what they are, read into fields and laid out again.

Knows nothing of what the codes mean. A sender may part the lists into segments as it likes; where that
isn't how we would, the layout is remembered: for each segment the qualifiers of its composites, blank
where a composite is kept elsewhere or empty.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from edigate.x12 import binding as b
from edigate.x12.part_readers import components_of
from edigate.x12.reading import Context, Values

_Get = Callable[[str], Any]
_Write = Callable[[Any, list[Any], Any], bool]
# A member with its list and the qualifier that it is written with.
_Entry = tuple[b.CodeList, str, Any]

_BETWEEN = ","  # the qualifiers of a segment in a remembered layout


class CodeListReader:
    """Reads one segment after the other into the lists' fields."""

    def __init__(self, part: b.CodeLists) -> None:
        self._lists = tuple(_Membership(each, part.lists) for each in part.lists)
        self._of = {
            code: (each, components_of(each.parts)) for each in reversed(part.lists) for code in each.codes
        }

    def read(self, elements: list[str], values: Values, context: Context) -> tuple[str, ...]:
        """Read a segment; its layout, in which a composite that no list takes is blank."""
        layout = []
        for position in range(1, len(elements)):
            value = elements[position]
            code = value.split(context.component, 1)[0]
            taken = self._of.get(code) if value else None
            if taken is None or not _take(*taken, value, values, context, position):
                if value:
                    context.keep(position, value)
                code = ""
            layout.append(code)
        return tuple(layout)

    def unusual(self, layouts: Iterable[tuple[str, ...]], values: Values) -> tuple[str, ...] | None:
        """The layout as texts to be remembered; None where ours would be the same."""
        found = tuple(layouts)
        ours = tuple(
            tuple(code for _, code, _ in entries[start : start + each.most])
            for each, entries in _entries(self._lists, values.get)
            for start in range(0, len(entries), each.most)
        )
        return None if found == ours else tuple(_BETWEEN.join(layout) for layout in found)


def _take(
    each: b.CodeList,
    read: Callable[[str, Values, Context, int], None],
    value: str,
    values: Values,
    context: Context,
    position: int,
) -> bool:
    if each.single and each.field in values:
        return False
    one: Values = {}
    read(value, one, context, position)
    if each.record is not None:
        member = each.record(**one)
    elif one:
        (member,) = one.values()
    else:
        return False
    if each.single:
        values[each.field] = member
    else:
        values.setdefault(each.field, []).append(member)
    return True


class CodeListWriter:
    """Lays the members of fields out in segments."""

    def __init__(self, segment_id: str, part: b.CodeLists, write_of: Callable[[b.Part], _Write]) -> None:
        self._id = segment_id
        self._lists = tuple(_Membership(each, part.lists) for each in part.lists)
        self._writes = {each.field + each.codes[0]: [write_of(one) for one in each.parts] for each in part.lists}

    def segments(self, source: Any, remembered: tuple[str, ...] | None, run: Any) -> Iterator[list[Any]]:
        """The segments, by the `remembered` layout as far as the members still fit it, then by ours."""
        lists = [(each, entries) for each, entries in _entries(self._lists, lambda name: getattr(source, name))]
        done: set[int] = set()
        if remembered is not None:
            waiting: dict[str, deque[_Entry]] = {}
            for _, entries in lists:
                for entry in entries:
                    waiting.setdefault(entry[1], deque()).append(entry)
            for codes in remembered:
                elements: list[Any] = [self._id]
                for code in codes.split(_BETWEEN):
                    if queue := waiting.get(code):
                        entry = queue.popleft()
                        done.add(id(entry))
                        elements.append(self._composite(entry, run))
                    else:
                        elements.append("")
                yield elements
        for each, entries in lists:
            rest = [entry for entry in entries if id(entry) not in done]
            for start in range(0, len(rest), each.most):
                yield [self._id, *(self._composite(entry, run) for entry in rest[start : start + each.most])]

    def _composite(self, entry: _Entry, run: Any) -> tuple[str, ...]:
        each, code, member = entry
        pieces: list[Any] = ["", code]
        source = member if each.record is not None else _Plain(member)
        for write in self._writes[each.field + each.codes[0]]:
            write(source, pieces, run)
        pieces[1] = code
        return tuple(str(piece) for piece in pieces[1:])


class _Membership:
    """Which members of its field are a list's, where lists share the field."""

    def __init__(self, each: b.CodeList, lists: tuple[b.CodeList, ...]) -> None:
        self.list = each
        first = each.parts[0]
        # the member's own qualifier, where it has a field for it
        self._qualifier = first.field if each.record is not None and isinstance(first, b.Match) else ""
        sharing = [other for other in lists if other.field == each.field]
        self._alone = len(sharing) == 1
        self._is_first = each is sharing[0]
        self._is_last = each is sharing[-1]
        self._elsewhere = frozenset(code for other in sharing for code in other.codes) - set(each.codes)

    def entries(self, get: _Get) -> list[_Entry]:
        each = self.list
        value = get(each.field)
        if not value:
            return []
        entries: list[_Entry] = []
        for place, member in enumerate([value] if each.single else value):
            code = getattr(member, self._qualifier) if self._qualifier else ""
            if self._mine(code, place):
                entries.append((each, code or each.codes[0], member))
        return entries

    def _mine(self, code: str, place: int) -> bool:
        if self._alone or code in self.list.codes:
            return True
        if code:
            return self._is_last and code not in self._elsewhere  # of no list, and written all the same
        return self._is_first if place == 0 else self._is_last


def _entries(lists: Iterable[_Membership], get: _Get) -> Iterator[tuple[b.CodeList, list[_Entry]]]:
    for each in lists:
        if entries := each.entries(get):
            yield each.list, entries


class _Plain:
    """A text in place of a record: any field is it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __getattr__(self, name: str) -> str:
        return self._value
