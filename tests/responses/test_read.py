"""A received file is known by its content, whatever it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from edigate.responses.read import Kind, classify, kind_of
from tests.x12.roundtrip import corpus_files, needs_corpus, transaction_set

ISA = b"ISA*00*          *00*          *ZZ*S              *ZZ*R              *260102*1200*^*00501*000000001*0*P*:~"
TA1 = b"TA1*000000001*260102*1200*A*000~"


def group(guide: bytes, header: bytes) -> bytes:
    return b"GS*XX*S*R*20260102*1200*1*X*" + guide + b"~" + header


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(b"", Kind.EMPTY, id="nothing"),
        pytest.param(b"\r\n \x1a", Kind.EMPTY, id="blank"),
        pytest.param(b"PK\x03\x04\x14\x00", Kind.ZIP, id="a zip"),
        pytest.param(b"CLAIMS RECEIVED  12\r\nREJECTED  1\r\n", Kind.TEXT, id="a report for people"),
        pytest.param(b"%PDF-1.7\x00\x01\x02", Kind.UNKNOWN, id="something else"),
        pytest.param(ISA + TA1 + b"IEA*0*000000001~", Kind.TA1, id="TA1 alone"),
        pytest.param(ISA + TA1 + group(b"005010X231A1", b"ST*999*0001~"), Kind.X999, id="TA1 before a 999"),
        pytest.param(ISA + group(b"005010X214", b"ST*277*0001~BHT*0085"), Kind.X277CA, id="277CA, cut short"),
        pytest.param(ISA + group(b"005010X212", b"ST*277*0001~"), Kind.X277, id="a status response"),
        pytest.param(b"\xef\xbb\xbf\n" + ISA + group(b"005010X221A1", b"ST*835*1~"), Kind.X835, id="835 after a BOM"),
        pytest.param(ISA + group(b"005010X223A2", b"ST*837*1~"), Kind.X837I, id="837I"),
        pytest.param(ISA + group(b"005010X222A1", b"ST*837*1*005010X224A2~"), Kind.X837D, id="ST03 before GS08"),
        pytest.param(ISA + group(b"005010X279A1", b"ST*271*1~"), Kind.X12, id="another set"),
        pytest.param(ISA + b"IEA*0*000000001~", Kind.X12, id="an empty envelope"),
        pytest.param(ISA[:60], Kind.TEXT, id="half an ISA"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(content: bytes, kind: Kind) -> None:
    assert classify(content) is kind


def test_asking_what_a_set_is_leaves_its_segments_unread() -> None:
    each = transaction_set("ST*835*1~BPR*I*1~SE*3*1~")
    assert kind_of(each) is Kind.X835
    assert len(list(each.segments)) == 3


# Predeterminations and reports of adjudicated claims: 837s, but no claims.
NO_CLAIMS = (b"X291", b"X292", b"X298")
# These dental files name the institutional guide in GS08.
MISLABELLED = {f"00{n}-Inteligenz.x12" for n in range(2, 7)}


@needs_corpus
@pytest.mark.parametrize("folder", ["TA1", "999", "277CA", "835", "837P", "837I", "837D"])
def test_public_files_are_known_by_their_first_four_kilobytes(folder: str) -> None:
    wrong: list[Path] = []
    for path in corpus_files(folder):
        with path.open("rb") as file:
            head = file.read(4096)
        expected = Kind.X12 if any(guide in head for guide in NO_CLAIMS) else Kind(folder)
        if classify(head) is not expected and path.name not in MISLABELLED:
            wrong.append(path)
    assert wrong == []
