"""Patterns: one regular expression a segment usage, which accepts a good segment in one call.

The promise: what a pattern accepts, `elements.explain` finds nothing wrong with. The reverse isn't
promised: a pattern may turn down rare but good text (29 February, a number with nine decimals), which
`explain` then passes. Knows delimiters and data types; refuses to say what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from edigate.x12.elements import fits
from edigate.x12.guide import UNLIMITED, Element, SegmentUsage, Syntax
from edigate.x12.segments import Delimiters

_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_NOT_IN_4010 = "^`"
_YEAR = "(?:1[89]|2[01])[0-9]{2}"
# Every month has 28 days; the rest of the calendar but for 29 February follows.
_MONTH_DAY = "(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31)"
_TIME = "(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9](?:[0-9]{2})?)?"
_FORMATS = {  # values of element 1250 and what element 1251 then holds
    "D8": _YEAR + _MONTH_DAY,
    "RD8": f"{_YEAR}{_MONTH_DAY}-{_YEAR}{_MONTH_DAY}",
    "D6": "[0-9]{2}" + _MONTH_DAY,
    "DT": _YEAR + _MONTH_DAY + "(?:[01][0-9]|2[0-3])[0-5][0-9]",
    "TM": _TIME,
}


def alternatives(codes: Iterable[str]) -> str:
    """A pattern for exactly these codes, as a tree of their beginnings, so that long lists stay fast."""
    tree: dict[str, dict[str, object]] = {}
    for code in codes:
        branch: dict[str, object] = tree  # type: ignore[assignment]  # a tree of dicts, leaves are {}
        for character in code:
            branch = branch.setdefault(character, {})  # type: ignore[assignment]  # as above
        branch[""] = {}
    return _tree(tree)


def _tree(branch: Mapping[str, object]) -> str:
    ends = "" in branch
    leaves = "".join(sorted(c for c, below in branch.items() if c and set(below) == {""}))  # type: ignore[call-overload]  # below is a dict
    parts = [f"[{re.escape(leaves)}]" if len(leaves) > 1 else re.escape(leaves)] if leaves else []
    parts += [
        re.escape(c) + _tree(below)  # type: ignore[arg-type]  # below is a dict
        for c, below in sorted(branch.items())
        if c and c not in leaves
    ]
    pattern = parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
    if not ends:
        return pattern
    return f"(?:{pattern})?" if parts else ""


class Patterns:
    """Patterns of one interchange's delimiters; `standard` is ISA12, for its character set."""

    def __init__(self, delimiters: Delimiters, standard: str, code_sets: Mapping[str, frozenset[str]]) -> None:
        taken = delimiters.element + delimiters.component + delimiters.segment + delimiters.repetition
        if not standard.startswith("005"):
            taken += _NOT_IN_4010
        self._any = "[" + "".join(re.escape(c) for c in _PRINTABLE if c not in taken) + "]"
        self._dark = "[" + "".join(re.escape(c) for c in _PRINTABLE[1:] if c not in taken) + "]"
        self._element = re.escape(delimiters.element)
        self._component = re.escape(delimiters.component)
        self._repetition = re.escape(delimiters.repetition)
        self._code_sets = code_sets
        self._delimiters = delimiters

    def of(self, usage: SegmentUsage) -> re.Pattern[str]:
        """The compiled pattern of a segment usage, to be used with `fullmatch`."""
        return re.compile(self.source(usage))

    def source(self, usage: SegmentUsage, prefix: str = "") -> str:
        """The pattern as text, for whoever joins several; `prefix` begins the names of its groups.

        What may be left out is written `(?:...|)`: Python's engine is a tenth faster with it than with `?`.
        """
        groups: dict[int, str] = {}
        noted = {element for note in usage.syntax for element in note.elements}
        parts: list[str] = []
        required = 0
        dtp = usage.id == "DTP"
        types: tuple[str, ...] = ()
        for index, element in enumerate(usage.elements, 1):
            if element.data_element == "1250":
                types = element.codes
            if element.components:
                body = self._composite(element)
            else:
                body = self._simple(element, types if element.data_element == "1251" else ())
            if body and element.repeat > 1 and self._repetition:
                most = "" if element.repeat >= UNLIMITED else str(element.repeat - 1)
                body = f"{body}(?:{self._repetition}{body}){{0,{most}}}"
            if element.usage == "R":
                required = index
                parts.append(body)
            elif not body:
                parts.append("")
            elif index in noted:
                groups[index] = f"{prefix}e{index}"
                parts.append(f"(?:(?P<{groups[index]}>{body})|)")
            else:
                parts.append(f"(?:{body}|)")
        if dtp and len(parts) >= 3:
            parts[1:3] = [self._dated(usage.elements[1], parts[1], parts[2])]
            required -= 1 if required >= 3 else 0
        head = "".join(self._element + part for part in parts[:required])
        tail = ""
        for part in reversed(parts[required:]):
            tail = f"(?:{self._element}{part}{tail}|)"
        notes = "".join(_note(note, usage, groups) for note in usage.syntax)
        # Nothing may end in a separator: such segments are read, and their sender is told.
        last = f"(?<![{self._element}{self._component}])"
        return re.escape(usage.id) + head + tail + last + notes

    def _composite(self, element: Element) -> str:
        """Components up to the last required one, the rest optional; empty where it isn't used."""
        if element.usage == "N":
            return ""
        parts: list[str] = []
        required = 0
        types: tuple[str, ...] = ()
        for index, part in enumerate(element.components, 1):
            if part.data_element == "1250":
                types = part.codes
            body = self._simple(part, types if part.data_element == "1251" else ())
            if part.usage == "R":
                required = index
                parts.append(body)
            else:
                parts.append(f"(?:{body}|)" if body else "")
        head = self._component.join(parts[:required])
        if element.usage == "R" and not required:
            head = f"(?=[^{self._element}])"
        tail = ""
        for position in range(len(parts), required, -1):
            joint = self._component if position > 1 else ""
            tail = f"(?:{joint}{parts[position - 1]}{tail}|)"
        return f"(?:{head}{tail}(?<!{self._component}))"

    def _dated(self, qualifier: Element, qualifiers: str, value: str) -> str:
        """DTP02 and DTP03 together: the format says what the value must look like."""
        known = [code for code in qualifier.codes if code in _FORMATS]
        if not known:
            return f"{qualifiers}{self._element}{value}"
        return "(?:" + "|".join(f"{code}{self._element}{_FORMATS[code]}" for code in known) + ")"

    def _simple(self, element: Element, types: tuple[str, ...]) -> str:
        if element.usage == "N":
            return ""
        if element.pattern:
            return _NOTHING  # left to `explain`; pyx12's maps have four of them
        codes = set(element.codes)
        if element.code_set:
            codes |= self._code_sets.get(element.code_set, frozenset())
        if codes or element.code_set:
            fit = [code for code in codes if element.min_length <= len(code) <= element.max_length]
            fit = [code for code in fit if not any(c in code for c in self._forbidden())]
            fit = [code for code in fit if fits(element.data_type, code)]
            return alternatives(fit) if fit else _NOTHING
        if types:
            known = [_FORMATS[code] for code in types if code in _FORMATS]
            return f"(?:{'|'.join(known)})" if known else self._text(element)
        return self._typed(element)

    def _forbidden(self) -> str:
        return self._delimiters.element + self._delimiters.component + self._delimiters.repetition

    def _typed(self, element: Element) -> str:
        kind, least, most = element.data_type, max(1, element.min_length), element.max_length
        if kind.startswith("N"):
            return f"-?[0-9]{{{least},{_bound(most)}}}"
        if kind == "R":
            if least > 1 or most < 4:
                return f"-?[0-9]{{{least},{_bound(most)}}}"
            whole = f"[0-9]{{1,{_bound(most - 2)}}}"
            return rf"-?(?:{whole}(?:\.[0-9]{{1,2}})?|\.[0-9]{{1,2}})"
        if kind in ("DT", "D8", "D6"):
            forms = [_FORMATS[name] for name, size in (("D8", 8), ("D6", 6)) if least <= size <= most]
            return f"(?:{'|'.join(forms)})" if forms else _NOTHING
        if kind == "TM":
            return _TIME if (least, most) == (4, 8) else _FORMATS_TM.get((least, most), _NOTHING)
        return self._text(element)

    def _text(self, element: Element) -> str:
        least, most = max(1, element.min_length), element.max_length
        if most == 1:
            return self._dark
        return f"{self._any}{{{least - 1},{_bound(most, -1)}}}{self._dark}"


