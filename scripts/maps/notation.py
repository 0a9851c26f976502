"""Writing a guide as a map in pyx12's format (its compact form, properties as attributes).

Knows the notation our own guides are written in and pyx12's XML. Refuses to know any guide (`dental.py`)
and what the standard's segments are made of (`shapes.py`). For maintainers: nothing of edigate imports it.

An element is written as `usage =codes {code_set} Name`, all but the usage optional, e.g. `R =EI,SY`,
`S {states} Auto Accident State`. Elements a guide leaves out of its list are not used (N). A name left
out is that of the data element in pyx12's dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from pyx12.dataele import DataElements

from scripts.maps.shapes import COMPOSITES, SHAPES

UNLIMITED = ">1"
Composite = tuple[str, Sequence[str]]  # the composite itself, then its components
Elements = Mapping[int, str | Composite]
DICTIONARY = DataElements()


@dataclass(frozen=True)
class Segment:
    """A use of a segment. `elements` are those the guide uses, by position."""

    id: str
    name: str
    usage: str
    position: int
    max_use: int
    elements: Elements


@dataclass(frozen=True)
class Loop:
    """A loop; `kind` is pyx12's: `explicit` for envelopes, `wrapper` for the tables of a guide."""

    id: str
    name: str
    usage: str
    position: int
    repeat: int | str
    children: Sequence[Loop | Segment]
    kind: str = ""


def loop(
    id_: str, name: str, usage: str, position: int, repeat: int | str, *children: Loop | Segment, kind: str = ""
) -> Loop:
    """A loop with its children listed, so that a guide's indents are its levels."""
    return Loop(id_, name, usage, position, repeat, children, kind)


def write(name: str, set_id: str, body: Loop, comment: str) -> str:
    """The map of a guide as the text of an XML file; `comment` stands at its head."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!--", comment.strip("\n"), "-->"]
    lines.append(f"<transaction xid={quoteattr(set_id)} name={quoteattr(name)}>")
    lines += _loop(body, "  ")
    lines.append("</transaction>")
    return "\n".join(lines) + "\n"


def _loop(node: Loop, indent: str) -> Iterator[str]:
    kind = f" type={quoteattr(node.kind)}" if node.kind else ""
    yield (
        f'{indent}<loop xid="{node.id}"{kind} usage="{node.usage}" pos="{node.position:04}" '
        f"repeat={quoteattr(str(node.repeat))} name={quoteattr(node.name)}>"
    )
    for child in node.children:
        if isinstance(child, Loop):
            yield from _loop(child, indent + "  ")
        else:
            yield from _segment(child, indent + "  ")
    yield f"{indent}</loop>"


def _segment(segment: Segment, indent: str) -> Iterator[str]:
    yield (
        f'{indent}<segment xid="{segment.id}" usage="{segment.usage}" pos="{segment.position:04}" '
        f'max_use="{segment.max_use}" name={quoteattr(segment.name)}>'
    )
    shape = SHAPES[segment.id]
    for note in shape.notes.split():
        yield f"{indent}  <syntax>{note}</syntax>"
    elements = shape.elements.split()
    unknown = [position for position in segment.elements if not 1 <= position <= len(elements)]
    if unknown:
        raise ValueError(f"{segment.id} {segment.name} has no element {unknown}")
    for position, data_element in enumerate(elements, 1):
        said = segment.elements.get(position, "N")
        place = f"{segment.id}{position:02}"
        if data_element in COMPOSITES:
            yield from _composite(place, position, data_element, said, indent + "  ")
        elif isinstance(said, str):
            yield from _element(place, position, data_element, said, indent + "  ")
        else:
            raise ValueError(f"{place} isn't a composite")
    yield f"{indent}</segment>"


def _composite(place: str, position: int, number: str, said: str | Composite, indent: str) -> Iterator[str]:
    name, elements = COMPOSITES[number]
    own, parts = (said, ()) if isinstance(said, str) else said
    usage, _, given = own.partition(" ")
    start = (
        f'{indent}<composite xid="{place}" data_ele="{number}" usage="{usage}" seq="{position:02}" '
        f"name={quoteattr(given or name)}"
    )
    if not parts:
        if usage != "N":
            raise ValueError(f"{place} is used, but its components aren't said")
        yield start + "/>"
        return
    yield start + ">"
    for index, data_element in enumerate(elements.split(), 1):
        part = parts[index - 1] if index <= len(parts) else "N"
        yield from _element(f"{place}-{index:02}", index, data_element, part, indent + "  ")
    yield f"{indent}</composite>"


def _element(place: str, position: int, data_element: str, said: str, indent: str) -> Iterator[str]:
    usage, *words = said.split(" ")
    codes: list[str] = []
    code_set = ""
    while words and words[0][:1] in ("=", "{"):
        word = words.pop(0)
        if word.startswith("="):
            codes = word[1:].split(",")
        else:
            code_set = word[1:-1]
    name = " ".join(words) or str(DICTIONARY.get_by_elem_num(data_element)["name"])
    start = (
        f'{indent}<element xid="{place}" data_ele="{data_element}" usage="{usage}" seq="{position:02}" '
        f"name={quoteattr(name)}"
    )
    if not codes and not code_set:
        yield start + "/>"
        return
    external = f" external={quoteattr(code_set)}" if code_set else ""
    yield start + ">"
    listed = "".join(f"<code>{escape(code)}</code>" for code in codes)
    yield f"{indent}  <valid_codes{external}>{listed}</valid_codes>"
    yield f"{indent}</element>"

