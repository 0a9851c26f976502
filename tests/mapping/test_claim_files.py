"""837 files of another system taken over: whole, changed where the mapping says so, refused by the set, none lost."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.claims.bindings import binding_for
from edigate.claims.model import Claim
from edigate.errors import ConfigError, DataError
from edigate.findings import Finding
from edigate.mapping.engine import load_mapping
from edigate.mapping.program import MappedClaim
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.validate import validate
from tests.claims.made_up import CHILD, base_claim, claim_file, for_child, line
from tests.conftest import REPOSITORY
from tests.x12.roundtrip import corpus_files, needs_corpus

KINDS = {"837P": "professional", "837I": "institutional", "837D": "dental"}


def taken_over(content: bytes, kind: str = "professional", rules: str = "[claim]\n[line]\n") -> list[MappedClaim]:
    """What a mapping makes of a file; the accounting must hold."""
    mapping = load_mapping(f'kind = "{kind}"\n[source]\nformat = "837"\n{rules}', "over.toml", lambda *_: [])
    conversion = mapping.convert(mapping.read(io.BytesIO(content), "other.837"))
    found = list(conversion)
    assert conversion.accounting.rows_read == len(found)
    assert conversion.accounting.balanced
    return found


def file_of(*claims: Claim) -> bytes:
    return claim_file(claims)


def decoded(content: bytes) -> list[Claim]:
    return [
        claim
        for each in EnvelopeReader([content])
        if (binding := binding_for(each.guide)) is not None and each.id == "837"
        for claim in binding.decode_claims(each)
    ]


def codes(findings: Iterable[Finding]) -> list[str]:
    return [finding.code for finding in findings]


@needs_corpus
@pytest.mark.parametrize("kind", KINDS)
def test_each_claim_of_a_valid_public_file_is_the_claim_that_was_read(kind: str) -> None:
    compared = 0
    for path in corpus_files(kind):
        content = path.read_bytes()
        if len(content) > 50_000 or not validate([content]).valid or not (wanted := decoded(content)):
            continue  # the large ones hold nothing that the others don't
        found = taken_over(content, KINDS[kind])
        assert [each.claim for each in found if not each.findings] == [
            claim for each, claim in zip(found, wanted, strict=True) if not each.findings
        ]
        assert all(code == "encounter-claim-purpose" for each in found for code in codes(each.findings))
        compared += sum(not each.findings for each in found)
    assert compared >= {"837P": 30, "837I": 1, "837D": 3}[kind]


@pytest.mark.parametrize("letter", "pid")
def test_the_shipped_mappings_change_nothing(letter: str) -> None:
    text = (REPOSITORY / "mappings" / f"x12-837{letter}.toml").read_text()
    mapping = load_mapping(text, f"x12-837{letter}", lambda *_: [])
    assert (mapping.form.source.format, mapping.columns()) == ("837", set())
    if letter == "p":
        content = file_of(base_claim(), for_child())
        found = list(mapping.convert(mapping.read(io.BytesIO(content), "other.837")))
        assert [each.claim for each in found] == decoded(content)


def test_a_rule_replaces_what_it_gives_and_leaves_what_it_finds_blank() -> None:
    rules = """
[claim]
rendering_provider.entity_type = { value = "2" }
payer.payer_id = { from = "payer.payer_id", codes = "payers" }
payer.address.city = { from = "payer.address.city" }
frequency_code = { from = "payer_claim_control_number", when = "payer_claim_control_number" }
billing_provider.npi = { value = "1999999984" }
billing_provider.taxonomy = { from = "nothing_there" }
rendering_provider.npi = { from = "rendering_provider.npi" }
rendering_provider.last_name = { from = "rendering_provider.last_name" }
service_facility.npi = { from = "billing_provider.npi" }
service_facility.last_name = { from = "billing_provider.last_name" }
total_charge = { use = "sum_of_lines" }

[line]
charge = { expr = "number(charge) * 2", when = "procedure == '99213'" }
unit = { from = "nothing_there" }

