"""What an 835 says of a claim or payment beside the money, read again from the archived file: names, ids, totals.

The ledger keeps what counts and what is worked by; who wants to see the rest is shown the file's own words. PHI, so for
output that a person asked for, alone. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from edigate.archive import Archive
from edigate.errors import DataError, PurgedError, StorageError
from edigate.gateway.waiting import sets_of_kind
from edigate.ledger.claim_payments import ClaimPaymentRow
from edigate.money import to_text
from edigate.remits.model import Amount, ClaimPayment, HeaderNumber, Payment, Person, Record
from edigate.remits.x221 import stream_payment
from edigate.responses.read import Kind
from edigate.secrecy import Phi
from edigate.x12.envelope import TransactionSet


class Told(Phi, msgspec.Struct, frozen=True):
    """One thing said: what, by which segment, and the words; `act` where a biller usually has to do something."""

    what: str
    segment: str
    said: str
    act: str = ""


class Remitted(Phi, msgspec.Struct, frozen=True):
    """What is said of each claim payment, by its id, and of the payment as a whole."""

    claims: dict[int, list[Told]]
    payment: list[Told]


# AMT01 of a claim (X221A1 2100) and of a line (2110); other qualifiers are shown as they are.
_AMOUNTS = {
    "AU": "coverage amount",
    "D8": "discount",
    "DY": "limit a day",
    "F5": "paid by the patient",
    "I": "interest",
    "NL": "negative ledger balance",
    "T": "tax",
    "T2": "total before taxes",
    "B6": "allowed",
    "KH": "deducted for late filing",
}
# NM101 -> field, what it says, and what is usually done about it.
_PEOPLE = (
    ("74", "corrected_insured", "insured corrected", "correct the patient's record before the next claim"),
    ("PR", "corrected_priority_payer", "another payer comes first", "bill that payer first"),
    ("TT", "crossover_carrier", "passed on to", ""),
    ("GB", "other_subscriber", "other subscriber", ""),
)


def remitted(archive: Archive, rows: Iterable[ClaimPaymentRow], sources: dict[int, tuple[str, int]]) -> Remitted:
    """What the files say of these claim payments and their payments; `sources` are files (SHA-256) and sets by payment.

    Reads a file up to the last of its claims that is asked for; what can't be read of the archive is said instead.
    """
    wanted: dict[tuple[str, int], dict[int, int]] = {place: {} for place in sources.values()}
    for row in rows:
        wanted[sources[row.payment_id]][row.segment_position] = row.id
    claims: dict[int, list[Told]] = {}
    payment: list[Told] = []
    for (sha256, number), places in wanted.items():
        try:
            for transaction_set in sets_of_kind(archive, sha256, Kind.X835):
                if transaction_set.index == number:
                    payment += _read(transaction_set, places, claims)
                    break
        except (StorageError, DataError) as error:
            gone = isinstance(error, PurgedError)
            what = "its file was let go" if gone else "its file in the archive can't be read"
            payment.append(Told(what, "835", error.message if gone else str(error)))
    return Remitted(claims, payment)


def _read(transaction_set: TransactionSet, places: dict[int, int], claims: dict[int, list[Told]]) -> list[Told]:
    """What is said of the payment; of the claims at `places` (segment position -> id) into `claims`."""
    stream = stream_payment(transaction_set)
    totals: list[Told] = []
    for streamed in stream:
        totals += [each for each in _of_header(streamed.header) if each not in totals]
        at = places.pop(streamed.first_segment, None)
        if at is not None:
            claims[at] = list(_of_claim(streamed.claim))
        if not places:
            return [*_of_payment(streamed.payment), *totals]
    return [*_of_payment(stream.payment), *totals]


def _of_payment(payment: Payment) -> Iterator[Told]:
    for contact in payment.payer.contacts if payment.payer else ():
        ways = [contact.name, contact.phone and f"phone {contact.phone}", contact.email, contact.url]
        if any(ways):
            yield Told("ask the payer", "PER", ", ".join(filter(None, ways)))
    if payment.payee is not None:
        for each in payment.payee.secondary_ids:
            yield Told("payee's other number", "REF", f"{each.qualifier} {each.value}")
        if payment.payee.delivery_method:
            said = (payment.payee.delivery_method, payment.payee.delivery_name, payment.payee.delivery_address)
            yield Told("how the payer delivers remittances", "RDM", " ".join(filter(None, said)))


def _of_header(header: HeaderNumber) -> Iterator[Told]:
    if header.provider_summary is not None:
        yield Told("totals of a provider", "TS3", _figures(header.provider_summary))
    if header.drg_summary is not None:
        yield Told("totals by DRG", "TS2", _figures(header.drg_summary))


def _of_claim(claim: ClaimPayment) -> Iterator[Told]:
    for code, field, what, act in _PEOPLE:
        person: Person | None = getattr(claim, field)
        if person is not None:
            yield Told(what, f"NM1*{code}", _name(person), act)
    if claim.coverage_expired is not None:
        yield Told("coverage ended", "DTM*036", str(claim.coverage_expired), "ask the patient for that day's coverage")
    if claim.received_date is not None:
        yield Told("received by the payer", "DTM*050", str(claim.received_date))
    if claim.drg:
        weight = "" if claim.drg_weight is None else f", weight {claim.drg_weight}"
        yield Told("DRG", "CLP11", f"{claim.drg}{weight}")
    if claim.inpatient is not None:
        yield Told("priced as inpatient", "MIA", _figures(claim.inpatient))
    if claim.outpatient is not None:
        yield Told("priced as outpatient", "MOA", _figures(claim.outpatient))
    yield from _amounts(claim.amounts, "")
    for contact in claim.contacts:
        yield Told("ask about the claim", "PER", ", ".join(filter(None, (contact.name, contact.phone, contact.url))))
    for service in claim.service_payments:
        of = service.billed_procedure or service.procedure or service.revenue_code
        if service.billed_procedure and service.billed_procedure != service.procedure:
            yield Told(f"{of} paid as", "SVC01", ":".join([service.procedure, *service.modifiers]))
        yield from _amounts(service.amounts, of)


def _amounts(amounts: Sequence[Amount], of: str) -> Iterator[Told]:
    for each in amounts:
        if each.amount is not None:
            what = _AMOUNTS.get(each.qualifier, f"amount {each.qualifier}")
            yield Told(f"{of} {what}".strip(), f"AMT*{each.qualifier}", to_text(each.amount))


def _name(person: Person) -> str:
    name = ", ".join(filter(None, (person.last_name, " ".join(filter(None, (person.first_name, person.middle_name))))))
    return " ".join(filter(None, (name, person.suffix, person.id and f"({person.id_qualifier} {person.id})")))


def _figures(record: Record) -> str:
    """Every figure of a segment that has many, by the name of its field."""
    said = []
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if value not in (None, "", []):
            said.append(f"{name.replace('_', ' ')} {' '.join(value) if isinstance(value, list) else value}")
    return ", ".join(said)
