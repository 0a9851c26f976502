"""Claims and payments side by side: every claim that was sent in one category, all money in the table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from random import Random

import pytest

from edigate.claims.model import Claim
from edigate.cli import main
from edigate.config import Workspace
from edigate.gateway.fees import load_terms
from edigate.gateway.opening import Gateway
from edigate.gateway.reconcile import claims_of, reconcile
from edigate.gateway.worklist import worklist
from edigate.ledger.parties import to_compare
from edigate.reconcile.categories import Category
from edigate.reports.export import TABLES
from edigate.reports.reconciliation import CategorySum, reconciliation
from tests.gateway.posting_books import Clock, made, opened, payment, posted, sent, status_277ca, x835
from tests.gateway.practice import settings
from tests.simulator.claim_files import claim, line

HEADER = "payer,procedure,modifier,place,plan,allowed\n"
ZERO = Decimal(0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gateway(workspace: Workspace, clock: Clock) -> Iterator[Gateway]:
    with opened(workspace, clock) as one:
        yield one


def fees(gateway: Gateway, *rows: str) -> None:
    folder = gateway.workspace.root / "fees"
    folder.mkdir(exist_ok=True)
    (folder / "northwind.csv").write_text(HEADER + "\n".join(rows) + "\n")


def visit(number: str, charge: str = "100", **changes: object) -> Claim:
    return claim(number, line("99213", charge, control=f"{number}-1"), **changes)


def paid(
    number: str, allowed: str = "72", *, charge: str = "100", copay: str = "20", status: str = "1"
) -> tuple[str, ...]:
    """A visit paid: what is allowed less the copayment."""
    pays = Decimal(allowed) - Decimal(copay)
    contract = Decimal(charge) - Decimal(allowed)
    return (
        f"CLP*{number}*{status}*{charge}*{pays}*{copay}*12*P{number}*11*1",
        f"SVC*HC:99213*{charge}*{pays}**1",
        "DTM*472*20260615",
        f"CAS*CO*45*{contract}",
        f"CAS*PR*3*{copay}",
        f"REF*6R*{number}-1",
    )


def categories(gateway: Gateway) -> dict[Category, CategorySum]:
    return {one.category: one for one in reconcile(gateway).categories}


def counts(gateway: Gateway) -> dict[Category, int]:
    return {category: one.claims for category, one in categories(gateway).items()}


def test_a_fee_says_what_is_underpaid_and_the_worklist_by_how_much(gateway: Gateway) -> None:
    fees(gateway, "Northwind Health Plan,99213,,,,80.00")
    sent(gateway, visit("A1"), visit("A2"))
    posted(gateway, x835(payment("T1", *paid("A1", "80"), *paid("A2", "72"))))
    found = categories(gateway)
    assert {category: one.claims for category, one in found.items()} == {Category.AS_EXPECTED: 1, Category.UNDERPAID: 1}
    short = found[Category.UNDERPAID]
    assert (short.allowed, short.expected, short.at_stake) == (Decimal(72), Decimal(80), Decimal(8))
    (item,) = worklist(gateway, lists=["underpaid"])
    assert (item.reference, item.amount) == ("claim-2", Decimal(8))
    assert item.why == "underpaid: 72.00 allowed, 8.00 less than the expected 80.00 (northwind.csv row 2)"
    assert item.deadline_words.startswith("appeal within")


def test_what_the_payer_calls_allowed_is_kept_compared_and_exported(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    fees(gateway, "Northwind Health Plan,99213,,,,80.00")
    sent(gateway, visit("A1"), visit("A2"))
    one, other = paid("A1", "72"), paid("A2", "72")
    posted(gateway, x835(payment("T1", one[0], "AMT*AU*90", *one[1:], "AMT*B6*80", *other)))
    assert counts(gateway) == {Category.AS_EXPECTED: 1, Category.UNDERPAID: 1}
    report = reconcile(gateway)
    assert (report.apart.claims, report.apart.amount) == (1, Decimal(8))
    (agreed,) = claims_of(gateway, Category.AS_EXPECTED)
    assert (agreed.allowed, agreed.apart) == (Decimal(80), Decimal(8))
    with gateway.ledger.read() as tx:
        terms = load_terms(gateway.workspace)
        tables = {
            name: [dict(zip(TABLES[name].columns, row, strict=True)) for row in TABLES[name].rows(tx, terms)]
            for name in ("payments", "adjustments")
        }
    assert [row["coverage"] for row in tables["payments"]] == [Decimal(90), None]
    assert [row["line_allowed"] for row in tables["adjustments"]] == [Decimal(80), Decimal(80), None, None]
    assert main(["reconcile", "--workspace", str(gateway.workspace.root)]) == 1
    assert "Of 1 claims payers call another amount allowed (AMT*B6)" in capsys.readouterr().out


def test_without_a_fee_the_payers_own_history_says_it_with_how_many(gateway: Gateway) -> None:
    numbers = [f"A{number}" for number in range(1, 8)]
    sent(gateway, *(visit(number) for number in numbers))
    five = [segment for number in numbers[:5] for segment in paid(number)]
    posted(gateway, x835(payment("T1", *five, day="20260710")))
    posted(gateway, x835(payment("T2", *paid("A6"), *paid("A7", "60"), day="20260711")))
    assert counts(gateway) == {Category.PAID: 5, Category.AS_EXPECTED: 1, Category.UNDERPAID: 1}
    (item,) = worklist(gateway, lists=["underpaid"])
    assert item.why == "underpaid: 60.00 allowed, 12.00 less than the expected 72.00 (as 5 lines were allowed before)"
    (one,) = claims_of(gateway, Category.UNDERPAID)
    assert (one.patient_control_number, one.basis, one.sample) == ("A7", "history", 5)


def test_a_partner_may_do_without_history_and_with_a_tolerance(workspace: Workspace, clock: Clock) -> None:
    with opened(settings(workspace, expected="history_last = 0\ntolerance_cents = 800"), clock) as gateway:
        fees(gateway, ",99213,,,,80.00")
        sent(gateway, visit("A1"), visit("A2"))
        posted(gateway, x835(payment("T1", *paid("A1"), *paid("A2", "71.99"))))
        assert counts(gateway) == {Category.AS_EXPECTED: 1, Category.UNDERPAID: 1}


def test_place_and_plan_are_the_claims_own(gateway: Gateway) -> None:
    name = "northwind health plan"
    fees(gateway, f"{name},99213,,11,,80.00", f"{name},99213,,22,,60.00", f"{name},99213,,11,G7,72.00")
    sent(gateway, visit("A1"), visit("A2", place_of_service="22"))
    posted(gateway, x835(payment("T1", *paid("A1", "80"), *paid("A2", "60"))))
    assert counts(gateway) == {Category.AS_EXPECTED: 2}


def test_an_answer_for_somebody_else_is_told_and_compared_once(gateway: Gateway) -> None:
    sent(gateway, visit("A1"), visit("A2"), visit("A3"))
    first, *rest = paid("A1")
    second, *more = paid("A2")
    third, *last = paid("A3")
    posted(
        gateway,
        x835(
            payment(
                "T1",
                *(first, "NM1*QC*1*MARSH*TOBIAS****MI*NW777", *rest),
                *(second, "NM1*QC*1*QUILLFEATHER*ODETTE", "NM1*82*1*WHO*ELSE****XX*1555555556", *more),
                *(third, "NM1*QC*1*QUILLFEATHER*O****MI*NW100200300", *last),
            )
        ),
    )
    assert counts(gateway) == {Category.WRONG_PATIENT: 1, Category.WRONG_PROVIDER: 1, Category.PAID: 1}
    with gateway.ledger.read() as tx:
        assert to_compare(tx) == []
    found = {item.reference: item.why for item in worklist(gateway, lists=["unmatched"])}
    assert found == {
        "claim-1": "wrong patient: the answer names another patient than the claim",
        "claim-2": "wrong provider: the answer names another provider than the claim",
    }
    assert "MARSH" not in str(reconcile(gateway).attention)
    (one,) = claims_of(gateway, Category.WRONG_PATIENT)
    assert one.names == ("MARSH, TOBIAS, not QUILLFEATHER, ODETTE",)


def test_money_that_finds_its_claim_later_is_compared_then(gateway: Gateway) -> None:
    first, *rest = paid("A1")
    posted(gateway, x835(payment("T1", first, "NM1*QC*1*MARSH*TOBIAS", *rest)))
    assert counts(gateway) == {Category.UNBILLED: 1}
    made(gateway, visit("A1"))
    assert counts(gateway) == {Category.WRONG_PATIENT: 1}


def test_what_waits_is_late_after_its_partners_time(gateway: Gateway, clock: Clock) -> None:
    sent(gateway, visit("A1"), visit("A2"))
    posted(gateway, status_277ca("PR", ("A2", "A7:562")))
    made(gateway, visit("A3"))  # never sent
    assert counts(gateway) == {Category.UNPAID: 1, Category.REJECTED: 1}
    clock.pass_by(days=46)
    assert counts(gateway) == {Category.LATE: 1, Category.REJECTED: 1}


def test_an_older_versions_money_counts_with_the_newer_one(gateway: Gateway) -> None:
    fees(gateway, ",99213,,,,80.00")
    sent(gateway, visit("A1"))
    posted(gateway, x835(payment("T1", *paid("A1", "60"))))
    sent(gateway, visit("A1", frequency_code="7"), supersedes=1)
    undone = [
        *("CLP*A1*22*-100*-40*-20*12*PA1*11*1", "SVC*HC:99213*-100*-40**-1", "DTM*472*20260615"),
        *("CAS*CO*45*-40", "CAS*PR*3*-20", "REF*6R*A1-1"),
    ]
    again = [segment.replace("PA1", "PA2") for segment in paid("A1", "80")]
    posted(gateway, x835(payment("T2", *undone, *again)))
    found = categories(gateway)
    assert {category: one.claims for category, one in found.items()} == {Category.AS_EXPECTED: 1, Category.REPLACED: 1}
    assert (found[Category.AS_EXPECTED].paid, found[Category.REPLACED].paid) == (Decimal(60), ZERO)


def test_the_table_is_all_that_was_sent_and_all_that_was_paid(gateway: Gateway, clock: Clock) -> None:
    """The law, over many kinds of answers in any order."""
    luck = Random(7)  # noqa: S311  # the same every time
    numbers = [f"A{number}" for number in range(40)]
    sent(gateway, *(visit(number) for number in numbers))
    denied = ("CLP*{}*4*100*0*0*12*P{}*11*1", "CAS*CO*197*100")
    second = ("CLP*{}*2*100*20*0*12*S{}*11*1", "CAS*OA*23*80")
    bodies = []
    for number in luck.sample(numbers, 30):
        kinds = [
            paid(number, luck.choice(["72", "60"])),
            tuple(segment.format(number, number) for segment in denied),
            (*paid(number, status="19"), *(segment.format(number, number) for segment in second)),
            (*paid(number), *paid(number)),
            paid(f"X{number}"),
        ]
        bodies.append(payment(f"T{number}", *luck.choice(kinds), day=f"202607{luck.randint(10, 28)}"))
    for body in bodies:
        posted(gateway, x835(body))
    report = reconcile(gateway)
    sent_ones = [one for one in report.categories if one.billed]
    assert sum(one.claims for one in sent_ones) == 40
    assert sum((one.charged for one in sent_ones), ZERO) == Decimal(4000)
    received = report.glance.received
    assert sum((one.paid for one in report.categories), ZERO) == received.paid_on_claims + received.unmatched
    assert len({one.category for one in report.categories}) >= 5
    with gateway.ledger.read() as tx:
        told: list[int] = []
        again = reconciliation(tx, load_terms(gateway.workspace), tell=lambda one: told.append(one.claim_id))
    assert again.categories == report.categories
    assert len(told) == len(set(told))


def test_a_table_with_rows_that_cannot_be_used_is_told(gateway: Gateway) -> None:
    fees(gateway, ",99213,,,,eighty")
    told = [one for one in reconcile(gateway).attention if one.kind == "fees"]
    assert [(one.what, one.urgent) for one in told] == [("1 row of fees/northwind.csv can't be used", False)]


def test_the_command_prints_the_table_and_the_claims_of_a_category(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    fees(gateway, ",99213,,,,80.00")
    sent(gateway, visit("A1"), visit("A2"))
    posted(gateway, x835(payment("T1", *paid("A2", "72"))))
    here = ["--workspace", str(gateway.workspace.root)]
    assert main(["reconcile", *here]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in shown[3:6]] == ["underpaid", "unpaid,", "all"]
    assert shown[5].split()[1:4] == ["2", "200.00", "52.00"]
    assert main(["reconcile", "--json", *here]) == 1
    assert [one["claims"] for one in json.loads(capsys.readouterr().out)["categories"]] == [1, 1]
    assert main(["reconcile", "--claims", "underpaid", "--json", *here]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["patient_control_number"], one["expected"], one["at_stake"]) == ("A2", "80.00", "8.00")
    assert main(["reconcile", "--claims", "nonsense", *here]) == 64
