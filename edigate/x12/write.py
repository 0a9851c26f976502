"""Writing: segments to text with a partner's delimiters, envelopes with counts right by construction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

import msgspec

from edigate.errors import InternalError
from edigate.x12.characters import Characters, Fitter
from edigate.x12.encode import Body, Element, Elements
from edigate.x12.joining import Joined, JoiningRun
from edigate.x12.quick_write import AT_ONCE
from edigate.x12.remainder import COMPONENT
from edigate.x12.segments import ISA_WIDTHS, Delimiters


class InterchangeHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What an ISA says that isn't its delimiters."""

    sender_qualifier: str
    sender_id: str
    receiver_qualifier: str
    receiver_id: str
    created: datetime
    control_number: int
    usage: str  # P production, T test
    version: str = "00501"
    acknowledgment_requested: bool = False


class GroupHeader(msgspec.Struct, frozen=True, kw_only=True):
    """GS."""

    functional_id: str  # HC claims, HP remittances, HN claim status, FA acknowledgments
    sender: str
    receiver: str
    created: datetime
    control_number: int
    guide: str


class SetHeader(msgspec.Struct, frozen=True, kw_only=True):
    """ST. The control number is written with at least four digits."""

    id: str
    control_number: int
    guide: str = ""


Set = tuple[SetHeader, Iterable[Elements]]
Group = tuple[GroupHeader, Iterable[Set]]


class DelimiterInDataError(InternalError):
    """A value holds a delimiter. X12 has no escape; the edits refuse such a claim before it comes here."""


