"""Deposits as a job: the bank's files beside posted 835s, to the cent; held whole where something is wrong."""

from __future__ import annotations

import csv
import io
import json
import os
import pwd
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import Workspace, load_workspace
from edigate.errors import ConfigError, NoInputError, UsageError
from edigate.gateway.deposits import ImportReport, import_files, match_by_hand, match_deposits, undo
from edigate.gateway.exporting import Export
from edigate.gateway.opening import Gateway
from edigate.gateway.reconcile import reconcile
from edigate.gateway.worklist import Acts, act, worklist
from edigate.ledger.audit import entries
from edigate.ledger.checks import breaches
from edigate.ledger.deposits import deposits
from edigate.ledger.inbound import inbound_files
from edigate.reports.deposit_words import differences, in_a_line
from edigate.reports.deposits import BankedMoney, Comparison, compare, listed
from edigate.reports.export import TABLES
from tests.bank.bank_files import bai2, entry, nacha
from tests.gateway.posting_books import Clock, dump, opened, payment, posted, x835

LAKESIDE = """\
account = "4321"
ignore = ["SQUARE INC"]
[columns]
date = "Date"
amount = "Amount"
description = "Text"
reference = "Ref"
"""
TRACE = "TRN*1*{}*1512345678\\"


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = datetime(2026, 7, 14, 6, 0, tzinfo=UTC)
    return clock


@pytest.fixture
def gateway(workspace: Workspace, clock: Clock) -> Iterator[Gateway]:
    (workspace.root / "banks").mkdir()
    (workspace.root / "banks" / "lakeside.toml").write_text(LAKESIDE)
    with opened(load_workspace(workspace.root), clock) as one:
        yield one


def paid(gateway: Gateway, trace: str, amount: str, *, day: str = "20260710", payer: str = "1512345678") -> None:
    """A posted 835 of so much money, all of it interest: no claim is needed for it."""
    plb = f"PLB*1234567893*20261231*L6*-{amount}"
    done = posted(gateway, x835(payment(trace, plb, amount=amount, day=day, payer=payer)))
    assert done.file.state == "posted", done.outcome.held


def brought(gateway: Gateway, tmp_path: Path, *contents: bytes, name: str = "bank", **more: str | bool) -> ImportReport:
    paths = []
    for at, content in enumerate(contents):
        path = tmp_path / f"{name}-{at}.txt"
        path.write_bytes(content)
        paths.append(path)
    return import_files(gateway, paths, **more)  # type: ignore[arg-type]  # bank, dry_run, accept


def standing(gateway: Gateway) -> Comparison:
    with gateway.ledger.read() as tx:
        assert breaches(tx) == []
        return compare(tx, gateway.workspace.config.deposits)


def shown(gateway: Gateway) -> list[BankedMoney]:
    with gateway.ledger.read() as tx:
        return listed(tx, deposits(tx), gateway.workspace.config.deposits)


def test_a_statement_meets_the_835s_and_says_what_is_left_on_either_side(gateway: Gateway, tmp_path: Path) -> None:
    paid(gateway, "EFT1", "100.00")
    paid(gateway, "EFT2", "50.00")
    paid(gateway, "EFT3", "70.00")
    report = brought(
        gateway,
        tmp_path,
        bai2(
            f"165,10000,,BX1,,ACME HEALTH PLAN\n88,{TRACE.format('EFT1')}",
            f"165,4500,,BX2,,ACME HEALTH PLAN\n88,{TRACE.format('EFT2')}",
            f"165,3300,,BX3,,NORTHERN MUTUAL\n88,{TRACE.format('OTHER')}",
        ),
    )
    assert (report.files[0].state, report.files[0].deposits, report.files[0].amount) == ("posted", 3, Decimal("178.00"))
    assert (report.matched, report.matched_amount) == (2, Decimal("145.00"))
    now = standing(gateway)
    assert now.sums.amount == now.sums.matched + now.sums.open == Decimal("178.00")
    assert [(one.id, one.state) for one in now.deposits] == [("deposit-3", "new")]
    assert [(one.trace, one.open, one.state) for one in now.payments] == [
        ("EFT2", Decimal("5.00"), "short"), ("EFT3", Decimal("70.00"), "awaited"),
    ]  # fmt: skip
    assert in_a_line(now) == (
        "3 deposits, $178.00 in the bank = $145.00 matched with payments + $33.00 not. "
        "Of 1 payment since 2026-07-10 $5.00 isn't in the bank."
    )


