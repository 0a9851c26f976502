"""pyx12's maps: from the XML files pyx12 ships (or ours in its format) to our guides.

Knows pyx12's loader and what it calls things. Refuses to correct anything: see `corrections`.
Wrapper loops (pyx12's HEADER, DETAIL, FOOTER: tables of the guide, no loops) are lifted away, so that
a second PLB is a second PLB and no second FOOTER, and a missing BPR is one missing segment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Any, Literal, cast
from xml.etree.ElementTree import Element as XmlElement

import msgspec
import pyx12.map_if
import pyx12.params
from defusedxml.ElementTree import fromstring
from pyx12.map_if._root import map_if

from edigate.errors import InternalError
from edigate.x12.guide import (
    UNLIMITED,
    Element,
    Guide,
    Key,
    KnownGuide,
    Loop,
    SegmentUsage,
    Syntax,
    Usage,
)


def map_text(known: KnownGuide) -> bytes:
    """The map's file, as it is in pyx12's package or in ours."""
    package = ("pyx12", "map") if known.origin == "pyx12" else ("edigate.x12", "guides")
    return files(package[0]).joinpath(package[1], known.map).read_bytes()


def read_map(known: KnownGuide) -> Guide:
    """The guide of a map, uncorrected. Raises InternalError where the map isn't what we take it for."""
    root = map_if(cast(XmlElement, fromstring(map_text(known))), pyx12.params.params())
    wanted = "ISA_LOOP" if known.transaction_set == "ISA" else "ST_LOOP"
    loop = next((node for node in _loops(root) if node.id == wanted), None)
    if loop is None:
        raise InternalError(f"the map {known.map} has no {wanted}")
    versions = (known.version, *(alias.version for alias in known.alias))
    return Guide(
        version=known.version,
        functional_id=known.functional_id,
        transaction_set=known.transaction_set,
        title=known.title,
        source=f"{known.origin}: {known.map}",
        body=_named(_loop(loop, 0), versions),
        versions=versions,
    )


def read_code_sets() -> dict[str, tuple[str, ...]]:
    """pyx12's external code lists (states, remark codes, ...) by name."""
    from pyx12.codes import ExternalCodes  # noqa: PLC0415  # parses a file; only when the cache is cold

    sets = ExternalCodes().codes
    return {str(name): tuple(sorted(code for code in found["codes"] if code)) for name, found in sets.items()}


def _named(body: Loop, versions: tuple[str, ...]) -> Loop:
    """Let ST03, where the map lists its codes, be any name of the guide."""
    header = body.children[0]
    if not isinstance(header, SegmentUsage) or header.id != "ST":
        return body
    elements = tuple(
        msgspec.structs.replace(element, codes=tuple(dict.fromkeys((*element.codes, *versions))))
        if element.position == 3 and element.codes
        else element
        for element in header.elements
    )
    return msgspec.structs.replace(
        body, children=(msgspec.structs.replace(header, elements=elements), *body.children[1:])
    )


def _loops(node: Any) -> Iterator[Any]:
    for child in _children(node):
        if child.is_loop():
            yield child
            yield from _loops(child)


def _children(node: Any) -> Iterable[Any]:
    return (child for position in sorted(node.pos_map) for child in node.pos_map[position])


def _lifted(node: Any, prefix: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Children with their places; those of wrapper loops in the wrapper's stead."""
    for child in _children(node):
        place = (*prefix, child.pos)
        if child.is_loop() and child.type == "wrapper":
            yield from _lifted(child, place)
        else:
            yield place, child


def _loop(node: Any, position: int) -> Loop:
    placed = list(_lifted(node))
    ranks = {place: rank for rank, place in enumerate(sorted({place for place, _ in placed}))}
    children: list[Loop | SegmentUsage] = []
    for place, child in placed:
        if child.is_loop():
            if len(child):
                children.append(_loop(child, ranks[place]))
        else:
            children.append(_segment(child, ranks[place]))
    return Loop(
        id=node.id,
        name=node.name or node.id,
        usage=_usage(node.usage),
        position=position,
        repeat=min(node.get_max_repeat(), UNLIMITED),
        children=tuple(children),
    )


def _segment(node: Any, position: int) -> SegmentUsage:
    found = node._resolve_unique_key_field(node.id, with_qual=False)
    key = None
    if found is not None:
        carrier, element, component = found
        key = Key(element, component or 0, frozenset(code for code in carrier.valid_codes if code))
    return SegmentUsage(
        id=node.id,
        name=node.name or node.id,
        usage=_usage(node.usage),
        position=position,
        max_use=min(node.get_max_repeat(), UNLIMITED),
        elements=tuple(_element(child) for child in node.children),
        syntax=tuple(Syntax(note[0], tuple(note[1:])) for note in node.syntax if len(note) > 2),
        key=key,
    )


def _element(node: Any) -> Element:
    if node.is_composite():
        return Element(
            position=node.seq,
            name=node.name or "",
            usage=_usage(node.usage),
            data_element=node.data_ele or "",
            repeat=node.repeat,
            components=tuple(_element(child) for child in node.children),
        )
    return Element(
        position=node.seq,
        name=node.name or "",
        usage=_usage(node.usage),
        data_element=node.data_ele or "",
        data_type=node.data_type or "AN",
        min_length=node.min_len,
        max_length=node.max_len,
        codes=tuple(dict.fromkeys(code for code in node.valid_codes if code)),
        code_set=node.external_codes or "",
        pattern=node.res or "",
    )


def _usage(text: str | None) -> Usage:
    if text not in ("R", "S", "N"):
        raise InternalError(f"usage {text!r} in a map is none of R, S, N")
    return cast(Literal["R", "S", "N"], text)
