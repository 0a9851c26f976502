"""Claim files for the simulator's tests: made-up claims, written as a sender would. No assertion here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec

from edigate.claims.model import (
    Address,
    Claim,
    Contact,
    Diagnosis,
    Patient,
    Payer,
    Provider,
    ServiceLine,
    Submission,
    Subscriber,
)
from edigate.x12.segments import Delimiters
from edigate.x12.write import GroupHeader, InterchangeHeader, Serializer, SetHeader
from tests.claims.made_up import X222

EVENING = datetime(2026, 6, 30, 18, 0, tzinfo=UTC)
CLINIC = Provider(
    entity_type="2",
    last_name="HARBOR POINT CLINIC",
    npi="1234567893",
    taxonomy="207Q00000X",
    address=Address(line1="1 QUAY ST", city="HARBOR POINT", state="IL", postal_code="627010001"),
    tax_id="123456789",
    tax_id_type="EI",
)
WALK_IN = msgspec.structs.replace(CLINIC, last_name="CORNERSTONE WALK IN", npi="1999999984", tax_id="987654321")
SUBSCRIBER = Subscriber(
    relationship="18",
    filing_indicator="CI",
    last_name="QUILLFEATHER",
    first_name="ODETTE",
    member_id="NW100200300",
    address=Address(line1="12 TANGLEWOOD LOOP", city="HARBOR POINT", state="IL", postal_code="62701"),
    birth_date=date(1980, 2, 3),
    sex="F",
)
NORTHWIND = Payer(name="NORTHWIND HEALTH PLAN", payer_id="NWHP1")
CHILD = Patient(
    relationship="19",
    last_name="QUILLFEATHER",
    first_name="PIP",
    address=SUBSCRIBER.address,
    birth_date=date(2015, 4, 5),
    sex="M",
)


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, now: datetime = EVENING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def line(procedure: str, charge: str, *, units: str = "1", control: str = "", day: int = 15) -> ServiceLine:
    return ServiceLine(
        procedure=procedure,
        charge=Decimal(charge),
        units=Decimal(units),
        diagnosis_pointers=[1],
        service_date=date(2026, 6, day),
        line_item_control_number=control,
    )


def claim(number: str, *lines: ServiceLine, **changes: object) -> Claim:
    """An original claim of 165.00 for a visit, unless lines or fields say otherwise."""
    own = [
        msgspec.structs.replace(each, line_item_control_number=each.line_item_control_number or f"{number}-{n}")
        for n, each in enumerate(lines or (line("99213", "165.00"),), 1)
    ]
    made = Claim(
        billing_provider=CLINIC,
        subscriber=SUBSCRIBER,
        payer=NORTHWIND,
        patient_control_number=number,
        total_charge=sum((each.charge or Decimal(0) for each in own), Decimal(0)),
        place_of_service="11",
        diagnoses=[Diagnosis(code="J069", qualifier="ABK")],
        service_lines=own,
    )
    made = msgspec.structs.replace(made, **changes)
    if made.patient is not None and made.subscriber is not None:
        made.subscriber = msgspec.structs.replace(made.subscriber, relationship="")
    return made


def claim_file(*sets: Sequence[Claim], isa13: int = 1, acknowledgment_requested: bool = True) -> bytes:
    """An 837P with one transaction set for each list of claims; the sets' BHT03 are B1, B2 ..."""
    header = InterchangeHeader(
        sender_qualifier="ZZ",
        sender_id="PRACTICE",
        receiver_qualifier="ZZ",
        receiver_id="SIMCLEAR",
        created=EVENING,
        control_number=isa13,
        usage="T",
        acknowledgment_requested=acknowledgment_requested,
    )
    group = GroupHeader(
        functional_id="HC", sender="PRACTICE", receiver="SIMCLEAR", created=EVENING, control_number=isa13,
        guide=X222.guide,
    )
    bodies = [
        (SetHeader(id="837", control_number=number, guide=X222.guide), X222.encode_claims(_head(number), claims))
        for number, claims in enumerate(sets, 1)
    ]
    return "".join(Serializer(Delimiters()).interchange(header, [(group, bodies)])).encode()


def _head(number: int) -> Submission:
    return Submission(
        reference=f"B{number}",
        created_on=EVENING.date(),
        created_at=EVENING.time(),
        submitter_name="HARBOR POINT BILLING",
        submitter_id="PRACTICE",
        submitter_contacts=[Contact(name="BILLING DESK", phone="5555550100")],
        receiver_name="SIMULATED CLEARING",
        receiver_id="SIMCLEAR",
    )
