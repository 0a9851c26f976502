"""Acknowledging: what validating found, told back to the sender, valid by edigate's 999 guide and pyx12's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edigate.x12.acknowledge import Answer, acknowledge, envelope, survey
from edigate.x12.pyx12_engine import validate_with_pyx12
from edigate.x12.validate import validate
from tests.x12.samples import ANSWER, CLAIM, FIXTURE_FILES, PAYMENT, corpus_files, fixture_name, needs_corpus

pytestmark = pytest.mark.usefixtures("pyx12_maps_read_once")

# They repeat what was received: also a control number, a date or a code that X12 doesn't allow.
ECHOED = frozenset(("ISA", "GS", "TA1", "AK1", "AK2"))
NOW = datetime(2024, 1, 5, 9, 45, tzinfo=UTC)


def answers(content: bytes) -> list[Answer]:
    return acknowledge(survey([content]), validate([content]).findings)


def texts(content: bytes) -> list[str]:
    """The one 999 that answers a file, a line a segment."""
    ((x999,),) = [answer.sets for answer in answers(content)]
    return ["*".join(elements) for elements in x999]


def written(answer: Answer, number: int = 1) -> bytes:
    segments = envelope(answer, control_number=number, group_control_number=number, at=NOW)
    return "".join("*".join(elements) + "~\n" for elements in segments).encode()


def test_a_good_claim_file_is_accepted() -> None:
    (answer,) = answers(CLAIM)
    assert answer.accepted
    assert answer.ta1 == ["TA1", "000000101", "240105", "0930", "A", "000"]
    assert texts(CLAIM) == [
        "ST*999*0001*005010X231A1",
        "AK1*HC*11*005010X222A1",
        "AK2*837*0001*005010X222A1",
        "IK5*A",
        "AK9*A*1*1*1",
        "SE*6*0001",
    ]


def test_an_element_in_error_is_named_with_its_claim_and_its_value() -> None:
    content = CLAIM.replace(b"CLM*TESTCLAIM1*150***11:B:1*Y", b"CLM*TESTCLAIM1*150***11:B:1*Q")
    assert texts(content)[2:-2] == [
        "AK2*837*0001*005010X222A1",
        "IK3*CLM*19*2300*8",
        "CTX*CLM01:TESTCLAIM1",
        "IK4*6*1073*7*Q",
        "IK5*R*5",
    ]


def test_a_component_in_error_has_its_place_and_its_data_element() -> None:
    content = CLAIM.replace(b"HC:87880", b"QQ:87880")
    assert "IK4*1:1*235*7*QQ" in texts(content)
    assert "IK3*SV1*28*2400*8" in texts(content)


def test_a_missing_segment_above_the_claims_names_no_claim() -> None:
    content = CLAIM.replace(b"PER*IC*ALEX SAMPLE*TE*5555550100~\n", b"").replace(b"SE*31", b"SE*30")
    assert texts(content)[3:-2] == ["IK3*PER*4*1000*3", "IK5*R*5"]


def test_some_sets_may_stand_while_others_fall() -> None:
    one = CLAIM[CLAIM.index(b"ST*837") : CLAIM.index(b"GE*1")]
    bad = one.replace(b"*0001", b"*0002").replace(b"SE*31", b"SE*30")
    content = CLAIM.replace(b"GE*1*", bad + b"GE*2*")
    assert texts(content)[2:-1] == [
        "AK2*837*0001*005010X222A1",
        "IK5*A",
        "AK2*837*0002*005010X222A1",
        "IK5*R*4",
        "AK9*P*2*2*1",
    ]


def test_a_wrong_group_trailer_refuses_the_group() -> None:
    assert texts(CLAIM.replace(b"GE*1*11", b"GE*3*12"))[-2] == "AK9*R*3*1*0*5*4"


def test_a_broken_interchange_is_answered_by_a_ta1_alone() -> None:
    (answer,) = answers(CLAIM.replace(b"IEA*1*000000101", b"IEA*1*000000999"))
    assert answer.ta1[-2:] == ["R", "001"]
    assert answer.sets == ()
    (answer,) = answers(CLAIM[: CLAIM.index(b"GE*1")])
    assert answer.ta1[-2:] == ["R", "023"]


def test_an_unknown_guide_is_not_supported() -> None:
    assert "IK5*R*I6" in texts(CLAIM.replace(b"005010X222A1", b"005010X999A1"))


def test_each_group_and_interchange_has_its_answer_and_its_number() -> None:
    group = (
        PAYMENT[PAYMENT.index(b"GS*") : PAYMENT.index(b"IEA")]
        .replace(b"*11*X", b"*12*X")
        .replace(b"GE*1*11", b"GE*1*12")
    )
    content = CLAIM.replace(b"IEA*1", group + b"IEA*2") + PAYMENT.replace(b"000000101", b"000000102")
    first, second = answers(content)
    assert [x999[0][2] for x999 in first.sets + second.sets] == ["0001", "0002", "0003"]
    assert [x999[1] for x999 in first.sets] == [
        ["AK1", "HC", "11", "005010X222A1"],
        ["AK1", "HP", "12", "005010X221A1"],
    ]


def test_an_acknowledgment_isnt_acknowledged() -> None:
    (answer,) = answers(ANSWER)
    assert answer.ta1[4] == "A"
    assert answer.sets == ()


def test_warnings_refuse_nothing() -> None:
    assert answers(CLAIM.replace(b"HL*2*1*22*0", b"HL*2*1*22*1"))[0].accepted


def test_sender_and_receiver_change_places() -> None:
    (answer,) = answers(CLAIM)
    lines = written(answer, 7).decode().split("~\n")
    assert lines[0] == (
        "ISA*00*          *00*          *ZZ*TESTRECEIVER   *ZZ*TESTSENDER     *240105*0945*^*00501*000000007*0*T*:"
    )
    assert lines[1].startswith("TA1*")
    assert lines[2] == "GS*FA*TESTRECEIVER*TESTSENDER*20240105*0945*7*X*005010X231A1"
    assert lines[-3:] == ["GE*1*7", "IEA*1*000000007", ""]


def test_what_was_received_cant_break_the_answer() -> None:
    """A value with the answer's own separators, from a file written with others."""
    content = CLAIM.replace(b"*", b"|").replace(b"~\n", b"'\n").replace(b"|PAT|", b"|P*A~T:\x01^|")
    report = validate([written(answers(content)[0])])
    assert report.valid
    assert not report.findings


@pytest.mark.parametrize("name", [fixture_name(path) for path in FIXTURE_FILES])
def test_answers_to_fixtures_are_valid(name: str) -> None:
    (path,) = [each for each in FIXTURE_FILES if fixture_name(each) == name]
    content = path.read_bytes()
    accepted = validate([content]).valid
    made = answers(content)
    assert all(answer.accepted for answer in made) == accepted or not made or name.startswith(("TA1/", "005010X231A1/"))
    for answer in made:
        text = written(answer)
        findings = [each for each in validate([text]).findings if each.segment_id not in ECHOED]
        assert findings == [], (text, findings)
        if answer.sets and "IK4-4" not in name:
            assert validate_with_pyx12([text]).valid, text


@needs_corpus
@pytest.mark.real
def test_answers_to_public_files_are_valid() -> None:
    for path in corpus_files():
        for answer in answers(path.read_bytes()):
            found = validate([written(answer)]).findings
            errors = [each for each in found if each.severity == "error" and each.segment_id not in ECHOED]
            assert errors == [], (path, errors[:3])
