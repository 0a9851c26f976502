"""A second opinion: pyx12's own validator, run safely, its limits worked round, its answer as findings.

Knows what pyx12 4 stumbles over (README of the public corpus, points 1-12) and what its error log looks
like. Refuses to pass on its texts: they quote patients, and with the ISA the password in ISA04. What it
says is told by code and place only.
"""

from __future__ import annotations

import io
import logging
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec

from edigate.errors import DataError
from edigate.findings import Finding
from edigate.x12.guide import find_known
from edigate.x12.pyx12_folder import pyx12_folder
from edigate.x12.segments import Delimiters, Limits, Segment, SegmentReader
from edigate.x12.validate import Report, validate

_LOGGED = re.compile(
    r"(?:No current segment in error_handler\. )?(?:Line:(\d+) )?(ISA|GS|ST|SEG|ELE):(\w+) - (.*)", re.S
)
_REFERENCE = re.compile(r"\(([A-Z][A-Z0-9]{1,2}[0-9]{2}(?:-[0-9]{1,2})?)\)")
_ELEMENT = re.compile(r"[0-9]{2}(?:-[0-9]{1,2})?\Z")
_MISSING = re.compile(r'"[^"]*" \(([A-Z0-9]{2,6})\) missing')
_PREFIXES = {"ISA": "TA1", "GS": "AK9", "ST": "IK5", "SEG": "IK3", "ELE": "IK4"}
_ALONE = threading.Lock()  # pyx12 speaks through the logging module, which is the process's
_WRONG_SET = "X12-PYX12"


class Pyx12Error(msgspec.Struct, frozen=True):
    """One error of pyx12: `kind` ISA, GS, ST, SEG or ELE, its code, the segment's number in what it read.

    `reference` is the element (`NM109`) or the missing segment or loop, where pyx12 names one.
    """

    kind: str
    code: str
    line: int
    reference: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.code} line {self.line} {self.reference}".rstrip()


def pyx12_errors(content: bytes) -> list[str]:
    """What pyx12 says of a file as it is: kind, code, line and element of each error; empty is valid.

    `line` counts segments from 1. Where pyx12 stops with an exception, its class is the last entry.
    Nothing of the file's data is quoted, and nothing reaches the logs.
    """
    errors, failure, accepted = _run(content.decode("latin-1"))
    told = [str(error) for error in errors]
    if failure:
        told.append(f"stopped: {failure}")
    elif not accepted and not told:
        told.append("refused without a reason")
    return told


def validate_with_pyx12(chunks: Iterable[bytes], *, file: str = "", limits: Limits | None = None) -> Report:
    """Check a file with pyx12, one interchange at a time, each written so that pyx12 can read it.

    Left out or changed for it, without a finding: byte order marks, line ends, indents, empty segments and
    what stands between interchanges; TA1 segments; letters outside ASCII; names of guides (GS08, ST03)
    that pyx12 knows by another. Counts of the report are edigate's own.
    """
    content = b"".join(chunks)
    report = validate([content], file=file, limits=limits)
    findings: list[Finding] = []
    try:
        for text, segments in _interchanges(content, limits):
            findings += _opinion(text, segments, file)
    except DataError as error:
        findings.append(Finding(code="X12-UNREADABLE", message=error.message, level=1, file=file))
    return msgspec.structs.replace(report, findings=findings, valid=not findings)


def _opinion(text: str, segments: list[Segment], file: str) -> Iterator[Finding]:
    errors, failure, accepted = _run(text)
    isa, places = segments[0], _positions(segments)
    for error in errors:
        index = min(max(error.line, 1), len(segments)) - 1
        segment, position, set_ = segments[index], *places[index]
        element, component = _element_of(error.reference)
        yield Finding(
            code=f"{_PREFIXES[error.kind]}-{error.code}",
            message=f"pyx12 reports error {error.code} at {error.reference or segment.id} ({_WORDS[error.kind]})",
            level=2 if error.kind in ("SEG", "ELE") else 1,
            file=file,
            interchange=isa.get(13).strip(),
            transaction_set=set_,
            segment_id=_ELEMENT.sub("", error.reference) if element else segment.id,
            segment_position=position,
            element=element,
            component=component,
            offset=segment.offset,
        )
    if failure or (not accepted and not errors):
        words = f"pyx12 stopped with {failure}" if failure else "pyx12 refuses the file and doesn't say why"
        yield Finding(
            code=_WRONG_SET, message=words, level=1, file=file, interchange=isa.get(13).strip(), offset=isa.offset
        )


