"""JSON values one at a time out of a stream of any size: where each begins and ends. Decodes none.

What stands between the values is checked, and that the file ends where JSON may end; what stands inside a value
is the decoder's to judge. Memory holds one value, never the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NoReturn

import msgspec

from edigate.encounters.text import BOM
from edigate.errors import DataError

VALUE_BYTES = 1 << 26
"""The largest record that is read: one that isn't closed must not fill memory."""

_PIECE = 1 << 18
_BLANK = re.compile(rb"[ \t\r\n]*")
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SCALAR = re.compile(rb'[^][{}",:\s]+')
# Everything up to the next bracket; a string with brackets in it is jumped over. It stops at a string whose
# end hasn't been read yet.
_TO_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_QUOTE, _OPEN = b"\""[0], b"{["
_END = -1


class JsonStream:
    """The records of a stream: those of the array at `path`, an object there being one record.

    Documents that follow each other (concatenated JSON, one a line or over many) are read one after the other.
    Raises DataError, with the byte where it is, where the file isn't JSON, where nothing stands at the path,
    and where a name of the path stands twice.
    """

    def __init__(self, stream: BinaryIO, name: str, path: str = "") -> None:
        self._stream = stream
        self._name = name
        self._path = path
        self._data = b""
        self._at = 0
        self._before = 0  # bytes of the file before the buffer

    def __iter__(self) -> Iterator[bytes]:
        self._begin()
        if self._peek() == _END:
            raise DataError(f"{self._name} is empty", hint="check that the extract ran to its end")
        steps = self._path.split(".") if self._path else []
        while self._peek() != _END:
            yield from self._inside(steps, "the top")

    def _begin(self) -> None:
        self._read_on()
        head = self._data[:64]
        if head[:2] in (b"\xff\xfe", b"\xfe\xff") or (len(head) > 1 and 0 in head[:2]):
            raise DataError(f"{self._name} can't be read as JSON: it is written in UTF-16", hint="save it as UTF-8")
        self._at = len(BOM) if head.startswith(BOM) else 0

    def _inside(self, steps: Sequence[str], where: str) -> Iterator[bytes]:
        first = self._peek()
        if steps and first == b"{"[0]:
            yield from self._member(steps, where)
        elif not steps and first == b"["[0]:
            for _ in self._parts(b"]"[0]):
                yield self._value()
        elif not steps and first == b"{"[0]:
            yield self._value()
        elif where == "the top" and first not in _OPEN:
            self._broken("neither an array nor an object begins there")
        else:
            raise DataError(
                f"{self._name}: at {where} stands neither an array of records nor an object",
                hint="set [source] path to the place of the records",
            )

    def _member(self, steps: Sequence[str], where: str) -> Iterator[bytes]:
        """What stands below the next name of the path; the object's other members are passed over."""
        wanted, found = steps[0], False
        for _ in self._parts(b"}"[0]):
            name = self._name_of_member()
            if name != wanted:
                self._value(keep=False)
                continue
            if found:
                raise DataError(f"{self._name} has {wanted!r} twice at {where}: nobody can tell which is meant")
            found = True
            yield from self._inside(steps[1:], wanted)
        if not found:
            raise DataError(
                f"{self._name} has no {wanted!r} at {where}",
                # The names that are there may be patients'.
                hint=f"[source] path is {self._path!r}; look at the file: which name do its records stand under?",
            )

    def _parts(self, end: int) -> Iterator[None]:
        """Once for each part of an object or array, which the caller takes; the marks between are taken here."""
        self._at += 1
        if self._peek() == end:
            self._at += 1
            return
        while True:
            yield
            mark = self._peek()
            if mark not in (b","[0], end):
                self._broken("a comma or the end is missing" if mark != _END else _CUT)
            self._at += 1
            if mark == end:
                return

    def _name_of_member(self) -> str:
        if self._peek() != _QUOTE:
            self._broken("a name in quotes is missing")
        raw = self._value()
        if self._peek() != b":"[0]:
            self._broken("a colon is missing")
        self._at += 1
        try:
            return msgspec.json.decode(raw, type=str)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._broken("a name can't be read")

    def _value(self, *, keep: bool = True) -> bytes:
        """The bytes of the value that comes next; without `keep` they are passed over, whatever their number."""
        first = self._peek()
        if first == _END:
            self._broken(_CUT)
        if first in _OPEN:
            if keep and (likely := self._likely_end()):
                raw = self._data[self._at : likely]
                if _is_whole(raw):
                    self._at = likely
                    return raw
            end = self._end_of_container(keep=keep)
        else:
            pattern = _STRING if first == _QUOTE else _SCALAR
            while True:
                match = pattern.match(self._data, self._at)
                # A number that ends with the buffer may go on behind it.
                if match is not None and (match.end() < len(self._data) or first == _QUOTE or not self._read_on()):
                    break
                if match is None and (first != _QUOTE or not self._read_on()):
                    self._broken(_CUT if first == _QUOTE else "a value is missing")
            end = match.end()
        raw = self._data[self._at : end]
        self._at = end
        return raw

    def _likely_end(self) -> int:
        """Where an object ends if no text in it holds a brace, as few do; 0 where that isn't in the buffer."""
        data, end = self._data, self._at
        depth = 0
        while (close := data.find(b"}", end)) >= 0:
            depth += data.count(b"{", end, close) - 1
            end = close + 1
            if depth == 0:
                return end
        return 0

    def _end_of_container(self, *, keep: bool) -> int:
        depth, position = 0, self._at
        while True:
            match = _TO_BRACKET.match(self._data, position)
            position = match.end() if match else position
            if position >= len(self._data) or self._data[position] == _QUOTE:
                if not keep:
                    self._at = position
                begun = position - self._at
                if not self._read_on():
                    self._broken(_CUT)
                position = self._at + begun
                continue
            bracket = self._data[position]
            position += 1
            depth += 1 if bracket in _OPEN else -1
            if depth == 0:
                return position

    def _peek(self) -> int:
        """The next byte that isn't blank, which is then at `_at`; _END where there is none."""
        while True:
            match = _BLANK.match(self._data, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._data):
                return self._data[self._at]
            if not self._read_on():
                return _END

    def _read_on(self) -> bool:
        """Read more behind what isn't taken yet; False at the end of the file."""
        rest = len(self._data) - self._at
        if rest > VALUE_BYTES:
            self._broken(f"a record of more than {VALUE_BYTES >> 20} MB, or one that isn't closed, begins there")
        # As much again, so that a long value is looked over a few times, not once a piece.
        piece = self._stream.read(max(_PIECE, rest))
        self._before += self._at
        self._data = self._data[self._at :] + piece
        self._at = 0
        return bool(piece)

    def _broken(self, problem: str) -> NoReturn:
        raise DataError(
            f"{self._name} can't be read as JSON: {problem} (byte {self._before + self._at})",
            hint="nothing made of it may be used; check that the extract ran to its end",
        )


def _is_whole(raw: bytes) -> bool:
    """Whether these bytes are one JSON value. Of bytes that begin with one, no fewer and no more can be."""
    try:
        _WHOLE.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return False
    return True


_WHOLE = msgspec.json.Decoder(msgspec.Raw)
_CUT = "it ends in the middle of something that begins there"
