"""A made-up payer's 835 of many claims, and the claims as a ledger that has sent them. Knows no clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from edigate.gateway.opening import Gateway
from edigate.ledger import intake, outbound
from edigate.ledger.records import NewClaim, NewIntake, NewLine, NewOutboundFile, NewSet
from edigate.money import from_cents, to_cents, to_x12

LINES = 2
_COPAY = Decimal(10)  # of a line
_FIRST_DAY = date(2026, 1, 5)
_AT_ONCE = 5000


def write_remittance(path: Path, claims: int, control_number: int) -> int:
    """An 835 of one payment, balanced to the cent, with what real ones have; its bytes. Written as it is made."""
    paid = to_x12(sum((LINES * _paid(index) for index in range(claims)), Decimal(0)))
    head = [
        "ST*835*0001",
        f"BPR*I*{paid}*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999999992*DA*654321*20260302",
        "TRN*1*EFT20260302*1512345678",
        "DTM*405*20260301",
        "N1*PR*EXAMPLE HEALTH",
        "N3*1 PLAN ST",
        "N4*SPRINGFIELD*IL*62701",
        "PER*BL*DESK*TE*5555550100",
        "N1*PE*EXAMPLE CLINIC*XX*1234567893",
        "LX*1",
    ]
    stamp = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    number = f"{control_number:09d}"
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'PAYER':15}*ZZ*{'US':15}*{stamp:%y%m%d}*{stamp:%H%M}*^*00501*{number}*0*T*:"
    gs = f"GS*HP*PAYER*US*{stamp:%Y%m%d}*{stamp:%H%M}*{control_number}*X*005010X221A1"
    with path.open("wb") as file:
        _write(file, [isa, gs, *head])
        count = len(head)
        for index in range(claims):
            segments = list(_claim(index))
            count += len(segments)
            _write(file, segments)
        _write(file, [f"SE*{count + 1}*0001", f"GE*1*{control_number}", f"IEA*1*{number}"])
    return path.stat().st_size


def _write(file: BinaryIO, segments: list[str]) -> None:
    file.write(("~".join(segments) + "~").encode())


def _number(index: int) -> str:
    return f"CLM{index:08d}"


def _day(index: int) -> date:
    return _FIRST_DAY + timedelta(days=index % 28)


def _charge(index: int) -> Decimal:
    """Of a line: a fee table has some hundreds of them."""
    return from_cents(6000 + index * 37 % 997 * 25)


def _paid(index: int) -> Decimal:
    return from_cents(to_cents(_charge(index)) * (60 + index % 7) // 100) - _COPAY


def _claim(index: int) -> Iterator[str]:
    number, day = _number(index), f"{_day(index):%Y%m%d}"
    charge, paid = _charge(index), _paid(index)
    cut = to_x12(charge - paid - _COPAY)
    amounts = "*".join(to_x12(LINES * amount) for amount in (charge, paid, _COPAY))
    yield f"CLP*{number}*1*{amounts}*12*PCN{index:09d}*11*1"
    yield f"NM1*QC*1*PATIENT{index % 5000}*MADE UP****MI*M{index:09d}"
    yield "NM1*82*1*PROVIDER*MADE UP****XX*1234567893"
    yield f"DTM*232*{day}"
    yield f"DTM*050*{day}"
    for line in range(1, LINES + 1):
        yield f"SVC*HC:99213*{to_x12(charge)}*{to_x12(paid)}**1"
        yield f"DTM*472*{day}"
        yield f"CAS*CO*45*{cut}"
        yield f"CAS*PR*3*{to_x12(_COPAY)}"
        yield f"REF*6R*{number}-{line}"
        yield f"AMT*B6*{to_x12(paid + _COPAY)}"


def send(gateway: Gateway, claims: int) -> None:
    """Let the ledger have sent the claims, as after real nights."""
    for number, first in enumerate(range(0, claims, _AT_ONCE), 1):
        members = range(first, min(first + _AT_ONCE, claims))
        with gateway.ledger.write() as tx:
            sha256 = f"{number:064d}"
            started = intake.begin_intake(tx, NewIntake(sha256=sha256, name="x", mapping="x", partner="payer"))
            ids = intake.add_claims(tx, started, [_new_claim(index) for index in members])
            rows = LINES * len(members)
            intake.finish_intake(tx, started, rows_in=rows, rows_known=0, encounters=len(members))
        with gateway.ledger.write() as tx:
            one = NewSet(st02=f"{number:04d}", bht03=str(number), claim_ids=list(islice(ids, len(members))))
            file = NewOutboundFile(
                partner="payer", kind="837P", filename=f"x{number}", sha256=sha256, size=1, isa13=number, gs06=number,
                usage="production", sets=[one],
            )  # fmt: skip
            file_id = outbound.freeze(tx, file)
            for before, after in (("queued", "uploading"), ("uploading", "renaming"), ("renaming", "sent")):
                outbound.advance(tx, file_id, expect=before, to=after)  # type: ignore[arg-type]  # words of the table


def _new_claim(index: int) -> NewClaim:
    cents = to_cents(_charge(index))
    return NewClaim(
        state="ready",
        usage="production",
        row_count=LINES,
        first_row=1,
        last_row=LINES,
        patient_control_number=_number(index),
        total_charge_cents=LINES * cents,
        service_date=_day(index),
        record=b"{}",
        lines=[
            NewLine(
                line_number=line,
                line_item_control_number=f"{_number(index)}-{line}",
                charge_cents=cents,
                procedure="99213",
                units="1",
                service_date=_day(index),
            )
            for line in range(1, LINES + 1)
        ],
    )