_NOTHING = "(?!)"
_FORMATS_TM = {(4, 4): "(?:[01][0-9]|2[0-3])[0-5][0-9]"}


def _bound(most: int, less: int = 0) -> str:
    return "" if most >= UNLIMITED else str(most + less)


def _note(note: Syntax, usage: SegmentUsage, groups: Mapping[int, str]) -> str:
    """A syntax note as conditions on the groups that took part in the match."""
    always = {index for index, element in enumerate(usage.elements, 1) if element.usage == "R"}

    def when(element: int, then: str, otherwise: str) -> str:
        """`then` where the element is present, `otherwise` where not."""
        if then == otherwise or element in always:
            return then
        if element not in groups:  # not used, or beyond the segment: never present in what matched
            return otherwise
        return f"(?({groups[element]}){then}|{otherwise})" if otherwise else f"(?({groups[element]}){then})"

    def all_of(elements: tuple[int, ...]) -> str:
        return "".join(when(element, "", _NOTHING) for element in elements)

    def none_of(elements: tuple[int, ...]) -> str:
        return "".join(when(element, _NOTHING, "") for element in elements)

    def one_of(elements: tuple[int, ...]) -> str:
        pattern = _NOTHING
        for element in reversed(elements):
            pattern = when(element, "", pattern)
        return pattern

    first, rest = note.elements[0], note.elements[1:]
    match note.kind:
        case "P":
            return when(first, all_of(rest), none_of(rest))
        case "R":
            return one_of(note.elements)
        case "C":
            return when(first, all_of(rest), "")
        case "L":
            return when(first, one_of(rest), "")
        case "E":
            return "".join(
                when(element, none_of(note.elements[index + 1 :]), "") for index, element in enumerate(note.elements)
            )
