"""FHIR: Claims out of any packing, with what they refer to found wherever FHIR lets it stand."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from edigate.encounters.fhir_reader import FhirReader
from edigate.encounters.rows import Row
from edigate.errors import DataError

ANN = {"resourceType": "Patient", "id": "1", "name": [{"family": "Old", "use": "old"}, {"family": "Lee"}]}


def claim(patient: str = "Patient/1", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Claim", "id": "c", "patient": {"reference": patient}, **more}


def bundle(*resources: dict[str, Any], base: str = "") -> dict[str, Any]:
    urls = [f"{base}{each['resourceType']}/{each.get('id')}" for each in resources]
    return {
        "resourceType": "Bundle",
        "entry": [
            {"resource": each, **({"fullUrl": url} if base else {})} for each, url in zip(resources, urls, strict=True)
        ],
    }


def read(*documents: Any) -> list[Row]:
    content = "\n".join(json.dumps(document) for document in documents)
    return list(FhirReader(io.BytesIO(content.encode()), "claims.json"))


def family(row: Row, path: str = "patient") -> object:
    return row.get(f"{path}.resource.human_name.family")


@pytest.mark.parametrize(
    "documents",
    [
        [claim("#1", contained=[ANN])],
        [bundle(claim(), ANN)],
        [bundle(claim("http://h/fhir/Patient/1"), ANN, base="http://h/fhir/")],
        [bundle(claim("Patient/1/_history/3"), ANN, base="http://h/fhir/")],
        [{**bundle(claim("urn:uuid:7"), ANN), "entry": [{"resource": claim("urn:uuid:7")},
                                                        {"fullUrl": "urn:uuid:7", "resource": ANN}]}],
        [claim(), ANN],  # NDJSON: what is referred to may come after
        [bundle(bundle(claim()), ANN)],
        [[claim(), ANN]],  # an array of resources
    ],
)  # fmt: skip
def test_a_reference_is_found_wherever_its_resource_stands(documents: list[Any]) -> None:
    (row,) = read(*documents)
    assert family(row) == "Lee"
    assert row.defects == ()


def test_what_cant_be_told_apart_is_found_nowhere() -> None:
    """Two servers' Patient/1 in one file: a relative reference may mean either."""
    other = {**ANN, "name": [{"family": "Roe"}]}
    two = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": "http://a/Patient/1", "resource": ANN},
            {"fullUrl": "http://b/Patient/1", "resource": other},
            {"resource": claim("Patient/1")},
            {"resource": claim("http://b/Patient/1")},
        ],
    }
    relative, absolute = read(two)
    assert family(relative) == ""
    assert family(absolute) == "Roe"


def test_rows_are_the_claims_in_order_and_say_where_they_stand() -> None:
    rows = read(bundle(ANN, claim(id="a"), claim(id="b")))
    assert [(row.number, row.place, row.get("id")) for row in rows] == [(1, "entry 2", "a"), (2, "entry 3", "b")]
    assert str(rows[1].source("patient.reference")) == "claims.json row 2 (entry 3), column patient.reference"


