"""Guides: loops, segments and elements of an implementation guide as immutable records, found by version.

Knows the shape of a guide, which versions there are and under which names senders write them. Refuses to
know XML (`pyx12_maps`), how a correction is laid over (`corrections`) and how a guide is walked (`compile`).
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Literal

import msgspec

Usage = Literal["R", "S", "N"]
UNLIMITED = 1 << 30


class Element(msgspec.Struct, frozen=True, omit_defaults=True):
    """An element or, inside a composite, a component.

    `components` makes it a composite. `codes` are the guide's own codes, `code_set` names an external
    list; either admits a value. Lengths are X12's: of a number, without sign and point.
    """

    position: int
    name: str
    usage: Usage
    data_element: str = ""
    data_type: str = "AN"
    min_length: int = 1
    max_length: int = UNLIMITED
    codes: tuple[str, ...] = ()
    code_set: str = ""
    pattern: str = ""
    repeat: int = 1
    components: tuple[Element, ...] = ()


class Syntax(msgspec.Struct, frozen=True):
    """A syntax note: P all or none, R one at least, E one at most, C if the first then all, L then one."""

    kind: Literal["P", "R", "E", "C", "L"]
    elements: tuple[int, ...]

    def __str__(self) -> str:
        return self.kind + "".join(f"{element:02d}" for element in self.elements)


class Key(msgspec.Struct, frozen=True):
    """What tells this use of a segment from others of its id: one of `codes` in this place."""

    element: int
    component: int  # 0: the element is simple
    codes: frozenset[str]


class SegmentUsage(msgspec.Struct, frozen=True, omit_defaults=True, tag=True):
    """A segment as one place of the guide uses it. `position` orders it among its loop's children."""

    id: str
    name: str
    usage: Usage
    position: int
    max_use: int
    elements: tuple[Element, ...]
    syntax: tuple[Syntax, ...] = ()
    key: Key | None = None


class Loop(msgspec.Struct, frozen=True, omit_defaults=True, tag=True):
    """A loop; its first child is the segment that opens it. `children` are in the guide's order."""

    id: str
    name: str
    usage: Usage
    position: int
    repeat: int
    children: tuple[Loop | SegmentUsage, ...]


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A row of a corrections file: in `guide`, `at` this place, these properties, and why.

    `at` is loops, then maybe a segment, then maybe an element, e.g. `2000C/2200C`, `2300/PWK/02`,
    `2110/REF[6R]`. The first loop may stand anywhere in the guide; every place that fits is corrected.
    """

    guide: str
    at: str
    because: str
    usage: Usage | None = None
    repeat: int | None = None
    max_use: int | None = None
    add_codes: tuple[str, ...] = ()
    any_code: bool = False
    max_length: int | None = None


class Guide(msgspec.Struct, frozen=True):
    """One transaction set of one implementation guide, corrections included. `body` is ST to SE.

    `versions` are the names senders use for it (GS08, ST03), its own first.
    """

    version: str
    functional_id: str
    transaction_set: str
    title: str
    source: str
    body: Loop
    versions: tuple[str, ...]
    corrections: tuple[Correction, ...] = ()

    def segments(self) -> Iterator[tuple[Loop, SegmentUsage]]:
        """Every segment usage with the loop it stands in, in the guide's order."""
        yield from segments_of(self.body)


class Alias(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A GS08 that means a guide of another name, and why."""

    version: str
    because: str


class KnownGuide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `guides/known.toml`: where a guide's map is, and what it is called."""

    version: str
    functional_id: str
    transaction_set: str
    title: str
    map: str
    origin: Literal["pyx12", "edigate"] = "pyx12"
    alias: tuple[Alias, ...] = ()


def segments_of(loop: Loop) -> Iterator[tuple[Loop, SegmentUsage]]:
    """Every segment usage below a loop with the loop it stands in, in the guide's order."""
    for child in loop.children:
        if isinstance(child, Loop):
            yield from segments_of(child)
        else:
            yield loop, child


@functools.cache
def known_guides() -> tuple[KnownGuide, ...]:
    """All guides there are, from `guides/known.toml`."""
    text = files("edigate.x12").joinpath("guides", "known.toml").read_text("utf-8")
    return tuple(msgspec.convert(tomllib.loads(text)["guide"], list[KnownGuide]))


@functools.cache
def _index() -> dict[tuple[str, str], KnownGuide]:
    """Guides by (version or alias, transaction set)."""
    index: dict[tuple[str, str], KnownGuide] = {}
    for known in known_guides():
        for version in (known.version, *(alias.version for alias in known.alias)):
            index.setdefault((version, known.transaction_set), known)
    return index


def find_known(version: str, functional_id: str, set_id: str) -> KnownGuide | None:
    """The row for a version as senders write it (GS08 or ST03), or None. `functional_id` may be empty."""
    known = _index().get((version.strip().upper(), set_id.strip()))
    if known is None or (functional_id.strip() and functional_id.strip() != known.functional_id):
        return None
    return known


def guide_for(version: str, functional_id: str, set_id: str) -> Guide | None:
    """The guide of a transaction set by GS08 or ST03, GS01 and ST01, or None where there is none.

    Aliases count (`guides/known.toml`). Loaded once a process, and from a cache on disk where there is one.
    """
    known = find_known(version, functional_id, set_id)
    return None if known is None else load(known)


@functools.cache
def load(known: KnownGuide) -> Guide:
    """The guide of a row of `known.toml`, corrections laid over."""
    from edigate.x12.guide_cache import cached_guide  # noqa: PLC0415  # it imports this module

    return cached_guide(known)
