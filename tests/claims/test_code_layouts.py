"""Publishers' files of codes, tiny and made up, in the layouts they really have; and what refuses one whole."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigate.claims.codesets import SETS, Row
from edigate.claims.codesets.layouts import LAYOUTS, read_file
from edigate.errors import DataError


def rows(text: str | bytes, name: str, layout: str = "") -> list[Row]:
    content = text.encode() if isinstance(text, str) else text
    return read_file(content, "file.txt", SETS[name], layout)


def anweb_line(code: str, sequence: int, kind: str, words: str, added: str = "", ended: str = "") -> str:
    """A line of CMS's HCPCS contractor file: 320 columns, from its record layout."""
    line = f"{code:>5}{sequence:05d}{kind}{words:<80}{'short words':<28}"
    return f"{line:<268}{added:<8}{'20260101':<8}{ended:<8}N".ljust(320)


def test_the_order_file_tells_headings_from_codes() -> None:
    text = (
        "00001 A00     0 Cholera                                                      Cholera\n"
        "00002 A000    1 Cholera due to Vibrio cholerae 01, biovar cholerae           Cholera, the long words\n"
        "00003 S060X0A 1 short words only\n"
    )
    assert rows(text, "icd-10-cm") == [
        Row("A00", "Cholera", billable=False),
        Row("A000", "Cholera, the long words"),
        Row("S060X0A", "short words only"),
    ]
    assert rows("00001 0016070 1 Made-up procedure\n", "icd-10-pcs") == [Row("0016070", "Made-up procedure")]


def test_a_list_of_valid_codes() -> None:
    assert rows("A000    Cholera due to\nA001    Cholera, other\n", "icd-10-cm") == [
        Row("A000", "Cholera due to"),
        Row("A001", "Cholera, other"),
    ]


def test_the_hcpcs_contractor_file_holds_procedures_and_modifiers() -> None:
    text = "\n".join(
        [
            anweb_line("A1", 100, "7", "Dressing for one", "20000101"),
            anweb_line("J9999", 100, "3", "Injection, made up,", "20200101"),
            anweb_line("J9999", 200, "4", "per ten milligrams"),
            anweb_line("J9998", 100, "3", "Gone", "19990101", "20251231"),
        ]
    )
    assert rows(text, "hcpcs") == [
        Row("J9999", "Injection, made up, per ten milligrams", date(2020, 1, 1)),
        Row("J9998", "Gone", date(1999, 1, 1), date(2025, 12, 31)),
    ]
    assert rows(text, "modifier") == [Row("A1", "Dressing for one", date(2000, 1, 1))]


def test_the_same_as_a_sheet_saved_as_csv() -> None:
    text = (
        "HCPC,SEQNUM,RECID,LONG DESCRIPTION,SHORT DESCRIPTION,ADD DT,ACT EFF DT,TERM DT,ACTION CD\n"
        'J9999,00100,3,"Injection, made up,",short,20200101,20260101,,N\n'
        "J9999,00200,4,per ten milligrams,,,,,\n"
        "A1,00100,7,Dressing for one,short,20000101,,,N\n"
    )
    assert rows(text, "hcpcs") == [Row("J9999", "Injection, made up, per ten milligrams", date(2020, 1, 1))]
    assert rows(text, "modifier") == [Row("A1", "Dressing for one", date(2000, 1, 1))]


def test_the_nucc_taxonomy() -> None:
    text = (
        '"Code","Grouping","Classification","Specialization","Definition","Notes","Display Name","Section"\r\n'
        '"207Q00000X","Physicians","Family Medicine","","Words, \nover two lines.","",'
        '"Family Medicine Physician","x"\r\n'
    )
    assert rows(text, "taxonomy") == [Row("207Q00000X", "Family Medicine Physician")]


