"""What tests of posting need: a ledger with claims that were really written and sent, and answers as X12 text."""

from __future__ import annotations

import functools
import hashlib
import sqlite3
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from edigate.claims.batch import batch_key
from edigate.claims.model import Claim
from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from edigate.gateway.outgoing import Numbers, count_of_sets, reference, write_file
from edigate.gateway.post import PostedFile, post
from edigate.ledger import inbound, intake, outbound
from edigate.ledger.accounts import Balance, balances
from edigate.ledger.answers import claims_by_control_number
from edigate.ledger.numbering import allocate
from edigate.ledger.records import NewClaim, NewInboundFile, NewIntake, NewLine, NewOutboundFile, NewSet
from edigate.ledger.states import FileState
from edigate.ledger.store import Ledger
from edigate.ledger.timeline import ClaimDetail, claim_detail
from edigate.money import to_cents, to_x12

_JSON = msgspec.json.Encoder()
_numbers = count(1)


class Clock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 7, 1, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@functools.cache
def _empty_ledger() -> bytes:
    """A ledger just made; migrating once for all tests keeps them fast."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        Ledger.create_or_upgrade(path).close()
        return path.read_bytes()


def opened(workspace: Workspace, clock: Clock | None = None) -> Gateway:
    """A gateway over an empty ledger."""
    workspace.ledger_path.parent.mkdir(parents=True, exist_ok=True)
    workspace.ledger_path.write_bytes(_empty_ledger())
    return Gateway.open(workspace, clock=clock or Clock())


# --- what we sent


def made(gateway: Gateway, *claims: Claim, partner: str = "acme", supersedes: int | None = None) -> list[int]:
    """Claims ready to be sent; their ids. A version that supersedes another has line numbers of its own."""
    number = next(_numbers)
    if supersedes is not None:
        claims = tuple(_with_own_lines(claim, number) for claim in claims)
    new = [
        NewClaim(
            state="ready",
            row_count=1,
            first_row=row,
            last_row=row,
            encounter_key=f"{number}-{row}",
            patient_control_number=claim.patient_control_number,
            total_charge_cents=to_cents(claim.total_charge or Decimal(0)),
            service_date=claim.service_lines[0].service_date,
            payer_name=claim.payer.name if claim.payer else "",
            batch_key=batch_key(claim),
            usage="production",
            record=_JSON.encode(claim),
            supersedes=supersedes,
            lines=[
                NewLine(
                    line_number=position,
                    line_item_control_number=line.line_item_control_number,
                    charge_cents=to_cents(line.charge or Decimal(0)),
                    procedure=line.procedure,
                    modifiers=":".join(line.modifiers),
                    units=format(line.units or 1, "f"),
                    service_date=line.service_date,
                )
                for position, line in enumerate(claim.service_lines, 1)
            ],
        )
        for row, claim in enumerate(claims, 2)
    ]
    with gateway.ledger.write() as tx:
        one = NewIntake(sha256=_sha256(f"intake {number}"), name="visits.csv", mapping="visits", partner=partner)
        intake_id = intake.begin_intake(tx, one)
        ids = intake.add_claims(tx, intake_id, new)
        intake.finish_intake(tx, intake_id, rows_in=len(new), rows_known=0, encounters=len(new))
    return ids


def sent(
    gateway: Gateway,
    *claims: Claim,
    partner: str = "acme",
    ends: FileState = "sent",
    supersedes: int | None = None,
) -> outbound.OutboundFile:
    """Claims written into one 837P that ends `sent` (or `uncertain`); numbers of control count from 1."""
    made(gateway, *claims, partner=partner, supersedes=supersedes)
    to = gateway.workspace.partner(partner)
    steps: list[tuple[FileState, FileState]] = [("queued", "uploading"), ("uploading", ends)]
    with gateway.ledger.write() as tx:
        ready = outbound.ready_claims(tx, partner, "837P", "production", limit=len(claims))
        sets = tuple(range(1, count_of_sets(to, ready) + 1))
        first = allocate(tx, "st02", partner, len(sets))
        isa13, gs06 = allocate(tx, "isa13", partner), allocate(tx, "gs06", partner)
        running = tuple(first + position - 1 for position in sets)
        written = write_file(to, "837P", ready, Numbers(isa13, gs06, running, running), tx.at)
        file_id = outbound.freeze(
            tx,
            NewOutboundFile(
                partner=partner,
                kind="837P",
                filename=f"{partner}-{isa13}.x12",
                sha256=gateway.archive.put(written.content),
                size=len(written.content),
                isa13=isa13,
                gs06=gs06,
                usage="production",
                sets=[
                    NewSet(st02=f"{number:04d}", bht03=reference(number), claim_ids=[claim.id for claim in members])
                    for number, members in zip(running, written.order, strict=True)
                ],
            ),
        )
        for before, after in steps:
            outbound.advance(tx, file_id, expect=before, to=after)
        file = outbound.outbound_file_by_id(tx, file_id)
    assert file is not None
    return file


def _with_own_lines(claim: Claim, number: int) -> Claim:
    own = [
        msgspec.structs.replace(line, line_item_control_number=f"{line.line_item_control_number}-{number}")
        for line in claim.service_lines
    ]
    return msgspec.structs.replace(claim, service_lines=own)


def segment_of(gateway: Gateway, file: outbound.OutboundFile, beginning: str, *, occurrence: int = 1) -> int:
    """The place of a segment we sent, in its set from ST = 1."""
    text = gateway.archive.get(file.sha256).decode().replace("\n", "")
    position = 0
    for segment in text.split("~"):
        position = 1 if segment.startswith("ST*") else position + 1
        if segment.startswith(beginning):
            occurrence -= 1
            if not occurrence:
                return position
    raise AssertionError(f"nothing of what was sent begins with {beginning}")


# --- what came back


def x12(functional_id: str, set_id: str, guide: str, *bodies: Sequence[str], number: int | None = None) -> bytes:
    """An interchange with one group of sets; `bodies` are the segments between ST and SE."""
    number = number or next(_numbers)
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'ACME':15}*ZZ*{'TESTSENDER':15}*260701*0600*^*00501*{number:09d}*0*T*:"
    segments = [isa]
    if set_id:
        segments.append(f"GS*{functional_id}*ACME*TESTSENDER*20260701*0600*{number}*X*{guide}")
        st03 = "" if set_id == "835" else f"*{guide}"
        for position, body in enumerate(bodies, 1):
            count_ = len(body) + 2
            segments += [f"ST*{set_id}*{position:04d}{st03}", *body, f"SE*{count_}*{position:04d}"]
        segments.append(f"GE*{len(bodies)}*{number}")
    else:
        segments += [segment for body in bodies for segment in body]
    segments.append(f"IEA*{1 if set_id else 0}*{number:09d}")
    return "".join(f"{segment}~\n" for segment in segments).encode()


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines() if line.strip()]


def ta1(text: str) -> bytes:
    return x12("", "", "", lines_of(text))


def x999(text: str) -> bytes:
    return x12("FA", "999", "005010X231A1", lines_of(text))


def x277ca(text: str) -> bytes:
    return x12("HN", "277", "005010X214", lines_of(text))


def status_277ca(sender: str, *claims: tuple[str, str], batch: str = "", batch_status: str = "") -> bytes:
    """A 277CA of a clearinghouse (AY) or payer (PR): claim numbers with their status, e.g. `("A1", "A2:20")`."""
    text = [
        "BHT*0085*08*X*20260701*0600*TH",
        "HL*1**20*1",
        f"NM1*{sender}*2*SENDER*****46*S1",
        "TRN*1*1",
        "HL*2*1*21*1",
        "NM1*41*2*TEST PRACTICE*****46*TESTSENDER",
    ]
    text += [f"TRN*2*{batch}"] if batch else []
    text += [f"STC*{batch_status}*20260701*{_action(batch_status)}*0"] if batch_status else []
    if claims:
        text += ["HL*3*2*19*1", "NM1*85*2*CLINIC*****XX*1234567893"]
    for number, (name, status) in enumerate(claims, 4):
        text += [f"HL*{number}*3*PT", "NM1*QC*1*MADE*UP****MI*M1", f"TRN*2*{name}"]
        text += [f"STC*{status}*20260701*{_action(status)}*165", f"REF*1K*PAYER{name}"]
    return x12("HN", "277", "005010X214", text)


def _action(status: str) -> str:
    return "U" if status[:2] in ("A3", "A4", "A6", "A7", "A8") else "WQ"


def payment(
    trace: str,
    *segments: str,
    amount: str = "",
    head: str = "I",
    direction: str = "C",
    day: str = "20260710",
    payer: str = "1512345678",
) -> list[str]:
    """The body of an 835: given CLP, CAS, SVC, PLB ... under a head whose BPR02 is what they add up to."""
    total = Decimal(0)
    for segment in segments:
        elements = segment.split("*")
        if elements[0] == "CLP":
            total += Decimal(elements[4])
        elif elements[0] == "PLB":
            total -= sum((Decimal(each) for each in elements[4::2]), Decimal(0))
    said = amount or to_x12(abs(total))
    return [
        f"BPR*{head}*{said}*{direction}*{'ACH' if Decimal(said) else 'NON'}************{day}",
        f"TRN*1*{trace}*{payer}",
        "DTM*405*20260701",
        "N1*PR*NORTHWIND HEALTH PLAN",
        "N1*PE*HARBOR POINT CLINIC*XX*1234567893",
        "LX*1",
        *segments,
    ]


def x835(*bodies: Sequence[str], number: int | None = None) -> bytes:
    return x12("HP", "835", "005010X221A1", *bodies, number=number)


def received(gateway: Gateway, content: bytes, *, partner: str = "acme", name: str = "") -> inbound.InboundFile:
    """A file received and not read yet."""
    name = name or f"answer-{next(_numbers)}"
    sha256 = gateway.archive.put(content)
    with gateway.ledger.write() as tx:
        return inbound.record_received(
            tx, NewInboundFile(partner=partner, remote_path=f"out/{name}", name=name, sha256=sha256, size=len(content))
        )


def posted(gateway: Gateway, content: bytes, *, partner: str = "acme", name: str = "") -> PostedFile:
    """Receive a file and post it; what became of it."""
    received(gateway, content, partner=partner, name=name)
    (one,) = post(gateway).files
    return one


# --- how it stands


def detail(gateway: Gateway, number: str) -> ClaimDetail:
    """Everything about the claim that answers to this number mean."""
    with gateway.ledger.read() as tx:
        found = claim_detail(tx, claims_by_control_number(tx, [number])[number].id)
    assert found is not None
    return found


def state(gateway: Gateway, number: str) -> str:
    return detail(gateway, number).claim.state


def states(gateway: Gateway, *numbers: str) -> list[str]:
    return [state(gateway, number) for number in numbers]


def account(gateway: Gateway, number: str) -> Balance:
    with gateway.ledger.read() as tx:
        claim = claims_by_control_number(tx, [number])[number]
        return balances(tx, [claim.id])[claim.id]


def dump(gateway: Gateway) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    connection = sqlite3.connect(gateway.workspace.ledger_path)
    try:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: list(connection.execute(f"SELECT * FROM {table}")) for table in sorted(tables)}
    finally:
        connection.close()


MONEY = ("payment", "claim_payment", "service_payment", "adjustment", "provider_adjustment")


def money_of(gateway: Gateway) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of all tables of money, and where every claim stands."""
    return {name: rows for name, rows in dump(gateway).items() if name in (*MONEY, "claim", "claim_event")}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
