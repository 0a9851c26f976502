"""What the answers' tests share: sets from text or the public corpus, written again, compared as segments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edigate.x12.encode import Elements, Encoder
from edigate.x12.envelope import EnvelopeReader, FunctionalGroup, Interchange, TransactionSet
from edigate.x12.remainder import LoopRecord, Unbound
from edigate.x12.segments import Delimiters, Segment
from edigate.x12.write import Serializer

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the public corpus isn't beside this clone")


def corpus_files(*kinds: str) -> list[Path]:
    return [path for kind in kinds for path in sorted((CORPUS / kind).glob("*")) if path.is_file()]


def corpus_sets(path: Path) -> Iterator[tuple[TransactionSet, list[Segment]]]:
    """Each set of a file, twice: to be decoded, and as its segments."""
    for each in EnvelopeReader([path.read_bytes()], file=path.name):
        segments = list(each.segments)
        yield TransactionSet(each.header, each.interchange, each.group, each.index, iter(segments)), segments


def transaction_set(text: str, guide: str = "") -> TransactionSet:
    """A set from the text between ST and SE (or a TA1), a segment each `~`."""
    delimiters = Delimiters()
    segments = [Segment(piece.strip().split("*")) for piece in text.split("~") if piece.strip()]
    interchange = Interchange(("ISA",), delimiters, 0)
    group = FunctionalGroup(("GS", "", "", "", "", "", "1", "X", guide))
    return TransactionSet(segments[0], interchange, group, 1, iter(segments))


def encoded(encoder: Encoder, record: Any) -> TransactionSet:
    """A record written as text and read back as a set, separators and all."""
    serializer = Serializer(Delimiters(), line_breaks=False)
    return transaction_set("".join(serializer.segment(each) for each in encoder.encode(record)))


def plain(elements: Iterable[Any], delimiters: Delimiters) -> tuple[str, ...]:
    """A segment as it is compared: numbers by value, no empty tail, levels without their numbering."""
    texts = []
    for element in elements:
        if isinstance(element, tuple):
            text = delimiters.component.join(element)
        elif isinstance(element, list):
            text = delimiters.repetition.join(element)
        else:
            text = element
        texts.append(_number(text.rstrip(delimiters.component)))
    while texts[-1] == "":
        texts.pop()
    if texts[0] == "HL":  # 1 and 4 are counted anew; that they are right is the engine's own test
        texts = ["HL", *texts[3:4]]
    if texts[0] == "PER":  # numbers of a contact come in any order
        pairs = sorted(zip(texts[3::2], texts[4::2], strict=False))
        texts = [*texts[:3], *(piece for pair in pairs for piece in pair)]
    return tuple(texts)


def _number(text: str) -> str:
    if not text.replace(".", "", 1).lstrip("-").isdigit():
        return text
    try:
        return format(Decimal(text).normalize(), "f")
    except InvalidOperation:
        return text


def body(segments: list[Segment], delimiters: Delimiters) -> list[tuple[str, ...]]:
    return [plain(each.elements, delimiters) for each in segments if each.id not in ("ST", "SE")]


def written(elements: Iterable[Elements], delimiters: Delimiters) -> list[tuple[str, ...]]:
    return [plain(each, delimiters) for each in elements]


def unbound(record: Any) -> Iterator[Unbound]:
    """Everything below a record that no binding claims."""
    if isinstance(record, LoopRecord):
        yield from record.unbound
    if isinstance(record, msgspec.Struct):
        for name in record.__struct_fields__:
            value = getattr(record, name)
            for each in value if isinstance(value, list) else (value,):
                yield from unbound(each) if not isinstance(each, Unbound) else ()
