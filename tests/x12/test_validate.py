"""Validating: fixtures by folder, findings in 999 terms at the right place, one bad set hides no other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edigate.findings import Finding, Severity
from edigate.x12 import compile as compiling
from edigate.x12.segments import Limits
from edigate.x12.validate import Report, validate
from tests.x12.samples import CLAIM, FIXTURE_FILES, KINDS, PAYMENT, fixture_name, mutants

FIXTURE = pytest.mark.parametrize("name", [fixture_name(path) for path in FIXTURE_FILES])
BY_NAME = {fixture_name(path): path for path in FIXTURE_FILES}


def errors(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.severity is Severity.ERROR]


def only_error(content: bytes) -> Finding:
    (finding,) = errors(validate([content]))
    return finding


def place(finding: Finding) -> tuple[str, str, int, str, int, int]:
    return (
        finding.code,
        finding.segment_id,
        finding.segment_position,
        finding.loop,
        finding.element,
        finding.component,
    )


@FIXTURE
def test_fixtures_are_accepted_or_rejected_for_the_reason_in_their_name(name: str) -> None:
    report = validate([BY_NAME[name].read_bytes()], file=name)
    if "/accept/" in name:
        assert errors(report) == []
        assert report.valid
    else:
        assert not report.valid
        assert errors(report)[0].code == BY_NAME[name].stem.partition("_")[0]


@FIXTURE
def test_a_byte_at_a_time_gives_the_same_report(name: str) -> None:
    content = BY_NAME[name].read_bytes()
    assert validate(content[i : i + 1] for i in range(len(content))) == validate([content])


def test_a_good_file_is_counted() -> None:
    report = validate([CLAIM], file="claims.837")
    assert (report.interchanges, report.groups, report.transaction_sets) == (1, 1, 1)
    assert (report.claims, report.segments) == (1, CLAIM.count(b"~"))
    assert (report.valid, report.findings) == (True, [])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"CLM*TESTCLAIM1*150***11:B:1", b"CLM*TESTCLAIM1*150***:B:1", ("IK4-1", "CLM", 19, "2300", 5, 1)),
        (b"CLM*TESTCLAIM1*150", b"CLM*TESTCLAIM1*1 50", ("IK4-6", "CLM", 19, "2300", 2, 0)),
        (b"N4*SPRINGFIELD*IL*62701~", b"N4*SPRINGFIELD*XX*62701~", ("IK4-7", "N4", 16, "2010BA", 2, 0)),
        (b"DMG*D8*19700101*U", b"DMG*D8*19700101", ("IK4-1", "DMG", 17, "2010BA", 3, 0)),
        (b"HC:87880*50", b"QQ:87880*50", ("IK4-7", "SV1", 28, "2400", 1, 1)),
        (b"REF*6R*L2", b"REF*6R*L2*NOTE", ("IK4-I10", "REF", 30, "2400", 3, 0)),
        (b"REF*6R*L2", b"REF*6R*L2~\nREF*6R*L3", ("IK3-5", "REF", 31, "2400", 0, 0)),
        (b"PER*IC*ALEX SAMPLE*TE*5555550100~\n", b"", ("IK3-3", "PER", 4, "1000A", 0, 0)),
        (b"REF*6R*L2", b"REF*6R*L2~\nXYZ*1", ("IK3-6", "XYZ", 31, "2400", 0, 0)),
        (b"REF*6R*L2", b"REF*6R*L2~\n??*1", ("IK3-1", "??", 31, "2400", 0, 0)),
        (b"REF*6R*L2", b"REF*6R*L2~\nNM1*ZZ*1*A", ("IK3-2", "NM1", 31, "2400", 0, 0)),
        (b"HL*2*1*22*0", b"HL*2*2*22*0", ("IK4-I12", "HL", 12, "2000B", 2, 0)),
    ],
)
def test_each_defect_is_found_at_its_place(
    old: bytes, new: bytes, expected: tuple[str, str, int, str, int, int]
) -> None:
    assert CLAIM.count(old) == 1
    count = CLAIM.count(b"~") - 4 + new.count(b"~") - old.count(b"~")
    content = CLAIM.replace(old, new).replace(b"SE*31*", b"SE*%d*" % count)
    assert place(only_error(content)) == expected


def test_the_offset_of_a_finding_is_its_segments_first_byte() -> None:
    content = b"\xef\xbb\xbf" + CLAIM.replace(b"NM1*IL*1*EXAMPLE", "NM1*IL*1*MUÑOZ".encode()).replace(
        b"*IL*62701~", b"*QQ*62701~"
    )
    finding = only_error(content)
    assert content[finding.offset :].startswith(b"N4*SPRINGFIELD*QQ")


def test_the_value_is_beside_the_message_and_not_in_it() -> None:
    finding = only_error(CLAIM.replace(b"MI*TEST0001", b"MI*" + b"T" * 81))
    assert finding.value == "T" * 81
    assert "T" * 81 not in finding.message
    assert "NM109" in finding.message
    assert "too long: 81" in finding.message
    assert finding.expected == "text of length 2 to 80"


def test_a_syntax_note_names_the_elements_it_is_about() -> None:
    finding = only_error(CLAIM.replace(b"*XX*1234567893~\nN3*1", b"*XX~\nN3*1"))
    assert (finding.code, finding.element) == ("IK4-2", 9)
    assert "NM108" in finding.message
    assert finding.expected == "P0809"


def test_one_bad_set_doesnt_hide_the_next() -> None:
    start, end = CLAIM.index(b"ST*837"), CLAIM.index(b"GE*1")
    one = CLAIM[start:end]
    bad = one.replace(b"*0001", b"*0002").replace(b"CLM*TESTCLAIM1*150", b"CLM*TESTCLAIM2*x")
    cut = one.replace(b"*0001", b"*0003").partition(b"LX*1")[0]
    late = one.replace(b"*0001", b"*0004").replace(b"*IL*62701~", b"*QQ*62701~")
    content = CLAIM[:end] + bad + cut + late + CLAIM[end:].replace(b"GE*1", b"GE*4")
    report = validate([content])
    assert report.transaction_sets == 4
    assert report.claims == 4
    assert [(finding.transaction_set, finding.code) for finding in errors(report)] == [
        ("0002", "IK4-6"),
        ("0003", "IK5-2"),
        ("0004", "IK4-7"),
    ]


def test_a_missing_st03_is_a_warning_for_claims_and_nothing_for_payments() -> None:
    (finding,) = validate([CLAIM.replace(b"ST*837*0001*005010X222A1", b"ST*837*0001")]).findings
    assert (finding.severity, finding.code, finding.element) == (Severity.WARNING, "IK4-1", 3)
    assert validate([PAYMENT]).findings == []


def test_st03_wins_over_gs08_and_the_difference_is_told() -> None:
    content = CLAIM.replace(b"*X*005010X222A1", b"*X*005010X223A2")
    report = validate([content])
    assert report.valid
    assert [finding.code for finding in report.findings] == ["X12-TWO-GUIDES"]


def test_a_version_without_a_guide_is_a_finding_and_the_envelope_is_still_checked() -> None:
    content = CLAIM.replace(b"005010X222A1", b"005010X299A9").replace(b"SE*31*", b"SE*30*")
    assert [finding.code for finding in errors(validate([content]))] == ["X12-NO-GUIDE", "IK5-4"]


def test_a_blank_ending_and_empty_endings() -> None:
    assert only_error(CLAIM.replace(b"*PAT**", b"*PAT ***").replace(b"***MI", b"**MI")).code in ("IK4-6", "IK4-I10")
    report = validate([CLAIM.replace(b"REF*6R*L2~", b"REF*6R*L2**~")])
    assert report.valid
    assert [(finding.severity, finding.code) for finding in report.findings] == [(Severity.WARNING, "IK4-3")]


def test_letters_outside_ascii_are_a_warning_and_control_characters_an_error() -> None:
    (finding,) = validate([CLAIM.replace(b"*EXAMPLE*", "*MUÑOZ*".encode())]).findings
    assert (finding.severity, finding.code) == (Severity.WARNING, "IK4-6")
    assert only_error(CLAIM.replace(b"*EXAMPLE*", b"*EXA\x07MPLE*")).code == "IK4-6"


@pytest.mark.parametrize(
    ("amount", "good"),
    [
        (b"150", True),
        (b"150.00", True),
        (b".5", True),
        (b"0", True),
        (b"150.123456789", True),
        (b"123456789012345678", True),
        (b"-150", True),
        (b"150.", False),
        (b".", False),
        (b"-", False),
        (b"1e3", False),
        (b"NaN", False),
        (b"1_000", False),
        (b"+5", False),
        (b"1234567890123456789", False),
        ("\N{ARABIC-INDIC DIGIT ONE}".encode(), False),
    ],
)
def test_decimals(amount: bytes, good: bool) -> None:
    content = CLAIM.replace(b"CLM*TESTCLAIM1*150*", b"CLM*TESTCLAIM1*" + amount + b"*")
    assert validate([content]).valid == good


@pytest.mark.parametrize(
    ("day", "good"),
    [
        (b"20240229", True),
        (b"20230229", False),
        (b"20240431", False),
        (b"19000101", True),
        (b"17991231", False),
        (b"20241301", False),
        (b"2024010", False),
        (b"240102", False),
        (b"2024-1-2", False),
    ],
)
def test_dates(day: bytes, good: bool) -> None:
    assert validate([CLAIM.replace(b"DTP*472*D8*20240102", b"DTP*472*D8*" + day)]).valid == good


def test_hl04_that_promises_children_is_a_warning() -> None:
    report = validate([CLAIM.replace(b"HL*2*1*22*0", b"HL*2*1*22*1")])
    assert report.valid
    (finding,) = report.findings
    assert (finding.severity, finding.segment_id, finding.segment_position, finding.element) == (
        Severity.WARNING,
        "HL",
        12,
        4,
    )


def test_a_loop_out_of_order_is_told_once_and_its_segments_are_read() -> None:
    """The rendering provider after the facility: one finding, not one for each segment of the loop."""
    facility = b"NM1*77*2*MEADOW SURGERY*****XX*1234567893~\nN3*9 EXAMPLE WAY~\nN4*SPRINGFIELD*IL*627010000~\n"
    rendering = b"NM1*82*1*SAMPLE*ROBIN****XX*1234567893~\nPRV*PE*PXC*207Q00000X~\n"
    content = CLAIM.replace(rendering, facility + rendering).replace(b"SE*31*", b"SE*34*")
    assert validate([content]).valid  # 2310B and 2310C share a position: any order
    reference = b"REF*EA*RECORD1~\n"
    late = CLAIM.replace(b"LX*1", rendering.replace(b"82", b"DN") + reference + b"LX*1", 1)
    assert {finding.code for finding in errors(validate([late]))} <= {"IK3-2", "IK3-7", "IK5-4"}


def test_a_missing_loop_is_told_once() -> None:
    content = CLAIM.replace(
        b"NM1*IL*1*EXAMPLE*PAT****MI*TEST0001~\nN3*2 EXAMPLE WAY~\nN4*SPRINGFIELD*IL*62701~\nDMG*D8*19700101*U~\n", b""
    ).replace(b"SE*31*", b"SE*27*")
    finding = only_error(content)
    assert place(finding) == ("IK3-3", "NM1", 14, "2010BA", 0, 0)
    assert "2010BA" in finding.message


def test_findings_are_bounded_and_the_rest_is_counted() -> None:
    line = b"LX*1~\nSV1*ZZ:1*x*UN*1***9~\n"
    content = CLAIM.replace(b"SE*31*", line * 2000 + b"SE*31*")
    report = validate([content], limits=Limits(findings=50))
    assert not report.valid
    assert len(report.findings) <= 60
    (more,) = [finding for finding in report.findings if finding.code == "X12-MORE"]
    assert int(more.message.split()[0]) > 5000


def test_a_file_made_of_defects_costs_no_more_memory_than_its_limit() -> None:
    limits = Limits(findings=20)
    for content in (
        CLAIM.replace(b"IEA", b"~" * 5000 + b"IEA"),
        CLAIM.replace(b"GE*1", b"ST*837*0001~" * 500 + b"GE*1"),
    ):
        report = validate([content], limits=limits)
        assert len(report.findings) <= 61
        (more,) = [finding for finding in report.findings if finding.code == "X12-MORE"]
        assert int(more.message.split()[0]) > 400


def test_the_password_of_an_isa_is_never_in_a_finding() -> None:
    content = CLAIM.replace(b"*00*          *ZZ*TESTSENDER", b"*99*HUSHHUSH\x07\x07*ZZ*TESTSENDER")
    report = validate([content])
    assert not report.valid
    assert "HUSH" not in repr(report)


@pytest.mark.parametrize("content", [b"", b"garbage", bytes(range(256)) * 50, b"ISA", CLAIM[:90]])
def test_what_isnt_x12_is_a_report(content: bytes) -> None:
    report = validate([content], file="notes.txt")
    assert not report.valid
    assert [finding.code for finding in errors(report)] == ["X12-UNREADABLE"]


# --- laws


class _NoPattern(compiling.Checker):
    """A checker whose patterns turn everything down, so that every segment is explained."""

    def matcher(self, place: compiling.Place) -> object:  # type: ignore[override]  # any callable will do
        del place
        return lambda text: None


@pytest.mark.parametrize("content", KINDS.values(), ids=KINDS)
def test_patterns_accept_only_what_the_explainer_finds_nothing_wrong_with(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [content, *mutants(content, seed=1, count=300)]
    fast = [validate([each]) for each in files]
    compiling.checker.cache_clear()
    monkeypatch.setattr(compiling, "Checker", _NoPattern)
    try:
        for each, report in zip(files, fast, strict=True):
            assert validate([each]) == report
    finally:
        compiling.checker.cache_clear()
    assert sum(not report.valid for report in fast) > 150


@given(st.data())
@settings(max_examples=150)
def test_whatever_the_bytes_there_is_a_verdict(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(CLAIM)))
    end = data.draw(st.integers(start, len(CLAIM)))
    junk = data.draw(st.binary(max_size=40))
    report = validate([CLAIM[:start] + junk + CLAIM[end:]])
    assert report.valid == (errors(report) == [])


def test_time_grows_with_the_size_and_no_faster() -> None:
    import time

    def seconds(lines: int) -> float:
        body = b"".join(b"LX*%d~SV1*HC:99213*3*UN*1***1~DTP*472*D8*20240102~ZZZ*1~" % n for n in range(1, lines))
        content = CLAIM.replace(b"LX*1~", body + b"LX*1~", 1)
        began = time.perf_counter()
        validate([content], limits=Limits(findings=100))
        return time.perf_counter() - began

    seconds(10)
    assert seconds(8000) < 8 * seconds(2000) + 0.2