_WORDS = {"ISA": "interchange", "GS": "group", "ST": "transaction set", "SEG": "segment", "ELE": "element"}


def _element_of(reference: str) -> tuple[int, int]:
    match = re.match(r"[A-Z][A-Z0-9]{1,2}?([0-9]{2})(?:-([0-9]{1,2}))?\Z", reference)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)


def _positions(segments: list[Segment]) -> list[tuple[int, str]]:
    """For each segment its position in its set (ST = 1, 0 outside) and the set's control number."""
    places, position, number = [], 0, ""
    for segment in segments:
        if segment.id == "ST":
            position, number = 1, segment.get(2)
        elif segment.id in ("GE", "GS", "IEA"):
            position, number = 0, ""
        elif position:
            position += 1
        places.append((position, number))
    return places


def _interchanges(content: bytes, limits: Limits | None) -> Iterator[tuple[str, list[Segment]]]:
    """Each interchange as text that pyx12 can read, and its segments in the order of that text."""
    reader = SegmentReader([content], limits=limits)
    delimiters, segments = Delimiters(), list[Segment]()
    for segment in reader:
        if segment.id == "ISA":
            if segments:
                yield _text(segments, delimiters), segments
            segments, delimiters = [], reader.delimiters
        if segment.id != "TA1":
            segments.append(segment)
    if segments:
        yield _text(segments, delimiters), segments


def _text(segments: list[Segment], delimiters: Delimiters) -> str:
    functional_id, lines = "", []
    for segment in segments:
        elements = [_ascii(element) for element in segment.elements]
        if segment.id == "GS" and len(elements) > 8:
            functional_id = elements[1]
            elements[8] = _own_name(elements[8], functional_id)
        elif segment.id == "ST" and len(elements) > 3:
            elements[3] = _own_name(elements[3], functional_id, elements[1])
        lines.append(delimiters.element.join(elements) + delimiters.segment)
    return ("" if delimiters.segment in "\r\n" else "\n").join(lines)


_SETS_OF_GROUPS = {"HC": "837", "HP": "835", "FA": "999", "HN": "277", "RA": "820", "BE": "834"}


def _own_name(version: str, functional_id: str, set_id: str = "") -> str:
    """The name pyx12 has for a guide, or its folder for one of ours; the name as given where there is none."""
    known = find_known(version, functional_id, set_id or _SETS_OF_GROUPS.get(functional_id, ""))
    return version if known is None else known.version


def _ascii(text: str) -> str:
    return text if text.isascii() else "".join(c if c.isascii() else "X" for c in text)


def _run(text: str) -> tuple[list[Pyx12Error], str, bool]:
    """Errors, the class of an exception that ended the run or nothing, and whether pyx12 accepts."""
    import pyx12.params  # noqa: PLC0415  # slow to import, and only the second opinion needs it
    import pyx12.x12n_document  # noqa: PLC0415  # as above

    with _ALONE, _listening() as errors:
        try:
            accepted = pyx12.x12n_document.x12n_document(
                pyx12.params.params(), io.StringIO(text), None, None, map_path=str(pyx12_folder())
            )
        except Exception as error:  # noqa: BLE001  # pyx12 raises whatever it stumbles over; see the module's docstring
            return errors, type(error).__name__, False
    return errors, "", bool(accepted)


@contextmanager
def _listening() -> Iterator[list[Pyx12Error]]:
    """Collect what pyx12 logs and let none of it through."""
    logger = logging.getLogger("pyx12")
    collector = _Collector()
    before = logger.handlers[:], logger.propagate, logger.level, logger.disabled
    logger.handlers, logger.propagate, logger.disabled = [collector], False, False
    logger.setLevel(logging.ERROR)
    try:
        yield collector.errors
    finally:
        logger.handlers, logger.propagate, logger.disabled = before[0], before[1], before[3]
        logger.setLevel(before[2])


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[Pyx12Error] = []

    def emit(self, record: logging.LogRecord) -> None:
        match = _LOGGED.match(record.getMessage())
        if match is None:
            return
        line, kind, code, words = match.groups()
        named = _MISSING.search(words) or _REFERENCE.search(words)
        self.errors.append(Pyx12Error(kind, code, int(line or 0), named[1] if named else ""))
