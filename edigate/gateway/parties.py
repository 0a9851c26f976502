"""Each payment looked at once more after posting: does it name the patients and providers of the claims it is for?

The ledger keeps no name beside an adjudication; the archived file has it. Reads few segments of a file, and posts
nothing: what differs is written down for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from edigate.archive import Archive
from edigate.errors import PurgedError, StorageError
from edigate.gateway.opening import Gateway
from edigate.gateway.waiting import sets_of_kind
from edigate.ledger.adjudicated import records
from edigate.ledger.parties import Answered, ToCompare, answered, record_compared, to_compare
from edigate.ledger.transaction import ReadTransaction
from edigate.logs import get_logger
from edigate.reconcile.parties import Difference, Ours, Person, Theirs, differences
from edigate.responses.read import Kind
from edigate.secrecy import Phi
from edigate.x12.envelope import TransactionSet

log = get_logger(__name__)

_TOLD_BY = frozenset(("CLP", "NM1", "SVC", "N1", "REF", "LX"))
Found = tuple[int, Answered, Difference]


def compare_parties(gateway: Gateway) -> int:
    """Compare what was posted or joined since the last time; how many adjudications name somebody else.

    A file that the archive can't give is left for later: `edigate db check` tells of it. One that was purged has
    nothing to be compared any more.
    """
    with gateway.ledger.read() as tx:
        waiting = to_compare(tx)
    differing = 0
    for sha256, payments in groupby(waiting, key=lambda one: one.sha256):
        of_file = list(payments)
        with gateway.ledger.read() as tx:
            try:
                found = list(_compared(tx, gateway.archive, sha256, of_file))
            except PurgedError:
                found = []
            except StorageError as error:
                log.warning("not compared", error=error)
                continue
        with gateway.ledger.write() as tx:
            record_compared(tx, of_file, found)
        differing += len(found)
    return differing


def _compared(tx: ReadTransaction, archive: Archive, sha256: str, payments: Sequence[ToCompare]) -> Iterator[Found]:
    by_set = {one.set_number: one for one in payments}
    for transaction_set in sets_of_kind(archive, sha256, Kind.X835):
        if (one := by_set.get(transaction_set.index)) is not None:
            for entry, difference in _of_payment(tx, one.payment_id, transaction_set):
                yield one.payment_id, entry, difference


def _of_payment(
    tx: ReadTransaction, payment_id: int, transaction_set: TransactionSet
) -> Iterator[tuple[Answered, Difference]]:
    """The file and the ledger side by side: both are in the order of the file."""
    told = said_by(transaction_set)
    for block in answered(tx, payment_id):
        claims = records(tx, {entry.claim_id for entry in block})
        ours = {claim_id: ours_of(_DECODER.decode(record)) for claim_id, record in claims.items()}
        wanted = {entry.segment_position: entry for entry in block}
        last = block[-1].segment_position
        for position, theirs in told:
            entry = wanted.get(position)
            if entry is not None and entry.claim_id in ours:
                for difference in differences(ours[entry.claim_id], theirs):
                    yield entry, difference
            if position >= last:
                break


def said_by(transaction_set: TransactionSet) -> Iterator[tuple[int, Theirs]]:
    """Whom each claim of an 835 is said to be for, with the place of its CLP (ST = 1)."""
    separator = transaction_set.delimiters.element
    payee_npi = payee_tax = ""
    at_payee = at_claim = False
    place = 0
    theirs: Theirs | None = None
    position = 0
    for block in transaction_set.segments.texts():
        for text in block:
            position += 1
            name = text[: text.find(separator)]
            if name not in _TOLD_BY:
                continue
            if name == "CLP":
                if theirs is not None:
                    yield place, theirs
                place, at_claim = position, True
                theirs = Theirs(payee_npi=payee_npi, payee_tax_id=payee_tax)
            elif name == "SVC":
                at_claim = False  # what names a provider of a service isn't about the claim
            elif name == "NM1" and at_claim and theirs is not None:
                _name(theirs, text.split(separator))
            elif theirs is None:
                elements = [*text.split(separator), "", "", "", "", ""]
                if name == "N1":
                    at_payee = elements[1] == "PE"
                    if at_payee and elements[3] == "XX":
                        payee_npi = elements[4].strip()
                    elif at_payee and elements[3] == "FI":
                        payee_tax = elements[4].strip()
                elif name == "REF" and at_payee and elements[1] == "TJ":
                    payee_tax = elements[2].strip()
    if theirs is not None:
        yield place, theirs


def _name(theirs: Theirs, elements: list[str]) -> None:
    role = elements[1]
    elements += [""] * (10 - len(elements))
    number = elements[9].strip()
    if role == "QC":
        theirs.patient = Person(elements[3].strip(), elements[4].strip())
    elif role == "82" and elements[8] == "XX":
        theirs.rendering_npi = number
    if role in ("QC", "IL") and number:
        theirs.ids = (*theirs.ids, number)


# --- what a claim's record says of its people; the rest of it isn't read


class _Named(Phi, msgspec.Struct):
    last_name: str = ""
    first_name: str = ""
    npi: str = ""
    tax_id: str = ""
    member_id: str = ""
    social_security_number: str = ""


class _LineNamed(Phi, msgspec.Struct):
    rendering_provider: _Named | None = None
    operating_physician: _Named | None = None
    assistant_surgeon: _Named | None = None
    supervising_provider: _Named | None = None


class ClaimNamed(Phi, msgspec.Struct):
    """The parts of a claim's record (`claims.model.Claim`) that name somebody an 835 may answer with."""

    billing_provider: _Named | None = None
    subscriber: _Named | None = None
    patient: _Named | None = None
    rendering_provider: _Named | None = None
    attending_provider: _Named | None = None
    operating_physician: _Named | None = None
    other_operating_physician: _Named | None = None
    assistant_surgeon: _Named | None = None
    supervising_provider: _Named | None = None
    service_facility: _Named | None = None
    service_lines: list[_LineNamed] = []


_DECODER = msgspec.json.Decoder(ClaimNamed)
_PROVIDERS = [name for name in ClaimNamed.__struct_fields__ if name not in ("subscriber", "patient", "service_lines")]
_LINE_PROVIDERS = _LineNamed.__struct_fields__


def ours_of(claim: ClaimNamed) -> Ours:
    """Whom a claim speaks of."""
    subscriber = claim.subscriber or _Named()
    patient = claim.patient or subscriber
    npis = {one.npi.strip() for name in _PROVIDERS if (one := getattr(claim, name)) is not None}
    for line in claim.service_lines:
        npis.update(one.npi.strip() for name in _LINE_PROVIDERS if (one := getattr(line, name)) is not None)
    numbers = (subscriber.member_id, patient.member_id, subscriber.social_security_number)
    return Ours(
        patient=Person(patient.last_name, patient.first_name),
        member_ids=tuple(number for number in numbers if number),
        npis=frozenset(npis - {""}),
        tax_id=claim.billing_provider.tax_id if claim.billing_provider else "",
    )