def test_money_that_stays_unexplained_is_told_after_some_days_and_what_the_bank_lacks_with_its_next_file(
    gateway: Gateway, tmp_path: Path, clock: Clock
) -> None:
    paid(gateway, "EFT3", "70.00")
    brought(gateway, tmp_path, bai2("165,3300,,BX3,,NORTHERN MUTUAL\n88,TRN*1*OTHER*1612345678\\"))
    clock.pass_by(days=10)
    told = list(differences(standing(gateway)))
    assert [one.reference for one in told] == ["deposit-1"]  # no bank file says that EFT3 isn't there
    assert "no 835 of trace OTHER has come" in told[0].why
    brought(gateway, tmp_path, bai2("165,100,,BX9,,NORTHERN MUTUAL", day="260723"), name="next")
    told = list(differences(standing(gateway)))
    assert [(one.reference, one.amount) for one in told] == [
        ("deposit-1", Decimal("33.00")), ("payment-1", Decimal("70.00")),
    ]  # fmt: skip
    assert "no deposit of it has come" in told[1].why


def test_the_835_may_come_after_the_money(gateway: Gateway, tmp_path: Path) -> None:
    brought(gateway, tmp_path, nacha(entry(10000, TRACE.format("EFT1"))))
    assert [one.state for one in shown(gateway)] == ["new"]
    paid(gateway, "EFT1", "100.00")
    assert [share.amount_cents for share in match_deposits(gateway)] == [10000]
    assert match_deposits(gateway) == []
    (one,) = shown(gateway)
    assert (one.state, [(told.payment_id, told.how) for told in one.payments]) == ("matched", [(1, "trace")])


def test_statement_and_ach_file_are_one_deposit_and_a_file_is_taken_once(gateway: Gateway, tmp_path: Path) -> None:
    paid(gateway, "EFT1", "100.00")
    statement = bai2("165,10000,,BX1,,ACME HEALTH PLAN DES HCCLAIMPMT")
    report = brought(gateway, tmp_path, statement, nacha(entry(10000, TRACE.format("EFT1"))), statement)
    assert [(one.state, one.deposits, one.joined) for one in report.files] == [
        ("posted", 1, 0), ("posted", 0, 1), ("already", 0, 0),
    ]  # fmt: skip
    assert (standing(gateway).sums.deposits, report.matched) == (1, 1)


def test_a_file_that_does_not_add_up_is_held_whole_until_a_person_says_why(gateway: Gateway, tmp_path: Path) -> None:
    wrong = bai2("165,10000,,BX1,,ACME", "165,5000,,BX2,,ACME").replace(b"165,5000", b"165,5100")
    report = brought(gateway, tmp_path, wrong)
    (held,) = report.held
    assert "$150.00" in held.reason
    assert "off by $1.00" in held.reason
    assert "bank-0.txt row 6, column control total" in held.reason
    assert shown(gateway) == []
    with gateway.ledger.read() as tx:
        (file,) = inbound_files(tx, states=("held",))
    assert (file.kind, file.reason) == ("BAI2", held.reason)
    assert gateway.archive.get(file.sha256) == wrong
    again = brought(gateway, tmp_path, wrong, accept="the bank confirmed 51.00")
    assert (again.files[0].state, again.files[0].deposits) == ("posted", 2)
    with gateway.ledger.read() as tx:
        assert inbound_files(tx, states=("posted",))[0].reason == "let through by a person: the bank confirmed 51.00"


def test_what_cannot_be_read_is_no_ones_to_accept(gateway: Gateway, tmp_path: Path) -> None:
    report = brought(gateway, tmp_path, b"Date,Text,Amount,Ref\n07/10/2026,ACH,1.OO,\n", accept="never mind")
    assert [(one.state, one.deposits) for one in report.files] == [("held", 0)]
    assert "row 2, column Amount" in report.files[0].reason


def test_a_dry_run_says_all_of_it_and_changes_nothing(gateway: Gateway, tmp_path: Path) -> None:
    paid(gateway, "EFT1", "100.00")
    before = dump(gateway)
    report = brought(gateway, tmp_path, nacha(entry(10000, TRACE.format("EFT1"))), dry_run=True)
    assert (report.files[0].deposits, report.matched) == (1, 1)
    assert dump(gateway) == before


