"""Banks' files: what came in is read to the cent, whatever the form; what is wrong is told with its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edigate.bank.model import BankLine, Statement
from edigate.bank.read import format_of, read_statement
from edigate.bank.settings import Bank, Columns, Source
from edigate.bank.traces import find_trace
from edigate.findings import has_errors
from tests.bank.bank_files import bai2, entry, nacha

FIXTURES = Path(__file__).parents[2] / "fixtures" / "bank"
LAKESIDE = Bank(
    account="4321",
    columns=Columns(
        date="Posting Date", credit="Credit", debit="Debit", description="Description", reference="Bank Reference"
    ),
)


def read(content: bytes, bank: Bank | None = None) -> Statement:
    return read_statement(content, "bank.txt", bank)


def read_csv(text: str, columns: Columns, **more: object) -> Statement:
    return read(text.encode(), Bank(columns=columns, **more))  # type: ignore[arg-type]  # settings by name


def money(statement: Statement) -> list[str]:
    return [str(line.amount) for line in statement.lines]


def told(statement: Statement) -> list[tuple[str, int]]:
    return [(finding.code, finding.sources[0].row) for finding in statement.findings]


@pytest.mark.parametrize("name", ["statement.bai2", "statement.csv"])
def test_the_same_day_is_told_alike_by_each_form(name: str) -> None:
    statement = read((FIXTURES / name).read_bytes(), LAKESIDE)
    assert statement.findings == []
    first, second = statement.lines[:2]
    assert first == BankLine(
        record=first.record,
        account="4321",
        day=date(2026, 7, 10),
        amount=Decimal("4125.00"),
        kind="ach",
        trace="EFT20260710A",
        trace_payer_id="1512345678",
        reference="BX0710001",
        description=first.description,
    )
    assert (second.trace, second.trace_payer_id, second.amount) == ("0098765432", "1612345678", Decimal("1000.00"))


# --- BAI2


def test_a_detail_is_read_behind_every_funds_type_and_its_text_keeps_commas_and_slashes() -> None:
    statement = read(
        bai2(
            "165,100,,R1,C1,one, with a comma",
            "165,200,S,200,0,0,R2,C2,two 08/12/26",
            "165,300,V,260711,0900,R3,C3,three",
            "165,400,D,2,0,100,1,300,R4,C4,four",
            "165,500,Z,R5,,five/\n88,and more",
        )
    )
    assert statement.findings == []
    assert [(line.reference, line.description) for line in statement.lines] == [
        ("R1", "one, with a comma"), ("R2", "two 08/12/26"), ("R3", "three"), ("R4", "four"), ("R5", "five and more"),
    ]  # fmt: skip


def test_fields_that_go_on_in_a_continuation_are_one_record() -> None:
    written = "115,10000000,S,5000000,4000000,1000000/\n88,AX13612,B096132,AMALGAMATED CORP. LOCKBOX\n88,MISC."
    statement = read(bai2(written))
    (line,) = statement.lines
    assert (line.amount, line.kind, line.reference) == (Decimal("100000.00"), "check", "AX13612")
    assert line.description == "AMALGAMATED CORP. LOCKBOX MISC."
    assert statement.findings == []


def test_the_trailers_of_the_specifications_own_example_hold() -> None:
    # Summaries may be negative and counted with their sign; a debit counts like a credit.
    statement = read(bai2("165,1500000,1,DD1620,,DEALER PAYMENTS", "475,500,,,,CHECK", summaries=(500000, -70000)))
    assert (statement.findings, money(statement), statement.skipped) == ([], ["15000.00"], 1)


def test_a_statement_that_does_not_add_up_says_both_sides_and_the_place() -> None:
    broken = bai2("165,1500,,R,,A", "142,2500,,R,,B").replace(b"16,142,2500", b"16,142,2600")
    statement = read(broken)
    assert [one for one in told(statement) if one[0] == "BANK-TOTAL"] == [("BANK-TOTAL", row) for row in (6, 7, 8)]
    words = statement.findings[0].message
    assert "$40.00" in words
    assert "$41.00" in words
    assert "off by $1.00" in words
    assert not has_errors(read(broken, Bank(check_totals=False)).findings)


def test_a_statement_cut_off_is_no_statement() -> None:
    whole = bai2("165,1500,,R,,A", "142,2500,,R,,B")
    for end in range(1, 5):
        cut = b"\n".join(whole.splitlines()[:-end])
        assert "BANK-CUT-OFF" in {code for code, _ in told(read(cut))}, end


def test_a_deposit_that_the_bank_takes_back_is_negative_and_what_one_pays_is_none() -> None:
    statement = read(
        bai2(
            "555,1500,,R1,,RETURNED ITEM",
            "455,700,,R2,,PAYROLL",
            "455,900,,R3,,ACME HEALTH PLAN/\n88,TRN*1*TAKEBACK9*1512345678\\",
            "275,5000,,R4,,ZBA TRANSFER",
        )
    )
    assert [(line.kind, line.amount) for line in statement.lines] == [
        ("return", Decimal("-15.00")), ("ach", Decimal("-9.00")),
    ]  # fmt: skip
    assert statement.skipped == 2


def test_other_money_than_dollars_and_groups_that_correct_are_not_guessed() -> None:
    euros = bai2("165,1500,,R,,A").replace(b",USD", b",EUR")
    assert {code for code, _ in told(read(euros))} == {"BANK-CURRENCY"}
    corrects = bai2("165,1500,,R,,A").replace(b"122000030,1,", b"122000030,3,")
    assert {code for code, _ in told(read(corrects))} == {"BANK-GROUP"}
    test = read(bai2("165,1500,,R,,A").replace(b"122000030,1,", b"122000030,4,"))
    assert (test.lines, has_errors(test.findings)) == ([], False)


def test_records_of_fixed_length_without_line_ends_are_parted() -> None:
    whole = bai2("165,1500,,R,,A").replace(b",0600,1,80,,2/", b",0600,1,80,,2/").splitlines()
    (line,) = read(b"".join(one.ljust(80) for one in whole)).lines
    assert line.amount == Decimal("15.00")


# --- ACH


def test_an_ach_file_brings_amount_trace_and_company() -> None:
    statement = read((FIXTURES / "remittances.ach").read_bytes())
    assert statement.findings == []
    first = statement.lines[0]
    assert (first.day, first.amount, first.account) == (date(2026, 7, 10), Decimal("4125.00"), "4321")
    assert (first.trace, first.trace_payer_id) == ("EFT20260710A", "1512345678")
    assert (first.payer_name, first.payer_id) == ("ACME HEALTH PLAN", "1512345678")


def test_the_trace_of_a_ctx_is_found_across_its_addenda() -> None:
    x835 = "ISA*00*~GS*HP~ST*835*1~BPR*I*77*C*ACH*CTX~TRN*1*EFT77*1512345678~N1*PR*ACME~"
    for cut in (44, 50, 56):
        statement = read(nacha(entry(7700, x835[:cut].rjust(80), x835[cut:], kind="CTX"), kind="CTX"))
        (line,) = statement.lines
        assert (line.trace, line.trace_payer_id) == ("EFT77", "1512345678"), cut
        assert "ISA" not in line.description
        assert statement.findings == []


def test_prenotes_zero_dollars_and_wages_are_no_deposits() -> None:
    statement = read(
        nacha(entry(0, code="23"), entry(0, "TRN*1*0*1512345678~", code="24"), entry(90000, code="27"), entry(100))
    )
    assert (money(statement), statement.skipped, statement.findings) == (["1.00"], 3, [])


def test_a_payer_that_draws_its_money_back_says_so_by_its_trace() -> None:
    (line,) = read(nacha(entry(4200, "TRN*1*BACK1*1512345678~", code="27"))).lines
    assert (line.amount, line.trace) == (Decimal("-42.00"), "BACK1")


def test_a_file_with_an_entry_missing_or_changed_is_found_out() -> None:
    whole = nacha(entry(4200, "TRN*1*A*1512345678~"), entry(100, "TRN*1*B*1512345678~", number=2))
    lines = whole.splitlines()
    changed = whole.replace(b"0000004200", b"0000004300", 1)
    assert {code for code, _ in told(read(changed))} == {"BANK-TOTAL"}
    missing = b"\n".join(lines[:4] + lines[6:])
    assert {"BANK-TOTAL", "BANK-HASH", "BANK-COUNT"} == {code for code, _ in told(read(missing))}
    assert {code for code, _ in told(read(b"\n".join(lines[:5])))} == {"BANK-CUT-OFF"}
    wrong = whole.replace(b"0000000100", b"00000001O0")
    finding = next(one for one in read(wrong).findings if one.code == "BANK-AMOUNT")
    assert (finding.sources[0].row, finding.sources[0].column) == (5, "amount (characters 30-39)")


def test_an_ach_file_without_line_ends_or_blanks_at_the_end_is_the_same() -> None:
    whole = nacha(entry(4200, "TRN*1*A*1512345678~"))
    assert read(whole.replace(b"\n", b"")).lines == read(whole).lines
    assert read(b"\r\n".join(line.rstrip() for line in whole.splitlines())).lines == read(whole).lines


# --- CSV

AMOUNT = Columns(date="Date", amount="Amount", description="Description")


@pytest.mark.parametrize(
    ("written", "amount"),
    [('"1,234.56"', "1234.56"), ("$12.00", "12.00"), ("+12", "12"), ("12.00 CR", "12.00"), (" 12.5 ", "12.5")],
)
def test_money_is_read_as_banks_write_it(written: str, amount: str) -> None:
    statement = read_csv(f"Date,Description,Amount\n07/10/2026,ACH ACME,{written}\n", AMOUNT)
    assert (money(statement), statement.findings) == ([amount], [])


@pytest.mark.parametrize("written", ["(12.00)", "-12.00", "12.00-", "-$12.00", "12.00 DR"])
def test_what_went_out_is_no_deposit(written: str) -> None:
    statement = read_csv(f"Date,Description,Amount\n07/10/2026,RENT,{written}\n", AMOUNT)
    assert (statement.lines, statement.skipped, statement.findings) == ([], 1, [])


@pytest.mark.parametrize("written", ["2026-07-10", "07/10/26", "7/10/2026", "20260710", "2026-07-10 00:00:00"])
def test_days_are_read_in_the_usual_forms(written: str) -> None:
    (line,) = read_csv(f"Date,Description,Amount\n{written},ACH,1.00\n", AMOUNT).lines
    assert line.day == date(2026, 7, 10)


def test_a_day_first_bank_says_its_form() -> None:
    text = "Date,Description,Amount\n10/07/2026,ACH,1.00\n"
    (line,) = read_csv(text, AMOUNT, dates=("%d/%m/%Y",)).lines
    assert line.day == date(2026, 7, 10)


def test_the_header_is_found_below_what_a_bank_writes_before_it() -> None:
    text = "Account activity\n\nFrom;To\n\nDate;Description;Amount;\n07/10/2026;ACH;1.00;\n"
    statement = read_csv(text, AMOUNT)
    assert (money(statement), statement.lines[0].record) == (["1.00"], 6)


def test_a_file_without_header_takes_the_names_given() -> None:
    text = "07/10/2026,1.00,ACH ACME\n"
    statement = read_csv(text, AMOUNT, source=Source(columns=("Date", "Amount", "Description"), delimiter=","))
    assert money(statement) == ["1.00"]


def test_a_bank_that_writes_credits_with_a_minus_is_read_the_other_way_round() -> None:
    text = "Date,Description,Amount\n07/10/2026,ACH,-1.00\n07/10/2026,RENT,5.00\n"
    assert money(read_csv(text, AMOUNT, sign="debit")) == ["1.00"]


def test_lines_to_ignore_are_counted_and_left_out() -> None:
    text = "Date,Description,Amount\n07/10/2026,SQUARE INC 123,1.00\n07/10/2026,ACH ACME,2.00\n"
    statement = read_csv(text, AMOUNT, ignore=("square inc",))
    assert (money(statement), statement.skipped) == (["2.00"], 1)


def test_what_cannot_be_read_is_told_with_row_and_column_and_never_with_the_cell() -> None:
    text = 'Date,Description,Amount\n07/40/2026,ACH,1.00\n07/10/2026,ACH,1.OO\n07/10/2026,"ACH,1.00\n'
    statement = read_csv(text, AMOUNT)
    assert [(one.code, one.sources[0].row, one.sources[0].column) for one in statement.findings] == [
        ("BANK-DATE", 2, "Date"), ("BANK-AMOUNT", 3, "Amount"), ("BANK-ROW", 4, ""),
    ]  # fmt: skip
    assert not any("1.OO" in one.message or "07/40" in one.message for one in statement.findings)


def test_a_csv_without_the_columns_named_says_which_are_wanted() -> None:
    statement = read_csv("Day,What,How much\n1,2,3\n", AMOUNT)
    assert [one.code for one in statement.findings] == ["BANK-COLUMN"]
    assert "Date, Amount, Description" in statement.findings[0].message
    assert [one.code for one in read(b"Date,Amount\n").findings] == ["BANK-COLUMN"]


# --- all of them


@pytest.mark.parametrize(
    ("pieces", "trace"),
    [
        (["HCCLAIMPMT TRN*1*123*1512345678~"], ("123", "1512345678")),
        (["TRN*1*12", "3*1512345678\\"], ("123", "1512345678")),
        (["TRN*1*123*1512345678*SUB\\ more"], ("123", "1512345678")),
        (["TRN|1|123|1512345678"], ("123", "1512345678")),
        (["TRN*1*123 ACME HEALTH"], ("123", "")),
        (["TRANSFER 1*2"], ("", "")),
        (["TRN*1*" + "9" * 60], ("", "")),
        ([], ("", "")),
    ],
)
def test_the_trace_is_found_as_payers_and_banks_write_it(pieces: list[str], trace: tuple[str, str]) -> None:
    assert tuple(find_trace(pieces)) == trace


def test_forms_are_told_by_content() -> None:
    assert format_of(bai2()) == "bai2"
    assert format_of(b"\xef\xbb\xbf" + bai2()) == "bai2"
    assert format_of(nacha()) == "nacha"
    for other in (b"", b"ISA*00*", b"Date,Amount", b"01/02/2026,5", b"1014 Main Street", b"01,claims,rejected,5"):
        assert format_of(other) is None, other


def broken(content: bytes) -> st.SearchStrategy[bytes]:
    """The content with a piece cut out and another put in its place."""
    size = len(content)
    cuts = st.tuples(st.integers(0, size), st.integers(0, 40), st.binary(max_size=6))
    return cuts.map(lambda cut: content[: cut[0]] + cut[2] + content[cut[0] + cut[1] :])


@settings(max_examples=300, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text("0123456789,/-+;\n \"'SVDTRN*~$.()ABCamount", max_size=300).map(str.encode),
        *(broken((FIXTURES / name).read_bytes()) for name in ("statement.bai2", "remittances.ach", "statement.csv")),
    )
)
@example(b"01,,,,,,0/")
@example(b"01,a,b\n02,,,1,260101\n03,,\n16,165,5,D,99999999,1\n")
def test_no_file_makes_reading_raise_and_a_line_is_always_money(content: bytes) -> None:
    for bank in (None, LAKESIDE):
        statement = read(content, bank)
        assert all(line.amount and line.amount == round(line.amount, 2) for line in statement.lines)
        assert all(len(line.account) <= 4 for line in statement.lines)
        assert all(finding.sources and finding.message for finding in statement.findings)


def test_every_setting_of_a_bank_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "deposits.md").read_text()
    keys = [
        *(f"source.{name}" for name in Source.__struct_fields__),
        *(f"columns.{name}" for name in Columns.__struct_fields__),
        *(name for name in Bank.__struct_fields__ if name not in ("source", "columns")),
    ]
    assert [key for key in keys if f"`{key}`" not in text] == []
