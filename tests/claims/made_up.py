"""A clean professional claim of made-up people, and everything the tests of claims vary of it. No assertion here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, get_args

import msgspec

from edigate.claims.bindings import binding_of_kind
from edigate.claims.model import (
    Address,
    Claim,
    ClaimKind,
    Contact,
    Diagnosis,
    Patient,
    Payer,
    Provider,
    ServiceLine,
    Submission,
    Subscriber,
    Tooth,
)
from edigate.x12.segments import Delimiters
from edigate.x12.write import GroupHeader, InterchangeHeader, Serializer, SetHeader

X222, X223, X224 = map(binding_of_kind, get_args(ClaimKind))

TODAY = date(2026, 7, 1)
NOW = datetime(2026, 7, 1, 21, 15, tzinfo=UTC)

CLINIC = Provider(
    entity_type="2",
    last_name="LARKSPUR FAMILY PRACTICE",
    npi="1234567893",
    taxonomy="207Q00000X",
    address=Address(line1="40 MILL RACE", city="FENWICK", state="OH", postal_code="430010040"),
    tax_id="311234567",
    tax_id_type="EI",
)
DOCTOR = Provider(
    entity_type="1", last_name="BRAMBLEWOOD", first_name="TAMSIN", npi="1999999984", taxonomy="207Q00000X"
)
SUBSCRIBER = Subscriber(
    relationship="18",
    group_number="G4711",
    filing_indicator="CI",
    last_name="OAKHURST",
    first_name="PELLA",
    member_id="MB0012345",
    address=Address(line1="7 HEDGE END", city="FENWICK", state="OH", postal_code="43001"),
    birth_date=date(1984, 3, 9),
    sex="F",
)
PAYER = Payer(name="EASTMARK HEALTH", payer_id="EMH01")
CHILD = Patient(
    relationship="19",
    last_name="OAKHURST",
    first_name="ROBIN",
    address=SUBSCRIBER.address,
    birth_date=date(2017, 11, 30),
    sex="M",
)


def line(**changes: Any) -> ServiceLine:
    """A visit of 120.00 on 2026-06-15."""
    visit = ServiceLine(
        procedure="99213",
        charge=Decimal("120.00"),
        units=Decimal(1),
        diagnosis_pointers=[1],
        service_date=date(2026, 6, 15),
        line_item_control_number="L1",
    )
    return msgspec.structs.replace(visit, **changes)


def base_claim(**changes: Any) -> Claim:
    """A clean claim: a visit and a test, 145.50 in all, for a subscriber who is the patient."""
    clean = Claim(
        billing_provider=CLINIC,
        subscriber=SUBSCRIBER,
        payer=PAYER,
        patient_control_number="PCN-1001",
        total_charge=Decimal("145.50"),
        place_of_service="11",
        diagnoses=[Diagnosis(code="J0190", qualifier="ABK"), Diagnosis(code="R509", qualifier="ABF")],
        rendering_provider=DOCTOR,
        service_lines=[
            line(),
            line(procedure="87880", charge=Decimal("25.50"), diagnosis_pointers=[1, 2], line_item_control_number="L2"),
        ],
    )
    return msgspec.structs.replace(clean, **changes)


def small_claim(kind: str, **changes: Any) -> Claim:
    """A clean claim of any kind: a visit (145.50), an outpatient hospital bill (1,080.00), a filling (210.00)."""
    common: dict[str, Any] = {"kind": kind, "billing_provider": CLINIC, "subscriber": SUBSCRIBER, "payer": PAYER}
    if kind == "institutional":
        made = Claim(
            **common,
            patient_control_number="PCN-2001",
            total_charge=Decimal("1080.00"),
            facility_type="13",
            admission_type="1",
            patient_status="01",
            statement_from=date(2026, 6, 14),
            statement_to=date(2026, 6, 15),
            diagnoses=[
                Diagnosis(code="J0190", qualifier="ABK", present_on_admission="Y"),
                Diagnosis(code="R509", qualifier="ABF"),
            ],
            visit_reasons=[Diagnosis(code="R509", qualifier="APR")],
            attending_provider=DOCTOR,
            service_lines=[
                line(revenue_code="0450", procedure="99283", charge=Decimal("880.00"), diagnosis_pointers=[]),
                line(revenue_code="0250", procedure="", charge=Decimal("200.00"), diagnosis_pointers=[],
                     service_date=None, line_item_control_number="L2"),
            ],
        )  # fmt: skip
    elif kind == "dental":
        made = Claim(
            **common,
            patient_control_number="PCN-3001",
            total_charge=Decimal("210.00"),
            place_of_service="11",
            service_date=date(2026, 6, 15),
            rendering_provider=DOCTOR,
            service_lines=[
                line(procedure_qualifier="AD", procedure="D2392", charge=Decimal("210.00"), diagnosis_pointers=[],
                     service_date=None, oral_cavities=["20"], teeth=[Tooth(code="14", surfaces=["M", "O"])]),
            ],
        )  # fmt: skip
    else:
        made = base_claim()
    return msgspec.structs.replace(made, **changes)


def for_child(**changes: Any) -> Claim:
    """The same for a child of the subscriber."""
    return base_claim(**{"subscriber": changed(SUBSCRIBER, relationship=""), "patient": CHILD} | changes)


def changed(record: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(record, **changes)


def head(reference: str = "BATCH1") -> Submission:
    return Submission(
        reference=reference,
        created_on=NOW.date(),
        created_at=time(21, 15),
        submitter_name="LARKSPUR BILLING",
        submitter_id="LARKSPUR",
        submitter_contacts=[Contact(name="BILLING DESK", phone="5555550142")],
        receiver_name="EXAMPLE CLEARING",
        receiver_id="EXCLEAR",
    )


def interchange(**changes: Any) -> InterchangeHeader:
    header = InterchangeHeader(
        sender_qualifier="ZZ",
        sender_id="LARKSPUR",
        receiver_qualifier="ZZ",
        receiver_id="EXCLEAR",
        created=NOW,
        control_number=7,
        usage="T",
    )
    return changed(header, **changes)  # type: ignore[no-any-return]  # a record of the same type


def group(control_number: int = 7, guide: str = X222.guide) -> GroupHeader:
    return GroupHeader(
        functional_id="HC",
        sender="LARKSPUR",
        receiver="EXCLEAR",
        created=NOW,
        control_number=control_number,
        guide=guide,
    )


def claim_file(
    *sets: Iterable[Claim], delimiters: Delimiters | None = None, line_breaks: bool = True, binding: Any = X222
) -> bytes:
    """An 837 file, a transaction set for each list of claims; `binding` is that of their guide."""
    guide = binding.guide
    bodies = [
        (SetHeader(id="837", control_number=number, guide=guide), binding.encode_claims(head(f"BATCH{number}"), claims))
        for number, claims in enumerate(sets, 1)
    ]
    serializer = Serializer(delimiters or Delimiters(), line_breaks=line_breaks)
    return "".join(serializer.interchange(interchange(), [(group(guide=guide), bodies)])).encode("ascii")
