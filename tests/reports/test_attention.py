"""What a biller reads at seven in the morning: what waits, in words, what to do about it and where to look."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal

import pytest

from edigate.config import Workspace, load_workspace
from edigate.gateway.fees import load_terms
from edigate.gateway.opening import Gateway
from edigate.ledger import intake
from edigate.ledger.records import NewIntake
from edigate.reports.attention import Attention, attention, in_words
from tests.gateway.posting_books import (
    Clock,
    detail,
    made,
    opened,
    payment,
    posted,
    segment_of,
    sent,
    status_277ca,
    ta1,
    x12,
    x835,
    x999,
)
from tests.ledger.books import refused, sha256
from tests.simulator.claim_files import claim, line


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gateway(workspace: Workspace, clock: Clock) -> Iterator[Gateway]:
    with opened(workspace, clock) as one:
        yield one


def waits(gateway: Gateway) -> list[Attention]:
    with gateway.ledger.read() as tx:
        return attention(tx, load_terms(gateway.workspace))


def the_one(gateway: Gateway) -> str:
    (one,) = waits(gateway)
    return in_words(one)


def test_nothing_waits_in_a_quiet_ledger(gateway: Gateway) -> None:
    sent(gateway, claim("A1"))
    assert waits(gateway) == []


def test_a_rejection_is_told_in_words_without_the_payers_text(gateway: Gateway) -> None:
    sent(gateway, claim("A1"))
    answer = status_277ca("PR", ("A1", "A7:562:85")).replace(b"*U*165~", b"*U*165*******JOHN DOE UNKNOWN~")
    assert b"*JOHN DOE UNKNOWN~" in answer
    posted(gateway, answer)
    posted(gateway, x999("AK1*HC*1*005010X222A1\nAK9*A*1*1*1"))  # late: it explains nothing
    assert the_one(gateway) == (
        "$165.00: 1 claim came back rejected, and nobody is working on it: rejected, something is invalid: billing "
        "provider NPI (the payer's 277CA: A7:562:85). Correct it and send it again before the filing limit. "
        "[claim 1: edigate show claim 1]"
    )


def test_a_999s_error_is_told_with_its_place(gateway: Gateway) -> None:
    file = sent(gateway, claim("A1"))
    place = segment_of(gateway, file, "CLM*")
    posted(
        gateway,
        x999(f"""
            AK1*HC*1*005010X222A1
            AK2*837*0001*005010X222A1
            IK3*CLM*{place}**8
            IK4*5:1**7*99
            IK5*R*5
            AK9*R*1*1*0
        """),
    )
    assert "CLM05-1 holds a code that isn't allowed, says the receiver's 999" in the_one(gateway)


def test_a_rejection_without_an_error_says_so(gateway: Gateway) -> None:
    sent(gateway, claim("A1"))
    posted(gateway, x999("AK1*HC*1*005010X222A1\nAK9*R*1*1*0*4"))
    assert "no error was named (999: R 4)" in the_one(gateway)


def test_a_duplicate_control_number_warns_of_sending_again(gateway: Gateway) -> None:
    """The first copy may stand: correcting and resending would bill twice."""
    sent(gateway, claim("A1"))
    posted(gateway, ta1("TA1*000000001*260701*0600*R*025"))
    text = the_one(gateway)
    assert "the control number was used before (ISA13) (TA1 note 025)" in text
    assert "Ask the partner whether they hold the file already" in text
    assert "send it again before" not in text


def test_groups_say_how_many_and_what_most(gateway: Gateway) -> None:
    sent(gateway, *(claim(f"A{n}", line("99213", f"{n}00")) for n in range(1, 6)))
    denied = {"A1": "197", "A2": "197", "A3": "29", "A4": "50", "A5": "197"}
    segments = [
        segment
        for number, reason in denied.items()
        for segment in (f"CLP*{number}*4*{number[1]}00*0*0*12*P", f"CAS*CO*{reason}*{number[1]}00")
    ]
    posted(gateway, x835(payment("T1", *segments, head="H")))
    (one,) = waits(gateway)
    assert (one.kind, one.count, one.amount, one.ids) == ("denied", 5, Decimal("1500.00"), (5, 4, 3, 2, 1))
    assert one.what == "5 claims were denied, for 3 different reasons, most often (3 times): no authorization (CO-197)"
    assert one.look == "claims 5, 4, 3 and 2 more: edigate show claim 5"


def test_a_held_remittance_comes_first_with_both_sides(gateway: Gateway) -> None:
    sent(gateway, claim("A1"))
    posted(gateway, status_277ca("PR", ("A1", "A7:562:85")))
    one = posted(gateway, x835(payment("T1", "CLP*A1*1*165*165*0*12*P1", amount="1")), name="era.835")
    first = waits(gateway)[0]
    assert in_words(first) == (
        "nothing was posted of era.835 (an 835, a remittance): payment T1: its claims pay 165.00, less provider "
        "adjustments 0.00 that is 165.00, but the payment is for 1.00: a difference of -164.00. Ask acme for a "
        f"corrected file; `edigate post --accept-unbalanced in-{one.file.id} --dry-run` shows every sum. "
        f"[file in-{one.file.id}: edigate show file in-{one.file.id}]"
    )


def test_an_uncertain_file_comes_first(gateway: Gateway) -> None:
    sent(gateway, claim("A1"), claim("A2"))
    posted(gateway, status_277ca("PR", ("A1", "A7:562:85")))
    sent(gateway, claim("B1"), ends="uncertain")
    first = waits(gateway)[0]
    assert in_words(first).startswith("$165.00: 1 file with 1 claim may or may not have arrived at acme.")
    assert first.look == "file out-2: edigate show file out-2"


def test_an_uncertain_file_is_told_anew_once_its_partner_should_have_answered(gateway: Gateway, clock: Clock) -> None:
    sent(gateway, claim("B1"), ends="uncertain")
    clock.pass_by(hours=47)
    assert [(one.kind, one.urgent) for one in waits(gateway)] == [("uncertain", True)]
    clock.pass_by(hours=2)  # acme's 999 comes within 48 hours
    (late,) = waits(gateway)
    assert (late.kind, late.urgent, late.look) == ("uncertain_overdue", True, "file out-1: edigate show file out-1")
    assert "may or may not have arrived at acme, and no answer came in the time that answers take" in late.what


def test_a_file_that_cannot_leave_is_told_after_a_day(gateway: Gateway, clock: Clock) -> None:
    sent(gateway, claim("A1"), ends="renaming")
    assert waits(gateway) == []
    clock.pass_by(hours=25)
    assert the_one(gateway).startswith("$165.00: 1 file for acme has waited to be sent for over a day.")


def test_another_charge_than_ours_is_told(gateway: Gateway) -> None:
    sent(gateway, claim("A1"))
    posted(gateway, x835(payment("T1", "CLP*A1*1*100*100*0*12*P1")))
    assert the_one(gateway) == (
        "$65.00: the payer decided 1 claim with another charge than we billed, $100.00 instead of $165.00. Either the "
        "rest of a split claim is still to come, or the payment belongs to another claim: compare patient, date and "
        "services. [claim 1: edigate show claim 1]"
    )
    posted(gateway, x835(payment("T2", "CLP*A1*1*65*65*0*12*P2")))
    assert waits(gateway) == []


def test_money_for_unknown_claims_is_told(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", "CLP*WHO*1*50*50*0*12*P9", "CLP*WHAT*1*7*7*0*12*P8")))
    (one,) = waits(gateway)
    assert (one.kind, one.count, one.amount, one.ids) == ("unmatched", 2, Decimal("57.00"), (1,))
    assert in_words(one).startswith(
        "$57.00: 2 payments are for claims that aren't in this ledger, for 2 different reasons, the largest: its "
        "number is WHO. Find the claim it is for and assign it."
    )


def test_answers_about_strangers_are_told(gateway: Gateway) -> None:
    one = posted(gateway, x999("AK1*HC*77*005010X222A1\nAK9*R*1*1*0"))
    posted(gateway, status_277ca("PR", ("NOBODY", "A7:33:IL"), ("NOBODY2", "A7:33:IL")))
    text = the_one(gateway)
    assert text.startswith("3 answers (1 of 999, 2 of 277CA) speak of files, claims or places that aren't in this")
    assert f"edigate show file in-{one.file.id}" in text


def test_a_refused_encounter_is_told(gateway: Gateway) -> None:
    with gateway.ledger.write() as tx:
        new = NewIntake(sha256=sha256("visits"), name="visits.csv", mapping="visits", partner="acme")
        intake_id = intake.begin_intake(tx, new)
        intake.add_claims(tx, intake_id, [refused()])
        intake.finish_intake(tx, intake_id, rows_in=1, rows_known=0, encounters=1)
    assert the_one(gateway).startswith(
        "$90.00: 1 encounter could not be made into a claim, so it isn't billed: the birth date is missing."
    )


def test_a_payment_taken_back_is_told_until_a_new_decision_comes(gateway: Gateway) -> None:
    sent(gateway, claim("A1"))
    posted(gateway, x835(payment("T1", "CLP*A1*1*165*165*0*12*P1")))
    posted(gateway, x835(payment("T2", "CLP*A1*22*-165*-165*0*12*P1", "PLB*1234567893*20261231*FB:T2*-165")))
    assert "1 claim had its payment taken back, and no new decision came." in the_one(gateway)
    posted(gateway, x835(payment("T3", "CLP*A1*1*165*165*0*12*P1", "PLB*1234567893*20261231*FB:T2*165")))
    assert waits(gateway) == []


# --- what should have come by now; acme's settings are the defaults: 48 hours, 72 hours, 45 days


def test_answers_that_do_not_come_are_told_in_turn(gateway: Gateway, clock: Clock) -> None:
    sent(gateway, claim("A1"), claim("A2", line("99215", "300")))
    clock.pass_by(hours=47)
    assert waits(gateway) == []
    clock.pass_by(hours=2)
    assert the_one(gateway).startswith(
        "$465.00: 1 file with 2 claims went to acme over 2 days ago, and the check of the file's form (999) hasn't "
        "come. Ask the partner whether the file arrived; don't send it again before they answer."
    )
    posted(gateway, x999("AK1*HC*1*005010X222A1\nAK9*A*1*1*1"))
    assert waits(gateway) == []

    clock.pass_by(hours=24)
    (one,) = waits(gateway)
    assert (one.kind, one.ids) == ("overdue_277CA", (2, 1))  # the most money first
    assert "2 claims went to acme over 3 days ago, and word whether the payer took them in (277CA) hasn't" in one.what
    posted(gateway, status_277ca("PR", ("A1", "A2:20"), ("A2", "A2:20")))
    assert waits(gateway) == []

    clock.pass_by(days=43)
    assert "2 claims went to acme over 45 days ago, and payment or denial (835) hasn't come" in the_one(gateway)
    posted(gateway, x835(payment("T1", "CLP*A1*1*165*165*0*12*P1")))
    assert "1 claim went to acme over 45 days ago" in the_one(gateway)


def test_a_partner_who_never_acknowledges_is_never_late(workspace: Workspace) -> None:
    path = workspace.root / "partners" / "acme.toml"
    path.write_text(path.read_text() + "\n[expect]\nx999_hours = 0\nx277ca_hours = 0\nta1_hours = 4\n")
    clock = Clock()
    with opened(load_workspace(workspace.root), clock) as gateway:
        sent(gateway, claim("A1"))
        clock.pass_by(days=10)
        assert "and the receipt of the file (TA1) hasn't come" in the_one(gateway)
        posted(gateway, ta1("TA1*000000001*260701*0600*A*000"))
        assert waits(gateway) == []


# --- kept unread


def packed(*members: tuple[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, inside in members:
            archive.writestr(name, inside)
    return content.getvalue()


def test_what_nobody_read_is_told_for_a_week_and_nobody_is_called(gateway: Gateway, clock: Clock) -> None:
    posted(gateway, packed(("reports.zip", packed(("a.txt", b"All went well.\n")))), name="month.zip")
    posted(gateway, x12("HR", "277", "005010X213", ["BHT*0010*48*X*20260701*0600*RQ"]), name="request")
    posted(gateway, b"a report for people")
    found = {one.kind: one for one in waits(gateway)}
    assert set(found) == {"kept_zip", "kept_277"}  # reports come every day
    assert not any(one.urgent for one in found.values())
    assert in_words(found["kept_zip"]).startswith(
        "1 zip archive came in the last 7 days and kept unread. Unpack and give what is inside to `edigate post FILE`."
    )
    clock.pass_by(days=8)
    assert waits(gateway) == []


def test_each_thing_says_what_to_do_and_where_to_look(gateway: Gateway, clock: Clock) -> None:
    sent(gateway, claim("A1"), claim("A2"), claim("A3"))
    made(gateway, claim("R1"))
    posted(gateway, status_277ca("PR", ("A1", "A7:562:85"), ("X", "A7:33")))
    posted(gateway, x835(payment("T1", "CLP*A2*4*165*0*0*12*P", "CAS*CO*29*165", "CLP*S*1*5*5*0*12*P")))
    posted(gateway, b"ISA*cut")
    clock.pass_by(days=60)
    found = waits(gateway)
    assert {one.kind for one in found} == {
        "held", "rejected", "denied", "unmatched", "unmatched_answers", "overdue_999", "overdue_277CA"
    }  # fmt: skip
    for one in found:
        assert one.do
        assert one.look.count("edigate show") == 1
        assert one.count
        assert "  " not in in_words(one)
        assert ".." not in in_words(one)
    assert detail(gateway, "R1").claim.state == "ready"
