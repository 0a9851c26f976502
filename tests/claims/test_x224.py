"""The 837D: public files read and written again without loss, and claims we write as a payer wants them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from edigate.claims import model as m
from edigate.claims.bindings import binding_for, binding_of_kind
from edigate.errors import InternalError
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.pyx12_engine import validate_with_pyx12
from edigate.x12.segments import Segment
from edigate.x12.validate import validate
from tests.claims.comparing import round_trip
from tests.claims.made_up import CHILD, CLINIC, DOCTOR, PAYER, SUBSCRIBER, X224, changed, claim_file
from tests.x12.roundtrip import corpus_files, corpus_sets, needs_corpus, unbound
from tests.x12.samples import FIXTURE_FILES, fixture_name

pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")

FIXTURES = [path for path in FIXTURE_FILES if "005010X224A2" in path.parts]

# Files whose claims aren't said as the guide says them.
MALFORMED = {
    "013-mjkubba": "the NPI stands in NM107, without NM108",
    "014-mjkubba": "the NPI stands in NM107, without NM108",
}


def dental(path: Path) -> Iterator[tuple[TransactionSet, list[Segment]]]:
    for each, segments in corpus_sets(path):
        if each.id == "837" and each.guide.startswith("005010X224"):
            yield each, segments


@needs_corpus
def test_public_837ds_are_read_and_written_without_loss() -> None:
    sets = 0
    for path in corpus_files("837D", "broken"):
        for each, segments in dental(path):
            theirs, ours = round_trip(binding_of_kind("dental"), each, segments)
            assert ours == theirs, path.name
            sets += 1
    assert sets > 10


@needs_corpus
def test_what_no_field_says_is_rare() -> None:
    read = kept = 0
    for path in corpus_files("837D"):
        for each, segments in dental(path):
            if path.stem in MALFORMED:
                continue
            whole, _ = binding_of_kind("dental").decode(each)
            read += len(segments)
            kept += sum(1 for one in unbound(whole) if not (one.partial and one.nth == 0))
    assert read > 300
    assert kept / read < 0.01


@pytest.mark.parametrize("path", FIXTURES, ids=fixture_name)
def test_our_own_examples_come_back_in_their_order(path: Path) -> None:
    """Those that the guide refuses too: what is wrong stands where it stood."""
    for each, segments in corpus_sets(path):
        theirs, ours = round_trip(binding_of_kind("dental"), each, segments)
        assert ours == theirs


@pytest.mark.parametrize("guide", ["005010X224", "005010X224A1", "005010X224A2", "005010X224A3"])
def test_every_name_of_the_guide_reads_the_same(guide: str) -> None:
    written = claim_file([BRIDGE, BRACES], binding=X224)
    for each in EnvelopeReader([written.replace(X224.guide.encode(), guide.encode())]):
        binding = binding_for(each.guide)
        assert binding is not None
        assert each.guide == guide
        assert list(binding.decode_claims(each)) == [BRIDGE, BRACES]


MAY = date(2026, 5, 4)
DENTIST = changed(DOCTOR, taxonomy="1223G0001X")
SURGEON = changed(DOCTOR, last_name="STONECROP", first_name="ALDER", npi="1003000126", taxonomy="1223S0112X")


def line(number: int, **changes: object) -> m.ServiceLine:
    cleaning = m.ServiceLine(
        line_number=str(number),
        procedure_qualifier="AD",
        procedure="D1110",
        charge=Decimal("95.5"),
        unit="",  # a dental line counts procedures
        units=Decimal(1),
        service_date=MAY,
        line_item_control_number=f"L{number}",
    )
    return changed(cleaning, **changes)  # type: ignore[no-any-return]  # a record of the same type


# A bridge after a fall, that says much of what an 837D can, of made-up people.
BRIDGE = m.Claim(
    kind="dental",
    billing_provider=CLINIC,
    subscriber=SUBSCRIBER,
    payer=PAYER,
    patient_control_number="TOOTH-1",
    total_charge=Decimal("1445.5"),
    place_of_service="11",
    related_causes=["OA"],
    accident_date=date(2026, 4, 30),
    patient_amount_paid=Decimal(50),
    predetermination_number="PRE-1",
    prior_authorization="AUTH1",
    attachments=[m.Attachment(report_type="RB", transmission="EL", control_number="XRAY1")],
    tooth_statuses=[m.ToothStatus(tooth="1", status="M"), m.ToothStatus(tooth="17", status="E")],
    notes=[m.Note(qualifier="ADD", text="BRIDGE AFTER A FALL")],
    diagnoses=[m.Diagnosis(code="K0381", qualifier="ABK"), m.Diagnosis(code="S025XXA", qualifier="ABF")],
    rendering_provider=DENTIST,
    assistant_surgeon=SURGEON,
    service_lines=[
        line(1),
        line(
            2,
            procedure="D6750",
            modifiers=["22"],
            charge=Decimal(1350),
            oral_cavities=["10", "20"],
            prosthesis="R",
            diagnosis_pointers=[1, 2],
            teeth=[m.Tooth(code="8", surfaces=["M", "I"]), m.Tooth(code="9")],
            prior_placement="441",
            prior_placement_date=date(2012, 3, 1),
            treatment_start_date=MAY,
            predetermination_numbers=["PRE-2"],
            assistant_surgeon=SURGEON,
        ),
    ],
)
# Braces of a child, to be approved before they are made.
BRACES = changed(
    BRIDGE,
    subscriber=changed(SUBSCRIBER, relationship=""),
    patient=CHILD,
    patient_control_number="TOOTH-2",
    total_charge=Decimal(3000),
    predetermination="PB",
    related_causes=(),
    accident_date=None,
    appliance_placement_date=MAY,
    patient_amount_paid=None,
    predetermination_number="",
    assistant_surgeon=None,
    orthodontics=m.Orthodontics(total_months=Decimal(24), remaining_months=Decimal(18)),
    tooth_statuses=(),
    service_lines=[line(1, procedure="D8080", charge=Decimal(3000), service_date=None)],
)


def test_dental_claims_are_written_as_the_guide_wants_them() -> None:
    """Our own guide and pyx12, with it as its map, find nothing wrong with them."""
    written = claim_file([BRIDGE, BRACES], binding=X224)
    report = validate([written])
    assert [(one.segment_id, one.element, one.message) for one in report.findings] == []
    assert report.claims == 2
    assert validate_with_pyx12([written]).findings == []


def test_dental_claims_are_read_as_they_were_written() -> None:
    sets = EnvelopeReader([claim_file([BRIDGE, BRACES], binding=X224)])
    assert [claim for each in sets for claim in X224.decode_claims(each)] == [BRIDGE, BRACES]


def test_a_bridge_is_said_as_a_dentist_would_say_it() -> None:
    segments = claim_file([BRIDGE], binding=X224).decode().split("~\n")
    said = segments[segments.index("LX*2") :]
    assert said[:7] == [
        "LX*2",
        "SV3*AD:D6750:22*1350**10:20*R*1*****1:2",
        "TOO*JP*8*M:I",
        "TOO*JP*9",
        "DTP*472*D8*20260504",
        "DTP*441*D8*20120301",
        "DTP*196*D8*20260504",
    ]
    assert "DN2*17*E****JP" in segments
    assert "PRV*AS*PXC*1223S0112X" in said


def test_a_line_that_names_no_code_list_is_written_with_the_dental_one() -> None:
    """A mapping need not say that D1110 is a CDT code; in SV3 there are no others."""
    claim = changed(BRIDGE, service_lines=[m.ServiceLine(procedure="D1110", charge=Decimal(95), units=Decimal(1))])
    assert b"SV3*AD:D1110*95***" in claim_file([claim], binding=X224)


@pytest.mark.parametrize(
    ("elements", "element", "component", "field"),
    [
        (["SV3", "AD:D6750", "1350"], 1, 2, "service_lines[].procedure"),
        (["SV3", "AD:D6750", "1350", "", "10:20"], 4, 2, "service_lines[].oral_cavities[]"),
        (["TOO", "JP", "8", "M:I"], 3, 1, "service_lines[].teeth[].surfaces[]"),
        (["DN2", "17", "E"], 2, 0, "tooth_statuses[].status"),
        (["DTP", "139", "D8", "20120301"], 3, 0, "service_lines[].prior_placement_date"),
        (["NM1", "DD", "1", "STONECROP"], 3, 0, "assistant_surgeon.last_name"),
    ],
)
def test_a_rejected_element_leads_to_its_field(
    elements: list[str], element: int, component: int, field: str
) -> None:
    place = binding_of_kind("dental").place_of(elements, element, component)
    assert place is not None
    assert place.field == "billing_levels[].subscribers[].claims[]." + field


def test_no_other_kind_writes_dental_claims() -> None:
    binding = binding_for("004010X097A1")
    assert binding is not None
    with pytest.raises(InternalError, match="5010"):
        list(binding.encode_claims(m.Submission(), [BRIDGE]))