def test_a_csv_is_read_as_its_bank_says_and_never_guessed(gateway: Gateway, tmp_path: Path) -> None:
    rows = ("Date,Text,Amount,Ref", "07/10/2026,ACME HEALTH PLAN,100.00,R1", "07/11/2026,SQUARE INC,5.00,R2",
            "07/11/2026,RENT,-9,R3")  # fmt: skip
    csv = "\n".join(rows).encode()
    (one,) = brought(gateway, tmp_path, csv).files
    assert (one.deposits, one.skipped, one.amount) == (1, 2, Decimal("100.00"))
    assert shown(gateway)[0].account == "4321"
    with pytest.raises(ConfigError, match="no bank 'lakesyde'"):
        brought(gateway, tmp_path, csv, bank="lakesyde")
    (gateway.workspace.root / "banks" / "other.toml").write_text(LAKESIDE)
    gateway.workspace = load_workspace(gateway.workspace.root)
    with pytest.raises(UsageError, match="--bank NAME"):
        brought(gateway, tmp_path, csv)
    for path in (gateway.workspace.root / "banks").iterdir():
        path.unlink()
    gateway.workspace = load_workspace(gateway.workspace.root)
    with pytest.raises(ConfigError, match="no bank says how its CSV is to be read"):
        brought(gateway, tmp_path, csv)
    with pytest.raises(NoInputError):
        import_files(gateway, [tmp_path / "missing"])


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ('account = "123454321"', "account"),
        ('[columns]\ndate = "D"', "columns.amount"),
        ('[columns]\ndate = "D"\namount = "A"\ncredit = "C"', "columns.amount"),
        ('dates = ["%d/%m"]', "dates"),
        ('dates = ["%m/%y"]', "dates"),
        ('[colums]\ndate = "D"', "colums"),
        ('sign = "debit"\n[columns]\ndate = "D"\ncredit = "C"', "sign"),
    ],
)
def test_a_banks_settings_that_cannot_be_meant_stop_at_the_start(
    workspace_dir: Path, settings: str, key: str
) -> None:
    (workspace_dir / "banks").mkdir()
    (workspace_dir / "banks" / "lakeside.toml").write_text(settings)
    with pytest.raises(ConfigError) as stopped:
        load_workspace(workspace_dir)
    assert "banks/lakeside.toml" in str(stopped.value)
    assert key in str(stopped.value)


