"""The 837I: public files read and written again without loss, and claims we write as a payer wants them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from edigate.claims import model as m
from edigate.claims.bindings import binding_for, binding_of_kind
from edigate.errors import InternalError
from edigate.x12.envelope import EnvelopeReader, TransactionSet
from edigate.x12.pyx12_engine import pyx12_errors
from edigate.x12.segments import Segment
from edigate.x12.validate import validate
from tests.claims.comparing import round_trip
from tests.claims.made_up import CLINIC, DOCTOR, PAYER, SUBSCRIBER, X223, changed, claim_file
from tests.x12.roundtrip import corpus_files, corpus_sets, needs_corpus, unbound
from tests.x12.samples import FIXTURE_FILES, fixture_name

pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")

FILES = corpus_files("837I", "broken")
FIXTURES = [path for path in FIXTURE_FILES if "005010X223A2" in path.parts]

_OTHER_COMPONENTS = "components are separated by > while ISA16 says :, so CLM05 has one"
_NO_CLM05_2 = "CLM05-2 is left empty or in CLM07; the A that makes CLM05-1 a type of bill isn't there"
# Files whose CLM05 isn't as the guide says it.
STRANGE_CLM05 = {
    "013-Inteligenz": _OTHER_COMPONENTS,
    "014-Inteligenz": _OTHER_COMPONENTS,
    "021-LinuxForHealth": _OTHER_COMPONENTS,
    "022-LinuxForHealth": _OTHER_COMPONENTS,
    "030-Virbhadra463": _NO_CLM05_2,
    "031-Virbhadra463": _NO_CLM05_2,
    "121-kreddys": _NO_CLM05_2,
}
# Files that can't be written with the delimiters they came in.
UNWRITABLE = {
    "011-Inteligenz": "ISA16 says that components are separated as repetitions are, while they are by :",
    "040-clawdgeorge-prog": "a note holds the repetition separator",
    "105-jaymd96": "a note holds the repetition separator",
}
# Elements that X223A2 doesn't use and senders write all the same, kept beside the segment.
KEPT = {
    ("CLM", 6): "the provider's signature: 837P and 4010 have it, and half of the institutional files still do",
    ("CLM", 10): "the same for the patient's",
    ("MIA", 2): "an amount that only the 835 has",
    ("SVD", 3): "an eighth component, which X223A2 doesn't use",
}
# Files of the corpus whose claims aren't said as the guide says them.
MALFORMED = {
    "029-clawdgeorge-prog": "lines begin without LX, and SV2 is shifted by one element",
    "042-mjkubba": "NPIs stand in NM107, without NM108",
} | STRANGE_CLM05 | UNWRITABLE


def institutional(path: Path) -> Iterator[tuple[TransactionSet, list[Segment]]]:
    for each, segments in corpus_sets(path):
        if each.id == "837" and each.guide.startswith(("005010X223", "005010X292")):
            yield each, segments


@needs_corpus
def test_public_837is_are_read_and_written_without_loss() -> None:
    sets = 0
    for path in FILES:
        for each, segments in institutional(path):
            if path.stem in UNWRITABLE:
                with pytest.raises(InternalError, match="delimiter"):
                    round_trip(binding_of_kind("institutional"), each, segments)
                continue
            theirs, ours = round_trip(binding_of_kind("institutional"), each, segments)
            assert ours == theirs, path.name
            sets += 1
    assert sets > 35


@needs_corpus
def test_what_no_field_says_is_rare() -> None:
    """Segments and parts of segments that no table claims, in files that are whole and have their levels."""
    read = kept = 0
    strange: Counter[str] = Counter()
    for path in corpus_files("837I"):
        for each, segments in institutional(path):
            if sum(one.id == "HL" for one in segments) < 2 or path.stem in MALFORMED:
                continue  # claims and lines that hang below nothing are kept segment by segment
            whole, _ = binding_of_kind("institutional").decode(each)
            read += len(segments)
            for one in unbound(whole):
                extra = [at for at, text in enumerate(one.elements) if at and text]
                if one.partial and (one.nth == 0 or all((one.elements[0], at) in KEPT for at in extra)):
                    continue
                kept += 1
                strange["*".join(one.elements[:2])] += 1
    print(f"{kept} of {read} segments ({kept / read:.2%}) are not all in fields: {dict(strange)}")
    assert read > 650
    assert kept / read < 0.01


@pytest.mark.parametrize("path", FIXTURES, ids=fixture_name)
def test_our_own_examples_come_back_in_their_order(path: Path) -> None:
    for each, segments in corpus_sets(path):
        theirs, ours = round_trip(binding_of_kind("institutional"), each, segments)
        assert ours == theirs


@pytest.mark.parametrize("guide", ["005010X223", "005010X223A1", "005010X223A2", "005010X223A3"])
def test_every_name_of_the_guide_reads_the_same(guide: str) -> None:
    written = claim_file([INPATIENT], binding=X223)
    for each in EnvelopeReader([written.replace(X223.guide.encode(), guide.encode())]):
        binding = binding_for(each.guide)
        assert binding is not None
        assert each.guide == guide
        assert list(binding.decode_claims(each)) == [INPATIENT]


JUNE = date(2026, 6, 1)
SURGEON = changed(DOCTOR, last_name="STONECROP", first_name="ALDER", npi="1003000126", taxonomy="")
FACILITY = m.Provider(
    entity_type="2",
    last_name="FENWICK WARD",
    npi="1234567893",
    address=m.Address(line1="9 QUARRY WAY", city="FENWICK", state="OH", postal_code="430010009"),
)


def codes(qualifier: str, *texts: str, present: str = "") -> list[m.Diagnosis]:
    return [m.Diagnosis(code=text, qualifier=qualifier, present_on_admission=present) for text in texts]


# An inpatient stay that says all an 837I can say of one, of made-up people.
INPATIENT = m.Claim(
    kind="institutional",
    billing_provider=CLINIC,
    subscriber=SUBSCRIBER,
    payer=PAYER,
    patient_control_number="STAY-1",
    total_charge=Decimal("4500.50"),
    facility_type="11",
    frequency_code="1",
    provider_signature_on_file="",  # not said in an 837I
    statement_from=JUNE,
    statement_to=date(2026, 6, 9),
    admission_date=JUNE,
    admission_hour=time(9, 30),
    discharge_hour=time(16, 5),
    admission_type="1",
    admission_source="1",
    patient_status="01",
    patient_amount_due=Decimal("250"),
    prior_authorization="AUTH1",
    investigational_device_number="IDE1",
    further_investigational_device_numbers=["IDE2", "IDE3"],
    auto_accident_state="OH",
    medical_record_number="MR-1",
    peer_review_approval="PRO1",
    fixed_format_records=["ANY"],
    notes=[m.Note(qualifier="DCP", text="HOME SOON"), m.Note(qualifier="ADD", text="BILL NOTE")],
    diagnoses=codes("ABK", "I2510", present="Y") + codes("ABF", *(f"E1{n:03d}" for n in range(24)), present="N"),
    admitting_diagnosis=m.Diagnosis(code="R079", qualifier="ABJ"),
    external_causes=codes("ABN", "W010XXA", present="Y"),
    drg="291",
    procedures=[
        m.Procedure(code="02703ZZ", qualifier="BBR", date=date(2026, 6, 2)),
        *(m.Procedure(code=f"0270{n:02d}Z", qualifier="BBQ", date=date(2026, 6, 3)) for n in range(13)),
    ],
    occurrence_spans=[m.OccurrenceSpan(code="71", start=date(2026, 1, 1), end=date(2026, 1, 5))],
    occurrences=[m.Occurrence(code="11", date=JUNE)],
    value_codes=[m.ValueCode(code="80", amount=Decimal(8)), m.ValueCode(code="A1", amount=Decimal("15.31"))],
    condition_codes=codes("BG", "09"),
    treatment_codes=["A01"],
    attending_provider=changed(DOCTOR, taxonomy="207R00000X"),
    operating_physician=SURGEON,
    other_operating_physician=changed(SURGEON, first_name="LINDEN"),
    rendering_provider=changed(SURGEON, first_name="ROWAN"),
    service_facility=FACILITY,
    referring_provider=changed(SURGEON, first_name="SORREL"),
    other_subscribers=[
        m.OtherSubscriber(
            responsibility="S",
            relationship="18",
            filing_indicator="CI",
            paid_amount=Decimal(0),
            benefits_assignment="Y",
            release_of_information="Y",
            inpatient_adjudication=m.InpatientAdjudication(
                covered_days=Decimal(8), drg_amount=Decimal("4000"), remark_codes=["MA01", "MA02"]
            ),
            last_name="OAKHURST",
            first_name="PELLA",
            member_id="OLD-1",
            payer_name="SECOND PAYER",
            payer_id="SP001",
        )
    ],
    service_lines=[
        m.ServiceLine(
            line_number="1",
            revenue_code="0120",
            procedure_qualifier="",  # room and board: the revenue code says it all
            charge=Decimal("4000"),
            unit="DA",
            units=Decimal(8),
            non_covered_charge=Decimal("10.25"),
            line_item_control_number="L1",
        ),
        m.ServiceLine(
            line_number="2",
            revenue_code="0636",
            procedure="J1650",
            modifiers=["JW"],
            charge=Decimal("500.50"),
            units=Decimal(4),
            service_date=date(2026, 6, 3),
            line_item_control_number="L2",
            drug_qualifier="N4",
            national_drug_code="00075062040",
            drug_quantity=Decimal("0.4"),
            drug_unit="ML",
            operating_physician=SURGEON,
        ),
    ],
)


def test_an_inpatient_stay_is_written_as_the_guide_wants_it() -> None:
    """Our own guide and pyx12 find nothing wrong with it."""
    written = claim_file([INPATIENT], binding=X223)
    report = validate([written])
    assert [(one.segment_id, one.element, one.message) for one in report.findings] == []
    assert report.claims == 1
    assert pyx12_errors(written) == []


def test_an_inpatient_stay_is_read_as_it_was_written() -> None:
    sets = EnvelopeReader([claim_file([INPATIENT], binding=X223)])
    assert [claim for each in sets for claim in X223.decode_claims(each)] == [INPATIENT]


def test_a_stay_takes_as_many_segments_of_codes_as_the_guide_has() -> None:
    """Twenty-four other diagnoses are two segments of twelve; the principal one stands alone."""
    segments = claim_file([INPATIENT], binding=X223).decode().split("~\n")
    layout = [[code.split(":")[0] for code in one.split("*")[1:]] for one in segments if one.startswith("HI*")]
    assert layout == [
        ["ABK"], ["ABJ"], ["ABN"], ["DR"], ["ABF"] * 12, ["ABF"] * 12, ["BBR"], ["BBQ"] * 12, ["BBQ"],
        ["BI"], ["BH"], ["BE", "BE"], ["BG"], ["TC"],
    ]  # fmt: skip
    assert "HI*ABK:I2510:::::::Y" in segments
    assert "HI*BBR:02703ZZ:D8:20260602" in segments
    assert "HI*BI:71:RD8:20260101-20260105" in segments
    assert "HI*BE:80:::8*BE:A1:::15.31" in segments
    assert "DTP*435*DT*202606010930" in segments
    assert "DTP*096*TM*1605" in segments
    assert "SV2*0120**4000*DA*8**10.25" in segments
    assert "CLM*STAY-1*4500.5***11:A:1**A*Y*Y" in segments


@pytest.mark.parametrize(
    ("elements", "element", "component", "field"),
    [
        (["HI", "BE:A1:::15.31"], 1, 5, "value_codes[].amount"),
        (["HI", "ABF:E11", "ABF:E12"], 2, 2, "diagnoses[].code"),
        (["HI", "ABJ:R079"], 1, 2, "admitting_diagnosis.code"),
        (["DTP", "435", "DT", "202606010930"], 3, 0, "admission_date"),
        (["SV2", "0120", "", "4000"], 1, 0, "service_lines[].revenue_code"),
        (["CL1", "1", "1", "01"], 3, 0, "patient_status"),
        (["NM1", "72", "1", "STONECROP"], 3, 0, "operating_physician.last_name"),
    ],
)
def test_a_rejected_element_leads_to_its_field(
    elements: list[str], element: int, component: int, field: str
) -> None:
    place = binding_of_kind("institutional").place_of(elements, element, component)
    assert place is not None
    assert place.field == "billing_levels[].subscribers[].claims[]." + field
