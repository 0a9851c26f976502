"""Elements: what is wrong with a segment, element by element, in 999 terms (IK403) and plain words.

The slow path: only a segment that `patterns` turned down comes here. Knows one usage of one segment;
refuses to know where it stands (`validate`) or which segment comes next (`compile`). No message quotes
a value: it may be a patient's. It stands in the finding's `value`, for those who ask for it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from edigate.findings import Severity
from edigate.secrecy import Phi
from edigate.x12.guide import UNLIMITED, Element, SegmentUsage, Syntax
from edigate.x12.segments import Delimiters

_NUMBER = re.compile(r"-?[0-9]+\Z", re.ASCII)
_DECIMAL = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)\Z", re.ASCII)
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9](?:[0-9]{1,2})?)?\Z", re.ASCII)
_DIGITS = re.compile(r"[0-9]+\Z", re.ASCII)
_EARLIEST_YEAR = 1800

TYPE_CODES = {"DT": "8", "D8": "8", "D6": "8", "RD8": "8", "TM": "9"}  # IK403 of a value of the wrong type
TYPE_WORDS = {
    "R": "a decimal number",
    "DT": "a date (CCYYMMDD)",
    "D8": "a date (CCYYMMDD)",
    "D6": "a date (YYMMDD)",
    "RD8": "two dates (CCYYMMDD-CCYYMMDD)",
    "TM": "a time (HHMM)",
}


class Problem(Phi, msgspec.Struct, frozen=True):
    """One thing wrong with an element: `code` is IK403, `element` 0 where it is about the whole segment."""

    code: str
    message: str
    element: int
    component: int = 0
    repetition: int = 0
    value: str = ""
    expected: str = ""
    severity: Severity = Severity.ERROR


def fits(data_type: str, value: str) -> bool:
    """Whether a value is of an X12 data type, lengths and characters aside. Text is anything."""
    if data_type.startswith("N"):
        return bool(_NUMBER.match(value))
    match data_type:
        case "R":
            return bool(_DECIMAL.match(value))
        case "DT":
            return (len(value) in (6, 8) and _is_date(value)) or (
                len(value) == 12 and _is_date(value[:8]) and bool(_TIME.match(value[8:]))
            )
        case "D8":
            return len(value) == 8 and _is_date(value)
        case "D6":
            return len(value) == 6 and _is_date(value)
        case "RD8":
            start, dash, end = value.partition("-")
            return bool(dash) and fits("D8", start) and fits("D8", end)
        case "TM":
            return bool(_TIME.match(value))
        case _:
            return True


def _is_date(value: str) -> bool:
    if not _DIGITS.match(value):
        return False
    if len(value) == 6:
        value = ("20" if int(value[:2]) < 50 else "19") + value  # the century X12 leaves out
    try:
        return datetime.date(int(value[:4]), int(value[4:6]), int(value[6:])).year >= _EARLIEST_YEAR
    except ValueError:
        return False


class Explainer:
    """Explains segments of one interchange. `standard` is ISA12, for its character set."""

    def __init__(self, delimiters: Delimiters, standard: str, code_sets: Mapping[str, frozenset[str]]) -> None:
        self._delimiters = delimiters
        self._modern = standard.startswith("005")
        self._code_sets = code_sets

    def explain(self, usage: SegmentUsage, elements: Sequence[str]) -> Iterator[Problem]:
        """Everything wrong with a segment as this place of the guide uses it; nothing where it is good."""
        if len(elements) > 1 and not elements[-1]:
            yield Problem(
                "3",
                f"{usage.id} ends in empty elements, which a sender leaves out",
                len(elements) - 1,
                severity=Severity.WARNING,
            )
        most = len(usage.elements)
        for position in range(most + 1, len(elements)):
            if elements[position]:
                yield Problem(
                    "3",
                    f"{usage.id} has more elements than the {most} the guide knows",
                    position,
                    value=elements[position],
                    expected=f"at most {most} elements",
                )
                break
        types: tuple[str, ...] = ()
        for element in usage.elements:
            value = elements[element.position] if element.position < len(elements) else ""
            if element.data_element == "1250":
                types = (value,) if usage.id == "DTP" and value in element.codes else element.codes
            yield from self._element(usage, element, value, types)
        for note in usage.syntax:
            problem = _note(note, usage, elements)
            if problem:
                yield problem

    def _element(self, usage: SegmentUsage, element: Element, value: str, types: Sequence[str]) -> Iterator[Problem]:
        at = f"{usage.id}{element.position:02d}"
        named = f"{at} ({element.name})" if element.name else at
        if not value:
            if element.usage == "R":
                yield Problem("1", f"{named} is missing", element.position, expected=expectation(element))
            return
        if element.usage == "N":
            yield Problem("I10", f"{named} isn't used in this guide", element.position, value=value)
            return
        separator = self._delimiters.repetition
        values = [value]
        # Where one value is all the guide allows and the separator isn't reserved by ISA11, it is text.
        if separator and separator in value:
            values = value.split(separator)
            if len(values) > element.repeat:
                yield Problem(
                    "12",
                    f"{named} is repeated {len(values)} times, the guide allows {element.repeat}",
                    element.position,
                    value=value,
                    expected=f"at most {element.repeat}",
                )
                return
        for repetition, one in enumerate(values, 1):
            which = repetition if len(values) > 1 else 0
            if element.components:
                yield from self._composite(at, element, one, which)
            else:
                yield from self._value(named, element, one, types, element.position, 0, which)

    def _composite(self, at: str, element: Element, value: str, repetition: int) -> Iterator[Problem]:
        values = value.split(self._delimiters.component)
        most = len(element.components)
        if not any(values):
            if element.usage == "R":
                yield Problem("1", f"{at} ({element.name}) is missing", element.position)
            return
        if len(values) > 1 and not values[-1]:
            yield Problem(
                "3",
                f"{at} ends in empty components, which a sender leaves out",
                element.position,
                severity=Severity.WARNING,
            )
        if any(values[most:]):
            yield Problem(
                "13",
                f"{at} ({element.name}) has {len(values)} components, the guide knows {most}",
                element.position,
                repetition=repetition,
                value=value,
                expected=f"at most {most} components",
            )
        types: Sequence[str] = ()
        for index, part in enumerate(element.components, 1):
            one = values[index - 1] if index <= len(values) else ""
            named = f"{at}-{index} ({part.name})"
            if part.data_element == "1250":
                types = (one,) if one in part.codes else part.codes
            if one:
                if part.usage == "N":
                    yield Problem("I10", f"{named} isn't used in this guide", element.position, index, repetition, one)
                else:
                    yield from self._value(named, part, one, types, element.position, index, repetition)
            elif part.usage == "R":
                yield Problem(
                    "1",
                    f"{named} is missing",
                    element.position,
                    index,
                    repetition,
                    expected=expectation(part),
                )

    def _value(
        self,
        named: str,
        element: Element,
        value: str,
        types: Sequence[str],
        position: int,
        component: int,
        repetition: int,
    ) -> Iterator[Problem]:
        """A value that is there and used: length, characters, codes, type, in the order pyx12 looks."""

        def problem(code: str, words: str, severity: Severity = Severity.ERROR, expected: str = "") -> Problem:
            return Problem(
                code,
                f"{named} {words}",
                position,
                component,
                repetition,
                value,
                expected or expectation(element),
                severity,
            )

        if self._delimiters.component and self._delimiters.component in value:
            yield problem("13", "holds several components where the guide has one value")
            return
        numeric = element.data_type == "R" or element.data_type.startswith("N")
        length = len(value.replace("-", "").replace(".", "")) if numeric else len(value)
        if length < element.min_length:
            yield problem("4", f"is too short: {length}, the guide wants at least {element.min_length}")
        if length > element.max_length:
            yield problem("5", f"is too long: {length}, the guide allows {element.max_length}")
        bad = self._bad_character(value)
        if bad:
            code, words, severity = bad
            yield problem(code, words, severity)
            if severity is Severity.ERROR:
                return
        blank_end = element.data_type in ("AN", "ID") and value[-1] == " "
        if blank_end and len(value.rstrip()) >= element.min_length:
            yield problem("6", "ends in blanks")
        listed = self._code_sets.get(element.code_set, _EMPTY)
        if (element.codes or element.code_set) and value not in element.codes and value not in listed:
            yield problem("7", "isn't one of the codes the guide allows here")
        if not fits(element.data_type, value):
            words = _type_words(element) or "a whole number"
            yield problem(TYPE_CODES.get(element.data_type, "6"), f"isn't {words}", expected=words)
        elif element.data_element == "1251":
            known = [name for name in types if name in TYPE_WORDS]
            if known and not any(_formatted(name, value) for name in known):
                words = " or ".join(TYPE_WORDS[name] for name in known)
                yield problem(TYPE_CODES[known[0]], f"isn't {words}", expected=words)
        if element.pattern and not re.search(element.pattern, value):
            yield problem("I12", "doesn't have the form the guide asks for")

    def _bad_character(self, value: str) -> tuple[str, str, Severity] | None:
        if value.isascii() and value.isprintable():
            if self._modern or not ("^" in value or "`" in value):
                return None
            return "6", "holds a character that 4010 doesn't know", Severity.ERROR
        for character in value:
            if ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0:
                return "6", "holds a control character", Severity.ERROR
        # Letters of other languages belong to X12's extended set, but many payers refuse them.
        return "6", "holds characters outside ASCII, which many payers refuse", Severity.WARNING


def _formatted(name: str, value: str) -> bool:
    """Whether a value of element 1251 has the format that element 1250 names."""
    return len(value) == 12 and fits("DT", value) if name == "DT" else fits(name, value)


def expectation(element: Element) -> str:
    """What an element may hold, in words, for `Finding.expected`."""
    if element.codes:
        shown = ", ".join(element.codes[:_SHOWN_CODES])
        return shown + (", ..." if len(element.codes) > _SHOWN_CODES else "")
    if element.code_set:
        return f"a code of the list {element.code_set}"
    words = _type_words(element)
    if not words:
        words = "a whole number" if element.data_type.startswith("N") else "text"
    if element.components or element.max_length >= UNLIMITED:
        return words
    if element.min_length == element.max_length:
        return f"{words} of length {element.min_length}"
    return f"{words} of length {element.min_length} to {element.max_length}"


def _type_words(element: Element) -> str:
    """What a value of the element's type is; nothing for text and whole numbers."""
    return TYPE_WORDS.get("D6" if element.data_type == "DT" and element.max_length == 6 else element.data_type, "")


