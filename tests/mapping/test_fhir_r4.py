"""FHIR R4: rich Bundles make valid claims of each kind; HL7's own thin examples are refused, with their reasons."""

from __future__ import annotations

import json
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from edigate.claims.bindings import binding_of_kind
from edigate.claims.model import Claim, Contact, Submission
from edigate.mapping.engine import load_mapping
from edigate.mapping.program import MappedClaim
from edigate.x12.segments import Delimiters
from edigate.x12.validate import validate
from edigate.x12.write import Serializer

MAPPINGS = Path(__file__).parents[2] / "mappings"
KINDS = ["professional", "institutional", "dental"]


def mapped(kind: str, path: Path) -> list[MappedClaim]:
    name = f"fhir-r4-{kind}.toml"
    mapping = load_mapping((MAPPINGS / name).read_text(encoding="utf-8"), name, lambda lookup, pattern: [])
    with path.open("rb") as stream:
        return list(mapping.convert(mapping.read(stream, path.name)))


def example(kind: str) -> Path:
    return MAPPINGS / "examples" / f"fhir-r4-{kind}" / "encounters.json"


HEAD = Submission(
    reference="1",
    created_on=date(2025, 3, 20),
    created_at=time(9, 0),
    submitter_name="JUNIPER HILL",
    submitter_id="JH1",
    submitter_contacts=[Contact(name="CLAIMS DESK", phone="9785550142")],
    receiver_name="HARBOR",
    receiver_id="HMH",
)


def as_837(claims: list[Claim]) -> bytes:
    binding = binding_of_kind(claims[0].kind)
    serializer = Serializer(Delimiters())
    segments = ["*".join(serializer.texts(each)) for each in binding.encode_claims(HEAD, claims)]
    head = [
        "ISA*00*          *00*          *ZZ*JH1            *ZZ*HMH            *250320*0900*^*00501*000000001*0*T*:",
        f"GS*HC*JH1*HMH*20250320*0900*1*X*{binding.guide}",
        f"ST*837*0001*{binding.guide}",
    ]
    tail = [f"SE*{len(segments) + 2}*0001", "GE*1*1", "IEA*1*000000001"]
    return "".join(f"{text}~" for text in [*head, *segments, *tail]).encode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_rich_bundle_makes_claims_that_their_guide_accepts(kind: str) -> None:
    claims = [one.claim for one in mapped(kind, example(kind)) if one.claim is not None]
    assert claims
    assert all(claim.kind == kind for claim in claims)
    assert [finding.message for finding in validate([as_837(claims)]).findings] == []


def test_the_principal_diagnosis_comes_first_and_pointers_follow() -> None:
    claim = mapped("professional", example("professional"))[0].claim
    assert claim is not None
    assert [each.code for each in claim.diagnoses] == ["E119", "I10"]  # the Bundle has them the other way round
    assert [line.diagnosis_pointers for line in claim.service_lines] == [[1, 2], [1]]


def test_a_hospital_stay_keeps_its_hours_and_what_was_present_on_admission() -> None:
    claim = mapped("institutional", example("institutional"))[0].claim
    assert claim is not None
    assert (claim.facility_type, claim.frequency_code, claim.drg) == ("11", "1", "343")
    assert (claim.admission_hour, claim.discharge_hour) == (time(14, 20), time(11, 5))
    assert [(each.code, each.present_on_admission) for each in claim.diagnoses] == [("K3580", "Y"), ("E119", "N")]
    assert claim.admitting_diagnosis is not None
    assert claim.admitting_diagnosis.code == "R1031"
    assert [line.revenue_code for line in claim.service_lines] == ["0120", "0360"]


def test_a_dental_claim_tells_teeth_from_quadrants() -> None:
    claim = mapped("dental", example("dental"))[0].claim
    assert claim is not None
    _, filling, scaling = claim.service_lines
    assert [(tooth.code, tooth.surfaces) for tooth in filling.teeth] == [("3", ["M", "O"])]
    assert (list(scaling.teeth), scaling.oral_cavities) == ([], ["10"])
    assert [(each.tooth, each.status) for each in claim.tooth_statuses] == [("15", "M")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"use": "predetermination"}, "only use = claim asks for payment"),
        ({"status": "entered-in-error"}, "only an active Claim may be sent"),
        ({"total": {"value": 221.10, "currency": "CAD"}}, "an 837 holds US dollars"),
        ({"type": {"coding": [{"code": "oral"}]}}, "this mapping is for claims of type professional"),
        ({"insurance": [{"sequence": 1, "focal": False}]}, "no insurance is marked focal"),
        ({"modifierExtension": [{"url": "http://example.org/x"}]}, "has a modifierExtension"),
        ({"patient": {"reference": "Patient/nobody"}}, "the Patient it refers to is neither contained"),
    ],
)
def test_what_no_claim_may_be_made_of_is_refused_with_its_reason(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    bundle = json.loads(example("professional").read_text(encoding="utf-8"))
    bundle["entry"][0]["resource"].update(change)
    path = tmp_path / "claims.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    first = mapped("professional", path)[0]
    assert first.claim is None
    assert any(said in finding.message and finding.sources for finding in first.findings)


def with_coverage(tmp_path: Path, **change: Any) -> list[MappedClaim]:
    """The example with its child's Coverage, and so its second Claim, changed."""
    bundle = json.loads(example("professional").read_text(encoding="utf-8"))
    for entry in bundle["entry"]:
        if entry["resource"]["id"] == "cov-2":
            entry["resource"].update(change)
    path = tmp_path / "claims.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    return mapped("professional", path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"subscriber": {"display": "the mother"}}, "the insured (Coverage.subscriber) is neither contained"),
        ({"order": 2}, "another payer comes first"),
        ({"relationship": {}}, "a claim needs the patient's relationship to the insured"),
        ({"type": {"coding": [{"code": "SOCIAL"}]}}, "is not in [codes.plan]"),
        ({"subscriberId": "", "identifier": []}, "a claim needs its subscriber's member id"),
    ],
)
def test_a_child_is_never_billed_as_the_insured(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    first, second, *_ = with_coverage(tmp_path, **change)
    assert first.claim is not None
    assert second.claim is None
    assert any(said in finding.message for finding in second.findings), second.findings


@pytest.mark.real
@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("institutional", "cms1500-medical", ["the provider it refers to is neither contained"]),
        ("professional", "cms1500-medical", ["this mapping is for claims of type professional"]),
        ("institutional", "institutional-rich", ["the Patient it refers to", "the Coverage it refers to"]),
        ("dental", "oral-average", ["the Patient it refers to", "the provider it refers to", "the Coverage it refers"]),
    ],
)
def test_hl7s_thin_examples_are_refused_for_what_they_lack(
    corpus: Path, kind: str, name: str, said: list[str]
) -> None:
    (one,) = mapped(kind, corpus / "inputs" / "fhir-r4" / f"claim-example-{name}.json")
    assert one.claim is None
    told = "\n".join(finding.message for finding in one.findings)
    assert all(reason in told for reason in said), told
    assert all(finding.sources for finding in one.findings)
