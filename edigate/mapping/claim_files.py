"""837 files of another system as an extract: each claim a row, whole, with its place. Knows no mapping's rules.

The file is checked by its guide before any claim is read. A set that isn't valid is refused whole, as a payer
would refuse it: each of its claims becomes a row with what is wrong. A claim that can't be reached (it stands
where none may) becomes a row, too: none vanishes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import msgspec

from edigate.claims.bindings import Binding, binding_for
from edigate.claims.levels import ClaimSet
from edigate.claims.model import Claim, ClaimKind
from edigate.encounters.json_reader import Paths
from edigate.encounters.rows import Encounter, Row, defect
from edigate.errors import DataError
from edigate.findings import Finding, Severity, Source
from edigate.secrecy import Phi
from edigate.x12.decode import Run
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.segments import Segment
from edigate.x12.validate import Report, validate

_PIECE = 1 << 18
_OWN = 50  # findings told with a claim of those in its own segments, and
_OTHERS = 3  # of those elsewhere in its set
_CHARGEABLE = "CH"  # BHT06; RP only reports encounters, 31 asks for money back
_INQUIRIES = ("005010X291", "005010X292")  # predeterminations: asking what would be paid

_Mark = tuple[str, str, str]  # control numbers of interchange, group and set


class ClaimFileReader:
    """Rows of one 837 file, its claims in order; `cells` are the claim itself, for `Paths`.

    Read twice from where `stream` stands: it must be seekable, and stays the caller's. Raises DataError where the
    file isn't X12, and where it holds other sets than 837s or guides that nobody here knows.
    """

    def __init__(self, stream: BinaryIO, name: str, kind: ClaimKind) -> None:
        self.name = name
        self.layout = Paths()
        self._stream = stream
        self._start = stream.tell()
        self._kind = kind

    def __iter__(self) -> Iterator[Row]:
        wrong = _Wrong(validate(self._pieces(), file=self.name))
        number = 0
        for transaction_set in EnvelopeReader(self._pieces(), file=self.name):
            if transaction_set.header.id != "ST":
                continue  # a TA1: it answers an interchange and holds no claim
            binding = self._binding(transaction_set)
            refused = wrong.of_set(transaction_set)
            for claim in _Claims(transaction_set, binding):
                number += 1
                yield self._row(number, claim, transaction_set, binding, refused)
        if not number:
            raise DataError(f"{self.name} holds no claim", hint="check that it is the file that was meant")

    def _pieces(self) -> Iterator[bytes]:
        self._stream.seek(self._start)
        while piece := self._stream.read(_PIECE):
            yield piece

    def _binding(self, transaction_set: TransactionSet) -> Binding:
        number = transaction_set.control_number
        if transaction_set.id != "837":
            raise DataError(
                f"{self.name}: set {number} is a {transaction_set.id}, not an 837: this file isn't one of claims alone",
                hint="`edigate split --by set` parts it; convert those that are 837s",
            )
        binding = binding_for(transaction_set.guide)
        if binding is None:
            raise DataError(
                f"{self.name}: set {number} follows {transaction_set.guide or 'no guide'}, which edigate doesn't know",
                hint="the guides it knows: edigate guides",
            )
        return binding

    def _row(
        self,
        number: int,
        read: _Read,
        transaction_set: TransactionSet,
        binding: Binding,
        refused: list[Finding],
    ) -> Row:
        place = (
            f"interchange {transaction_set.interchange.control_number}, set {transaction_set.control_number.strip()}, "
            f"segments {read.first}-{read.last}, byte {read.offset}"
        )
        source = Source(self.name, number, place=place)
        defects = [msgspec.structs.replace(finding, sources=(source,)) for finding in _told(refused, read)]
        if read.claim is None:
            defects.append(defect("encounter-claim-lost", "stands where its guide allows no claim", source))
        reasons = self._other_reasons(read, binding, transaction_set.guide)
        defects += [defect("encounter-claim-purpose", reason, source) for reason in reasons]
        return Row(self.name, number, read.claim or Claim(), self.layout, tuple(defects), place)

    def _other_reasons(self, read: _Read, binding: Binding, guide: str) -> Iterator[str]:
        """Why a claim that may well be valid isn't one that this mapping may send."""
        if binding.kind != self._kind:
            yield (
                f"is {binding.kind}, but the mapping makes {self._kind} claims; convert the file with a mapping of"
                " that kind, too"
            )
        if guide.startswith(_INQUIRIES):
            yield "only asks what would be paid (predetermination): it is no claim to be paid"
        elif read.purpose != _CHARGEABLE:
            yield (
                f"stands in a set of purpose {read.purpose} (BHT06), not {_CHARGEABLE}: it reports a service or asks"
                " for money back, and edigate would send it as a claim to be paid"
            )