[codes.payers]
EMH01 = "60054"
"""
    claim = base_claim(
        frequency_code="7", service_lines=[line(unit="MJ"), line(procedure="87880", charge=Decimal("25.50"))]
    )
    (found,) = taken_over(file_of(claim), rules=rules)
    made, read = found.claim, decoded(file_of(claim))[0]
    assert made is not None and read.billing_provider is not None and made.billing_provider is not None
    assert made.payer is not None and made.payer.payer_id == "60054"
    assert made.payer.address == (read.payer.address if read.payer else None)
    assert (made.frequency_code, made.billing_provider.npi) == ("7", "1999999984")
    assert made.billing_provider.taxonomy == read.billing_provider.taxonomy
    assert made.service_facility is not None and made.service_facility.npi == read.billing_provider.npi
    assert [(each.charge, each.unit) for each in made.service_lines] == [(Decimal(240), "MJ"), (Decimal("25.50"), "UN")]
    assert made.total_charge == Decimal("265.50")
    assert made.subscriber == read.subscriber


def test_a_finding_leads_to_set_segments_and_byte() -> None:
    content = file_of(base_claim(), base_claim(patient_control_number="SECOND", related_causes=["OA"],
                                               accident_date=date(2026, 6, 1)))  # fmt: skip
    rules = '[claim]\nclia_number = { from = "clia_number", required = true }\n[line]\n'
    first, second = taken_over(content, rules=rules)
    (finding,) = second.findings
    assert (second.claim, first.claim, finding.code) == (None, None, "mapping-required")
    (source,) = finding.sources
    assert (source.file, source.row, source.column) == ("other.837", 2, "clia_number")
    begins = content.index(b"CLM*SECOND")
    assert source.place.endswith(f", byte {begins}")
    assert f"segments {content[content.index(b'ST*837') : begins].count(b'~') + 1}-" in source.place
    assert second.key == "SECOND"
    assert [str(each) for each in second.trace.sources("subscriber.member_id")] == [
        f"other.837 row 2 ({source.place}), column subscriber.member_id"
    ]
    assert second.trace.rule("subscriber.member_id") == "as it was read"
    assert second.trace.sources("service_lines[1].charge")[0].column == "service_lines[1].charge"


def test_a_set_that_isnt_valid_is_refused_whole_each_claim_with_the_reason() -> None:
    content = file_of(base_claim(), base_claim(patient_control_number="SECOND", place_of_service="11"))
    broken = content.replace(b"DTP*472*D8*20260615", b"DTP*472*D8*20261315", 1)
    first, second = taken_over(broken)
    assert (first.claim, second.claim) == (None, None)
    assert codes(first.findings)[0] == "IK4-8"
    assert "isn't valid" in second.findings[0].message
    assert all(finding.sources[0].row for each in (first, second) for finding in each.findings)


def test_a_sets_number_with_blanks_is_the_same_number() -> None:
    content = file_of(base_claim()).replace(b"ST*837*0001*", b"ST*837*   1*").replace(b"*0001~\nGE", b"*   2~\nGE")
    assert b"*   2~" in content
    (found,) = taken_over(content)
    assert found.claim is None
    assert "set 1, " in found.findings[0].sources[0].place


def test_a_file_cut_off_is_refused_claim_by_claim() -> None:
    content = file_of(base_claim(), base_claim(patient_control_number="SECOND"))
    cut = content[: content.index(b"LX*", content.index(b"CLM*SECOND"))]
    found = taken_over(cut)
    assert [each.claim for each in found] == [None, None]
    assert "has no SE" in " ".join(finding.message for each in found for finding in each.findings)


def test_a_claim_where_none_may_stand_is_a_row_all_the_same() -> None:
    content = file_of(base_claim())
    stray = content.replace(b"HL*1**20*1~", b"CLM*STRAY*1***11:B:1*Y*A*Y*Y~HL*1**20*1~", 1)
    lost, found = taken_over(stray)
    assert (lost.claim, found.claim) == (None, None)
    assert "encounter-claim-lost" in codes(lost.findings)
    assert f"byte {stray.index(b'CLM*STRAY')}" in lost.findings[0].sources[0].place


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [(b"*CH~", b"*RP~", "purpose RP"), (b"005010X222A1", b"005010X291", "predetermination")],
)
def test_what_isnt_to_be_paid_is_never_made_a_claim(old: bytes, new: bytes, said: str) -> None:
    (found,) = taken_over(file_of(base_claim()).replace(old, new))
    assert found.claim is None
    assert said in " ".join(finding.message for finding in found.findings)


def test_claims_of_another_kind_are_told_apart() -> None:
    (found,) = taken_over(file_of(base_claim()), kind="institutional")
    assert "is professional, but the mapping makes institutional claims" in found.findings[0].message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"VISIT,CODE\n1,2\n", "."),
        (file_of(base_claim()).replace(b"ST*837", b"ST*835"), "is a 835, not an 837"),
        (file_of(base_claim()).replace(b"005010X222A1", b"005010X999A1"), "which edigate doesn't know"),
        (b"", "."),
    ],
)
def test_what_isnt_a_file_of_claims_is_refused_as_a_whole(content: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        taken_over(content)


def test_a_claim_outside_any_set_stops_the_command() -> None:
    content = file_of(base_claim()).replace(b"GE*1*", b"CLM*STRAY*1***11:B:1*Y*A*Y*Y~GE*1*", 1)
    with pytest.raises(DataError, match=f"outside any transaction set .byte {content.index(b'CLM*STRAY')}."):
        taken_over(content)


_WHOLE = claim_file([base_claim(), for_child(patient_control_number="CHILD-2")])


_PUT = st.binary(max_size=12) | st.sampled_from([b"~", b"*", b"~CLM*X*1~"])


@given(st.integers(0, len(_WHOLE)), st.integers(0, 40), _PUT)
def test_whatever_is_damaged_is_refused_by_claim_or_whole_and_never_a_traceback(at: int, cut: int, put: bytes) -> None:
    damaged = _WHOLE[:at] + put + _WHOLE[at + cut :]
    try:
        found = taken_over(damaged)
    except DataError as error:
        assert "other.837" in error.message or "ISA" in error.message
        return
    for each in found:
        assert each.claim is not None or each.findings
        assert all(finding.sources for finding in each.findings)


def test_lines_and_keys_of_tables_have_no_meaning_for_claim_files() -> None:
    with pytest.raises(ConfigError, match=r"line\.each"):
        taken_over(b"", rules='[claim]\n[line]\neach = "x"\n')
    with pytest.raises(ConfigError, match="group_by"):
        taken_over(b"", rules='group_by = "x"\n[claim]\n[line]\n')


def test_a_dependent_keeps_the_subscriber() -> None:
    (found,) = taken_over(file_of(for_child()))
    assert found.claim is not None and found.claim.patient is not None
    assert found.claim.patient.last_name == CHILD.last_name
