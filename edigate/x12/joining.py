"""Segments joined with a file's separators, and how many of these were put. Knows no segment's end, no character.

Data may hold separators too: whoever writes what was joined looks whether there are more than were put.
"""

from __future__ import annotations

from typing import Any

import msgspec

from edigate.x12.writers import Elements


class Joined(msgspec.Struct, frozen=True):
    """Some segments as texts without their ends, and how many separators were put into them.

    `sure`: no element needs a look by itself, for it repeats or ends in empty components.
    """

    segments: list[str]
    element_separators: int
    component_separators: int
    sure: bool


class Run:
    """One transaction set being written: the levels written so far (HL01)."""

    __slots__ = ("levels",)

    def __init__(self) -> None:
        self.levels = 0

    def given(self, batch: list[Any]) -> list[Any]:
        """Segments made with care, as they are wanted."""
        return batch


class JoiningRun(Run):
    """One whose segments are joined: the separators, and what was put since some were last taken."""

    __slots__ = ("elements", "inner", "join", "join_components", "sure")

    def __init__(self, element: str, component: str) -> None:
        super().__init__()
        self.join = element.join
        self.join_components = component.join
        self._begin()

    def _begin(self) -> None:
        self.elements = 0  # of all segments, their names counted
        self.inner = 0  # separators of components
        self.sure = True

    def taken(self, segments: list[str]) -> Joined:
        """All that was joined since the last were taken."""
        joined = Joined(segments[:], self.elements - len(segments), self.inner, self.sure)
        self._begin()
        return joined

    def line(self, elements: Elements) -> str:
        self.elements += len(elements)
        if not elements[-1]:
            self.sure = False
        try:
            return self.join(elements)  # type: ignore[arg-type]  # mostly texts; else a TypeError
        except TypeError:
            return self.join([each if isinstance(each, str) else self._several(each) for each in elements])

    def _several(self, element: tuple[str, ...] | list[str]) -> str:
        if isinstance(element, list) or not (element and element[-1]):
            self.sure = False
            return ""
        self.inner += len(element) - 1
        return self.join_components(element)

    def given(self, batch: list[Any]) -> list[Any]:
        # loops below are joined already
        return [each if isinstance(each, str) else self.line(each) for each in batch]
