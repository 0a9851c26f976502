"""What is said against a claim leads back to its cells: findings, a 999's errors, a 277CA's statuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from edigate.findings import Source
from edigate.gateway.convert import convert
from edigate.gateway.mapping_explain import explain_claim
from edigate.gateway.mapping_leads import Lead, leads_of
from edigate.gateway.mapping_statuses import Status, complaints, fields_of_status
from edigate.gateway.send import send
from edigate.ledger.timeline import ClaimDetail, claim_detail, find_claims
from edigate.partners.model import Partner
from tests.gateway.posting_books import posted, segment_of, status_277ca, x999
from tests.gateway.practice import MAPPING, TestGateway, extract, files_out, row
from tests.simulator.claim_files import claim

PLAIN = Path(__file__).parents[2] / "mappings" / f"{MAPPING}.toml"


def converted(gateway: TestGateway, partner: Partner, *rows: dict[str, str]) -> None:
    convert(gateway, extract(gateway.workspace.root / "inbox", rows), MAPPING, partner)


def detail_of(gateway: TestGateway, number: str) -> ClaimDetail:
    with gateway.ledger.read() as tx:
        found = claim_detail(tx, find_claims(tx, number)[0].id)
    assert found is not None
    return found


def leads(gateway: TestGateway, number: str) -> list[Lead]:
    return leads_of(gateway, detail_of(gateway, number)).leads


def cell(number: int, column: str) -> tuple[Source, ...]:
    return (Source("encounters.csv", number, column),)


@pytest.fixture
def sent(gateway: TestGateway, partner: Partner) -> TestGateway:
    """Two claims in a file that has left: E1 with two lines, E2."""
    second = row("E1", procedure="87880", charge="31.50")
    converted(gateway, partner, row("E1"), second, row("E2", subscriber_id="NW502661744"))
    send(gateway, partner)
    assert [file.state for file in files_out(gateway)] == ["sent"]
    return gateway


def test_a_refusal_of_ours_leads_to_its_field_element_and_cell(gateway: TestGateway, partner: Partner) -> None:
    converted(gateway, partner, row("E1", billing_npi="1888000018"))
    (lead,) = [one for one in leads(gateway, "E1") if one.field == "billing_provider.npi"]
    assert (lead.by, lead.place) == ("edigate", "2010AA NM109")
    assert lead.sources == cell(2, "billing_npi")


def test_an_error_of_a_999_leads_to_its_cell(sent: TestGateway) -> None:
    (file,) = files_out(sent)
    position = segment_of(sent, file, "SV1*HC:87880")
    posted(
        sent,
        x999(f"""
            AK1*HC*{file.gs06}*005010X222A1
            AK2*837*0001*005010X222A1
            IK3*SV1*{position}**8
            IK4*2*782*7
            IK5*R*5
            AK9*R*1*1*0
        """),
    )
    (lead,) = leads(sent, "E1")
    assert (lead.by, lead.code, lead.field, lead.place) == ("999", "IK4-7", "service_lines[1].charge", "2400 SV102")
    assert lead.sources == cell(3, "charge")
    assert lead.rule == "line.charge: from charge, use money"


def test_a_status_of_a_277ca_leads_to_the_cell_of_what_it_names(sent: TestGateway) -> None:
    posted(sent, status_277ca("PR", ("E2", "A7:164:IL")))
    lead = leads(sent, "E2")[0]
    assert (lead.by, lead.code, lead.field) == ("277CA", "A7:164:IL", "subscriber.member_id")
    assert (lead.place, lead.value) == ("2010BA NM109", "NW502661744")
    assert lead.sources == cell(4, "subscriber_id")
    assert leads(sent, "E1") == []


def test_a_blank_field_that_an_answer_misses_leads_to_the_cell_that_would_have_given_it(sent: TestGateway) -> None:
    posted(sent, status_277ca("PR", ("E2", "A6:252")))
    (lead,) = leads(sent, "E2")
    assert (lead.field, lead.value) == ("prior_authorization", "")
    assert lead.sources == cell(4, "prior_authorization")


def test_a_mapping_that_has_changed_since_is_said_plainly(sent: TestGateway) -> None:
    own = sent.workspace.root / "mappings" / f"{MAPPING}.toml"
    text = PLAIN.read_text(encoding="utf-8")
    own.write_text(text.replace('"assignment_code", default = "A"', '"assignment_code", default = "C"'))
    explained = explain_claim(sent, detail_of(sent, "E2"))
    assert "has changed since" in explained.changed
    by_field = {one.field: one for one in explained.fields}
    assert (by_field["assignment_code"].value, by_field["assignment_code"].now) == ("A", "C")
    assert by_field["subscriber.last_name"].now == ""


def test_a_claim_whose_mapping_cant_be_read_any_more_is_still_shown(sent: TestGateway) -> None:
    (sent.workspace.root / "mappings" / f"{MAPPING}.toml").write_text("kind = 7")
    explained = explain_claim(sent, detail_of(sent, "E2"))
    assert "can't be told now" in explained.changed
    assert {one.field: one.value for one in explained.fields}["subscriber.member_id"] == "NW502661744"
    assert {one.field: one.place for one in explained.fields}["subscriber.member_id"] == "2010BA NM109"


def test_a_claim_explained_as_it_was_made_says_nothing_of_changes(sent: TestGateway) -> None:
    explained = explain_claim(sent, detail_of(sent, "E1"))
    assert explained.changed == ""
    assert not any(one.now for one in explained.fields)
    numbers = [one for one in explained.fields if one.field.endswith("line_item_control_number")]
    assert [one.rule for one in numbers] == ["given by edigate when the claim was made (REF*6R)"] * 2


# --- statuses


def test_only_complaints_are_led_back() -> None:
    told = "payer: A7:21 A7:562:85 A2:20 note A7:562:85 12:30:45"
    assert list(complaints(told)) == [Status("A7", "21"), Status("A7", "562", "85")]


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (Status("A7", "562", "85"), ["billing_provider.npi"]),
        (Status("A7", "158", "QC"), ["subscriber.birth_date"]),
        (Status("A3", "116"), ["payer.payer_id", "payer.name"]),
        (Status("A7", "500", "85"), ["billing_provider.address.postal_code"]),
        (Status("A7", "254"), ["diagnoses[0].code"]),
        (Status("A7", "249"), ["place_of_service"]),
        (Status("A7", "21"), []),
        (Status("A8", "122"), []),
    ],
)
def test_a_status_names_fields_of_the_claim(status: Status, fields: list[str]) -> None:
    assert fields_of_status(status, claim("A1")) == fields
