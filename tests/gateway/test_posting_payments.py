"""835s posted: every cent once, to the claim and line it is for, or the whole file held with both sides told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import permutations

import pytest

from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from edigate.gateway.post import post
from edigate.ledger.entries import charge_differences
from edigate.ledger.queries import cash
from edigate.ledger.timeline import payment_detail
from edigate.ledger.worklists import unmatched_payments
from tests.gateway.posting_books import (
    account,
    detail,
    dump,
    made,
    money_of,
    opened,
    payment,
    posted,
    received,
    sent,
    state,
    states,
    status_277ca,
    x835,
    x999,
)
from tests.simulator.claim_files import claim, line

# One claim of 165.00: paid 100.00, 45.00 written off by contract, 20.00 left to the patient.
PAID = ("CLP*A1*1*165*100*20*12*PCN1*11*1", "CAS*CO*45*45", "CAS*PR*1*20")
REVERSED = ("CLP*A1*22*-165*-100*-20*12*PCN1*11*1", "CAS*CO*45*-45", "CAS*PR*1*-20")
CORRECTED = ("CLP*A1*1*165*120*0*12*PCN1*11*1", "CAS*CO*45*45")
DENIED = ("CLP*A2*4*165*0*0*12*PCN2*11*1", "CAS*CO*197*165")


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    """Claims A1, A2 and A3 of 165.00 each have been sent."""
    with opened(workspace) as one:
        sent(one, claim("A1"), claim("A2"), claim("A3"))
        yield one


def adds_up(gateway: Gateway) -> bool:
    with gateway.ledger.read() as tx:
        return cash(tx).difference_cents == 0


def received_cents(gateway: Gateway) -> int:
    with gateway.ledger.read() as tx:
        return cash(tx).received_cents


def accounts(gateway: Gateway, *numbers: str) -> list[tuple[int, int, int, int]]:
    """Paid, adjusted, patient and outstanding cents of claims."""
    found = [account(gateway, number) for number in numbers]
    return [
        (one.paid_cents, one.adjusted_cents, one.patient_responsibility_cents, one.outstanding_cents) for one in found
    ]


# --- once


def test_a_payment_is_posted_to_its_claims(gateway: Gateway) -> None:
    one = posted(gateway, x835(payment("T1", *PAID, *DENIED)))
    assert (one.file.state, one.outcome.payments, one.outcome.claim_payments) == ("posted", 1, 2)
    assert one.outcome.amount_cents == 10000
    assert states(gateway, "A1", "A2", "A3") == ["paid", "denied", "sent"]
    assert accounts(gateway, "A1", "A2", "A3") == [(10000, 4500, 2000, 0), (0, 16500, 0, 0), (0, 0, 0, 16500)]
    found = detail(gateway, "A1")
    assert found.claim.payer_claim_control_number == "PCN1"
    assert (found.events[-1].event, found.events[-1].detail) == ("x835_paid", "payment T1")
    assert found.events[-1].segment_position == 8  # the CLP, from ST = 1
    assert adds_up(gateway)


def test_the_same_bytes_again_change_nothing(gateway: Gateway) -> None:
    content = x835(payment("T1", *PAID))
    posted(gateway, content)
    before = money_of(gateway)
    again = received(gateway, content, name="the-same-under-another-name")
    assert (again.state, again.reason) == ("kept", "the same content as file 1")
    assert post(gateway).files == []
    assert money_of(gateway) == before


@pytest.mark.parametrize("how", ["other numbers", "other delimiters", "no line ends", "made on another day"])
def test_the_same_payment_in_another_file_is_known_again(gateway: Gateway, how: str) -> None:
    service = ("SVC*HC:99213*165*100**1", "DTM*472*20260615", "CAS*CO*45*45", "CAS*PR*1*20")
    posted(gateway, x835(payment("T1", PAID[0], *service), number=11))
    before = money_of(gateway)
    again = x835(payment("T1", PAID[0], *service), number=12)
    match how:
        case "other delimiters":
            again = again.replace(b"*", b"|").replace(b":", b">").replace(b"^", b"{")
        case "no line ends":
            again = again.replace(b"\n", b"")
        case "made on another day":
            again = again.replace(b"DTM*405*20260701", b"DTM*405*20260709")
    one = posted(gateway, again)
    assert (one.file.state, one.outcome.payments, one.outcome.payments_repeated) == ("posted", 0, 1)
    assert money_of(gateway) == before


@pytest.mark.parametrize(
    "changed",
    [
        (PAID[0], "CAS*CO*45*25", "CAS*PR*1*20", "CAS*OA*94*20"),
        (*PAID, *DENIED),
        (PAID[0].replace("A1", "A3"), *PAID[1:]),
        (*PAID, "PLB*1234567893*20261231*WO:X*5*FB:X*-5"),
    ],
)
def test_the_same_money_with_another_story_is_held_whole(gateway: Gateway, changed: tuple[str, ...]) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    before = money_of(gateway)
    one = posted(gateway, x835(payment("T1", *changed)))
    assert one.file.state == "held"
    assert "payment T1 was posted before (payment 1, from file 1)" in one.file.reason
    assert money_of(gateway) == before


def test_the_same_payment_twice_in_one_file_is_posted_once(gateway: Gateway) -> None:
    one = posted(gateway, x835(payment("T1", *PAID), payment("T1", *PAID)))
    assert (one.outcome.payments, one.outcome.payments_repeated) == (1, 1)
    assert accounts(gateway, "A1") == [(10000, 4500, 2000, 0)]


@pytest.mark.parametrize(
    "other",
    [
        payment("T2", *PAID),
        payment("T1", *PAID, day="20260711"),
        payment("T1", *PAID, payer="1999999999"),
        payment("T1", *DENIED, "PLB*1234567893*20261231*L6*-7"),
    ],
)
def test_other_money_is_posted_beside_it(gateway: Gateway, other: Sequence[str]) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    assert posted(gateway, x835(other)).outcome.payments == 1
    assert adds_up(gateway)


# --- whole or not at all


SERVICE = ("SVC*HC:99213*165*100**1", "CAS*CO*45*45", "CAS*PR*1*20")
UNBALANCED = {
    "line": (
        (PAID[0], "SVC*HC:99213*165*101**1", "CAS*CO*45*45", "CAS*PR*1*20"),
        "line 1 (99213) of claim A1: charge 165.00 less adjustments 65.00 is 100.00, but 101.00 is paid: "
        "a difference of 1.00",
    ),
    "lines against claim": (
        ("CLP*A1*1*166*101*20", *SERVICE),
        "claim A1: its lines' charges add up to 165.00, but the claim's charge is 166.00: a difference of 1.00",
    ),
    "claim": (
        ("CLP*A1*1*165*100*20", "CAS*CO*45*45"),
        "claim A1: charge 165.00 less adjustments 45.00 is 120.00, but 100.00 is paid: a difference of -20.00",
    ),
}


@pytest.mark.parametrize("level", UNBALANCED)
def test_what_does_not_add_up_is_held_whole_with_both_sides(gateway: Gateway, level: str) -> None:
    segments, words = UNBALANCED[level]
    before = money_of(gateway)
    one = posted(gateway, x835(payment("T1", *segments, *DENIED)))
    assert one.file.state == "held"
    assert one.file.reason.startswith(words)
    assert one.outcome.held == one.file.reason
    assert money_of(gateway) == before


def test_a_payment_that_is_not_its_claims_is_held_whole_with_both_sides(gateway: Gateway) -> None:
    before = money_of(gateway)
    plb = "PLB*1234567893*20261231*WO:PCN9*30"
    one = posted(gateway, x835(payment("T1", *PAID, plb, amount="70.01")))
    assert one.file.reason == (
        "payment T1: its claims pay 100.00, less provider adjustments 30.00 that is 70.00, but the payment is for "
        "70.01: a difference of 0.01"
    )
    assert money_of(gateway) == before


@pytest.mark.parametrize("bad_first", [True, False])
def test_one_bad_payment_of_two_holds_the_file(gateway: Gateway, bad_first: bool) -> None:
    bodies = [payment("T1", *PAID), payment("T2", *DENIED, amount="5")]
    before = money_of(gateway)
    one = posted(gateway, x835(*(reversed(bodies) if bad_first else bodies)))
    assert one.file.state == "held"
    assert one.outcome.payments == 0
    assert money_of(gateway) == before


def test_a_large_payment_that_ends_badly_leaves_nothing(gateway: Gateway) -> None:
    """More claims than are written at once, so that some were written before the sum failed."""
    strangers = [f"CLP*S{number}*1*10*10*0*12*P{number}" for number in range(1200)]
    before = money_of(gateway)
    one = posted(gateway, x835(payment("T1", *strangers, *PAID, amount="1")))
    assert "its claims pay 12,100.00" in one.file.reason
    assert money_of(gateway) == before
    one = posted(gateway, x835(payment("T2", *strangers, "CLP*A1*1*165*1*0", *strangers)))
    assert one.file.reason.startswith("claim A1: charge 165.00")
    assert money_of(gateway) == before


def test_a_file_cut_off_anywhere_is_never_posted_in_part(gateway: Gateway) -> None:
    content = x835(payment("T1", *PAID), payment("T2", *DENIED, "PLB*1234567893*20261231*L6*-1"))
    before = money_of(gateway)
    whole = content.rstrip(b"\n~")
    for end in sorted({*range(1, len(whole), 20), *range(len(whole) - 20, len(whole))}):
        one = posted(gateway, content[:end])
        assert one.file.state == "held", content[:end]
        assert one.file.reason
    assert money_of(gateway) == before
    assert posted(gateway, whole).file.state == "posted"  # the last terminator says nothing


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ((b"SE*11*", b"SE*10*"), "SE01 counts 10, but there are 11 segments"),
        ((b"GE*1*", b"GE*2*"), "GE01 counts 2"),
        ((b"SE*11*0001", b"SE*11*0002"), "SE02 is 0002"),
        ((b"*100*20*", b"*1OO*20*"), "CLP04 can't be read as dollars"),
        ((b"*165*100*", b"*165*100.005*"), "claim A1: charge 165.00"),
        ((b"BPR*I*100*C", b"BPR*I**C"), "it doesn't say how much is paid (BPR02)"),
        ((b"TRN*1*T1*", b"TRN*1**"), "it has no check or EFT number (TRN02)"),
        ((b"CAS*CO*45*45", b"CAS*CO**45"), "an adjustment of 45 has no group or no reason"),
        ((b"CAS*CO*45*45", b"CAS*CO*45*1e400"), "CAS03 can't be read as dollars"),
        ((b"CLP*A1*1*", b"CLP*A1*22*"), "claim A1 is a reversal (CLP02 22), but 165.00 is charged"),
        ((b"*C*ACH*", b"*C*NON*"), "it pays 100.00 (BPR02) and says that no money comes with it (BPR04 NON)"),
    ],
)
def test_what_cannot_be_read_for_sure_is_held(gateway: Gateway, broken: tuple[bytes, bytes], reason: str) -> None:
    content = x835(payment("T1", *PAID))
    assert broken[0] in content
    before = money_of(gateway)
    one = posted(gateway, content.replace(*broken))
    assert one.file.state == "held"
    assert reason in one.file.reason
    assert money_of(gateway) == before


def test_codes_in_small_letters_are_those_in_capitals(gateway: Gateway) -> None:
    content = x835(payment("T1", *PAID)).replace(b"CAS*PR*", b"CAS*pr*").replace(b"CAS*CO*", b"CAS*co*")
    assert posted(gateway, content).file.state == "posted"
    balance = detail(gateway, "A1").balance
    assert (balance.patient_responsibility_cents, balance.outstanding_cents) == (2000, 0)


def test_amounts_no_database_holds_are_held(gateway: Gateway) -> None:
    huge = "999999999999999999"
    one = posted(gateway, x835(payment("T1", f"CLP*A1*1*{huge}*{huge}*0")))
    assert (one.file.state, one.file.reason) == ("held", f"an amount of {huge} can't be meant")


# --- reversals and corrections


@pytest.mark.parametrize("order", list(permutations([PAID, REVERSED, CORRECTED])))
def test_reversal_and_correction_net_in_any_order_of_files(
    gateway: Gateway, order: tuple[tuple[str, ...], ...]
) -> None:
    for number, segments in enumerate(order):
        # a payment of less than nothing carries its balance forward
        below = ("PLB*1234567893*20261231*FB:T0*-100",) if segments is REVERSED else ()
        posted(gateway, x835(payment(f"T{number}", *segments, *below)))
    assert state(gateway, "A1") == "paid"
    assert accounts(gateway, "A1") == [(12000, 4500, 0, 0)]
    assert len(detail(gateway, "A1").payments) == 3  # each is kept
    assert adds_up(gateway)


@pytest.mark.parametrize("order", list(permutations([PAID, REVERSED, CORRECTED])))
def test_reversal_and_correction_net_in_one_file(gateway: Gateway, order: tuple[tuple[str, ...], ...]) -> None:
    posted(gateway, x835(payment("T1", *(segment for segments in order for segment in segments))))
    assert state(gateway, "A1") == "paid"
    assert accounts(gateway, "A1") == [(12000, 4500, 0, 0)]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 2, 0), (2, 3, 0, 1), (3, 0, 1, 2)])
def test_the_payers_number_is_the_latest_decisions_in_any_order(gateway: Gateway, order: tuple[int, ...]) -> None:
    """A replacement must quote it (REF*F8): not the reversal's, nor what an acknowledgment called the claim before."""
    first, anew = PAID[0].replace("PCN1", "P1"), CORRECTED[0].replace("PCN1", "P1C")
    taken_back = REVERSED[0].replace("PCN1", "P1")
    answers = (
        status_277ca("PR", ("A1", "A2:20")),  # PAYERA1
        x835(payment("T1", first, *PAID[1:], day="20260710")),
        x835(payment("T2", taken_back, *REVERSED[1:], "PLB*1*20261231*FB:T2*-100", day="20260717")),
        x835(payment("T3", anew, *CORRECTED[1:], day="20260717")),
    )
    for place in order:
        posted(gateway, answers[place])
    assert detail(gateway, "A1").claim.payer_claim_control_number == "P1C"