def test_a_persons_word_is_kept_as_the_user_whom_the_audit_trail_names(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for claims_it in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(claims_it, "somebody else")
    monkeypatch.chdir(gateway.workspace.root)
    paid(gateway, "CHECK1", "30.00")
    brought(gateway, tmp_path, bai2("301,3000,,BX1,,COUNTER"))
    assert main(["deposits", "match", "deposit-1", "payment-1", "--why", "seen"]) == 0
    capsys.readouterr()
    (told,) = shown(gateway)[0].payments
    with gateway.ledger.read() as tx:
        assert {told.who} == {one.who for one in entries(tx)} == {pwd.getpwuid(os.getuid()).pw_name}


def test_a_persons_word_is_kept_with_who_and_why_and_taken_back_for_good(gateway: Gateway, tmp_path: Path) -> None:
    paid(gateway, "C1", "60.00")
    paid(gateway, "C2", "30.00")
    brought(gateway, tmp_path, bai2("301,10000,,BX1,,DEPOSIT"))
    after = match_by_hand(gateway, "deposit-1", ["payment-1", "payment-2"], why="one bag", who="kim")
    assert (after.state, after.open) == ("over", Decimal("10.00"))
    assert [(told.payment_id, told.amount, told.how, told.why, told.who) for told in after.payments] == [
        (1, Decimal("60.00"), "hand", "one bag", "kim"), (2, Decimal("30.00"), "hand", "one bag", "kim"),
    ]  # fmt: skip
    assert "$10.00 more than payment 1, 2 says" in next(iter(differences(standing(gateway)))).why
    taken, after = undo(gateway, "deposit-1", ["payment-2"], why="it came alone", who="lee")
    assert ([share.payment_id for share in taken], after.open) == ([2], Decimal("40.00"))
    rows = dump(gateway)["deposit_payment"]
    assert [("it came alone" in row, "lee" in row) for row in rows] == [(False, False), (True, True)]


def test_what_was_undone_is_not_matched_again_by_itself_but_by_hand(gateway: Gateway, tmp_path: Path) -> None:
    paid(gateway, "EFT1", "100.00")
    assert brought(gateway, tmp_path, nacha(entry(10000, TRACE.format("EFT1")))).matched == 1
    undo(gateway, "deposit-1", [], why="the other clinic's", who="kim")
    assert match_deposits(gateway) == []
    assert [one.state for one in shown(gateway)] == ["ambiguous"]  # it still looks like it: a person decides
    assert match_by_hand(gateway, "deposit-1", ["payment-1"], why="ours after all", who="kim").state == "matched"


@pytest.mark.parametrize(
    ("deposit", "payments", "why", "error"),
    [
        ("deposit-9", ["payment-1"], "x", NoInputError),
        ("deposit-1", ["payment-9"], "x", NoInputError),
        ("deposit-1", ["payment-1"], " ", UsageError),
        ("payment-1", ["deposit-1"], "x", UsageError),
        ("deposit-2", ["payment-1"], "x", UsageError),  # the bank took money, the payer gave it
        ("deposit-1", ["payment-1", "payment-2"], "x", UsageError),  # nothing is left for the second
        ("deposit-" + "9" * 20, ["payment-1"], "x", UsageError),
    ],
)
def test_a_word_that_cannot_be_meant_changes_nothing(
    gateway: Gateway, tmp_path: Path, deposit: str, payments: list[str], why: str, error: type[Exception]
) -> None:
    paid(gateway, "A1", "60.00")
    paid(gateway, "A2", "30.00")
    brought(gateway, tmp_path, bai2("301,6000,,BX1,,DEPOSIT", "555,100,,BX2,,RETURNED"))
    before = dump(gateway)
    with pytest.raises(error):
        match_by_hand(gateway, deposit, payments, why=why, who="kim")
    with pytest.raises(error if "9" in deposit or why == " " else UsageError):
        undo(gateway, deposit, payments, why=why, who="kim")
    assert dump(gateway) == before


def test_equals_wait_with_their_candidates_and_are_told_once(
    gateway: Gateway, tmp_path: Path, clock: Clock
) -> None:
    for trace in ("EFT1", "EFT2"):
        paid(gateway, trace, "100.00")
    report = brought(gateway, tmp_path, bai2("165,10000,,BX1,,NORTHWIND HEALTH HCCLAIMPMT"))
    assert report.matched == 0
    clock.pass_by(days=10)
    brought(gateway, tmp_path, bai2("165,100,,BX2,,EASTERN FUND", day="260723"), name="later")
    assert [one.state for one in standing(gateway).payments] == ["ambiguous", "ambiguous"]
    (one,) = differences(standing(gateway))
    assert one.reference == "deposit-1"
    assert "may be payment 1" in one.why
    assert "payment 2" in one.why
    assert "nothing tells them apart" in one.why
    assert "edigate deposits match deposit-1" in one.do


def test_money_without_its_835_is_told_with_the_payment_that_is_nearest(
    gateway: Gateway, tmp_path: Path, clock: Clock
) -> None:
    paid(gateway, "EFT1", "100.00")
    brought(gateway, tmp_path, bai2("165,9000,,BX1,,NORTHWIND HEALTH HCCLAIMPMT"))
    clock.pass_by(days=10)
    (one,) = differences(standing(gateway))
    assert one.why.endswith("no 835 has come; the nearest is payment 1 (the same payer)")


def test_nothing_of_a_banks_file_gets_into_a_log(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from edigate import logs

    logs.configure(level="debug", format="json")
    secret = "MARIGOLDSON"
    brought(gateway, tmp_path, bai2(f"165,10000,,BX1,,{secret}"), b"Date,Text,Amount,Ref\nx,MARIGOLDSON,1.00,\n")
    logged = capsys.readouterr().err
    events = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    assert [one["event"] for one in events] == ["bank file imported"] * 2
    assert secret not in logged
    assert all("dropped" not in one for one in events)


def test_days_before_the_first_deposit_are_nobodys_difference(gateway: Gateway, tmp_path: Path, clock: Clock) -> None:
    paid(gateway, "OLD", "10.00", day="20260501")
    clock.pass_by(days=30)
    brought(gateway, tmp_path, bai2("165,100,,BX9,,NORTHERN MUTUAL"))
    now = standing(gateway)
    assert (now.payments, now.sums.first_day) == ([], date(2026, 7, 10))


def test_reconciling_matches_what_has_come_meanwhile_and_says_both_sides(gateway: Gateway, tmp_path: Path) -> None:
    brought(gateway, tmp_path, nacha(entry(10000, TRACE.format("EFT1")), entry(500, TRACE.format("EFT2"), number=2)))
    paid(gateway, "EFT1", "100.00")
    report = reconcile(gateway)
    assert in_a_line(report.deposits) == (
        "2 deposits, $105.00 in the bank = $100.00 matched with payments + $5.00 not."
    )
    assert [one.kind for one in report.attention if "deposit" in one.kind] == []  # its 835 may come yet


def test_the_worklist_has_them_by_money_until_somebody_is_done(
    gateway: Gateway, tmp_path: Path, clock: Clock
) -> None:
    paid(gateway, "EFT3", "70.00")
    brought(gateway, tmp_path, bai2("165,3300,,BX3,,NORTHERN MUTUAL", "165,200,,BX4,,EASTERN FUND"))
    clock.pass_by(days=10)
    brought(gateway, tmp_path, bai2("165,100,,BX9,,EASTERN FUND", day="260723"), name="next")
    found = worklist(gateway, lists=("deposits",))
    assert [(one.reference, one.amount) for one in found] == [
        ("payment-1", Decimal("70.00")), ("deposit-1", Decimal("33.00")), ("deposit-2", Decimal("2.00")),
    ]  # fmt: skip
    act(gateway, ["deposit-1", "payment-1"], Acts(done=True, note="a grant; and a stop payment"))
    brought(gateway, tmp_path, bai2("165,100,,BX10,,EASTERN FUND", day="260724"), name="later")
    assert [one.reference for one in worklist(gateway, lists=("deposits",))] == ["deposit-2"]
    (told,) = [one for one in reconcile(gateway).attention if one.kind.endswith("_alone")]
    assert (told.kind, told.count, told.ids, told.amount) == ("deposit_alone", 1, (2,), Decimal("2.00"))
    assert told.what == "1 deposit in the bank fits no payment for sure"


def test_deposits_are_exported_with_their_payments_and_again_when_they_change(
    gateway: Gateway, tmp_path: Path, clock: Clock
) -> None:
    def exported() -> list[dict[str, str]]:
        export = Export(gateway, TABLES["deposits"], changed=True)
        rows = list(csv.DictReader(io.StringIO("\n".join(export.lines("csv")))))
        export.finish()
        return rows

    brought(gateway, tmp_path, bai2("165,10000,,BX1,,=NORTHWIND"), nacha(entry(500, TRACE.format("EFT2"))))
    clock.pass_by(hours=1)
    first, second = exported()
    assert (first["deposit_id"], first["account"], first["day"]) == ("1", "4321", "2026-07-10")
    assert (first["open"], first["description"], first["file"]) == ("100.00", "'=NORTHWIND", "bank-0.txt")
    assert (second["trace"], second["kind"], second["payment_ids"]) == ("EFT2", "ach", "")
    clock.pass_by(hours=1)
    assert exported() == []
    paid(gateway, "EFT2", "5.00")
    match_deposits(gateway)
    clock.pass_by(hours=1)
    (again,) = exported()
    assert (again["deposit_id"], again["matched"], again["open"]) == ("2", "5.00", "0.00")
    assert (again["payment_ids"], again["matched_by"]) == ("1", "trace")
    undo(gateway, "deposit-2", [], why="no", who="kim")
    clock.pass_by(hours=1)
    assert [(one["deposit_id"], one["payment_ids"], one["open"]) for one in exported()] == [("2", "", "5.00")]


def test_a_banks_file_among_what_partners_send_is_posted_as_deposits(gateway: Gateway, tmp_path: Path) -> None:
    paid(gateway, "EFT1", "100.00")
    ach = nacha(entry(10000, TRACE.format("EFT1")))
    done = posted(gateway, ach, name="ACH0710.txt")
    assert (done.file.state, done.file.kind, done.file.partner) == ("posted", "NACHA", "acme")
    assert reconcile(gateway).deposits.sums.matched == Decimal("100.00")
    wrong = posted(gateway, bai2("165,100,,BX9,,X").replace(b"165,100", b"165,200"))
    assert (wrong.file.state, wrong.file.kind) == ("held", "BAI2")
    assert "off by $1.00" in wrong.outcome.held
    assert brought(gateway, tmp_path, ach).files[0].state == "already"
    assert standing(gateway).sums.deposits == 1


def test_a_statement_that_was_kept_as_a_report_can_still_be_taken_in(gateway: Gateway, tmp_path: Path) -> None:
    rows = b"Date,Text,Amount,Ref\n07/10/2026,ACME HEALTH PLAN,100.00,R1\n"
    assert posted(gateway, rows).file.state == "kept"  # nothing says that a CSV is a bank's
    (one,) = brought(gateway, tmp_path, rows).files
    assert (one.state, one.deposits) == ("posted", 1)