def claims_as_encounters(rows: Iterable[Row]) -> Iterator[Encounter]:
    """Each claim an encounter, its key the claim's own number (CLM01)."""
    for row in rows:
        yield Encounter(row.cells.patient_control_number or str(row.number), (row,))


class _Read(Phi, msgspec.Struct, frozen=True):
    """A claim and the segments of its set (ST = 1) and the byte where it stands; None where it can't be reached."""

    claim: Claim | None
    first: int
    last: int
    offset: int
    purpose: str
    findings: tuple[Finding, ...] = ()


class _Claims:
    """The claims of one set, streaming, in the order of their CLM segments, those that can't be reached, too."""

    def __init__(self, transaction_set: TransactionSet, binding: Binding) -> None:
        self._binding = binding
        self._set = transaction_set
        self._begun: deque[tuple[int, int]] = deque()  # segment and byte of CLMs not handed out yet

    def __iter__(self) -> Iterator[_Read]:
        run: Run[ClaimSet] = self._binding.decoder.stream(self._segments(), self._set.delimiters, at="2300")
        purpose, told = _CHARGEABLE, 0
        for found in run:
            head = found.parents[0]
            purpose = head.transaction_type if isinstance(head, ClaimSet) else purpose
            offset = -1
            while self._begun and self._begun[0][0] <= found.last:
                position, at = self._begun.popleft()
                if position == found.first:
                    offset = at
                else:
                    yield _Read(None, position, position, at, purpose)
            new = tuple(run.findings[told:])
            told = len(run.findings)
            yield _Read(self._binding.claim_of(found), found.first, found.last, offset, purpose, new)
        for position, at in self._begun:
            yield _Read(None, position, position, at, purpose)

    def _segments(self) -> Iterator[Segment]:
        for position, segment in enumerate(self._set.segments, 1):
            if segment.elements[0] == "CLM":
                self._begun.append((position, segment.offset))
            yield segment


class _Wrong:
    """The errors of a file by the set they are about; those of an envelope are about all sets in it."""

    def __init__(self, report: Report) -> None:
        self._by_mark: dict[_Mark, list[Finding]] = {}
        for finding in report.findings:
            if finding.code == "X12-MORE":
                raise DataError(
                    f"{report.file} has more errors than can be listed",
                    hint="see the first of them with `edigate validate`, and correct what makes the file",
                )
            if finding.code == "TA1-022" and finding.segment_id == "CLM":
                raise DataError(
                    f"{report.file}: a claim stands outside any transaction set (byte {finding.offset})",
                    hint="the file was damaged or put together by hand; nothing may be made of it",
                )
            if finding.severity is Severity.ERROR:
                numbers = (finding.interchange, finding.functional_group, finding.transaction_set)
                mark = (numbers[0].strip(), numbers[1].strip(), numbers[2].strip())
                self._by_mark.setdefault(mark, []).append(finding)

    def of_set(self, transaction_set: TransactionSet) -> list[Finding]:
        interchange = transaction_set.interchange.control_number
        group = transaction_set.group.control_number if transaction_set.group else ""
        number = transaction_set.control_number.strip()
        marks = (("", "", ""), (interchange, "", ""), (interchange, group, ""), (interchange, group, number))
        return [finding for mark in marks for finding in self._by_mark.get(mark, ())]


def _told(refused: list[Finding], read: _Read) -> list[Finding]:
    """Of what is wrong with a set what a claim is told: what is in its own segments, and why the set is refused."""
    own = [finding for finding in refused if read.first <= finding.segment_position <= read.last]
    others = [finding for finding in refused if not read.first <= finding.segment_position <= read.last]
    told = own[:_OWN]
    if not refused:  # what can't be read is a reason of its own only where the guide has no word against it
        told = [finding for finding in read.findings if finding.severity is Severity.ERROR]
    for finding in others[:_OTHERS]:
        where = f" ({finding.segment_id} at segment {finding.segment_position})" if finding.segment_position else ""
        told.append(
            msgspec.structs.replace(
                finding, message=f"the set it stands in isn't valid: {finding.message}{where}", field=""
            )
        )
    return told
