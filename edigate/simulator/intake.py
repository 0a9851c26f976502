"""A received claim file taken apart: interchanges, groups, sets, and what is wrong with each. Pure.

Knows the syntax verdicts (TA1 notes, 999 errors); refuses to know what becomes of a claim that is well formed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from edigate.claims.bindings import CLAIM_LOOP, binding_for
from edigate.claims.model import Claim, Submission
from edigate.errors import DataError
from edigate.findings import Finding, Severity
from edigate.responses import model as m
from edigate.simulator.answers import SetVerdict, segment_errors
from edigate.simulator.book import Acknowledged
from edigate.simulator.envelope import Address, address_of, identity
from edigate.simulator.rule import SetError
from edigate.simulator.scenario import Scenario
from edigate.x12.envelope import EnvelopeReader, Interchange, TransactionSet
from edigate.x12.segments import Delimiters, Segment
from edigate.x12.validate import validate

# No guide whose claims are taken in: 837P, 837I and 837D of 5010.
_NO_CLAIMS = m.SegmentError(
    segment_id="ST",
    segment_position="1",
    code="8",
    element_errors=[m.ElementError(element="3", data_element="1705", code="7")],
)


class ReceivedSet(msgspec.Struct):
    """One transaction set: what heads it, its claims, and what a 999 says of it."""

    verdict: SetVerdict
    head: Submission
    claims: list[Claim]


class ReceivedGroup(msgspec.Struct):
    """One functional group; `reasons` (AK905) where it is rejected as a whole."""

    functional_id: str
    control_number: str
    guide: str
    reasons: tuple[str, ...]
    sets: list[ReceivedSet]
    acknowledged: list[Acknowledged] = []  # of our groups, by its 999s


class ReceivedInterchange(msgspec.Struct):
    """One interchange; `note` is TA105, 000 where its envelope is good."""

    interchange: Interchange
    address: Address
    note: str
    groups: list[ReceivedGroup]


def take_apart(content: bytes, scenario: Scenario) -> list[ReceivedInterchange]:
    """The interchanges of a file; none where it isn't X12 at all. Never raises on data."""
    errors = [each for each in validate([content]).findings if each.severity is Severity.ERROR]
    found: list[ReceivedInterchange] = []
    try:
        for transaction_set in EnvelopeReader([content]):
            current = transaction_set.interchange
            if not found or found[-1].interchange is not current:
                own = [each for each in errors if each.interchange == current.control_number]
                found.append(ReceivedInterchange(current, address_of(current), _note(own), []))
            if transaction_set.id != "TA1":
                _add_set(found[-1], transaction_set, errors, scenario)
    except DataError:
        pass  # what was readable before is answered; a hole in the file is among the findings of its set
    return found


def _add_set(
    interchange: ReceivedInterchange, transaction_set: TransactionSet, errors: list[Finding], scenario: Scenario
) -> None:
    header = transaction_set.group
    number = header.control_number if header else ""
    here = [
        each
        for each in errors
        if each.interchange == interchange.interchange.control_number and each.functional_group == number
    ]
    groups = interchange.groups
    if not groups or groups[-1].control_number != number:
        reasons = tuple(each.code.removeprefix("AK9-") for each in here if each.code.startswith("AK9-"))
        groups.append(
            ReceivedGroup(
                header.functional_id if header else "", number, header.guide if header else "", reasons, []
            )
        )
        if header:
            names = [text.strip() for text in header.elements] + [""] * 4
            interchange.address = msgspec.structs.replace(
                interchange.address, their_group=identity(names[2]), our_group=identity(names[3])
            )
    if transaction_set.id == "999":
        groups[-1].acknowledged.append(_acknowledged(transaction_set))
        return
    own = [each for each in here if each.transaction_set == transaction_set.control_number.strip()]
    groups[-1].sets.append(_read_set(transaction_set, own, scenario))


def _acknowledged(transaction_set: TransactionSet) -> Acknowledged:
    """What a 999 says of a group of ours (AK1, AK9)."""
    by_id = {segment.id: segment for segment in transaction_set.segments}
    ak1, ak9 = by_id.get("AK1"), by_id.get("AK9")
    return Acknowledged(ak1.get(1) if ak1 else "", ak1.get(2) if ak1 else "", ak9.get(1) if ak9 else "")


def _read_set(transaction_set: TransactionSet, errors: list[Finding], scenario: Scenario) -> ReceivedSet:
    segments = list(transaction_set.segments)
    head, claims, named = Submission(), [], []
    binding = binding_for(transaction_set.guide) if transaction_set.id == "837" else None
    if binding is not None and binding.guide:
        run = binding.decoder.stream(segments, transaction_set.delimiters, at=CLAIM_LOOP)
        for found in run:
            claim = binding.claim_of(found)
            claims.append(claim)
            rejected = scenario.rule_for(claim).reject_set
            if rejected:
                named.append(
                    _claim_error(claim, rejected, segments, found.first, found.last, transaction_set.delimiters)
                )
        head = run.root
        wrong = segment_errors(each for each in errors if not each.code.startswith("IK5-")) + tuple(named)
    else:
        wrong = (_NO_CLAIMS,)
    reasons = tuple(dict.fromkeys(each.code.removeprefix("IK5-") for each in errors if each.code.startswith("IK5-")))
    verdict = SetVerdict(transaction_set.control_number.strip(), transaction_set.header.get(3).strip(), wrong, reasons)
    return ReceivedSet(verdict, head, claims)


def _claim_error(
    claim: Claim, wrong: SetError, segments: Sequence[Segment], first: int, last: int, delimiters: Delimiters
) -> m.SegmentError:
    """The IK3 of one claim with its CTX, at the place where the segment at fault really stands."""
    within = range(first, last + 1)
    above = range(first - 1, 0, -1)
    position = next((n for n in (*within, *above) if segments[n - 1].id == wrong.segment), first)
    value = segments[position - 1].get(wrong.element)
    if wrong.component:
        value = [*value.split(delimiters.component), *[""] * wrong.component][wrong.component - 1]
    return m.SegmentError(
        segment_id=segments[position - 1].id,
        segment_position=str(position),
        loop=wrong.loop,
        code="8",
        contexts=[m.Context(name="CLM01", value=claim.patient_control_number)],
        element_errors=[
            m.ElementError(
                element=str(wrong.element),
                component=str(wrong.component or ""),
                data_element=wrong.data_element,
                code=wrong.code,
                value=value,
            )
        ],
    )


def _note(errors: list[Finding]) -> str:
    """TA105: the first thing wrong with the envelope itself."""
    return next((each.code.removeprefix("TA1-") for each in errors if each.code.startswith("TA1-")), "000")
