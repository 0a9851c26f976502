"""How fast an 835 is posted to SQLite, beside decoding it alone: `python benchmarks/post.py [--claims N]`.

A made-up payer pays N made-up claims of two lines each, all of which the ledger has sent; then the same
payment comes again in another file. Rates are claims a second of the processor's time: neither other work on
the machine nor waiting for the disk counts. `--profile` says where the time of posting goes.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from a_workspace import PARTNER, SETTINGS  # type: ignore[import-not-found]  # its neighbour in this folder

from edigate.config import load_workspace
from edigate.gateway.opening import Gateway
from edigate.gateway.post import post_files
from edigate.gateway.reconcile import reconcile
from edigate.ledger import intake, outbound
from edigate.ledger.records import NewClaim, NewIntake, NewLine, NewOutboundFile, NewSet
from edigate.money import to_x12
from edigate.remits.x221 import stream_payment
from edigate.x12.envelope import EnvelopeReader

_CHARGE, _PAID, _CUT, _COPAY = Decimal(75), Decimal(40), Decimal(25), Decimal(10)  # of a line
_FIRST_DAY = date(2026, 1, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=20_000)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder), options.claims, options.profile)


def _measure(root: Path, claims: int, profile: bool) -> None:
    (root / "partners").mkdir()
    (root / "edigate.toml").write_text(SETTINGS)
    (root / "partners" / "payer.toml").write_text(PARTNER)
    first, again = root / "era.835", root / "again.835"
    first.write_bytes(_remittance(claims, 1))
    again.write_bytes(_remittance(claims, 2))
    size = first.stat().st_size
    print(f"{claims:,} claims of two lines, {size / 1e6:.1f} MB")

    began = time.process_time()
    decoded = sum(1 for each in EnvelopeReader([first.read_bytes()]) for _ in stream_payment(each))
    decoding = time.process_time() - began
    _require(decoded == claims, "not every claim was decoded")
    print(f"decoded     {claims / decoding:10,.0f} claims/s")

    with Gateway.open(load_workspace(root)) as gateway:
        _send(gateway, claims)
        profiler = cProfile.Profile()
        began = time.process_time()
        if profile:
            profiler.enable()
        report = post_files(gateway, [first], "payer")
        profiler.disable()
        posting = time.process_time() - began
        outcome = report.files[0].outcome
        _require((outcome.claims_moved, outcome.claim_payments_unmatched) == (claims, 0), report.files[0].file.reason)
        print(f"posted      {claims / posting:10,.0f} claims/s, {posting / decoding:.1f} times as long as decoding")
        began = time.process_time()
        report = post_files(gateway, [again], "payer")
        _require(report.files[0].outcome.payments_repeated == 1, report.files[0].file.reason)
        print(f"known again {claims / (time.process_time() - began):10,.0f} claims/s")
        began = time.process_time()
        found = reconcile(gateway)
        _require(found.glance.claims.paid == claims, "not every claim is paid")
        print(f"reconciled  {claims / (time.process_time() - began):10,.0f} claims/s")
    print(f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB of memory")
    if profile:
        pstats.Stats(profiler, stream=sys.stdout).sort_stats("tottime").print_stats(45)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(otherwise)


def _number(index: int) -> str:
    return f"CLM{index:08d}"


def _day(index: int) -> date:
    return _FIRST_DAY + timedelta(days=index % 28)


def _send(gateway: Gateway, claims: int) -> None:
    """Let the ledger have sent the claims, as after a real night."""
    cents = int(_CHARGE * 100)
    with gateway.ledger.write() as tx:
        intake_id = intake.begin_intake(tx, NewIntake(sha256="0" * 64, name="x", mapping="x", partner="payer"))
        ids = intake.add_claims(
            tx,
            intake_id,
            [
                NewClaim(
                    state="ready",
                    row_count=2,
                    first_row=1,
                    last_row=2,
                    patient_control_number=_number(index),
                    total_charge_cents=2 * cents,
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
                        for line in (1, 2)
                    ],
                )
                for index in range(claims)
            ],
        )
        intake.finish_intake(tx, intake_id, rows_in=2 * claims, rows_known=0, encounters=claims)
    with gateway.ledger.write() as tx:
        file_id = outbound.freeze(
            tx,
            NewOutboundFile(
                partner="payer", kind="837P", filename="x", sha256="1" * 64, size=1, isa13=1, gs06=1, usage="test",
                sets=[NewSet(st02="0001", bht03="1", claim_ids=ids)],
            ),
        )  # fmt: skip
        for before, after in (("queued", "uploading"), ("uploading", "renaming"), ("renaming", "sent")):
            outbound.advance(tx, file_id, expect=before, to=after)  # type: ignore[arg-type]  # three of its words


def _remittance(claims: int, control_number: int) -> bytes:
    """An 835 of one payment, balanced to the cent, with what real ones have: names, dates, references, amounts."""
    body = ["~".join(_claim(index)) for index in range(claims)]
    paid = to_x12(2 * claims * _PAID)
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
    count = len(head) + sum(each.count("~") + 1 for each in body) + 1
    stamp = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    number = f"{control_number:09d}"
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'PAYER':15}*ZZ*{'US':15}*{stamp:%y%m%d}*{stamp:%H%M}*^*00501*{number}*0*T*:"
    gs = f"GS*HP*PAYER*US*{stamp:%Y%m%d}*{stamp:%H%M}*{control_number}*X*005010X221A1"
    tail = [f"SE*{count}*0001", f"GE*1*{control_number}", f"IEA*1*{number}", ""]
    return "~".join([isa, gs, *head, *body, *tail]).encode()


def _claim(index: int) -> Iterator[str]:
    number, day = _number(index), f"{_day(index):%Y%m%d}"
    charge, paid, copay = to_x12(2 * _CHARGE), to_x12(2 * _PAID), to_x12(2 * _COPAY)
    yield f"CLP*{number}*1*{charge}*{paid}*{copay}*12*PCN{index:09d}*11*1"
    yield f"NM1*QC*1*PATIENT{index % 5000}*MADE UP****MI*M{index:09d}"
    yield "NM1*82*1*PROVIDER*MADE UP****XX*1234567893"
    yield f"DTM*232*{day}"
    yield f"DTM*050*{day}"
    for line in (1, 2):
        yield f"SVC*HC:99213*{to_x12(_CHARGE)}*{to_x12(_PAID)}**1"
        yield f"DTM*472*{day}"
        yield f"CAS*CO*45*{to_x12(_CUT)}"
        yield f"CAS*PR*3*{to_x12(_COPAY)}"
        yield f"REF*6R*{number}-{line}"
        yield f"AMT*B6*{to_x12(_PAID + _COPAY)}"


if __name__ == "__main__":
    main()
