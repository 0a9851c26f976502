"""A made-up hospital and dentist for tests of the loop: mappings, encounters, a clearinghouse. No assertion here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from edigate.config import Workspace, load_workspace
from edigate.gateway.convert import ConvertReport, convert
from edigate.gateway.post import PostReport, post
from edigate.gateway.receive import receive
from edigate.partners.model import Partner
from edigate.simulator.clearinghouse import Clearinghouse
from edigate.simulator.rule import Rule
from edigate.simulator.scenario import Scenario
from tests.gateway.practice import Clock, TestGateway

_PARTIES = """
[claim.subscriber]
relationship = { value = "18" }
filing_indicator = { value = "CI" }
last_name = { from = "last_name", required = true }
first_name = { from = "first_name" }
member_id = { from = "member_id", required = true }
birth_date = { value = "1981-08-27" }
sex = { value = "F" }
address.line1 = { value = "12 TANGLEWOOD LOOP" }
address.city = { value = "HARBOR POINT" }
address.state = { value = "IL" }
address.postal_code = { value = "62701" }

[claim.payer]
name = { value = "NORTHWIND HEALTH PLAN" }
payer_id = { value = "NWHP1" }

[claim.billing_provider]
entity_type = { value = "2" }
npi = { value = "1888000019" }
last_name = { from = "provider" }
taxonomy = { from = "taxonomy" }
tax_id = { value = "936100001" }
tax_id_type = { value = "EI" }
address.line1 = { value = "100 LANTERN QUAY" }
address.city = { value = "HARBOR POINT" }
address.state = { value = "IL" }
address.postal_code = { value = "626990100" }
"""

_CLAIM = """
[source]
group_by = "encounter_id"

[claim]
patient_control_number = { from = "encounter_id", required = true }
total_charge = { use = "sum_of_lines" }
"""

HOSPITAL = f"""
kind = "institutional"
{_CLAIM}
facility_type = {{ from = "facility", required = true }}
statement_from = {{ from = "from", use = "date('%Y-%m-%d')", required = true }}
statement_to = {{ from = "to", use = "date('%Y-%m-%d')", required = true }}
admission_type = {{ value = "3" }}
admission_source = {{ value = "1" }}
patient_status = {{ value = "01" }}
admission_date = {{ from = "admitted", use = "date('%Y-%m-%d')" }}
admission_hour = {{ from = "admitted_at", use = "time('%H:%M')" }}
discharge_hour = {{ from = "discharged_at", use = "time('%H:%M')" }}
admitting_diagnosis.code = {{ from = "admitting", use = "icd" }}
visit_reasons.code = {{ from = "reason", use = "icd" }}
attending_provider.entity_type = {{ value = "1" }}
attending_provider.npi = {{ value = "1999999984" }}
attending_provider.last_name = {{ value = "BRAMBLEWOOD" }}
attending_provider.first_name = {{ value = "TAMSIN" }}

[[claim.diagnoses]]
repeat = "1..3"
when = "dx{{}} != ''"
code = {{ from = "dx{{}}", use = "icd", required = true }}
present_on_admission = {{ from = "poa{{}}" }}
{_PARTIES}
[line]
revenue_code = {{ from = "revenue", required = true }}
procedure = {{ from = "procedure" }}
charge = {{ from = "charge", use = "money", required = true }}
unit = {{ from = "unit" }}
units = {{ from = "units", use = "number", required = true }}
service_date = {{ from = "day", use = "date('%Y-%m-%d')" }}
"""

DENTIST = f"""
kind = "dental"
{_CLAIM}
place_of_service = {{ value = "11" }}
service_date = {{ from = "visited", use = "date('%Y-%m-%d')", rows = "first" }}
rendering_provider.entity_type = {{ value = "1" }}
rendering_provider.npi = {{ value = "1999999984" }}
rendering_provider.last_name = {{ value = "BRAMBLEWOOD" }}
rendering_provider.first_name = {{ value = "TAMSIN" }}
{_PARTIES}
[line]
procedure = {{ from = "procedure", required = true }}
charge = {{ from = "charge", use = "money", required = true }}
units = {{ value = "1" }}
teeth.code = {{ from = "tooth" }}
"""

_PERSON = {"last_name": "QUILLFEATHER", "first_name": "ODETTE", "member_id": "NW502661743"}
_HOSPITAL = _PERSON | {"provider": "HARBOR POINT HOSPITAL", "taxonomy": "282N00000X"}
_DENTIST = _PERSON | {"provider": "HARBOR POINT DENTAL", "taxonomy": "1223G0001X", "visited": "2026-06-15"}


def stay(encounter: str, **cells: str) -> list[dict[str, str]]:
    """A stay of two days: room and board, drugs by revenue code alone, an X-ray; 3,410.00 in all."""
    common = _HOSPITAL | {
        "encounter_id": encounter, "facility": "11", "from": "2026-06-14", "to": "2026-06-16",
        "admitted": "2026-06-14", "admitted_at": "13:00", "discharged_at": "10:00",
        "dx1": "J18.9", "poa1": "Y", "dx2": "E11.9", "poa2": "Y", "admitting": "R50.9",
    }  # fmt: skip
    lines = [
        ("0120", "", "2400.00", "DA", "2"),
        ("0250", "", "610.00", "UN", "12"),
        ("0320", "71046", "400.00", "UN", "1"),
    ]
    return [
        common | {"revenue": revenue, "procedure": code, "charge": charge, "unit": unit, "units": units} | cells
        for revenue, code, charge, unit, units in lines
    ]


def emergency(encounter: str, **cells: str) -> list[dict[str, str]]:
    """An outpatient's visit to the emergency room: 880.00, and a supply of 45.50 without a procedure."""
    common = _HOSPITAL | {
        "encounter_id": encounter, "facility": "13", "from": "2026-06-15", "to": "2026-06-15",
        "dx1": "J06.9", "reason": "R50.9", "unit": "UN", "units": "1",
    }  # fmt: skip
    return [
        common | {"revenue": "0450", "procedure": "99283", "charge": "880.00", "day": "2026-06-15"} | cells,
        common | {"revenue": "0270", "charge": "45.50"} | cells,
    ]