def test_a_reversal_alone_leaves_the_claim_open(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    posted(gateway, x835(payment("T2", *REVERSED, "PLB*1234567893*20261231*FB:T2*-100")))
    assert state(gateway, "A1") == "reversed"
    assert accounts(gateway, "A1") == [(0, 0, 0, 16500)]


def test_a_reversal_takes_back_what_was_paid_under_its_number(gateway: Gateway) -> None:
    """A replacement was sent meanwhile: the reversal is of the first version, the new decision of the second."""
    posted(gateway, x835(payment("T1", *PAID)))
    first = detail(gateway, "A1").claim.id
    replacement = claim("A1", line("99213", "165"), frequency_code="7", payer_claim_control_number="PCN1")
    sent(gateway, replacement, supersedes=first)
    corrected = "CLP*A1*1*165*120*0*12*PCN77*11*7"
    posted(gateway, x835(payment("T2", *REVERSED, corrected, "CAS*CO*45*45")))

    found = detail(gateway, "A1")
    assert (found.claim.version, found.claim.state) == (2, "paid")
    assert [one.paid_cents for one in found.payments] == [12000]
    assert found.claim.payer_claim_control_number == "PCN77"
    claims = {row[0]: row for row in dump(gateway)["claim"]}
    assert "reversed" in claims[first]
    with gateway.ledger.read() as tx:
        where = cash(tx)
    assert (where.paid_on_claims_cents, where.paid_on_superseded_cents, where.difference_cents) == (12000, 0, 0)


# --- money outside claims


def test_a_takeback_is_taken_from_the_payment(gateway: Gateway) -> None:
    one = posted(gateway, x835(payment("T1", *PAID, "PLB*1234567893*20261231*WO:PCN9*30.5*L6*-1.25")))
    assert one.outcome.amount_cents == 10000 - 3050 + 125
    with gateway.ledger.read() as tx:
        found = payment_detail(tx, "T1")
    assert found is not None
    kept = [(each.reason_code, each.reference, each.amount_cents) for each in found.provider_adjustments]
    assert kept == [("WO", "PCN9", 3050), ("L6", "", -125)]
    assert adds_up(gateway)


def test_a_payment_of_nothing_but_provider_adjustments(gateway: Gateway) -> None:
    body = payment("T1", "PLB*1234567893*20261231*FB:T0*25*72:X*-25", head="H")
    assert posted(gateway, x835(body)).outcome.payments == 1
    assert received_cents(gateway) == 0


def test_a_debit_takes_money_from_us(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    one = posted(gateway, x835(payment("T2", *REVERSED, direction="D")))
    assert one.outcome.amount_cents == -10000
    assert received_cents(gateway) == 0
    assert state(gateway, "A1") == "reversed"


def test_nothing_paid_is_posted_too(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *DENIED, head="H")))
    assert states(gateway, "A2") == ["denied"]
    with gateway.ledger.read() as tx:
        found = payment_detail(tx, "T1")
    assert found is not None
    assert (found.payment.amount_cents, found.payment.handling, found.payment.method) == (0, "H", "NON")