def test_x12_reasons_with_columns_or_with_days_in_their_words() -> None:
    columns = "Code,Description,Start Date,Last Modified,Stop Date\n1,Made up,1/1/1995,3/1/2018,\n"
    columns += "9,Old,1/1/1995,,7/1/2010\n"
    expected = [Row("1", "Made up", date(1995, 1, 1)), Row("9", "Old", date(1995, 1, 1), date(2010, 7, 1))]
    assert rows(columns, "carc") == expected
    in_words = (
        "Code\tDescription\n1\tMade up Start: 01/01/1995 | Last Modified: 03/01/2018\n"
        "9\tOld Start: 01/01/1995 | Stop: 07/01/2010\n"
    )
    assert rows(in_words, "carc") == expected


def test_a_list_of_ones_own_with_names_or_without() -> None:
    expected = [Row("0450", "Made-up words", date(2025, 1, 1), None), Row("0451", "", None, date(2025, 6, 30))]
    named = "description;code;to;from\nMade-up words;0450;;2025-01-01\n;0451;2025-06-30;\n"
    bare = "0450|Made-up words|2025-01-01|\n\n0451|||20250630\n"
    assert rows(named, "revenue") == rows(bare, "revenue") == expected
    assert rows("0450\n0451\n", "revenue") == [Row("0450"), Row("0451")]


def test_signs_of_cms_own_files_and_a_byte_order_mark() -> None:
    assert rows("code,description\nA0001,Café".encode("cp1252"), "hcpcs") == [Row("A0001", "Café")]
    assert rows(b"\xef\xbb\xbfcode,description\nA0001,words", "hcpcs") == [Row("A0001", "words")]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("hcpcs", "code,description\nA0001,words\nA00O2,words\n", "line 3: 'A00O2' isn't of the form of HCPCS"),
        ("revenue", "code,description\n450,words\n", "line 2: '450' isn't of the form of Revenue codes"),
        ("hcpcs", "code,from\nA0001,2025-13-01\n", "line 2: '2025-13-01' isn't a day"),
        ("hcpcs", "code,from,to\nA0001,2025-02-01,2025-01-01\n", "line 2: A0001 ends .* before it begins"),
        ("hcpcs", 'code,description\nA0001,"words\n', "line 2: can't be read as a table"),
        ("hcpcs", "number,words\nA0001,words\n", "line 1: names no column that holds the code"),
        ("icd-10-cm", "00001 A00     0 Cholera\n00002 A0", "line 2: isn't a line of an order file"),
        ("icd-10-cm", "00001 A00     0 Cholera\n00002 A000 1 not padded", "line 2: isn't a line of an order file"),
        ("icd-10-cm", "A000    Cholera\n<html>\n", "line 2: '<html>' isn't of the form"),
        ("hcpcs", anweb_line("J9999", 100, "3", "words") + "\nJ99", "line 2: isn't a line of the HCPCS contractor"),
        ("hcpcs", "", "line 1"),
        ("hcpcs", "code,description\n", "holds no code"),
        ("hcpcs", "\x00\x01\x02", "line 1"),
    ],
)
def test_a_damaged_file_is_refused_whole_with_its_line(name: str, text: str, said: str) -> None:
    with pytest.raises(DataError, match=f"file.txt {said}"):
        rows(text, name)


def test_a_workbook_or_a_zip_is_to_be_unpacked_first() -> None:
    with pytest.raises(DataError, match=r"file.txt is packed\n.*as CSV"):
        rows(b"PK\x03\x04...", "hcpcs")


LIKELY = [
    "code,from,to",
    "A0001,2025-01-01,",
    "00001 A00     0 Cholera",
    "A000    Cholera",
    anweb_line("J9999", 1, "3", "words"),
]
LINES = st.lists(st.one_of(st.sampled_from(LIKELY), st.text(max_size=30)), max_size=5)


@given(LINES, st.sampled_from(sorted(SETS)), st.sampled_from(["", *LAYOUTS]))
def test_whatever_a_file_holds_it_is_read_or_refused(lines: list[str], name: str, layout: str) -> None:
    try:
        found = rows("\n".join(lines).encode("utf-8", "surrogatepass"), name, layout)
    except DataError as error:
        assert error.message.startswith("file.txt")
    else:
        assert found and all(SETS[name].form.fullmatch(row.code) for row in found)