def filling(encounter: str, **cells: str) -> list[dict[str, str]]:
    """Two fillings of one day, 210.00 and 180.00."""
    common = _DENTIST | {"encounter_id": encounter}
    return [
        common | {"procedure": "D2392", "tooth": "14", "charge": "210.00"} | cells,
        common | {"procedure": "D2391", "tooth": "3", "charge": "180.00"} | cells,
    ]


def prepared(workspace: Workspace) -> Workspace:
    """The workspace with both mappings and a partner who takes every kind."""
    folder = workspace.root / "mappings"
    folder.mkdir(exist_ok=True)
    (folder / "hospital.toml").write_text(HOSPITAL)
    (folder / "dentist.toml").write_text(DENTIST)
    path = workspace.root / "partners" / "acme.toml"
    path.write_text('kinds = ["837P", "837I", "837D"]\n' + path.read_text())
    return load_workspace(workspace.root)


def encounters(
    gateway: TestGateway, mapping: str, rows: Iterable[Mapping[str, str]], partner: str = "acme"
) -> ConvertReport:
    """Convert rows by one of the mappings."""
    listed = list(rows)
    names = dict.fromkeys(name for row in listed for name in row)
    # Columns that no row of this extract fills are there all the same, as exports have them.
    every = [*names, *(name for name in _COLUMNS[mapping] if name not in names)]
    out = io.StringIO()
    writer = csv.DictWriter(out, every, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    inbox = gateway.workspace.root / "inbox"
    inbox.mkdir(exist_ok=True)
    path = inbox / f"{mapping}-{len(list(inbox.iterdir()))}.csv"
    path.write_text(out.getvalue())
    return convert(gateway, path, mapping, gateway.workspace.partner(partner))


_COLUMNS = {
    "hospital": [
        "admitted", "admitted_at", "discharged_at", "dx1", "dx2", "dx3", "poa1", "poa2", "poa3", "admitting", "reason",
        "procedure", "day",
    ],
    "dentist": ["tooth"],
}  # fmt: skip


def house(clock: Clock, *rules: Rule) -> Clearinghouse:
    """A clearinghouse whose payers allow everything in full, but for the rules."""
    return Clearinghouse(
        Scenario(name="test", today=clock.now.date(), rule=rules, other_fees_percent=100), clock=clock
    )


def answered(gateway: TestGateway, partner: Partner, clearinghouse: Clearinghouse) -> PostReport:
    """Let the clearinghouse take what was sent to the partner's folder, and post all it will ever answer."""
    server = gateway.workspace.root / f"{partner.name}-server"
    (server / "outbound").mkdir(parents=True, exist_ok=True)
    for path in sorted((server / "inbound").iterdir()):
        for answer in clearinghouse.answer(path.name, path.read_bytes()):
            (server / "outbound" / answer.name).write_bytes(answer.content)
        path.rename(server / path.name)  # taken away, as servers do
    receive(gateway, partner)
    return post(gateway)