def test_a_practitioner_role_gives_the_person_or_whom_they_bill_for() -> None:
    role = {
        "resourceType": "PractitionerRole", "id": "r",
        "practitioner": {"reference": "Practitioner/d"}, "organization": {"reference": "Organization/o"},
    }  # fmt: skip
    doctor = {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Brandt"}]}
    office = {"resourceType": "Organization", "id": "o", "name": "Quarry Clinic"}
    (row,) = read(
        bundle(
            claim(
                provider={"reference": "PractitionerRole/r"},
                careTeam=[{"sequence": 1, "provider": {"reference": "PractitionerRole/r"}}],
            ),
            ANN, role, doctor, office,
        )
    )  # fmt: skip
    assert row.get("provider.resource.title") == "Quarry Clinic"
    assert family(row, "team.rendering.provider") == "Brandt"


def test_items_get_the_entries_they_name_and_are_refused_where_there_are_none() -> None:
    (row,) = read(
        claim(
            careTeam=[
                {"sequence": 1, "role": {"coding": [{"code": "primary"}]}, "provider": {"display": "A"}},
                {"sequence": 2, "role": {"coding": [{"code": "rendering"}]}, "provider": {"display": "B"}},
            ],
            diagnosis=[{"sequence": 2, "type": [{"coding": [{"code": "principal"}]}]}, {"sequence": 1}],
            item=[
                {"careTeamSequence": [1], "diagnosisSequence": [2]},
                {"careTeamSequence": [2], "diagnosisSequence": [1, 9]},
            ],
        )
    )
    assert row.get("team.rendering.provider.display") == "A"
    assert row.get("item[0].team.rendering.provider.display") == ""  # the claim's own, so that a line needn't say it
    assert row.get("item[1].team.rendering.provider.display") == "B"
    assert row.get("item[0].diagnosis[0].role") == "principal"
    (lost,) = row.defects
    assert lost.code == "encounter-reference-lost"
    assert "column item[1].diagnosisSequence names 9, which is the sequence of no diagnosis" in lost.message


def test_a_diagnosis_may_be_said_by_its_condition_and_a_party_by_its_identifier() -> None:
    icd = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "J20.9"}
    snomed = {"system": "http://snomed.info/sct", "code": "10509002"}
    condition = {"resourceType": "Condition", "id": "x", "code": {"coding": [snomed, icd]}}
    office = {"resourceType": "Organization", "name": "Office", "identifier": [{"system": "s", "value": "7"}]}
    (row,) = read(
        claim(
            diagnosis=[{"sequence": 1, "diagnosisReference": {"reference": "Condition/x"}}],
            provider={"reference": "Organization?identifier=s|7"},
            item=[{"diagnosisSequence": [1]}],
        ),
        condition,
        office,
    )
    assert row.get("item[0].diagnosis[0].diagnosisCodeableConcept.code") == "J20.9"
    assert row.get("provider.resource.title") == "Office"


def test_references_in_a_circle_are_no_trouble() -> None:
    ann = {**ANN, "link": [{"other": {"reference": "Patient/2"}}]}
    bob = {"resourceType": "Patient", "id": "2", "link": [{"other": {"reference": "Patient/1"}}]}
    (row,) = read(claim(), ann, bob)
    assert row.get("patient.resource.link[0].other.resource.link[0].other.resource.human_name.family") == "Lee"


def test_files_without_a_claim_and_lines_without_a_resource() -> None:
    with pytest.raises(DataError, match="holds no Claim"):
        read(bundle(ANN))
    made, broken = read(claim("#1", contained=[ANN]), {"patient": "?"})
    assert made.defects == ()
    assert [found.code for found in broken.defects] == ["encounter-row-json"]


@pytest.mark.parametrize(
    "damaged",
    [
        {"entry": {"resource": []}, "resourceType": "Bundle"},
        {"resourceType": "Bundle", "entry": [None, {"resource": 3}]},
        {"resourceType": "Claim", "careTeam": "x", "item": [3, {"careTeamSequence": {"a": 1}}], "diagnosis": {}},
        {"resourceType": "Claim", "patient": {"reference": 3}, "contained": [7], "type": {"coding": ["x"]}},
        {"resourceType": "Patient", "name": "?", "address": [3]},
        {"resourceType": "Claim", "diagnosis": [{"sequence": [1]}, {"sequence": {}}],
         "item": [{"diagnosisSequence": [[1], {"a": 2}, "Ann Lee", None]}]},
        {"resourceType": 3},
    ],
)  # fmt: skip
def test_damaged_resources_break_nothing(damaged: dict[str, Any]) -> None:
    rows = read(damaged, claim("#1", contained=[ANN]))
    assert family(rows[-1]) == "Lee"
