"""Which guide a set is held to where somebody says so, and a partner's corrections."""

from __future__ import annotations

import pytest

from edigate.errors import ConfigError, EdigateError, UsageError
from edigate.x12.choosing import choose
from edigate.x12.corrections import read
from edigate.x12.guide import Correction, guide_for
from edigate.x12.validate import validate
from tests.x12.samples import CLAIM, INSTITUTIONAL, PAYMENT


def codes(content: bytes, *forced: str, corrections: tuple[Correction, ...] = ()) -> list[str]:
    return [finding.code for finding in validate([content], choice=choose(forced, corrections)).findings]


def test_a_forced_guide_holds_whatever_the_set_says() -> None:
    unknown = CLAIM.replace(b"005010X222A1", b"PAYER OWN")
    assert "X12-NO-GUIDE" in codes(unknown)
    assert "X12-NO-GUIDE" not in codes(unknown, "005010X222A1")
    assert codes(CLAIM, "005010X223A2")  # a professional claim is no institutional one
    assert codes(CLAIM, "005010X222") == codes(CLAIM, "005010X222A1") == []  # any of a guide's names will do


def test_a_forced_guide_holds_for_its_own_kind_of_set_alone() -> None:
    assert codes(PAYMENT, "005010X222A1") == []
    assert codes(INSTITUTIONAL, "005010X223A2", "005010X221A1") == []


def test_guides_that_cant_be_meant_are_refused() -> None:
    with pytest.raises(UsageError, match="no guide is called 005010X999"):
        choose(("005010X999",))
    with pytest.raises(UsageError, match="both for transaction set 837"):
        choose(("005010X222A1", "005010X223A2"))
    with pytest.raises(UsageError):
        choose(("00501",))  # the envelopes' own


CORRECTIONS = b"""
[[correction]]
guide = "005010X222A1"
at = "2010BA/N4"
usage = "R"
because = "The payer refuses subscribers without their place."

[[correction]]
guide = "005010X222A1"
at = "2400/REF[6R]"
usage = "N"
because = "The payer takes no line numbers of ours."
"""


def test_a_partners_corrections_hold_beside_edigates_own() -> None:
    rows = tuple(read(CORRECTIONS, file="payer.toml"))
    without = CLAIM.replace(b"~\nN4*SPRINGFIELD*IL*62701~\nDMG", b"~\nDMG").replace(b"SE*31", b"SE*30")
    assert codes(without) == []
    assert codes(without, corrections=rows) == ["IK3-3", "IK3-I4", "IK3-I4"]
    assert codes(CLAIM, "005010X222A1", corrections=rows) == ["IK3-I4", "IK3-I4"]
    assert codes(CLAIM) == []  # and nobody else's guide has changed
    corrected = choose(("005010X222A1",), rows).forced_for("837")
    own = guide_for("005010X222A1", "HC", "837")
    assert corrected is not None
    assert own is not None
    assert corrected.corrections == (*own.corrections, *rows)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CORRECTIONS.replace(b"2010BA/N4", b"2010BA/N9"), "names 2010BA/N9, which isn't in the guide"),
        (CORRECTIONS.replace(b"005010X222A1", b"005010X222"), "no guide is called that"),
        (CORRECTIONS.replace(b'usage = "R"', b'usage = "X"'), "payer.toml: Invalid enum value 'X'"),
        (CORRECTIONS.replace(b"because", b"reason"), "payer.toml"),
        (b"[[correction", "payer.toml"),
        (b"\xff\xfe", "payer.toml"),
    ],
)
def test_corrections_that_cant_be_meant_are_refused_before_a_file_is_read(text: bytes, told: str) -> None:
    with pytest.raises(ConfigError) as raised:
        choose((), tuple(read(text, file="payer.toml")))
    assert told in raised.value.message
    assert isinstance(raised.value, EdigateError)