_SHOWN_CODES = 12
_EMPTY: frozenset[str] = frozenset()


def _note(note: Syntax, usage: SegmentUsage, elements: Sequence[str]) -> Problem | None:
    """A broken syntax note (P0304 and the like) of the standard; the names are the elements'."""
    present = [n for n in note.elements if n < len(elements) and elements[n]]
    absent = [n for n in note.elements if n not in present]
    first = note.elements[0]
    missing = 0
    code = "2"
    match note.kind:
        case "P" if present and absent:
            missing = absent[0]
            words = f"{_list(usage, present)} is there, so {_list(usage, absent)} must be too"
        case "R" if not present:
            missing = first
            words = f"one of {_list(usage, note.elements)} must be there"
        case "E" if len(present) > 1:
            missing, code = present[1], "10"
            words = f"only one of {_list(usage, present)} may be there"
        case "C" if first in present and absent:
            missing = absent[0]
            words = f"{_list(usage, [first])} is there, so {_list(usage, absent)} must be too"
        case "L" if present == [first]:
            missing = note.elements[1]
            words = f"{_list(usage, [first])} is there, so one of {_list(usage, note.elements[1:])} must be too"
        case _:
            return None
    return Problem(code, f"{words} (syntax note {note})", missing, expected=str(note))


def _list(usage: SegmentUsage, positions: Sequence[int]) -> str:
    return ", ".join(f"{usage.id}{position:02d}" for position in positions)
