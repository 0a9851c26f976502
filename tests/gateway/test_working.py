"""The worklists: every open item with its reason, deadline and next step; what people do about it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from edigate.cli import main
from edigate.config import Workspace
from edigate.errors import NoInputError
from edigate.gateway.opening import Gateway
from edigate.gateway.worklist import Acts, act, worklist
from edigate.partners.model import Deadlines, PayerDeadlines
from edigate.reports.csv_rows import csv_lines
from edigate.reports.export import WORK
from edigate.reports.items import LISTS, days_of
from tests.gateway.posting_books import Clock, dump, opened, payment, posted, sent, status_277ca, x835
from tests.gateway.practice import settings
from tests.simulator.claim_files import claim, line

DENIED = ("CLP*A1*4*165*0*0*12*PCN1*11*1", "CAS*CO*197*165")
LACKING = ("CLP*A2*4*165*0*0*12*PCN2*11*1", "SVC*HC:99213*165*0**1", "DTM*472*20260615", "CAS*CO*16*165", "LQ*HE*M76")
DOUBLE = ("CLP*A2*4*165*0*0*12*PCN2*11*1", "CAS*CO*18*165")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gateway(workspace: Workspace, clock: Clock) -> Iterator[Gateway]:
    """Claims A1 and A2 of 165.00 and A3 of 900.00, of 15 June, were sent on 1 July."""
    with opened(settings(workspace, deadlines="appeal_days = 180\nfiling_days = 95"), clock) as one:
        sent(one, claim("A1"), claim("A2"), claim("A3", line("99215", "900.00")))
        yield one


def references(gateway: Gateway, *lists: str, **options: object) -> list[str]:
    wanted = [each for each in LISTS if each in lists]
    return [item.reference for item in worklist(gateway, lists=wanted, **options)]  # type: ignore[arg-type]  # as told


def test_a_denial_says_why_until_when_and_what_to_do(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *DENIED)))
    (item,) = worklist(gateway, lists=["denials"])
    assert (item.reference, item.amount, item.patient_control_number) == ("claim-1", Decimal(165), "A1")
    assert item.why == "denied: no authorization (CO-197)"
    assert "authorization" in item.do
    assert (item.codes, item.payer) == (("CO-197",), "NORTHWIND HEALTH PLAN")
    assert item.deadline == date(2027, 1, 6)  # 180 days after the payment of 10 July
    assert item.deadline_words == "appeal within 180 days of the payment"


def test_the_remark_decides_what_to_do_where_the_reason_leaves_it_open(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *LACKING)))
    (item,) = worklist(gateway, lists=["denials"])
    assert (item.codes, item.do) == (("CO-16", "M76"), "Correct the diagnosis and send a replacement.")


def test_a_rejection_runs_past_the_filing_limit(gateway: Gateway) -> None:
    posted(gateway, status_277ca("PR", ("A3", "A7:562")))
    (item,) = worklist(gateway, lists=["rejections"])
    assert (item.amount, item.deadline) == (Decimal(900), date(2026, 9, 18))  # 95 days after 15 June
    assert item.deadline_words == "file within 95 days of the service"


def test_a_deadline_that_nobody_set_says_that_it_is_assumed(workspace: Workspace) -> None:
    with opened(workspace) as gateway:
        sent(gateway, claim("A1"))
        posted(gateway, x835(payment("T1", *DENIED)))
        (item,) = worklist(gateway, lists=["denials"])
        assert item.deadline == date(2026, 9, 8)
        assert "shortest usual" in item.deadline_words


def test_a_payers_own_days_come_before_the_partners() -> None:
    both = Deadlines(filing_days=90, appeal_days=60, payers=(PayerDeadlines(payer="MDCR", filing_days=365),))
    assert days_of(both, "MDCR", "file") == 365
    assert days_of(both, "MDCR", "appeal") == 60
    assert days_of(both, "NWHP1", "file") == 90
    assert days_of(Deadlines(), "NWHP1", "file") is None


def test_the_most_money_comes_first_but_for_what_runs_out(gateway: Gateway, clock: Clock) -> None:
    posted(gateway, status_277ca("PR", ("A3", "A7:562")))
    posted(gateway, x835(payment("T1", *DENIED)))
    assert references(gateway) == ["claim-3", "claim-1"]
    clock.pass_by(days=180)  # 28 December: the rejection's limit has passed, the appeal's is near
    assert references(gateway, "denials", "rejections") == ["claim-1", "claim-3"]


def test_each_list_has_its_own(gateway: Gateway, clock: Clock) -> None:
    posted(gateway, x835(payment("T1", *DENIED)))
    posted(gateway, x835(payment("T2", "CLP*ZZ9*1*50*50*0*12*P9*11*1")))
    posted(gateway, x835(payment("T3", "CLP*A2*1*165*100*0*12*PCN2*11*1")))  # doesn't add up
    posted(gateway, status_277ca("PR", ("NOBODY", "A2:20")))
    clock.pass_by(days=100)
    found = worklist(gateway)
    assert {item.reference: item.list for item in found if item.list != "overdue"} == {
        "claim-1": "denials",
        "paid-2": "unmatched",
        "answer-1": "unmatched",
        "file-in-3": "unbalanced",
    }
    late = [item.reference for item in found if item.list == "overdue"]
    assert {"claim-2", "claim-3"} <= set(late)
    assert len(late) == len(set(late))


def test_what_is_assigned_and_noted_is_kept(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *DENIED, *LACKING)))
    (after,) = act(gateway, ["claim-1"], Acts(assign="Kim", note="called, fax the record"))
    assert (after.assigned_to, after.notes) == ("Kim", ("2026-07-01: called, fax the record",))
    act(gateway, ["claim-1"], Acts(assign="Lee", note="faxed"))
    (item,) = worklist(gateway, assigned_to="lee")
    assert item.notes == ("2026-07-01: called, fax the record", "2026-07-01: faxed")
    assert references(gateway, "denials", assigned_to="Kim") == []


def test_what_is_done_leaves_the_list_until_its_reason_changes(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *LACKING)))
    act(gateway, ["claim-2"], Acts(done=True))
    assert references(gateway, "denials") == []
    assert references(gateway, "denials", with_done=True) == ["claim-2"]
    negated = ("CLP*A2*22*-165*0*0*12*PCN2*11*1", "SVC*HC:99213*-165*0**1", "DTM*472*20260615", "CAS*CO*16*-165")
    posted(gateway, x835(payment("T2", *negated, *DOUBLE)))
    (item,) = worklist(gateway, lists=["denials"])
    assert (item.reference, item.codes[0]) == ("claim-2", "CO-18")


def test_what_was_called_done_by_mistake_is_opened_again(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *DENIED)))
    act(gateway, ["claim-1"], Acts(done=True))
    act(gateway, ["claim-1"], Acts(reopen=True))
    assert references(gateway, "denials") == ["claim-1"]


def test_an_act_on_what_does_not_wait_writes_nothing(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *DENIED)))
    before = dump(gateway)
    with pytest.raises(NoInputError, match="claim-99"):
        act(gateway, ["claim-1", "claim-99"], Acts(assign="Kim"))
    assert dump(gateway) == before


def test_the_command_shows_items_and_takes_acts(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    posted(gateway, x835(payment("T1", *DENIED)))
    here = ["--workspace", str(gateway.workspace.root)]
    assert main(["work", "denials", *here]) == 1
    shown = capsys.readouterr().out
    assert "denied: no authorization (CO-197)" in shown
    assert "1 items, $165.00" in shown
    assert main(["work", "claim-1", "--assign", "Kim", "--note", "called", *here]) == 0
    assert "Kim has it" in capsys.readouterr().out
    assert main(["work", "claim-1", "--done", *here]) == 0
    assert "(denials, done)" in capsys.readouterr().out
    assert main(["work", "denials", "--csv", *here]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1  # the header alone
    assert main(["work", "claim-77", *here]) == 66
    assert main(["work", "nonsense", *here]) == 64
    assert main(["work", "--done", *here]) == 64


def test_a_note_is_no_formula_in_a_spreadsheet(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *DENIED)))
    act(gateway, ["claim-1"], Acts(assign="=HYPERLINK(1)"))
    header, row = csv_lines(WORK.columns, map(WORK.row, worklist(gateway, lists=["denials"])))
    assert header.split(",")[:3] == ["reference", "list", "amount"]
    assert ",'=HYPERLINK(1)," in row
    assert ",165.00," in row
