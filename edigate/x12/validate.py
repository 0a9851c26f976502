"""Validating: a file in, a report out. Every interchange, group and set is looked at, whatever went before.

Knows how envelopes, guides and walking come together, and how much may be told. Refuses to know what is
wrong with a segment (`elements`), what may follow which (`compile`), or how a report is shown (`cli`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

import msgspec

from edigate.errors import DataError
from edigate.findings import Finding, Severity, has_errors
from edigate.x12.choosing import Choice
from edigate.x12.compile import CompiledGuide, Place, checker, compiled
from edigate.x12.elements import Problem
from edigate.x12.envelope import EnvelopeReader, Standing, TransactionSet
from edigate.x12.segments import ISA_WIDTHS, Delimiters, Limits, Segment
from edigate.x12.walk import QUOTED, SetValidator

__all__ = ["Found", "Part", "Report", "SetValidator", "validate", "validate_part"]

# What TA105 says of an ISA element that is wrong (X12 element I18), by the element's number.
_TA1_NOTES = {
    1: "010",
    2: "011",
    3: "012",
    4: "013",
    5: "005",
    6: "006",
    7: "007",
    8: "008",
    9: "014",
    10: "015",
    11: "016",
    12: "017",
    13: "018",
    14: "019",
    15: "020",
    16: "027",
}
_PADDED = frozenset((2, 4, 6, 8))  # the ISA's texts: shorter is only a lost padding, reported by the reader


class Report(msgspec.Struct, kw_only=True):
    """What validating a file found. `valid`: no finding of severity error. Counts are of the whole file."""

    file: str = ""
    valid: bool = True
    interchanges: int = 0
    groups: int = 0
    transaction_sets: int = 0
    claims: int = 0
    segments: int = 0
    findings: list[Finding] = []


def validate(
    chunks: Iterable[bytes], *, file: str = "", limits: Limits | None = None, choice: Choice | None = None
) -> Report:
    """Check a file against its envelopes' rules and its sets' guides; `chunks` are its bytes, cut anywhere.

    Never raises on data: what isn't X12 at all is a report with the finding `X12-UNREADABLE`.
    Findings are in 999 and TA1 terms (docs/validation.md), in the order of the file for each set.
    `choice` forces guides or corrects them further (`choosing.choose`).
    """
    limits = limits or Limits()
    found = Found()
    found.add(validate_part(chunks, file=file, limits=limits, choice=choice), limits)
    return found.report(file)


class Part(msgspec.Struct, kw_only=True):
    """What one run over a file, or over a part of it, found: to be put together by `Found`.

    Findings are those of the bytes, of the envelopes and of the sets, each in the order they were met, and
    how many more of them there were than the limit. `stopped`: it can't be read further.
    """

    interchanges: int = 0
    groups: int = 0
    transaction_sets: int = 0
    claims: int = 0
    segments: int = 0
    of_bytes: list[Finding] = []
    of_envelopes: list[Finding] = []
    of_sets: list[Finding] = []
    untold: int = 0
    untold_errors: bool = False
    stopped: bool = False
    standing: Standing | None = None  # where it ended
    # Control numbers: of sets in the group and of groups in the interchange that were open when it began, and
    # all that were open when it ended.
    first_sets: frozenset[str] = frozenset()
    first_groups: frozenset[str] = frozenset()
    last_sets: frozenset[str] = frozenset()
    last_groups: frozenset[str] = frozenset()
    interchange_numbers: frozenset[str] = frozenset()


class Found:
    """What the parts of a file found, put together in order."""

    def __init__(self) -> None:
        self._whole = Part()

    def add(self, part: Part, limits: Limits) -> None:
        """Add the next part: the same as if one run had read both."""
        whole = self._whole
        for name in ("interchanges", "groups", "transaction_sets", "claims", "segments", "untold"):
            setattr(whole, name, getattr(whole, name) + getattr(part, name))
        whole.untold_errors = whole.untold_errors or part.untold_errors
        for name in ("of_bytes", "of_envelopes", "of_sets"):
            told: list[Finding] = getattr(whole, name)
            told += getattr(part, name)
            whole.untold += max(0, len(told) - limits.findings)
            whole.untold_errors = whole.untold_errors or has_errors(told[limits.findings :])
            del told[limits.findings :]

    def report(self, file: str) -> Report:
        """The findings in the order of the file, and the counts."""
        whole = self._whole
        findings = sorted(whole.of_bytes + whole.of_envelopes + whole.of_sets, key=_in_file_order)
        if whole.untold:
            severity = Severity.ERROR if whole.untold_errors else Severity.WARNING
            words = f"{whole.untold} more findings aren't listed"
            findings.append(Finding(code="X12-MORE", message=words, severity=severity, file=file))
        return Report(
            file=file,
            valid=not has_errors(findings),
            interchanges=whole.interchanges,
            groups=whole.groups,
            transaction_sets=whole.transaction_sets,
            claims=whole.claims,
            segments=whole.segments,
            findings=findings,
        )


def validate_part(
    chunks: Iterable[bytes],
    *,
    file: str = "",
    limits: Limits,
    choice: Choice | None = None,
    after: Standing | None = None,
    base: int = 0,
    last: bool = True,
) -> Part:
    """Check a part of a file, cut before an ST; see `EnvelopeReader` for `after`, `base` and `last`."""
    return _Validation(file, limits, choice or Choice()).run(chunks, after, base, last)


class _Validation:
    """One run over one file or part."""

    def __init__(self, file: str, limits: Limits, choice: Choice) -> None:
        self._file = file
        self._limits = limits
        self._choice = choice
        self._findings: list[Finding] = []
        self._untold = 0
        self._untold_errors = False
        self._claims = 0
        self._standard = "00501"
        self._interchange = ""
        self._group = ""
        self._sets = 0
        self._first_sets: set[str] = set()
        self._first_groups: set[str] = set()
        self._began = 0  # interchanges

    def run(self, chunks: Iterable[bytes], after: Standing | None, base: int, last: bool) -> Part:
        if after is not None:
            self._standard = after.interchange.elements[12]
            self._interchange = after.interchange.control_number
            self._group = after.group.control_number
        reader = EnvelopeReader(
            chunks, file=self._file, limits=self._limits, examine=self._examine, after=after, base=base, last=last
        )
        stopped = False
        try:
            for transaction_set in reader:
                if transaction_set.header.id == "ST":
                    self._sets += 1
                    if reader.groups == 0:
                        self._first_sets.add(transaction_set.control_number.strip())
                    self._set(transaction_set)
        except DataError as error:
            stopped = True
            self._add(Finding(code="X12-UNREADABLE", message=error.message, level=1, file=self._file))
        errors, warnings = reader.untold
        return Part(
            interchanges=reader.interchanges,
            groups=reader.groups,
            transaction_sets=self._sets,
            claims=self._claims,
            segments=reader.segments_read,
            of_bytes=reader.findings_of_bytes,
            of_envelopes=reader.findings_of_envelopes,
            of_sets=self._findings,
            untold=self._untold + errors + warnings,
            untold_errors=self._untold_errors or bool(errors),
            stopped=stopped,
            standing=None if last else reader.standing,
            first_sets=frozenset(self._first_sets),
            first_groups=frozenset(self._first_groups),
            last_sets=reader.numbers("ST"),
            last_groups=reader.numbers("GS"),
            interchange_numbers=reader.numbers("ISA"),
        )

    def _add(self, finding: Finding) -> None:
        if len(self._findings) < self._limits.findings:
            self._findings.append(finding)
        else:
            self._untold += 1
            self._untold_errors = self._untold_errors or finding.severity is Severity.ERROR

    def _set(self, transaction_set: TransactionSet) -> None:
        walker = self._walker(transaction_set)
        if walker is None:
            for _ in transaction_set.segments:
                pass
            return
        feed = walker.feed
        for segment in transaction_set.segments:
            for finding in feed(segment):
                self._add(finding)
            transaction_set.skim(walker.skim)
        for finding in walker.finish():
            self._add(finding)
        self._claims += walker.claims

    def _walker(self, transaction_set: TransactionSet) -> SetValidator | None:
        """The walker of the set's guide: by ST03, else by GS08. Where there is none, a finding and None."""
        header, group = transaction_set.header, transaction_set.group
        interchange = transaction_set.interchange.control_number
        group_number = group.control_number if group else ""
        number = transaction_set.control_number.strip()
        found = functools.partial(
            Finding,
            file=self._file,
            interchange=interchange,
            functional_group=group_number,
            transaction_set=number,
            segment_id="ST",
            segment_position=1,
            offset=header.offset,
        )
        functional_id = group.functional_id if group else ""
        named, grouped = header.get(3).strip(), group.guide if group else ""
        if not named and grouped.startswith("005") and transaction_set.id != _WITHOUT_ST03:
            self._add(
                found(
                    code="IK4-1",
                    message="ST03 is missing; the guide is taken from GS08",
                    severity=Severity.WARNING,
                    level=1,
                    element=3,
                    expected=grouped,
                )
            )
        choice = self._choice
        forced = choice.forced_for(transaction_set.id)
        guides = [forced or choice.guide_for(name, functional_id, transaction_set.id) for name in (named, grouped)]
        guide = guides[0] or guides[1]  # ST03 takes precedence (X12.6)
        if None not in guides and guides[0] is not guides[1]:
            self._add(
                found(
                    code="X12-TWO-GUIDES",
                    message=f"ST03 names another guide than GS08: {named} is used, not {grouped}",
                    severity=Severity.WARNING,
                    level=1,
                    element=3,
                    value=named,
                    expected=grouped,
                )
            )
        if guide is None:
            self._add(
                found(
                    code="X12-NO-GUIDE",
                    message=f"edigate has no guide for {transaction_set.id} {named or grouped or 'without a version'} "
                    f"in a group {functional_id or 'without GS01'}: only the envelope was checked",
                    level=2,
                    value=named or grouped,
                )
            )
            return None
        return SetValidator(
            guide,
            transaction_set.delimiters,
            standard=transaction_set.interchange.version,
            file=self._file,
            interchange=interchange,
            functional_group=group_number,
            transaction_set=number,
        )

    # --- envelopes

    def _examine(self, segment: Segment, delimiters: Delimiters) -> None:
        """Elements of ISA, GS, TA1, GE and IEA by the envelopes' guide; counts are the reader's to check."""
        if segment.id == "ISA":
            self._standard = segment.get(12)
            self._interchange, self._group = segment.get(13).strip(), ""
            self._began += 1
        elif segment.id == "GS":
            self._group = segment.get(6).strip()
            if not self._began:
                self._first_groups.add(self._group)
        envelopes = compiled("00501" if self._standard >= "00501" else "00401", "", "ISA")
        place = _envelope_place(envelopes, segment.id)
        if envelopes is None or place is None:
            return
        checks = checker(envelopes, delimiters, self._standard)
        elements = segment.elements
        if segment.id == "ISA":
            elements = list(elements)
            for position in _PADDED:
                elements[position] = elements[position].ljust(ISA_WIDTHS[position - 1])
            # They hold the separators themselves.
            checks = checker(envelopes, _NO_SEPARATORS, self._standard)
        for problem in checks.explainer.explain(place.usage, elements):
            self._add(self._envelope_finding(problem, segment))

    def _envelope_finding(self, problem: Problem, segment: Segment) -> Finding:
        isa = segment.id == "ISA"
        secret = isa and problem.element in (2, 4)  # authorization and password
        return Finding(
            code=f"TA1-{_TA1_NOTES.get(problem.element, '024')}" if isa else f"IK4-{problem.code}",
            message=problem.message,
            severity=problem.severity,
            level=1,
            file=self._file,
            interchange=self._interchange,
            functional_group=self._group,
            segment_id=segment.id,
            element=problem.element,
            offset=segment.offset,
            value="" if secret else problem.value[:QUOTED],
            expected=problem.expected,
        )


_WITHOUT_ST03 = "835"  # its guide doesn't ask for one, and half of the payers send none
_NO_SEPARATORS = Delimiters(element="*", component="", segment="", repetition="")


def _envelope_place(envelopes: CompiledGuide | None, segment_id: str) -> Place | None:
    for place in envelopes.places if envelopes else ():
        if place.usage.id == segment_id:
            return place
    return None


def _in_file_order(finding: Finding) -> int:
    return finding.offset if finding.offset >= 0 else 1 << 62
