"""A made-up practice for tests of the jobs: its encounters as CSV, its gateway. No assertion here."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edigate.config import Workspace, load_workspace
from edigate.gateway.convert import convert
from edigate.gateway.opening import Gateway
from edigate.ledger.outbound import OutboundFile, outbound_files
from edigate.ledger.states import ClaimState
from edigate.partners.model import Partner
from edigate.transport import Transport
from edigate.x12.envelope import EnvelopeReader

MAPPING = "encounters-csv"

# One service line of a clean encounter; the subscriber is the patient.
ROW: dict[str, str] = {
    "encounter_id": "E1",
    "place_of_service": "11",
    "frequency_code": "",
    "payer_claim_number": "",
    "payer_name": "NORTHWIND HEALTH PLAN",
    "payer_id": "NWHP1",
    "filing_indicator": "CI",
    "group_number": "G4001",
    "subscriber_id": "NW502661743",
    "subscriber_last_name": "Quillfeather",
    "subscriber_first_name": "Odette",
    "subscriber_birth_date": "1981-08-27",
    "subscriber_sex": "F",
    "subscriber_address1": "12 Tanglewood Loop",
    "subscriber_city": "Harbor Point",
    "subscriber_state": "IL",
    "subscriber_zip": "62701",
    "billing_npi": "1888000019",
    "billing_name": "HARBOR POINT FAMILY MEDICINE",
    "billing_taxonomy": "207Q00000X",
    "billing_tax_id": "936100001",
    "billing_address1": "100 Lantern Quay",
    "billing_city": "Harbor Point",
    "billing_state": "IL",
    "billing_zip": "626990100",
    "diagnosis1": "J06.9",
    "diagnosis2": "",
    "service_date": "2026-06-15",
    "service_date_end": "",
    "procedure": "99213",
    "modifier1": "",
    "modifier2": "",
    "description": "",
    "claim_note": "",
    "units": "1",
    "charge": "165.00",
    "diagnosis_pointers": "1",
}


def row(encounter: str = "E1", **cells: str) -> dict[str, str]:
    """One line of an encounter; cells that aren't told are a clean one's, the member id the encounter's own."""
    member = f"NW{zlib.crc32(encounter.encode()) % 10**9:09d}"
    return ROW | {"encounter_id": encounter, "subscriber_id": member} | cells


def visits(count: int, prefix: str = "E", first: int = 1) -> list[dict[str, str]]:
    """So many clean encounters of one line each, each of another patient."""
    return [row(f"{prefix}{n}") for n in range(first, first + count)]


def written(rows: Iterable[Mapping[str, str]]) -> str:
    """Rows as a CSV with every column of `ROW`."""
    out = io.StringIO()
    writer = csv.DictWriter(out, ROW, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def extract(folder: Path, rows: Iterable[Mapping[str, str]], name: str = "encounters.csv") -> Path:
    """Write an extract; where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(written(rows), encoding="utf-8", newline="")
    return path


class Clock:
    """Stands still until told."""

    def __init__(self, now: datetime = datetime(2026, 6, 30, 18, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


class TestGateway(Gateway):
    """A gateway whose lines a test may replace: `lines[partner]` opens a session, or raises."""

    __test__ = False
    lines: dict[str, Callable[[], Transport]]

    def transport(self, partner_name: str) -> Transport:
        opened = getattr(self, "lines", {}).get(partner_name)
        return opened() if opened is not None else super().transport(partner_name)


def settings(workspace: Workspace, partner: str = "acme", **tables: str) -> Workspace:
    """The workspace with other settings of a partner: `folders='temporary = false'` replaces that table's keys."""
    path = workspace.root / "partners" / f"{partner}.toml"
    text = path.read_text()
    for table, lines in tables.items():
        head, found, rest = text.partition(f"[{table}]\n")
        if not found:
            text = f"{text}\n[{table}]\n{lines}\n"
            continue
        kept, bracket, others = rest.partition("\n[")
        named = {line.split("=")[0].strip() for line in lines.splitlines()}
        kept = "\n".join(line for line in kept.splitlines() if line.split("=")[0].strip() not in named)
        text = f"{head}{found}{kept}\n{lines}\n{bracket}{others}"
    path.write_text(text)
    return load_workspace(workspace.root)


def claims_by_state(gateway: Gateway) -> dict[ClaimState, int]:
    """How many live claims stand in each state, read by SQL of our own."""
    with gateway.ledger.read() as tx:
        rows = tx.connection.exec_driver_sql(
            "SELECT state, count(*) FROM claim WHERE superseded_by_id IS NULL GROUP BY state"
        )
        return {row[0]: row[1] for row in rows}


def files_out(gateway: Gateway) -> list[OutboundFile]:
    with gateway.ledger.read() as tx:
        return outbound_files(tx)


def control_numbers(content: bytes) -> list[str]:
    """CLM01 of every claim of a file, in order."""
    return [
        segment.elements[1]
        for transaction_set in EnvelopeReader([content], file="")
        for segment in transaction_set.segments
        if segment.id == "CLM"
    ]


def on_server(workspace: Workspace, partner: Partner | str = "acme", folder: str = "inbound") -> dict[str, bytes]:
    """What stands in a folder of a partner that is a directory of this machine, drafts included."""
    name = partner if isinstance(partner, str) else partner.name
    place = workspace.root / f"{name}-server" / folder
    return {path.name: path.read_bytes() for path in sorted(place.iterdir())}


def ready(gateway: Gateway, count: int = 3, prefix: str = "E", **cells: str) -> None:
    """So many claims ready to be sent to acme."""
    rows = [one | cells for one in visits(count, prefix)]
    report = convert(
        gateway,
        extract(gateway.workspace.root / "inbox", rows, f"{prefix}.csv"),
        MAPPING,
        gateway.workspace.partner("acme"),
    )
    assert (report.claims_made, report.refused) == (count, 0), report.refusals


def bytes_of(gateway: Gateway, file_id: int = 1) -> bytes:
    """What the ledger says was frozen into a file, by the archive."""
    (file,) = [one for one in files_out(gateway) if one.id == file_id]
    return gateway.archive.get(file.sha256)
