"""How fast claims are reconciled with their payments: `python benchmarks/reconcile.py [--claims N] [--postgres URL]`.

N made-up claims of two lines were sent and paid over twenty days: most as always, some less, some denied, some by
two payers. Measured is `reconcile` the first time (each payment's people and providers are compared with ours,
once) and every further time; beside it merely reading the rows that it reads. Rates are claims a second of the
processor's time of this process; a server's own comes on top.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import os
import pstats
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
from a_workspace import PARTNER, SETTINGS  # type: ignore[import-not-found]  # its neighbour in this folder
from sqlalchemy import select

from edigate.claims.model import Claim, Payer, Provider, ServiceLine, Subscriber
from edigate.config import load_workspace
from edigate.gateway.fees import load_terms
from edigate.gateway.opening import Gateway
from edigate.gateway.post import post_files
from edigate.gateway.reconcile import reconcile
from edigate.ledger import intake, outbound
from edigate.ledger.records import NewClaim, NewIntake, NewLine, NewOutboundFile, NewSet
from edigate.ledger.schema import adjustment, claim, claim_line, claim_payment, service_payment
from edigate.ledger.store import Ledger
from edigate.money import to_x12
from edigate.reports.reconciliation import reconciliation

_DAYS = 20
_FIRST_DAY = date(2026, 1, 5)
_PAID_FROM = date(2026, 3, 2)
_CHARGE = Decimal(150)
_CODES = [f"99{number}" for number in (202, 203, 204, 205, 211, 212, 213, 214, 215, 395)]
_ALLOWED = {code: Decimal(60 + 5 * place) for place, code in enumerate(_CODES)}
_JSON = msgspec.json.Encoder()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=20_000)
    parser.add_argument("--postgres", metavar="URL", help="an empty database, postgresql://USER@HOST/NAME")
    parser.add_argument("--fees", action="store_true", help="with a fee table instead of the payer's history")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    gc.set_threshold(50_000, 20, 100)  # as the command line does
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder), options)


def _measure(root: Path, options: argparse.Namespace) -> None:
    claims = options.claims
    prepare(root, options.postgres, fees=options.fees)
    with Gateway.open(load_workspace(root)) as gateway:
        fill(gateway, root, claims)
        print(f"{claims:,} claims of two lines, {_DAYS} payments, {_memory()} MB of memory so far")
        reading = _least(lambda: _read(gateway))
        print(f"rows merely read     {claims / reading:10,.0f} claims/s")
        began = time.process_time()
        found = reconcile(gateway)
        print(f"reconciled, first    {claims / (time.process_time() - began):10,.0f} claims/s")
        _require(found.glance.claims.made == claims, "claims are missing")
        alone = _least(lambda: _compare(gateway))
        print(f"claims and payments  {claims / alone:10,.0f} claims/s, {alone / reading:.1f} times as long as reading")
        again = _least(lambda: reconcile(gateway))
        print(f"reconciled, again    {claims / again:10,.0f} claims/s, {again / reading:.1f} times as long as reading")
        if options.profile:
            profiler = cProfile.Profile()
            profiler.runcall(reconcile, gateway)
            pstats.Stats(profiler, stream=sys.stdout).sort_stats("tottime").print_stats(30)
    print(f"at most {_memory()} MB of memory")


def _least(run: object, times: int = 3) -> float:
    taken = []
    for _ in range(times):
        began = time.process_time()
        run()  # type: ignore[operator]  # a function of nothing
        taken.append(time.process_time() - began)
    return min(taken)


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(otherwise)


def _read(gateway: Gateway) -> None:
    """The floor: every row of what reconciling is about, fetched and dropped."""
    with gateway.ledger.read() as tx:
        for table in (claim, claim_line, claim_payment, service_payment, adjustment):
            for _ in tx.connection.execute(select(table).execution_options(yield_per=2000)):
                pass


def _compare(gateway: Gateway) -> None:
    """Claims beside their payments alone, without the rest of what `reconcile` tells."""
    with gateway.ledger.read() as tx:
        reconciliation(tx, load_terms(gateway.workspace))


# --- a ledger to reconcile


def prepare(root: Path, postgres: str | None, *, fees: bool) -> None:
    """A workspace of one partner."""
    (root / "partners").mkdir(parents=True)
    (root / "server").mkdir()
    ledger = f'[ledger]\nurl = "{postgres}"\n' if postgres else ""
    (root / "edigate.toml").write_text(SETTINGS + ledger)
    (root / "partners" / "payer.toml").write_text(PARTNER)
    if postgres:
        Ledger.create_or_upgrade(postgres.replace("postgresql://", "postgresql+psycopg://")).close()
    if fees:
        (root / "fees").mkdir()
        rows = [f"PLAN1,{code},{allowed}" for code, allowed in _ALLOWED.items()]
        (root / "fees" / "plan1.csv").write_text("\n".join(["payer,procedure,allowed", *rows]) + "\n")


def fill(gateway: Gateway, root: Path, claims: int) -> None:
    """Claims made and sent, and a payment a day for a part of them."""
    block = 5000
    for first in range(0, claims, block):
        _send(gateway, range(first, min(first + block, claims)))
    for day in range(_DAYS):
        path = root / f"era-{day}.835"
        path.write_bytes(_remittance(day, range(day, claims, _DAYS)))
        report = post_files(gateway, [path], "payer")
        _require(report.files[0].file.state == "posted", report.files[0].file.reason)
        os.unlink(path)  # noqa: PTH108  # the archive has it


def _number(index: int) -> str:
    return f"CLM{index:08d}"


def _day(index: int) -> date:
    return _FIRST_DAY + timedelta(days=index % 28)


def _codes(index: int) -> tuple[str, str]:
    return _CODES[index % 10], _CODES[(index // 10) % 10]


def _claim(index: int) -> Claim:
    return Claim(
        billing_provider=Provider(entity_type="2", last_name="EXAMPLE CLINIC", npi="1234567893", tax_id="123456789"),
        subscriber=Subscriber(
            last_name=f"PATIENT{index % 5000}", first_name="MADEUP", member_id=f"M{index:09d}", group_number="G1"
        ),
        payer=Payer(name="EXAMPLE HEALTH", payer_id="PLAN1"),
        patient_control_number=_number(index),
        total_charge=2 * _CHARGE,
        place_of_service="11",
        rendering_provider=Provider(last_name="PROVIDER", first_name="MADEUP", npi="1999999984"),
        service_lines=[
            ServiceLine(
                procedure=code,
                charge=_CHARGE,
                units=Decimal(1),
                diagnosis_pointers=[1],
                service_date=_day(index),
                line_item_control_number=f"{_number(index)}-{line}",
            )
            for line, code in enumerate(_codes(index), 1)
        ],
    )


def _send(gateway: Gateway, indexes: range) -> None:
    cents = int(_CHARGE * 100)
    first = indexes[0]
    with gateway.ledger.write() as tx:
        intake_id = intake.begin_intake(
            tx, NewIntake(sha256=f"{first:064d}", name=f"x{first}", mapping="x", partner="payer")
        )
        new = [
            NewClaim(
                state="ready",
                usage="production",
                row_count=2,
                first_row=1,
                last_row=2,
                patient_control_number=_number(index),
                total_charge_cents=2 * cents,
                service_date=_day(index),
                payer_id="PLAN1",
                payer_name="EXAMPLE HEALTH",
                record=_JSON.encode(_claim(index)),
                lines=[
                    NewLine(
                        line_number=line,
                        line_item_control_number=f"{_number(index)}-{line}",
                        charge_cents=cents,
                        procedure=code,
                        units="1",
                        service_date=_day(index),
                    )
                    for line, code in enumerate(_codes(index), 1)
                ],
            )
            for index in indexes
        ]
        ids = intake.add_claims(tx, intake_id, new)
        intake.finish_intake(tx, intake_id, rows_in=2 * len(new), rows_known=0, encounters=len(new))
        file_id = outbound.freeze(
            tx,
            NewOutboundFile(
                partner="payer", kind="837P", filename=f"x{first}", sha256="1" * 64, size=1, isa13=first + 1,
                gs06=first + 1, usage="production",
                sets=[NewSet(st02=f"{first + 1:04d}", bht03=f"{first}", claim_ids=ids)],
            ),
        )  # fmt: skip
        for before, after in (("queued", "uploading"), ("uploading", "renaming"), ("renaming", "sent")):
            outbound.advance(tx, file_id, expect=before, to=after)  # type: ignore[arg-type]  # three of its words


def _remittance(day: int, indexes: range) -> bytes:
    body: list[str] = []
    total = Decimal(0)
    for index in indexes:
        for paid, segments in _paid(index):
            total += paid
            body += segments
    money_day = _PAID_FROM + timedelta(days=day)
    head = [
        "ST*835*0001",
        f"BPR*I*{to_x12(total)}*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999999992*DA*654321*{money_day:%Y%m%d}",
        f"TRN*1*EFT{day}*1512345678",
        "DTM*405*20260301",
        "N1*PR*EXAMPLE HEALTH",
        "N1*PE*EXAMPLE CLINIC*XX*1234567893",
        "LX*1",
    ]
    number = f"{day + 1:09d}"
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'PAYER':15}*ZZ*{'US':15}*260302*0600*^*00501*{number}*0*T*:"
    gs = f"GS*HP*PAYER*US*20260302*0600*{day + 1}*X*005010X221A1"
    tail = [f"SE*{len(head) + len(body) + 1}*0001", f"GE*1*{day + 1}", f"IEA*1*{number}", ""]
    return "~".join([isa, gs, *head, *body, *tail]).encode()


def _paid(index: int) -> Iterator[tuple[Decimal, list[str]]]:
    """What a claim is paid: one of a hundred is denied, one is paid less, one by a second payer too."""
    kind, copay = index % 100, Decimal(10)
    if kind == 7:
        yield Decimal(0), [*_head(index, "4", Decimal(0), Decimal(0)), f"CAS*CO*197*{to_x12(2 * _CHARGE)}"]
        return
    lines: list[str] = []
    paid = Decimal(0)
    for line, code in enumerate(_codes(index), 1):
        allowed = _ALLOWED[code] - (Decimal(12) if kind == 13 else 0)
        paid += allowed - copay
        lines += [
            f"SVC*HC:{code}*{to_x12(_CHARGE)}*{to_x12(allowed - copay)}**1",
            f"DTM*472*{_day(index):%Y%m%d}",
            f"CAS*CO*45*{to_x12(_CHARGE - allowed)}",
            f"CAS*PR*3*{to_x12(copay)}",
            f"REF*6R*{_number(index)}-{line}",
        ]
    yield paid, [*_head(index, "19" if kind == 21 else "1", paid, 2 * copay), *lines]
    if kind == 21:
        rest = 2 * _CHARGE - 2 * copay
        yield 2 * copay, [*_head(index, "2", 2 * copay, Decimal(0)), f"CAS*OA*23*{to_x12(rest)}"]


def _head(index: int, status: str, paid: Decimal, patient: Decimal) -> list[str]:
    own = f"PCN{index:09d}{status}"
    return [
        f"CLP*{_number(index)}*{status}*{to_x12(2 * _CHARGE)}*{to_x12(paid)}*{to_x12(patient)}*12*{own}*11*1",
        f"NM1*QC*1*PATIENT{index % 5000}*MADEUP****MI*M{index:09d}",
        "NM1*82*1*PROVIDER*MADEUP****XX*1999999984",
        f"DTM*232*{_day(index):%Y%m%d}",
    ]


if __name__ == "__main__":
    main()
