"""How far a session with a partner is, told to whoever watches: numbers alone, no name of a file or of anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Moved(NamedTuple):
    """Of the files of one session that were to be moved: how many are done with, of how many, and their bytes."""

    files: int
    of: int
    bytes: int


Watch = Callable[[Moved], None]


def unwatched(moved: Moved) -> None:
    """Nobody watches."""


class Count:
    """Counts a session's files and tells after each; at once that it begins."""

    def __init__(self, watch: Watch, of: int) -> None:
        self._watch = watch
        self._moved = Moved(0, of, 0)
        watch(self._moved)

    def one(self, size: int) -> None:
        """A file of so many bytes (-1: unknown) is done with, well or not."""
        files, of, carried = self._moved
        self._moved = Moved(files + 1, max(of, files + 1), carried + max(size, 0))
        self._watch(self._moved)