def test_interest_told_in_an_amt_is_no_payment_by_itself(gateway: Gateway) -> None:
    """AMT*I says how much of a claim's interest there is; the money moves by PLB L6 (X221A1 1.10.2.9)."""
    posted(gateway, x835(payment("T1", *PAID, "AMT*I*1.25", "PLB*1234567893*20261231*L6:PCN1*-1.25")))
    assert received_cents(gateway) == 10125
    assert accounts(gateway, "A1") == [(10000, 4500, 2000, 0)]


def test_a_predetermination_pays_nothing_and_settles_nothing(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", "CLP*A1*25*165*0*0*12*PCN1", "CAS*OA*101*165", head="H")))
    assert state(gateway, "A1") == "sent"
    posted(gateway, x835(payment("T2", *PAID)))
    assert state(gateway, "A1") == "paid"


def test_a_predetermination_that_pays_is_held(gateway: Gateway) -> None:
    one = posted(gateway, x835(payment("T1", "CLP*A1*25*165*100*0*12*PCN1", "CAS*CO*45*65")))
    assert one.file.state == "held"
    assert "only priced (CLP02 25), but 100.00 is paid" in one.file.reason


def test_every_service_says_where_it_stands_in_its_set(gateway: Gateway) -> None:
    """ST, BPR, TRN, DTM, N1, N1, LX, CLP are 1 to 8."""
    services = ("SVC*HC:99213*100*100", "DTM*472*20260615", "SVC*HC:85025*65*65")
    posted(gateway, x835(payment("T1", "CLP*A1*1*165*165*0*12*PCN1", *services, "CLP*W*1*5*5*0", "SVC*HC:1*5*5")))
    connection = sqlite3.connect(gateway.workspace.ledger_path)
    places = [row[0] for row in connection.execute("SELECT segment_position FROM service_payment ORDER BY id")]
    connection.close()
    assert places == [9, 11, 13]


# --- whose claim, which line


def test_money_for_a_claim_nobody_knows_is_posted_and_stays_in_sight(gateway: Gateway) -> None:
    one = posted(gateway, x835(payment("T1", *PAID, "CLP*WHO*1*50*50*0*12*P9")))
    assert (one.outcome.claim_payments, one.outcome.claim_payments_unmatched) == (2, 1)
    with gateway.ledger.read() as tx:
        (stray,) = unmatched_payments(tx)
    assert (stray.patient_control_number, stray.paid_cents, stray.trace_number) == ("WHO", 5000, "T1")
    assert adds_up(gateway)


@pytest.mark.parametrize("number", ["clinic-visit-20260615-7", "CLINIC-VISIT-20260615-7", "CLINIC-VISIT-2026061"])
def test_a_number_in_other_case_or_cut_to_twenty_is_ours(gateway: Gateway, number: str) -> None:
    assert len("CLINIC-VISIT-2026061") == 20
    sent(gateway, claim("Clinic-Visit-20260615-7"))
    posted(gateway, x835(payment("T1", f"CLP*{number}*1*165*165*0*12*PCN1")))
    assert state(gateway, "Clinic-Visit-20260615-7") == "paid"


def test_a_payment_may_come_through_another_partner(gateway: Gateway) -> None:
    """Claims go by a clearinghouse, remittances straight from the payer: CLM01 is ours alone among all partners."""
    posted(gateway, x835(payment("T1", *PAID)), partner="payer-direct")
    assert state(gateway, "A1") == "paid"


def test_money_for_a_claim_that_never_left_is_believed_where_the_charge_agrees(gateway: Gateway) -> None:
    made(gateway, claim("N1"), claim("N2"))
    one = posted(gateway, x835(payment("T1", "CLP*N1*1*165*165*0*12*P1", "CLP*N2*1*80*80*0*12*P2")))
    assert states(gateway, "N1", "N2") == ["paid", "ready"]
    assert one.outcome.claim_payments_unmatched == 1  # a stranger's: taken for paid, N2 would never be sent


@pytest.mark.parametrize(
    ("entries", "differs"),
    [
        ((PAID,), False),
        ((("CLP*A1*1*100*100*0*12*PCN1",),), True),
        ((("CLP*A1*1*100*100*0*12*PCN1",), ("CLP*A1*1*65*65*0*12*PCN2",)), False),  # split in two
        ((PAID, REVERSED), False),
        ((PAID, REVERSED, CORRECTED), False),
        ((PAID, ("CLP*A1*2*165*20*0*12*PCN5", "CAS*OA*23*145")), False),  # the second payer
        ((("CLP*A1*25*1*0*0*12*PCN1", "CAS*OA*101*1"),), False),
    ],
)
def test_a_charge_that_is_not_ours_is_found(
    gateway: Gateway, entries: tuple[tuple[str, ...], ...], differs: bool
) -> None:
    for number, segments in enumerate(entries):
        below = ("PLB*1234567893*20261231*FB:T0*-100",) if segments is REVERSED else ()
        assert posted(gateway, x835(payment(f"T{number}", *segments, *below))).file.state == "posted"
    with gateway.ledger.read() as tx:
        found = charge_differences(tx)
    assert [(one.charge_cents, one.adjudicated_cents) for one in found] == ([(16500, 10000)] if differs else [])


def test_lines_find_ours_each_once(gateway: Gateway) -> None:
    sent(
        gateway,
        claim(
            "L1",
            line("99213", "100", control="R1"),
            line("J1100", "20", control="R2"),
            line("J1100", "20", control="R3"),
            line("71046", "30", control="R4", day=16),
        ),
    )
    posted(
        gateway,
        x835(
            payment(
                "T1",
                "CLP*L1*1*170*170*0*12*PCN1",
                *("SVC*HC:J1100*20*20**1", "DTM*472*20260615"),
                *("SVC*HC:J1100*20*20**1", "DTM*472*20260615"),
                *("SVC*HC:99214*100*100**1*HC:99213", "DTM*472*20260615", "REF*6R*R1"),
                *("SVC*HC:71045*30*30**1", "DTM*472*20260616"),
            )
        ),
    )
    found = detail(gateway, "L1")
    ours = {one.id: one.line_item_control_number for one in found.lines}
    (entry,) = found.payments
    assert [ours.get(one.claim_line_id or 0) for one in entry.services] == ["R2", "R3", "R1", "R4"]
    assert (entry.services[2].procedure, entry.services[2].billed_procedure) == ("99214", "99213")


def test_a_claim_without_lines_keeps_its_adjustments(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    (entry,) = detail(gateway, "A1").payments
    assert entry.services == []
    assert [(one.group_code, one.reason_code, one.service_payment_id) for one in entry.adjustments] == [
        ("CO", "45", None),
        ("PR", "1", None),
    ]


# --- uncertain files


def test_a_payment_proves_that_an_uncertain_file_arrived(workspace: Workspace) -> None:
    with opened(workspace) as gateway:
        sent(gateway, claim("A1"), claim("A2"), ends="uncertain")
        posted(gateway, x835(payment("T1", *PAID)))
        assert states(gateway, "A1", "A2") == ["paid", "sent"]
        (file,) = dump(gateway)["outbound_file"]
        assert "proved by a 835 about its claims, file 1" in file


def test_money_beats_every_acknowledgment_that_comes_late(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    posted(gateway, status_277ca("PR", ("A1", "A7:562:85")))
    posted(gateway, x999("AK1*HC*1*005010X222A1\nAK9*R*1*1*0"))
    assert states(gateway, "A1", "A2") == ["paid", "rejected"]
