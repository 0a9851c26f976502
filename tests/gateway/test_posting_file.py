"""Posting files: posted payments in a practice system's own form, every cent, and nothing that spreadsheets run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from edigate.config import Workspace
from edigate.errors import ConfigError, DataError
from edigate.gateway.opening import Gateway
from edigate.gateway.posting_export import PostingExport
from edigate.reports.posting_fields import FIELDS, TALLIES
from tests.gateway.posting_books import opened, payment, posted, sent, x835
from tests.simulator.claim_files import claim, line

FIXED = """
[file]
kind = "fixed"
line_end = "lf"
[codes.method]
ACH = "E"
"*" = "?"
[header]
column = [
  { value = "H", width = 1 },
  { from = "written_on", format = "%Y%m%d", width = 8 },
  { from = "lines", width = 5, align = "right", fill = "0" },
  { from = "total_paid", format = "cents", width = 9, align = "right", fill = "0" },
]
[[record]]
of = "payment"
column = [
  { value = "P", width = 1 },
  { from = "trace_number", width = 10 },
  { from = "method", codes = "method", width = 1 },
  { from = "paid_on", format = "%m%d%y", width = 6 },
  { from = "payment_amount", format = "cents", width = 9, align = "right", fill = "0" },
]
[[record]]
of = "line"
column = [
  { value = "L", width = 1 },
  { from = "patient_control_number", width = 6 },
  { from = "procedure", width = 5, default = "-----" },
  { from = "line_paid", width = 8, align = "right" },
  { width = 2 },
]
[[record]]
of = "adjustment"
column = [
  { value = "A", width = 1 },
  { from = "group_code", width = 2 },
  { from = "reason_code", width = 4 },
  { from = "adjustment_amount", negate = true, width = 8, align = "right" },
]
[trailer]
column = [{ value = "T", width = 1 }, { from = "records", width = 5, align = "right", fill = "0" }]
"""
BILLED = claim("A1", line("99213", "165.00"), line("36415", "18.00"))
LINES = (
    "CLP*A1*1*183*108.92*20*12*ICN1*11*1",
    "SVC*HC:99213*165*92.35",
    "CAS*CO*45*72.65",
    "SVC*HC:36415*18*16.57",
    "CAS*CO*45*1.43",
)
WHOLE = ("CLP*ZZ9*1*100*60*40*12*ICN2*11*1", "CAS*PR*1*40")


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    with opened(workspace) as one:
        yield one


def form(gateway: Gateway, text: str, name: str = "ours") -> str:
    folder = gateway.workspace.root / "postings"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text)
    return name


def written(gateway: Gateway, mapping: str, *, changed: bool = False) -> str:
    export = PostingExport(gateway, mapping, changed=changed)
    content = b"".join(export.lines()).decode()
    export.finish()
    return content


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_shipped_form_has_a_row_a_line_and_every_cent(gateway: Gateway) -> None:
    sent(gateway, BILLED)
    posted(gateway, x835(payment("EFT1", *LINES, *WHOLE)))
    rows = table(written(gateway, "lines-csv"))
    assert [(row["Patient control number"], row["Line"], row["Procedure"], row["Paid"]) for row in rows] == [
        ("A1", "1", "99213", "92.35"),
        ("A1", "2", "36415", "16.57"),
        ("ZZ9", "", "", "60.00"),
    ]
    assert [(row["Write-off"], row["Deductible"], row["Patient"]) for row in rows] == [
        ("72.65", "0.00", "0.00"),
        ("1.43", "0.00", "0.00"),
        ("0.00", "40.00", "40.00"),
    ]
    assert {(row["Payment number"], row["Payment method"], row["Payment date"]) for row in rows} == {
        ("EFT1", "EFT", "07/10/2026")
    }
    assert rows[-1]["Account"] == "UNKNOWN"
    assert sum(Decimal(row["Paid"]) for row in rows) == Decimal("168.92")


def test_a_fixed_file_has_records_of_several_kinds_and_totals_at_both_ends(gateway: Gateway) -> None:
    sent(gateway, BILLED)
    posted(gateway, x835(payment("EFT1", *LINES, "PLB*1234567893*20261231*WO:ICN0*8.92")))
    assert written(gateway, form(gateway, FIXED)).splitlines() == [
        "H202607010000200001" + "0892",
        "PEFT1      E071026" + "000010000",
        "LA1    99213   92.35  ",
        "ACO45    -72.65",
        "LA1    36415   16.57  ",
        "ACO45     -1.43",
        "T00005",
    ]


def test_what_is_of_no_line_is_a_line_of_its_own_so_that_lines_add_up_to_their_claim(gateway: Gateway) -> None:
    both = ("CLP*A1*1*183*88.92**12*ICN1*11*1", "CAS*OA*23*20", *LINES[1:])
    posted(gateway, x835(payment("EFT1", *both)))
    rows = table(written(gateway, "lines-csv"))
    assert [(row["Procedure"], row["Charge"], row["Paid"], row["Other adjustments"]) for row in rows] == [
        ("99213", "165.00", "92.35", "0.00"),
        ("36415", "18.00", "16.57", "0.00"),
        ("", "0.00", "-20.00", "20.00"),
    ]


def test_what_changed_comes_once(gateway: Gateway) -> None:
    name = form(gateway, '[[record]]\nof = "payment"\ncolumn = [{ from = "trace_number" }]\n')
    posted(gateway, x835(payment("EFT1", *WHOLE)))
    gateway.clock.pass_by(hours=1)  # type: ignore[attr-defined]  # the tests' own clock
    assert written(gateway, name, changed=True) == "trace_number\r\nEFT1\r\n"
    posted(gateway, x835(payment("EFT2", *WHOLE)))
    gateway.clock.pass_by(hours=1)  # type: ignore[attr-defined]  # as above
    assert written(gateway, name, changed=True) == "trace_number\r\nEFT2\r\n"
    assert written(gateway, name, changed=True) == "trace_number\r\n"
    assert written(gateway, name) == "trace_number\r\nEFT1\r\nEFT2\r\n"


def test_an_export_that_broke_off_comes_again(gateway: Gateway) -> None:
    name = form(gateway, '[[record]]\nof = "claim"\ncolumn = [{ from = "encounter_key", required = true }]\n')
    posted(gateway, x835(payment("EFT1", *WHOLE)))
    gateway.clock.pass_by(hours=1)  # type: ignore[attr-defined]  # the tests' own clock
    export = PostingExport(gateway, name, changed=True)
    with pytest.raises(DataError, match=r"column encounter_key of a claim of claim payment 1: .*required"):
        list(export.lines())
    form(gateway, '[[record]]\nof = "claim"\ncolumn = [{ from = "paid" }]\n')
    assert written(gateway, name, changed=True) == "paid\r\n60.00\r\n"


@pytest.mark.parametrize(("keep", "cell"), [("defuse", "'=2+5"), ("keep", "=2+5")])
def test_a_payers_text_runs_in_no_spreadsheet(gateway: Gateway, keep: str, cell: str) -> None:
    text = f'[file]\nformulas = "{keep}"\n[[record]]\nof = "claim"\ncolumn = [{{ from = "patient_control_number" }}]\n'
    posted(gateway, x835(payment("EFT1", "CLP*=2+5*1*100*60*40*12*ICN2*11*1", "CAS*PR*1*40")))
    assert written(gateway, form(gateway, text)).splitlines()[1] == cell


def test_delimiters_in_values_are_quoted_or_made_blank(gateway: Gateway) -> None:
    posted(gateway, x835(payment("EFT1", "CLP*A,1*1*100*60*40*12*ICN2*11*1", "CAS*PR*1*40")))
    column = '[[record]]\nof = "claim"\ncolumn = [{ from = "patient_control_number" }, { from = "paid" }]\n'
    assert written(gateway, form(gateway, column)).splitlines()[1] == '"A,1",60.00'
    assert written(gateway, form(gateway, f"[file]\nquote = ''\n{column}")).splitlines()[1] == "A 1,60.00"


@pytest.mark.parametrize(
    ("column", "why"),
    [
        ('{ from = "patient_control_number", width = 1 }', "is longer than 1"),
        ('{ from = "status_code", codes = "status" }', r"\[codes\.status\] doesn't say"),
    ],
)
def test_what_can_not_be_written_ends_the_export_without_telling_the_value(
    gateway: Gateway, column: str, why: str
) -> None:
    posted(gateway, x835(payment("EFT1", *WHOLE)))
    name = form(gateway, f'[codes.status]\n4 = "D"\n[[record]]\nof = "claim"\ncolumn = [{column}]\n')
    with pytest.raises(DataError, match=why) as caught:
        written(gateway, name)
    assert "ZZ9" not in str(caught.value)
    assert "claim payment 1" in str(caught.value)


RECORD = '[[record]]\nof = "claim"\ncolumn = [{ from = "paid" }]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[record]]\nof = "claim"\ncolumn = [{ from = "trace_numbr" }]\n', 'no field trace_numbr.*"trace_number"'),
        ('[[record]]\nof = "claim"\ncolumn = [{ from = "line_paid" }]\n', "claim has no field line_paid"),
        ('[[record]]\nof = "clam"\ncolumn = [{ from = "paid" }]\n', r'record\[0\]\.of: .*"claim"'),
        ('[[record]]\nof = "claim"\ncolumn = [{ from = "paid", requird = true }]\n', '"required"'),
        ('[[record]]\nof = "claim"\ncolumn = [{ from = "method", codes = "metod" }]\n[codes.method]\n', '"method"'),
        ('[[record]]\nof = "claim"\ncolumn = [{ from = "paid_on", format = "YYYY" }]\n', "a day like %Y%m%d"),
        ('[[record]]\nof = "claim"\ncolumn = [{ from = "paid", value = "x" }]\n', "either from or value"),
        (f'[file]\nkind = "fixed"\n{RECORD}', "needs the width"),
        (f"{RECORD}{RECORD}", "another record of claim"),
        (f'{RECORD}[header]\ncolumn = [{{ from = "records" }}]\n', "a line of names"),
        (f'[file]\nnames = false\n{RECORD}[trailer]\ncolumn = [{{ from = "total" }}]\n', "trailer has no field total"),
    ],
)
def test_a_form_that_can_not_be_meant_is_refused_with_its_key(gateway: Gateway, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"(?s){message}"):
        PostingExport(gateway, form(gateway, text))


def test_an_unknown_mapping_is_refused_with_those_there_are(gateway: Gateway) -> None:
    with pytest.raises(ConfigError, match=r"(?s)there is no posting mapping 'line-csv'.*lines-csv"):
        PostingExport(gateway, "line-csv")


def test_every_field_is_written_and_documented(gateway: Gateway) -> None:
    sent(gateway, BILLED)
    posted(gateway, x835(payment("EFT1", *LINES, "PLB*1234567893*20261231*WO:ICN0*8.92")))
    docs = (Path(__file__).parents[2] / "docs" / "export.md").read_text()
    for of, known in FIELDS.items():
        columns = ", ".join(f'{{ from = "{name}" }}' for name in known)
        rows = written(gateway, form(gateway, f'[[record]]\nof = "{of}"\ncolumn = [{columns}]\n')).splitlines()
        assert len(rows) > 1, of
        assert [f"`{name}`" for name in known if f"| `{name}` | {known[name]} |" not in docs] == []
    assert [name for name, meaning in TALLIES.items() if f"| `{name}` | {meaning} |" not in docs] == []
