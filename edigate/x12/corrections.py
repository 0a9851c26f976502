"""Corrections: rows of TOML laid over a guide, each with its reason.

Knows how a place of a guide is named and what about it can change. Refuses to know which corrections
there are (`guides/corrections.toml`, later a partner's own) and where a guide came from.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files

import msgspec

from edigate.errors import ConfigError
from edigate.x12.guide import UNLIMITED, Correction, Element, Guide, Loop, SegmentUsage

_SEGMENT = re.compile(r"(?P<id>[A-Z][A-Z0-9]{1,2})(?:\[(?P<code>[^\]]+)\])?\Z")
_LOOP = re.compile(r"(?:[0-9]{4}[A-Z]{0,2}|GS_LOOP)\Z")
_ELEMENT = re.compile(r"(?P<element>[0-9]{2})(?:-(?P<component>[0-9]{1,2}))?\Z")


def shipped_text() -> bytes:
    """The file of edigate's own corrections."""
    return files("edigate.x12").joinpath("guides", "corrections.toml").read_bytes()


def read(text: bytes, *, file: str) -> list[Correction]:
    """Corrections of a TOML file. Raises ConfigError that names the row and what is wrong with it."""
    try:
        rows = tomllib.loads(text.decode("utf-8")).get("correction", [])
        return msgspec.convert(rows, list[Correction])
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: {error}", hint="Each [[correction]] has guide, at, because.") from error


def lay_over(guide: Guide, corrections: Iterable[Correction]) -> Guide:
    """The guide with the corrections that name it. Raises ConfigError where a place isn't in the guide."""
    body, laid = guide.body, list(guide.corrections)
    for correction in corrections:
        if correction.guide != guide.version:
            continue
        place = _Place(correction)
        body = place.corrected(body, ())
        if not place.found:
            raise ConfigError(f"a correction of {guide.version} names {correction.at}, which isn't in the guide")
        laid.append(correction)
    return msgspec.structs.replace(guide, body=body, corrections=tuple(laid))


class _Place:
    """Where a correction goes, and how often it was found there."""

    def __init__(self, correction: Correction) -> None:
        self.correction = correction
        self.found = 0
        steps = correction.at.split("/")
        self.loops: tuple[str, ...] = tuple(step for step in steps if _LOOP.match(step))
        rest = steps[len(self.loops) :]
        segment = _SEGMENT.match(rest[0]) if rest else None
        element = _ELEMENT.match(rest[1]) if len(rest) > 1 else None
        if len(rest) > 2 or bool(rest) != bool(segment) or (len(rest) > 1) != bool(element):
            raise ConfigError(f"a correction's place can't be read: {correction.at}")
        self.segment = segment.groupdict() if segment else None
        self.element = int(element["element"]) if element else 0
        self.component = int(element["component"] or 0) if element else 0

    def corrected(self, loop: Loop, above: tuple[str, ...]) -> Loop:
        path = above if loop.id in ("ST_LOOP", "ISA_LOOP") else (*above, loop.id)
        here = path[-len(self.loops) :] == self.loops if self.loops else not path
        if here and self.segment is None:
            self.found += 1
            changes: dict[str, object] = {}
            if self.correction.usage:
                changes["usage"] = self.correction.usage
            if self.correction.repeat is not None:
                changes["repeat"] = self.correction.repeat or UNLIMITED
            loop = msgspec.structs.replace(loop, **changes)
        children = [
            self.corrected(child, path) if isinstance(child, Loop) else self._segment(child, here)
            for child in loop.children
        ]
        return msgspec.structs.replace(loop, children=tuple(children))

    def _segment(self, usage: SegmentUsage, here: bool) -> SegmentUsage:
        if not here or self.segment is None or usage.id != self.segment["id"]:
            return usage
        code = self.segment["code"]
        if code and not (usage.key and code in usage.key.codes):
            return usage
        if self.element:
            elements = [self._element(element) for element in usage.elements]
            usage = msgspec.structs.replace(usage, elements=tuple(elements))
            key = usage.key
            if (
                key
                and self.correction.add_codes
                and (key.element, key.component)
                == (
                    self.element,
                    self.component,
                )
            ):
                codes = key.codes | set(self.correction.add_codes)
                usage = msgspec.structs.replace(usage, key=msgspec.structs.replace(key, codes=codes))
            return usage
        self.found += 1
        changes: dict[str, object] = {}
        if self.correction.usage:
            changes["usage"] = self.correction.usage
        if self.correction.max_use is not None:
            changes["max_use"] = self.correction.max_use or UNLIMITED
        return msgspec.structs.replace(usage, **changes)

    def _element(self, element: Element) -> Element:
        if element.position != self.element:
            return element
        if self.component:
            parts = list(element.components)
            for index, part in enumerate(parts):
                if part.position == self.component:
                    parts[index] = self._changed(part)
            return msgspec.structs.replace(element, components=tuple(parts))
        return self._changed(element)

    def _changed(self, element: Element) -> Element:
        self.found += 1
        changes: dict[str, object] = {}
        if self.correction.usage:
            changes["usage"] = self.correction.usage
        if self.correction.add_codes:
            changes["codes"] = (*element.codes, *self.correction.add_codes)
        if self.correction.any_code:
            changes["codes"], changes["code_set"] = (), ""
        if self.correction.max_length is not None:
            changes["max_length"] = self.correction.max_length
        if self.correction.repeat is not None:
            changes["repeat"] = self.correction.repeat or UNLIMITED
        return msgspec.structs.replace(element, **changes)
