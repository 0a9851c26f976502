"""The whole loop for hospital and dental claims: sent by their guide, answered in their terms, posted to the line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edigate.config import Workspace, load_workspace
from edigate.errors import ConfigError
from edigate.gateway.convert import convert
from edigate.gateway.preview import write_preview
from edigate.gateway.send import send
from edigate.partners.model import Partner
from edigate.simulator.decision import Decision, Denial, LineDenial
from edigate.simulator.rule import Match, Rejection, Rule, SetError
from edigate.x12.validate import validate
from tests.conftest import REPOSITORY
from tests.gateway.hospital_and_dentist import answered, emergency, encounters, filling, house, prepared, stay
from tests.gateway.posting_books import detail, posted, segment_of, x999
from tests.gateway.practice import (
    MAPPING,
    Clock,
    TestGateway,
    claims_by_state,
    control_numbers,
    extract,
    files_out,
    on_server,
    row,
)

Open = Callable[[Workspace], TestGateway]


@pytest.fixture
def gateway(workspace: Workspace, opened: Open) -> TestGateway:
    return opened(prepared(workspace))


@pytest.fixture
def partner(gateway: TestGateway) -> Partner:
    return gateway.workspace.partner("acme")


def everything(gateway: TestGateway) -> None:
    """One claim or two of each kind, ready."""
    hospital = encounters(gateway, "hospital", [*stay("H1"), *emergency("H2")])
    assert (hospital.claims_made, hospital.refusals) == (2, [])
    dentist = encounters(gateway, "dentist", filling("D1"))
    assert (dentist.claims_made, dentist.refusals) == (1, [])
    visits = extract(gateway.workspace.root / "inbox", [row("P1")])
    convert(gateway, visits, MAPPING, gateway.workspace.partner("acme"))


def test_each_kind_goes_in_a_file_of_its_own_by_its_guide(gateway: TestGateway, partner: Partner) -> None:
    everything(gateway)
    previews = {one.path.name: one.path.read_bytes() for one in write_preview(gateway, partner)}
    assert send(gateway, partner).claims_sent == 4
    files = on_server(gateway.workspace)
    assert previews == files
    guides = {}
    for content in files.values():
        (guide,) = {line.split(b"*")[8].rstrip(b"~\n") for line in content.splitlines() if line.startswith(b"GS*")}
        guides[guide] = sorted(control_numbers(content))
        assert validate([content]).findings == []
    assert guides == {b"005010X222A1": ["P1"], b"005010X223A2": ["H1", "H2"], b"005010X224A2": ["D1"]}
    assert sorted(file.kind for file in files_out(gateway)) == ["837D", "837I", "837P"]


def test_every_kind_is_acknowledged_paid_and_posted_line_by_line(
    gateway: TestGateway, partner: Partner, clock: Clock
) -> None:
    everything(gateway)
    send(gateway, partner)
    clearinghouse = house(clock)
    report = answered(gateway, partner, clearinghouse)
    assert (report.held, sum(posted.outcome.unmatched for posted in report.files)) == ([], 0)
    assert claims_by_state(gateway) == {"paid": 4}
    assert clearinghouse.book.outcomes() == dict.fromkeys(("H1", "H2", "D1", "P1"), "paid")
    paid = {"H1": 341_000, "H2": 92_550, "D1": 39_000, "P1": 16_500}
    for number, cents in paid.items():
        shown = detail(gateway, number)
        assert (shown.balance.paid_cents, shown.balance.outstanding_cents) == (cents, 0), number
        lines = {line.id: line.charge_cents for line in shown.lines}
        assert [lines[s.claim_line_id or 0] for s in shown.payments[0].services] == list(lines.values()), number
    told = [event.inbound_kind for event in detail(gateway, "D1").events if event.inbound_kind]
    assert list(dict.fromkeys(told)) == ["TA1", "999", "277CA", "835"]


@pytest.mark.parametrize("form", ["csv-institutional", "csv-dental", "json-institutional", "json-dental"])
def test_our_own_forms_for_hospitals_and_dentists_go_the_whole_way(
    gateway: TestGateway, partner: Partner, clock: Clock, form: str
) -> None:
    (example,) = (REPOSITORY / "mappings" / "examples" / f"encounters-{form}").glob("encounters.*")
    made = convert(gateway, example, f"encounters-{form}", partner)
    assert made.claims_made > 0
    assert send(gateway, partner).claims_sent == made.claims_made
    report = answered(gateway, partner, house(clock))
    assert sum(one.outcome.unmatched + one.outcome.claim_payments_unmatched for one in report.files) == 0
    assert claims_by_state(gateway)["paid"] == made.claims_made
    with gateway.ledger.read() as tx:
        paid, unknown = tx.connection.exec_driver_sql(
            "SELECT sum(paid_cents), sum(claim_line_id IS NULL) FROM service_payment"
        ).one()
    assert (paid, unknown) == (made.charge_cents, 0)


def test_hospital_lines_without_a_procedure_are_paid_by_revenue_code(
    gateway: TestGateway, partner: Partner, clock: Clock
) -> None:
    encounters(gateway, "hospital", stay("H1"))
    send(gateway, partner)
    denied = Rule(
        name="room denied",
        match=Match(procedure="0120"),
        pay=Decision(deny_lines=(LineDenial(procedure="0120", reason="50"),)),
    )
    clearinghouse = house(clock, denied)
    answered(gateway, partner, clearinghouse)
    shown = detail(gateway, "H1")
    assert shown.claim.state == "partly_paid"
    assert shown.balance.paid_cents == 101_000
    assert [(line.revenue_code, line.procedure, line.service_date) for line in shown.lines] == [
        ("0120", "", None),
        ("0250", "", None),
        ("0320", "71046", None),
    ]
    assert [s.procedure for s in shown.payments[0].services] == ["0120", "0250", "71046"]
    assert str(shown.claim.service_date) == "2026-06-14"  # the stay's, since its lines have none


def test_a_999_of_a_hospital_claim_is_led_back_to_its_field(
    gateway: TestGateway, partner: Partner, clock: Clock
) -> None:
    encounters(gateway, "hospital", [*stay("H1"), *emergency("H2")])
    send(gateway, partner)
    wrong = Rule(
        name="refused by the translator",
        match=Match(claims=("H1",)),
        reject_set=SetError(segment="SV2", loop="2400", element=1, component=0, data_element="234", code="7"),
    )
    answered(gateway, partner, house(clock, wrong))
    assert claims_by_state(gateway) == {"rejected": 2}  # they stood in one set
    (finding,) = [one for one in detail(gateway, "H1").findings if one.level == 2]
    assert (finding.code, finding.field, finding.value) == ("IK4-7", "service_lines[0].revenue_code", "0120")
    assert [one for one in detail(gateway, "H2").findings if one.level == 2] == []


@pytest.mark.parametrize(
    ("beginning", "element", "component", "field"),
    [
        ("HI*ABK", 1, 2, "diagnoses[0].code"),
        ("HI*ABK", 1, 9, "diagnoses[0].present_on_admission"),
        ("HI*ABJ", 1, 2, "admitting_diagnosis.code"),
        ("HI*ABF", 2, 2, "diagnoses[2].code"),
        ("CL1*", 3, 0, "patient_status"),
        ("CLM*", 5, 1, "facility_type"),
        ("DTP*434", 3, 0, "statement_from"),
        ("NM1*71", 9, 0, "attending_provider.npi"),
        ("SV2*0250", 5, 0, "service_lines[1].units"),
    ],
)
def test_each_error_of_a_hospital_claim_has_its_field(
    gateway: TestGateway, partner: Partner, clock: Clock, beginning: str, element: int, component: int, field: str
) -> None:
    encounters(gateway, "hospital", stay("H1", dx3="I10", poa3="N"))
    send(gateway, partner)
    position = segment_of(gateway, files_out(gateway)[0], beginning)
    at = f"{element}:{component}" if component else str(element)
    posted(gateway, rejecting(f"IK3*{beginning.split('*', maxsplit=1)[0]}*{position}**8", f"IK4*{at}**7"))
    found = [one.field for one in detail(gateway, "H1").findings if one.code == "IK4-7"]
    assert found == [field]


def test_a_rejected_dental_claim_names_its_tooth(gateway: TestGateway, partner: Partner, clock: Clock) -> None:
    encounters(gateway, "dentist", filling("D1"))
    send(gateway, partner)
    position = segment_of(gateway, files_out(gateway)[0], "TOO*JP*3")
    posted(gateway, rejecting(f"IK3*TOO*{position}*2400*8", "IK4*2*1271*7*3"))
    found = [one for one in detail(gateway, "D1").findings if one.code == "IK4-7"]
    assert [(one.field, one.value) for one in found] == [("service_lines[1].teeth[0].code", "3")]


def test_a_payer_may_reject_or_deny_a_claim_of_any_kind(
    gateway: TestGateway, partner: Partner, clock: Clock
) -> None:
    everything(gateway)
    send(gateway, partner)
    rejected = Rule(
        name="no such member",
        match=Match(claims=("D1",)),
        reject_payer=Rejection(category="A7", status="164", entity="IL", procedure="D2391"),
    )
    denied = Rule(name="denied", match=Match(place_of_service="13"), pay=Decision(deny=Denial(reason="29")))
    clearinghouse = house(clock, rejected, denied)
    answered(gateway, partner, clearinghouse)
    assert {number: detail(gateway, number).claim.state for number in ("D1", "H1", "H2")} == {
        "D1": "rejected",
        "H1": "paid",
        "H2": "denied",
    }
    assert {n: o for n, o in clearinghouse.book.outcomes().items() if n != "P1"} == {
        "D1": "rejected",
        "H1": "paid",
        "H2": "denied",
    }


def test_a_partner_who_takes_no_hospital_claims_gets_none(workspace: Workspace, opened: Open) -> None:
    gateway = opened(prepared(workspace))
    encounters(gateway, "hospital", stay("H1"))
    path = workspace.root / "partners" / "acme.toml"
    path.write_text(path.read_text().replace('"837P", "837I", "837D"', '"837P"'))
    other = opened(load_workspace(workspace.root))
    report = send(other, other.workspace.partner("acme"))
    assert (report.files, list(write_preview(other, other.workspace.partner("acme")))) == ([], [])
    assert "1 ready 837I claims stay here: acme takes 837P" in report.stopped
    assert claims_by_state(other) == {"ready": 1}
    with pytest.raises(ConfigError, match="makes 837I claims, but partner acme takes 837P"):
        encounters(other, "hospital", stay("H2"))


def rejecting(*errors: str) -> bytes:
    """A 999 that rejects the first set of the first group we sent."""
    return x999("\n".join(["AK1*HC*1", "AK2*837*0001", *errors, "IK5*R*5", "AK9*R*1*1*0"]))
