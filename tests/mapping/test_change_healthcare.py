"""Change Healthcare's claims JSON: every field of the API's reference reaches the 837P, and none is lost unsaid."""

from __future__ import annotations

import copy
import io
import json
import tomllib
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from edigate.claims.bindings import binding_of_kind
from edigate.claims.model import Contact, Submission
from edigate.mapping.engine import Mapping, load_mapping
from edigate.mapping.program import MappedClaim
from edigate.x12.segments import Delimiters
from edigate.x12.validate import validate
from edigate.x12.write import Serializer

MAPPING = Path(__file__).parents[2] / "mappings" / "change-healthcare-professional.toml"
ALL_FIELDS = Path(__file__).with_name("change_healthcare_all_fields.json")
"""A made-up claim with every name of the public reference; what can't stand together (a subscriber who is an
organisation) is blank."""

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


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    return load_mapping(MAPPING.read_text(encoding="utf-8"), MAPPING.name, lambda lookup, pattern: [])


def full() -> dict[str, Any]:
    record: dict[str, Any] = json.loads(ALL_FIELDS.read_text(encoding="utf-8"))
    return record


def made(mapping: Mapping, *records: dict[str, Any]) -> list[MappedClaim]:
    return list(mapping.convert(mapping.read(io.BytesIO(json.dumps(records).encode()), "claim.json")))


def one(mapping: Mapping, record: dict[str, Any]) -> MappedClaim:
    return made(mapping, record)[0]


def segments(mapped: MappedClaim) -> list[str]:
    assert mapped.claim is not None, [finding.message for finding in mapped.findings]
    serializer = Serializer(Delimiters())
    written = binding_of_kind("professional").encode_claims(HEAD, [mapped.claim])
    return ["*".join(serializer.texts(elements)) for elements in written]


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a record that says something."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    elif value != "":
        yield path


def without(record: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    changed = copy.deepcopy(record)
    found: Any = changed
    for step in path[:-1]:
        found = found[step]
    found[path[-1]] = ""
    return changed


def test_no_field_of_the_api_is_lost(mapping: Mapping) -> None:
    """Blank any one, and the claim says something else or is refused, but for what the mapping says it ignores."""
    record, whole = full(), segments(one(mapping, full()))
    ignored = tuple(tomllib.loads(MAPPING.read_text(encoding="utf-8"))["source"]["ignore"])
    names = {path: ".".join(step for step in path if isinstance(step, str)) for path in leaves(record)}
    read = [path for path, name in names.items() if not f"{name}.".startswith(tuple(f"{each}." for each in ignored))]
    blanked = made(mapping, *(without(record, path) for path in read))
    lost = [
        names[path]
        for path, mapped in zip(read, blanked, strict=True)
        if mapped.claim is not None and segments(mapped) == whole
    ]
    # Left out, these are taken for what they are here anyway.
    assert set(lost) == {
        "payToPlan.primaryIdentifierTypeCode",
        "claimInformation.otherSubscriberInformation.otherSubscriberName.otherInsuredQualifier",
        "claimInformation.otherSubscriberInformation.otherSubscriberName.otherInsuredIdentifierTypeCode",
        "claimInformation.otherSubscriberInformation.otherPayerName.otherPayerIdentifierTypeCode",
        "claimInformation.serviceLines.professionalService.procedureIdentifier",
        "claimInformation.serviceLines.professionalService.measurementUnit",
        "claimInformation.serviceLines.drugIdentification.serviceIdQualifier",
        "claimInformation.serviceLines.lineAdjudicationInformation.serviceIdQualifier",
    }


def test_the_837p_of_all_fields_is_valid_by_its_guide(mapping: Mapping) -> None:
    texts = segments(one(mapping, full()))
    guide = binding_of_kind("professional").guide
    head = [
        "ISA*00*          *00*          *ZZ*JH1            *ZZ*HMH            *250320*0900*^*00501*000000001*0*T*:",
        f"GS*HC*JH1*HMH*20250320*0900*1*X*{guide}",
        f"ST*837*0001*{guide}",
    ]
    tail = [f"SE*{len(texts) + 2}*0001", "GE*1*1", "IEA*1*000000001"]
    content = "".join(f"{text}~" for text in [*head, *texts, *tail]).encode()
    assert [(finding.segment_id, finding.message) for finding in validate([content]).findings] == []


WRONG: list[tuple[tuple[str | int, ...], object, str]] = [
    (("claimInformation", "claimNoet"), {"additionalInformation": "x"}, "did you mean claimInformation.claimNote"),
    (("claimInformation", "serviceLines", 0, "drugIdentification", "ndc"), "1", "isn't known"),
    (("ordering",), {"npi": "2100000175"}, "the ordering provider belongs to the service line"),
    (("providers",), [{"providerType": "AttendingProvider", "npi": "2100000175"}], "no such kind of provider"),
    (("providers",), [{"providerType": "BillingProvider", "npi": "2912345008"}], "there are two billing providers"),
    (("claimInformation", "healthCareCodeInformation", 0, "diagnosisTypeCode"), "BK", "only ICD-10-CM codes"),
    (("claimInformation", "healthCareCodeInformation", 0, "diagnosisTypeCode"), "ABF", "must be the principal"),
    (("subscriber", "groupNumber"), "OTHER", "a claim has room for one of group and policy number"),
    (("claimInformation", "claimFilingCode"), "", "a claim needs its subscriber's filing indicator"),
    (("billing", "employerId"), "1.23E+08", "shortened by a spreadsheet"),
]


def test_what_would_be_lost_or_wrong_is_refused_with_its_path(mapping: Mapping) -> None:
    records = []
    for path, value, _ in WRONG:
        record = full()
        found: Any = record
        for step in path[:-1]:
            found = found[step]
        found[path[-1]] = value
        records.append(record)
    for mapped, (_, _, said) in zip(made(mapping, *records), WRONG, strict=True):
        assert mapped.claim is None
        assert any(said in finding.message and finding.sources for finding in mapped.findings), mapped.findings


def test_the_older_list_of_providers_says_the_same(mapping: Mapping) -> None:
    record = full()
    listed = copy.deepcopy(record)
    listed["providers"] = [listed.pop(name) for name in ("billing", "referring", "rendering", "supervising")]
    older, newer = made(mapping, listed, record)
    assert segments(older) == segments(newer)


@pytest.mark.real
def test_the_public_example_with_a_dependent(mapping: Mapping, corpus: Path) -> None:
    path = corpus / "inputs" / "claim-json" / "change-healthcare-professional.json"
    mapped = one(mapping, json.loads(path.read_text(encoding="utf-8")))
    assert mapped.claim is not None
    assert mapped.claim.patient is not None
    assert mapped.claim.subscriber is not None
    assert (mapped.claim.patient.relationship, mapped.claim.subscriber.relationship) == ("01", "")
    assert [str(line.charge) for line in mapped.claim.service_lines] == ["25", "3.75"]
