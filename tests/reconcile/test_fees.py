"""Fee tables: what a person writes down is read strictly, and the row that says most about a service counts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edigate.reconcile.expected import Basis, Expected, by_fee
from edigate.reconcile.fee_table import FeeTable, Service
from edigate.reconcile.fees import Fee, read_fees

JUNE = date(2026, 6, 15)
HEADER = "payer,plan,procedure,modifier,place,from,to,allowed,per\n"


def table(*rows: str) -> FeeTable:
    fees, findings = read_fees((HEADER + "\n".join(rows)).splitlines(keepends=True), "fees.csv")
    assert findings == []
    return FeeTable(fees)


def wrong(*rows: str, header: str = HEADER) -> list[tuple[str, int]]:
    _, findings = read_fees((header + "\n".join(rows)).splitlines(keepends=True), "fees.csv")
    return [(one.code, one.sources[0].row) for one in findings]


def cents(
    fees: FeeTable, *modifiers: str, procedure: str = "99213", day: date | None = JUNE, **named: str
) -> int | None:
    service = Service(
        procedure,
        modifiers,
        payers=("NWHP1", "Northwind Health Plan"),
        plans=(named["plan"],) if "plan" in named else (),
        place=named.get("place", "11"),
    )
    fee = fees.choose(service, day).fee
    return fee.allowed_cents if fee else None


def test_the_row_that_says_most_counts() -> None:
    fees = table(
        ",,99213,,,,,70.00,",
        "NWHP1,,99213,,,,,72.50,",
        "NWHP1,,99213,25,,,,75,",
        "NWHP1,gold,99213,25,,,,80,",
        "OTHER,,99213,25,11,,,1,",
    )
    assert cents(fees) == 7250
    assert cents(fees, "25") == 7500
    assert cents(fees, "25", plan="Gold") == 8000
    assert cents(fees, procedure="99214") is None


def test_a_payer_is_known_by_id_or_name_in_any_case() -> None:
    assert cents(table("nwhp1,,99213,,,,,72,")) == 7200
    assert cents(table("NORTHWIND health plan,,99213,,,,,72,")) == 7200
    assert cents(table("NORTHWIND,,99213,,,,,72,")) is None


def test_a_fee_holds_from_its_first_day_to_its_last() -> None:
    fees = table(",,99213,,,2026-01-01,2026-06-15,70,", ",,99213,,,20260616,,75,")
    assert [cents(fees, day=JUNE + timedelta(days=after)) for after in (0, 1)] == [7000, 7500]
    assert cents(fees, day=date(2025, 12, 31)) is None
    assert cents(fees, day=None) is None


def test_the_claims_first_modifier_with_a_fee_decides_before_the_next() -> None:
    fees = table(",,99213,26,,,,30,", ",,99213,59,,,,40,", ",,99213,LT:26,,,,33,")
    assert cents(fees, "26", "59") == 3000
    assert cents(fees, "59", "26") == 4000
    assert cents(fees, "26", "LT") == 3300
    assert cents(fees, "XU") is None


def test_two_that_say_equally_much_and_other_amounts_decide_nothing() -> None:
    fees = table("NWHP1,,99213,,,,,70,", ",,99213,,11,,,75,")
    assert cents(fees) is None
    assert cents(fees, place="22") == 7000
    (tie,) = fees.ties()
    assert (tie.code, tie.sources[0].row) == ("fee-tie", 3)
    assert "fees.csv row 2" in tie.message


def test_a_tie_that_never_happens_is_none() -> None:
    fees = table("NWHP1,,99213,,,,2025-12-31,70,", ",,99213,,11,2026-01-01,,75,", ",,99214,,11,,,80,")
    assert list(fees.ties()) == []
    assert cents(fees) == 7500


def test_what_stands_twice_is_told_and_believed_where_it_agrees() -> None:
    same = table(",,99213,,,,,70,", ",,99213,,,2026-01-01,,70,")
    assert [(one.code, one.severity) for one in same.ties()] == [("fee-duplicate", "warning")]
    assert cents(same) == 7000
    other = table(",,99213,,,,,70,", ",,99213,,,2026-01-01,,71,")
    assert [(one.code, one.severity) for one in other.ties()] == [("fee-duplicate", "error")]
    assert cents(other) is None
    assert cents(other, day=date(2025, 1, 1)) == 7000


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",,99213,,,,,$70,", "fee-allowed"),
        (',,99213,,,,,"1,070.00",', "fee-allowed"),
        (",,99213,,,,,70.005,", "fee-allowed"),
        (",,99213,,,,,-70,", "fee-allowed"),
        (",,99213,,,,,,", "fee-allowed"),
        (",,99213,,,,,NaN,", "fee-allowed"),
        (",,99213,,,01/02/2026,,70,", "fee-from"),
        (",,99213,,,2026-02-01,2026-01-31,70,", "fee-to"),
        (",,992135,,,,,70,", "fee-procedure"),
        (",,99213,2 6,,,,70,", "fee-modifier"),
        (",,99213,,1,,,70,", "fee-place"),
        (",,99213,,,,,70,hour", "fee-per"),
        (",,99213,,,,70", "fee-row"),
    ],
)
def test_a_row_that_cannot_be_meant_is_left_out(row: str, code: str) -> None:
    assert wrong(row, ",,99214,,,,,80,") == [(code, 2)]
    fees, _ = read_fees((HEADER + row + "\n,,99214,,,,,80,\n").splitlines(keepends=True), "fees.csv")
    assert [fee.procedure for fee in fees] == ["99214"]


@pytest.mark.parametrize(
    "header", ["payer,prozedure,allowed\n", "payer,procedure\n", "procedure,allowed,allowed\n", "\n"]
)
def test_a_header_that_cannot_be_meant_refuses_the_file(header: str) -> None:
    fees, findings = read_fees([header, "NWHP1,99213,70\n"], "fees.csv")
    assert fees == []
    assert {one.code for one in findings} == {"fee-header"}


def test_spreadsheets_write_other_marks_between_cells() -> None:
    fees, findings = read_fees(["\ufeffProcedure;Allowed;Note\n", "99213;70.00;from the contract\n", "\n"], "x.csv")
    assert ([fee.allowed_cents for fee in fees], findings) == ([7000], [])


def test_a_fee_is_for_each_unit_and_never_more_than_was_charged() -> None:
    fee = Fee(allowed_cents=3333, procedure="J1100", file="fees.csv", row=2)
    assert by_fee(fee, "J1100", "3", 50000) == Expected(9999, Basis.FEES, 0, "fees.csv row 2")
    assert by_fee(fee, "J1100", "1.5", 50000) == Expected(5000, Basis.FEES, 0, "fees.csv row 2")
    assert by_fee(fee, "J1100", "", 50000) == Expected(3333, Basis.FEES, 0, "fees.csv row 2")
    assert by_fee(fee, "J1100", "3", 8000) == Expected(8000, Basis.FEES, 0, "fees.csv row 2")


def test_anesthesia_has_a_fee_only_where_it_says_of_what() -> None:
    assert by_fee(Fee(allowed_cents=2000, procedure="00840"), "00840", "90", 300000) is None
    told = by_fee(Fee(allowed_cents=90000, procedure="00840", per="line"), "00840", "90", 300000)
    assert told is not None
    assert told.cents == 90000


_codes = st.sampled_from(["", "99213", "99214"])
_rows = st.lists(
    st.tuples(st.sampled_from(["", "nwhp1", "other"]), _codes, st.sampled_from(["", "25", "26"]),
              st.sampled_from(["", "11", "22"]), st.integers(0, 3)),
    max_size=12,
)  # fmt: skip


@example(rows=[("", "", "26", "11", 0), ("", "99213", "25", "", 1)], order=list(range(12)))
@given(_rows, st.permutations(range(12)))
def test_the_order_of_rows_makes_no_difference(rows: list[tuple[str, str, str, str, int]], order: list[int]) -> None:
    fees = [
        Fee(allowed_cents=amount, payer=payer, procedure=code, modifiers=modifier, place=place, row=at)
        for at, (payer, code, modifier, place, amount) in enumerate(rows)
    ]
    shuffled = [fees[at] for at in order if at < len(fees)]
    for procedure in ("99213", "99214"):
        for modifiers in ((), ("25",), ("26", "25")):
            service = Service(procedure, modifiers, ("NWHP1",), (), "11")
            one, other = FeeTable(fees).choose(service, JUNE), FeeTable(shuffled).choose(service, JUNE)
            assert (one.fee.allowed_cents if one.fee else None) == (other.fee.allowed_cents if other.fee else None)
            if one.tied:  # whoever asks is told where the table contradicts itself, and so is who checks it
                assert [finding.code for finding in FeeTable(fees).ties() if finding.severity == "error"]


def test_amounts_are_exact() -> None:
    (fee,), _ = read_fees(["procedure,allowed\n", "99213,.1\n"], "x.csv")
    assert Decimal(fee.allowed_cents).scaleb(-2) == Decimal("0.10")
