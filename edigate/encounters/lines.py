"""The physical lines of a CSV: many at once where nothing in them needs a closer look, else one by one.

Knows what is plain and what a quote that is never closed may swallow; not what a row is.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator

# Of a quoted cell, before it counts as a quote that was never closed.
_MOST_LINES = 1000
_MOST_CHARACTERS = 1 << 20
_BLOCK = 1 << 16  # characters looked at together


class Lines:
    """The lines of a text with their ends, remembering those of a quoted row so that they can be read again."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self._characters = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.next()
        self.taken.append(line)
        self._characters += len(line)
        if len(self.taken) > _MOST_LINES or self._characters > max(_MOST_CHARACTERS, len(self.taken[0])):
            raise csv.Error("a quote that isn't closed")
        return line

    def next(self) -> str:
        """The next line, not remembered."""
        return self._again.popleft() if self._again else next(self._text)

    def plain(self, odd: Callable[[str], object]) -> list[str]:
        """The next lines without their ends, all of them ASCII and nothing odd in them; none where the next one needs
        a closer look, or there is none."""
        if self._again:
            return []
        block = self._text.read(_BLOCK) + self._text.readline()
        end = "\r\n" if "\r" in block else "\n"
        lines = block.split(end)
        if not block.isascii() or odd(block) or (end == "\r\n" and _mixed(block, len(lines) - 1)):
            self._again.extend(io.StringIO(block, newline=""))
            return []
        if not lines[-1]:
            del lines[-1]  # what follows the last line's end
        return lines

    def begin(self, line: str) -> None:
        """A row begins with this line."""
        self.taken.clear()
        self._characters = 0
        self.give_back([line])

    def give_back(self, lines: list[str]) -> None:
        self._again.extendleft(reversed(lines))


def _mixed(block: str, ends: int) -> bool:
    """Whether there are other line ends than these of two characters."""
    return block.count("\r") != ends or block.count("\n") != ends
