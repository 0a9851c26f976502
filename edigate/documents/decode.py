"""X12 to documents: one a transaction set, or one claim at a time with what its set is.

Knows how a set becomes a document that loses nothing. Refuses to know fields (`bindings`) and to judge a
file: what can't be read as what it should be is a finding of the document, and stays in it as sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import msgspec

from edigate.documents.bindings import Reading, reading_of
from edigate.documents.model import FORMAT, Document, group_facts, interchange_facts, set_facts
from edigate.documents.segments import as_segments, tree, values
from edigate.findings import Finding
from edigate.responses.read import Kind, kind_of
from edigate.x12.encode import Elements
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.places import guide_of, standings
from edigate.x12.segments import Delimiters, Limits, Segment

Line = dict[str, Any]
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z", re.ASCII)
_TIME = re.compile(r"[0-9]{4}(?:[0-9]{2}){0,2}\Z", re.ASCII)


class DocumentReader:
    """A file's sets as documents. Iterate `documents` or `lines`, once; raises DataError where it isn't X12.

    `unbound` are the kinds met that have no binding: they are shown by their guide. `unread` counts findings
    of the documents, `findings` are the envelopes'; both are complete at the end.
    """

    def __init__(self, chunks: Iterable[bytes], *, file: str = "", limits: Limits | None = None) -> None:
        self.unbound: set[str] = set()
        self.unread = 0
        self.sets = 0
        self._reader = EnvelopeReader(chunks, file=file, limits=limits)

    @property
    def findings(self) -> list[Finding]:
        return self._reader.findings

    @property
    def empty_interchanges(self) -> bool:
        """Whether the file has envelopes and no set in any of them."""
        return bool(self._reader.interchanges) and not self.sets

    def documents(self) -> Iterator[Document]:
        """One document a transaction set (or TA1), with all that is needed to write it again."""
        for transaction_set in self._sets():
            kind = kind_of(transaction_set)
            yield self._document(transaction_set, kind, self._reading(kind, transaction_set))

    def lines(self) -> Iterator[Line]:
        """One line a claim, and after a set's claims one for the set; memory doesn't grow with the file.

        `record` says what a line is: `claim`, `set`, or `segment` for kinds without a binding.
        """
        for transaction_set in self._sets():
            kind = kind_of(transaction_set)
            reading = self._reading(kind, transaction_set)
            group = transaction_set.group
            about: Line = {
                "kind": _kind_name(kind, transaction_set),
                "guide": _guide_name(transaction_set),
                "interchange": transaction_set.interchange.control_number,
                "group": group.control_number if group else "",
                "transaction_set": transaction_set.control_number.strip(),
                "set": transaction_set.index,
            }
            if reading is None:
                yield from self._segment_lines(transaction_set, about)
            else:
                yield from self._claim_lines(transaction_set, reading, about)

    def _sets(self) -> Iterator[TransactionSet]:
        for transaction_set in self._reader:
            self.sets += 1
            yield transaction_set

    def _reading(self, kind: Kind, transaction_set: TransactionSet) -> Reading | None:
        reading = reading_of(kind, _guide_name(transaction_set))
        if reading is None:
            self.unbound.add(_kind_name(kind, transaction_set))
        return reading

    # --- a document

    def _document(self, transaction_set: TransactionSet, kind: Kind, reading: Reading | None) -> Document:
        delimiters = transaction_set.delimiters
        segments = list(transaction_set.segments)
        guide = guide_of(transaction_set)
        group = transaction_set.group
        document = Document(
            format=FORMAT,
            kind=_kind_name(kind, transaction_set),
            guide=_guide_name(transaction_set),
            interchange=interchange_facts(transaction_set.interchange, self._reader.interchanges),
            group=group_facts(group, self._reader.groups) if group else None,
            transaction_set=set_facts(transaction_set),
        )
        if reading is not None:
            record, findings = reading.decode(segments, delimiters)
            document.record = record
            document.findings = self._told(findings)
            if reading.binding.writes and is_exact(reading, record, segments, delimiters):
                return document
        document.body = tree(segments, guide, delimiters)
        return document

    def _told(self, findings: Sequence[Finding]) -> list[Line]:
        self.unread += len(findings)
        return [told(finding) for finding in findings]

    # --- lines

    def _claim_lines(self, transaction_set: TransactionSet, reading: Reading, about: Line) -> Iterator[Line]:
        binding = reading.binding
        run = reading.stream(transaction_set)
        claims = 0
        for found in run:
            claims += 1
            yield {
                "record": "claim",
                **about,
                "reference": getattr(found.parents[0], binding.reference, ""),
                "segments": [found.first, found.last],
                "claim": reading.record_of(found),
            }
        findings = self._told(run.findings)
        yield self._set_line(transaction_set, about) | {"claims": claims, "header": run.root, "findings": findings}

    def _segment_lines(self, transaction_set: TransactionSet, about: Line) -> Iterator[Line]:
        delimiters = transaction_set.delimiters
        for standing in standings(transaction_set.segments, guide_of(transaction_set), delimiters):
            if standing.segment.id in ("ST", "SE"):
                continue
            yield {
                "record": "segment",
                **about,
                "position": standing.position,
                "loop": standing.loops[-1].id if standing.loops else "",
                "path": "/".join(loop.id for loop in standing.loops),
                "name": standing.usage.name if standing.usage else "",
                "segment": values(standing.segment, delimiters),
            }
        yield self._set_line(transaction_set, about)

    def _set_line(self, transaction_set: TransactionSet, about: Line) -> Line:
        facts = interchange_facts(transaction_set.interchange, self._reader.interchanges)
        facts.authorization = facts.security = ""  # of no use to whoever reads claims
        group = transaction_set.group
        return {
            "record": "set",
            **about,
            "envelope": {
                "interchange": facts,
                "group": group_facts(group, self._reader.groups) if group else None,
                "transaction_set": set_facts(transaction_set),
            },
        }


def told(finding: Finding) -> Line:
    """A finding as JSON has it."""
    keys = ("code", "message", "segment_id", "segment_position", "loop", "element", "component", "value")
    return {key: getattr(finding, key) for key in keys}


def _kind_name(kind: Kind, transaction_set: TransactionSet) -> str:
    return transaction_set.id if kind is Kind.X12 else str(kind)


def _guide_name(transaction_set: TransactionSet) -> str:
    guide = guide_of(transaction_set)
    return guide.version if guide else transaction_set.guide


# --- whether a record alone gives the set back


def is_exact(reading: Reading, record: Any, segments: Iterable[Segment], delimiters: Delimiters) -> bool:
    """Whether writing a record gives the same segments; numbers, dates and times may be written otherwise."""
    sent = (each.elements for each in segments if each.id not in ("ST", "SE"))
    written = _texts(reading.encode(record), delimiters)
    return all(
        one is not None and other is not None and same_elements(one, other, delimiters)
        for one, other in zip_longest(sent, written)
    )


def _texts(written: Iterable[Elements], delimiters: Delimiters) -> Iterator[list[str]]:
    for segment in as_segments(written, delimiters):
        yield segment.elements


def same_elements(one: Sequence[str], other: Sequence[str], delimiters: Delimiters) -> bool:
    """Whether two segments say the same: how a number is written and empty ends aside."""
    if one == other:
        return True
    return all(
        first == second or _same_element(first, second, delimiters)
        for first, second in zip_longest(one, other, fillvalue="")
    )


def _same_element(one: str, other: str, delimiters: Delimiters) -> bool:
    separator = delimiters.component
    if not separator:
        return _same_value(one, other)
    pairs = zip_longest(one.split(separator), other.split(separator), fillvalue="")
    return all(first == second or _same_value(first, second) for first, second in pairs)


def _same_value(one: str, other: str) -> bool:
    return any(same(one, other) for same in _SAME)


def _same_number(one: str, other: str) -> bool:
    return bool(_NUMBER.match(one) and _NUMBER.match(other)) and Decimal(one) == Decimal(other)


def _same_time(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return bool(_TIME.match(short) and _TIME.match(long)) and short.ljust(len(long), "0") == long


def _same_date(one: str, other: str) -> bool:
    """YYMMDD of 4010 and CCYYMMDD."""
    short, long = sorted((one, other), key=len)
    digits = short.isascii() and short.isdigit() and long.isascii() and long.isdigit()
    return digits and (len(short), len(long)) == (6, 8) and long[2:] == short


_SAME: tuple[Callable[[str, str], bool], ...] = (_same_number, _same_time, _same_date)


def document_json(document: Document) -> bytes:
    """One document as one line of JSON, without its line end."""
    return _JSON.encode(document)


def line_json(line: Line) -> bytes:
    """One line of `lines` as JSON, without its line end."""
    return _JSON.encode(line)


_JSON = msgspec.json.Encoder(decimal_format="string")
