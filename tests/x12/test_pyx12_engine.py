"""The second opinion: pyx12 runs over anything, and nothing it quotes gets out."""

from __future__ import annotations

import logging

import pytest

from edigate.x12.pyx12_engine import pyx12_errors, validate_with_pyx12
from tests.x12.samples import CLAIM, ISA, PAYMENT


def test_a_good_claim_is_good_for_pyx12_too() -> None:
    assert pyx12_errors(CLAIM) == []
    report = validate_with_pyx12([CLAIM])
    assert report.valid
    assert (report.transaction_sets, report.claims) == (1, 1)


def test_errors_are_told_by_code_and_place() -> None:
    content = CLAIM.replace(b"NM1*IL*1*EXAMPLE*PAT****MI*TEST0001", b"NM1*IL*1*EXAMPLE*PAT****MI*T")
    assert pyx12_errors(content) == ["ELE:4 line 16 NM109"]
    (finding,) = validate_with_pyx12([content]).findings
    assert (finding.code, finding.segment_id, finding.segment_position, finding.element) == ("IK4-4", "NM1", 14, 9)


def test_a_missing_segment_is_named() -> None:
    content = CLAIM.replace(b"PER*IC*ALEX SAMPLE*TE*5555550100~\n", b"").replace(b"SE*31", b"SE*30")
    (error,) = pyx12_errors(content)
    assert error.startswith("SEG:3")
    assert error.endswith("PER")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + CLAIM,
        CLAIM.replace(b"~\n", b"~~\n"),
        CLAIM.replace(b"~\n", b"~\r\n   "),
        CLAIM.replace(b"\nGS*", b"\nTA1*000000077*240105*0929*A*000~\nGS*"),
        CLAIM.replace(b"EXAMPLE", "MUÑOZ".encode()),
        CLAIM.replace(b"005010X222A1", b"005010X222"),
        CLAIM.rstrip(b"~\n"),
        CLAIM + b"junk\n" + CLAIM.replace(b"*", b"|"),
        CLAIM.replace(b"~\n", b"\n"),
    ],
)
def test_what_pyx12_stumbles_over_is_worked_round(content: bytes) -> None:
    assert validate_with_pyx12([content]).findings == []


def test_an_exception_of_pyx12_is_a_finding() -> None:
    content = CLAIM.replace(b"005010X222A1", b"005010X999A1")
    (finding,) = validate_with_pyx12([content]).findings
    assert (finding.code, finding.message) == ("X12-PYX12", "pyx12 stopped with EngineError")
    assert pyx12_errors(content)[-1] == "stopped: EngineError"
    assert pyx12_errors(b"not X12") == ["refused without a reason"]


def test_neither_patients_nor_passwords_reach_logs_or_findings(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = ISA.replace("*00*          *ZZ*TESTS", "*01*HUSHHUSH  *ZZ*TESTS").encode()
    content = (
        secret
        + CLAIM[len(ISA) :].replace(b"EXAMPLE*PAT", b"ZZMARKER *PAT").replace(b"TEST0001", b"ZZMARKER" * 12)
        + b"ISA*00*HUSHHUSH*"
    )
    with caplog.at_level(logging.DEBUG):
        report = validate_with_pyx12([content])
        told = pyx12_errors(content.replace(b"*00501*", b"*00999*"))
    assert not report.valid
    out, err = capfd.readouterr()
    for text in (repr(report), repr(told), caplog.text, out, err):
        assert "HUSH" not in text
        assert "ZZMARKER" not in text


def test_the_loggers_are_left_as_they_were() -> None:
    logger = logging.getLogger("pyx12")
    handler = logging.NullHandler()
    logger.addHandler(handler)
    try:
        pyx12_errors(PAYMENT)
        assert logger.handlers == [handler]
        assert logger.propagate
    finally:
        logger.removeHandler(handler)