class Serializer:
    """Segments to text. Trailing empty elements and components are dropped."""

    def __init__(
        self, delimiters: Delimiters, *, line_breaks: bool = True, characters: Characters | None = None
    ) -> None:
        """Values are written by the rule of `characters`; without one as they are, delimiters refused.

        Raises InternalError for delimiters that can't be told apart or from data: settings refuse them.
        """
        _check_delimiters(delimiters)
        self.delimiters = delimiters
        #: what stands after each segment: its terminator, and a line end where asked for
        self.end = delimiters.segment + ("\n" if line_breaks and delimiters.segment != "\n" else "")
        separators = (delimiters.element, delimiters.component, delimiters.segment, delimiters.repetition)
        self._forbidden = re.compile("[" + re.escape("".join(separators)) + "\r\n]")
        self.fitter = Fitter(characters, delimiters) if characters else None
        self._capitals = characters is not None and characters.capitals
        ours = re.escape(delimiters.element + delimiters.component)
        others = re.escape(delimiters.segment + delimiters.repetition) + "\r\n"
        stray = re.compile(f"[{others}]|[^{ours}{characters.allowed}]" if characters else f"[{others}]")
        # What no segment holds whose values can all be written as they are, its own separators aside. Each looked for
        # by itself is found a hundred times as fast as by the pattern.
        signs = {*map(chr, range(128)), delimiters.segment, delimiters.repetition} - {""}
        self._strays = [sign for sign in signs if stray.match(sign)]
        self._ascii = characters is not None

    def has_delimiter(self, text: str) -> bool:
        """Whether a value can't be written with these delimiters."""
        return self._forbidden.search(text) is not None

    def segment(self, elements: Elements) -> str:
        """One segment with its terminator. Raises DelimiterInDataError."""
        return self.segments([elements])

    def segments(self, some: Sequence[Elements]) -> str:
        """Segments with their terminators, one after the other. Raises DelimiterInDataError.

        The text of all is looked at once: the separators in it are those put there, and none else. Only where that
        isn't so is each value looked at, which says what is wrong or puts it right.
        """
        run = JoiningRun(self.delimiters.element, self.delimiters.component)
        text = self._checked(run.taken([run.line(elements) for elements in some]))
        return "".join(map(self._carefully, some)) if text is None else text

    def body(self, body: Body) -> Iterator[tuple[int, str]]:
        """The same as `segment` of each in a body, some at a time: how many, and their text.

        Where the text isn't as it should be, these segments are written from their elements, which says what is
        wrong or puts it right. Raises DelimiterInDataError.
        """
        one_by_one: Iterator[Elements] | None = None
        behind = 0  # segments that `one_by_one` has yet to pass by
        for some in body.joined(self.delimiters.element, self.delimiters.component):
            count = len(some.segments)
            text = self._checked(some)
            if text is None:
                one_by_one = one_by_one or iter(body)
                text = "".join(map(self._carefully, islice(one_by_one, behind, behind + count)))
                behind = 0
            else:
                behind += count
            yield count, text

    def _checked(self, some: Joined) -> str | None:
        """Segments with their ends, where the text has the separators put and nothing else to be careful about."""
        text = "".join(some.segments)  # without their ends, none of which it may hold: looked for sooner than counted
        if (
            not some.sure
            or text.count(self.delimiters.element) != some.element_separators
            or text.count(self.delimiters.component) != some.component_separators
            or (self._ascii and not text.isascii())
            or any(map((text.upper() if self._capitals else text).__contains__, self._strays))
        ):
            return None
        text = self.end.join([*some.segments, ""])
        return text.upper() if self._capitals else text

    def _carefully(self, elements: Elements) -> str:
        return self.delimiters.element.join(self.texts(elements)) + self.end

    def texts(self, elements: Elements) -> list[str]:
        """A segment's elements as they are sent, without trailing empty ones. Raises DelimiterInDataError."""
        texts = [self._element(element) for element in elements]
        while texts and texts[-1] == "":
            texts.pop()
        return texts

    def _element(self, element: Element) -> str:
        if isinstance(element, str):
            return self._value(element)
        if isinstance(element, tuple):
            return self._composite(element)
        if not self.delimiters.repetition and len(element) > 1:
            raise DelimiterInDataError("an element repeats, but there is no repetition separator")
        # a repetition kept by the decoder may be a composite (DMG05)
        return self.delimiters.repetition.join(self._composite(piece.split(COMPONENT)) for piece in element)

    def _composite(self, components: Sequence[str]) -> str:
        values = [self._value(component) for component in components]
        return self.delimiters.component.join(values).rstrip(self.delimiters.component)

    def _value(self, text: str) -> str:
        if self.fitter is None:
            self._check(text)
            return text
        if self.fitter.trouble(text) == "CHARACTER":
            raise DelimiterInDataError("a value holds a character that the partner's character set doesn't have")
        text = self.fitter.fit(text)
        self._check(text)
        return text

    def _check(self, text: str) -> None:
        if self._forbidden.search(text):
            raise DelimiterInDataError("a value holds one of the file's delimiters or a line break")

    def interchange(self, header: InterchangeHeader, groups: Iterable[Group]) -> Iterator[str]:
        """A whole interchange, a piece at a time; SE01, GE01, IEA01 count what was written."""
        yield self._isa(header)
        group_count = 0
        for group, sets in groups:
            group_count += 1
            yield self.segment(
                [
                    "GS",
                    group.functional_id,
                    group.sender,
                    group.receiver,
                    f"{group.created:%Y%m%d}",
                    f"{group.created:%H%M%S}",
                    str(group.control_number),
                    "X",
                    group.guide,
                ]
            )
            set_count = 0
            for head, body in sets:
                set_count += 1
                yield from self._set(head, body)
                del body  # nor its claims are held while the next set's are made
            yield self.segment(["GE", str(set_count), str(group.control_number)])
        yield self.segment(["IEA", str(group_count), f"{header.control_number:09d}"])

    def _set(self, header: SetHeader, body: Iterable[Elements]) -> Iterator[str]:
        number = f"{header.control_number:04d}"
        yield self.segment(["ST", header.id, number, header.guide])
        count = 2
        if isinstance(body, Body):
            for some_count, text in self.body(body):
                count += some_count
                yield text
        else:
            waiting = iter(body)
            while some := list(islice(waiting, AT_ONCE)):
                count += len(some)
                yield self.segments(some)
        yield self.segment(["SE", str(count), number])

    def _isa(self, header: InterchangeHeader) -> str:
        d = self.delimiters
        for text in (header.sender_qualifier, header.sender_id, header.receiver_qualifier, header.receiver_id,
                     header.version, header.usage):  # fmt: skip
            self._check(text)
        values = (
            "00", "", "00", "",
            header.sender_qualifier, header.sender_id,
            header.receiver_qualifier, header.receiver_id,
            f"{header.created:%y%m%d}", f"{header.created:%H%M}",
            d.repetition or "U", header.version, f"{header.control_number:09d}",
            "1" if header.acknowledgment_requested else "0", header.usage, d.component,
        )  # fmt: skip
        padded = [value.ljust(width) for value, width in zip(values, ISA_WIDTHS, strict=True)]
        if any(len(value) != width for value, width in zip(padded, ISA_WIDTHS, strict=True)):
            raise InternalError("a value is too long for the ISA; the partner's settings should refuse it")
        return d.element.join(["ISA", *padded]) + self.end


def _check_delimiters(delimiters: Delimiters) -> None:
    signs = [delimiters.element, delimiters.component, delimiters.segment]
    if delimiters.repetition:  # none before 5010
        signs.append(delimiters.repetition)
    if any(len(sign) != 1 or sign.isalnum() or sign == " " for sign in signs) or len(set(signs)) < len(signs):
        raise InternalError("delimiters must be different single characters, not letters, digits or blanks")
