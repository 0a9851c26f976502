"""Claims to the next payer, from posted 835s: made where they should be, told why where not, never twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from edigate.claims.edits import edit
from edigate.claims.model import Address, Claim, OtherSubscriber
from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from edigate.gateway.secondary import SecondaryReport, secondary
from edigate.gateway.send import send
from edigate.ledger.numbering import allocate
from edigate.ledger.queries import dollars
from tests.gateway.posting_books import account, detail, dump, opened, payment, posted, sent, x835
from tests.simulator.claim_files import claim, line

SUPPLEMENT = OtherSubscriber(
    responsibility="S",
    relationship="18",
    filing_indicator="CI",
    last_name="QUILLFEATHER",
    first_name="ODETTE",
    member_id="SUP778899",
    address=Address(line1="12 TANGLEWOOD LOOP", city="HARBOR POINT", state="IL", postal_code="62701"),
    payer_name="SOUTHWIND SUPPLEMENT",
    payer_id="SWSP2",
    benefits_assignment="Y",
    release_of_information="Y",
)
VISIT = (line("99213", "120.00"), line("81002", "45.00"))
# 165.00: 100.00 paid, 45.00 written off, 20.00 the patient's, told line by line.
CLP = "CLP*A1*1*165*100*20*12*PCN1*11*1"
SERVICES = (
    "SVC*HC:99213*120*80**1", "DTM*472*20260615", "CAS*CO*45*20", "CAS*PR*2*20", "REF*6R*A1-1",
    "SVC*HC:81002*45*20**1", "DTM*472*20260615", "CAS*CO*45*25", "REF*6R*A1-2",
)  # fmt: skip
NEGATED = (
    "CLP*A1*22*-165*-100*-20*12*PCN1*11*1",
    "SVC*HC:99213*-120*-80**1", "DTM*472*20260615", "CAS*CO*45*-20", "CAS*PR*2*-20", "REF*6R*A1-1",
    "SVC*HC:81002*-45*-20**1", "DTM*472*20260615", "CAS*CO*45*-25", "REF*6R*A1-2",
)  # fmt: skip
CORRECTED = (
    "CLP*A1*1*165*90*30*12*PCN1*11*1",
    "SVC*HC:99213*120*70**1", "DTM*472*20260615", "CAS*CO*45*20", "CAS*PR*2*30", "REF*6R*A1-1",
    "SVC*HC:81002*45*20**1", "DTM*472*20260615", "CAS*CO*45*25", "REF*6R*A1-2",
)  # fmt: skip


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    """Claim A1 of two lines, 165.00, was sent; its patient has a supplement."""
    with opened(workspace) as one:
        sent(one, claim("A1", *VISIT, other_subscribers=[SUPPLEMENT]))
        yield one


def made(gateway: Gateway, number: str = "A1-2") -> Claim:
    """The next payer's claim, as the ledger keeps it."""
    return msgspec.json.decode(detail(gateway, number).record, type=Claim)


def went_out(gateway: Gateway) -> None:
    """What is ready is really sent; the books of these tests gave their file some of its numbers by themselves."""
    with gateway.ledger.write() as tx:
        for name in ("gs06", "bht03"):
            allocate(tx, name, "acme")
    (gateway.workspace.root / "acme-server" / "inbound").mkdir(parents=True, exist_ok=True)
    report = send(gateway, gateway.workspace.partner("acme"))
    assert (report.stopped, report.claims_sent) == ("", 1)


def why(report: SecondaryReport) -> list[str]:
    return [one.why for one in report.not_billed]


def test_a_paid_claim_goes_on_with_what_was_decided_line_by_line(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", CLP, *SERVICES)))
    report = secondary(gateway)
    (one,) = report.made
    assert (one.patient_control_number, one.responsibility, one.payer) == ("A1-2", "S", "SOUTHWIND SUPPLEMENT")
    assert (one.charge, one.remaining, report.refused) == (Decimal(165), Decimal(20), [])

    sent_on = made(gateway)
    (before,) = sent_on.other_subscribers
    assert (before.responsibility, before.payer_id, before.member_id) == ("P", "NWHP1", "NW100200300")
    assert (before.paid_amount, before.payer_claim_control_number) == (Decimal(100), "PCN1")
    assert sent_on.subscriber is not None
    assert (sent_on.subscriber.responsibility, sent_on.subscriber.member_id) == ("S", "SUP778899")
    first, second = (one_line.adjudications[0] for one_line in sent_on.service_lines)
    assert (first.paid_amount, first.remaining_liability, first.units) == (Decimal(80), Decimal(20), Decimal(1))
    assert [(g.group, a.reason, a.amount) for g in first.adjustment_groups for a in g.adjustments] == [
        ("CO", "45", Decimal(20)),
        ("PR", "2", Decimal(20)),
    ]
    assert (second.remaining_liability, str(second.paid_date)) == (Decimal(0), "2026-07-10")
    assert (before.remaining_liability, before.payer_paid_date) == (None, None)  # the lines say both
    assert [finding.code for finding in edit(sent_on, date(2026, 7, 20)) if finding.code.startswith("COB")] == []


def test_the_next_claim_is_in_the_file_that_is_sent(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", CLP, *SERVICES)))
    secondary(gateway)
    went_out(gateway)
    folder = gateway.workspace.root / "acme-server" / "inbound"
    (file,) = folder.iterdir()
    text = file.read_text()
    for segment in (
        "SBR*S*18*******CI~", "NM1*PR*2*SOUTHWIND SUPPLEMENT*****PI*SWSP2~", "CLM*A1-2*165*", "SBR*P*18*",
        "AMT*D*100~", "NM1*PR*2*NORTHWIND HEALTH PLAN*****PI*NWHP1~", "REF*F8*PCN1~",
        "SVD*NWHP1*80*HC:99213**1~", "CAS*PR*2*20~", "DTP*573*D8*20260710~", "AMT*EAF*20~",
    ):  # fmt: skip
        assert segment in text, segment


def test_again_changes_nothing(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", CLP, *SERVICES)))
    secondary(gateway)
    before = dump(gateway)
    report = secondary(gateway)
    assert (report.made, report.known) == ([], 1)
    assert dump(gateway) == before


def test_a_dry_run_shows_the_claim_and_leaves_no_trace(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", CLP, *SERVICES)))
    before = dump(gateway)
    report = secondary(gateway, dry_run=True)
    assert report.made[0].claim is not None
    assert dump(gateway) == before


def test_every_claim_looked_at_stands_in_an_intake_of_its_own(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", CLP, *SERVICES)))
    secondary(gateway)
    found = detail(gateway, "A1-2").claim
    assert (found.state, found.first_row, found.row_count) == ("ready", 1, 1)
    with gateway.ledger.read() as tx:
        row = tx.connection.exec_driver_sql(
            "SELECT rows_in, rows_made, rows_refused, rows_known, sha256 FROM intake WHERE mapping = 'secondary'"
        ).one()
    assert tuple(row[:4]) == (1, 1, 0, 0)
    assert b'"made":"A1 to S"' in gateway.archive.get(row[4])


def test_only_what_is_left_is_open_at_the_next_payer(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", CLP, *SERVICES)))
    secondary(gateway)
    one = account(gateway, "A1-2")
    assert (one.charge_cents, one.prior_payers_cents, one.outstanding_cents) == (16500, 14500, 2000)
    with gateway.ledger.read() as tx:
        assert dollars(tx).outstanding_cents == 2000


def test_a_payment_taken_back_and_decided_anew_counts_as_decided_last(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", CLP, *SERVICES)))
    posted(gateway, x835(payment("T2", *NEGATED, *CORRECTED, direction="D")))
    (one,) = secondary(gateway).made
    assert one.remaining == Decimal(30)
    adjudication = made(gateway).service_lines[0].adjudications[0]
    assert (adjudication.paid_amount, adjudication.remaining_liability) == (Decimal(70), Decimal(30))


def test_a_new_decision_before_it_left_makes_the_claim_anew(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", CLP, *SERVICES)))
    secondary(gateway)
    posted(gateway, x835(payment("T2", *NEGATED, *CORRECTED, direction="D")))
    assert [one.remaining for one in secondary(gateway).made] == [Decimal(30)]
    assert detail(gateway, "A1-2").claim.version == 2


def test_a_new_decision_after_it_left_is_told_and_nothing_is_made(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", CLP, *SERVICES)))
    secondary(gateway)
    went_out(gateway)
    posted(gateway, x835(payment("T2", *NEGATED, *CORRECTED, direction="D")))
    report = secondary(gateway)
    assert (report.made, report.refused, why(report)) == ([], [], ["decided anew"])
    assert "replacement" in report.not_billed[0].words
    assert detail(gateway, "A1-2").claim.version == 1


def test_a_payment_without_lines_is_told_of_the_claim(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", CLP, "CAS*CO*45*45", "CAS*PR*1*20")))
    assert [one.outcome for one in secondary(gateway).made] == ["made"]
    sent_on = made(gateway)
    (before,) = sent_on.other_subscribers
    assert [list(each.adjudications) for each in sent_on.service_lines] == [[], []]
    assert (before.paid_amount, before.remaining_liability) == (Decimal(100), Decimal(20))
    assert str(before.payer_paid_date) == "2026-07-10"


@pytest.mark.parametrize(
    ("segments", "reason"),
    [
        ((CLP.replace("*1*165", "*19*165"), *SERVICES), "crossover"),
        ((CLP, "NM1*TT*2*SOUTHWIND SUPPLEMENT*****PI*SWSP2", *SERVICES), "crossover"),
        ((CLP, "MOA***MA18", *SERVICES), "crossover"),
        ((CLP, *SERVICES, "LQ*HE*N89"), "crossover"),
        ((CLP.replace("*1*165", "*2*165"), *SERVICES), "next payer answered"),
        (("CLP*A1*1*165*120*0*12*PCN1*11*1", "CAS*CO*45*45"), "nothing left"),
        (("CLP*A1*4*165*0*0*12*PCN1*11*1", "CAS*CO*197*165"), "nothing left"),
        (("CLP*A1*4*165*0*165*12*PCN1*11*1", "CAS*PR*204*165"), "not covered"),
        ((CLP, *SERVICES, *NEGATED), "taken back"),
        (("CLP*A1*1*120*80*20*12*PCN1*11*1", *SERVICES[:5]), "decided in part"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_where_it_should_not_go_on_the_reason_is_told(gateway: Gateway, segments: tuple[str, ...], reason: str) -> None:
    assert posted(gateway, x835(payment("T1", *segments))).file.state == "posted"
    report = secondary(gateway)
    assert (report.made, report.refused, why(report)) == ([], [], [reason])
    assert report.not_billed[0].words


def test_what_the_plan_does_not_cover_goes_on_when_the_practice_says_so(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", "CLP*A1*4*165*0*165*12*PCN1*11*1", "CAS*PR*204*165")))
    assert [one.remaining for one in secondary(gateway, not_covered=True).made] == [Decimal(165)]


def test_a_claim_without_a_further_payer_is_counted(workspace: Workspace) -> None:
    with opened(workspace) as gateway:
        sent(gateway, claim("A1", *VISIT))
        posted(gateway, x835(payment("T1", CLP, *SERVICES)))
        report = secondary(gateway)
        assert (report.decided, report.no_next_payer, report.not_billed) == (1, 1, [])
        assert why(secondary(gateway, key="A1")) == ["no next payer"]


def test_a_number_that_another_claim_has_is_left_to_it(workspace: Workspace) -> None:
    with opened(workspace) as gateway:
        sent(gateway, claim("A1", *VISIT, other_subscribers=[SUPPLEMENT]), claim("A1-2"))
        posted(gateway, x835(payment("T1", CLP, *SERVICES)))
        report = secondary(gateway)
        assert (report.made, why(report)) == ([], ["number taken"])


def test_the_third_payer_hears_of_both_before_it(workspace: Workspace) -> None:
    third = msgspec.structs.replace(SUPPLEMENT, responsibility="T", payer_name="EASTWIND", payer_id="EW3")
    with opened(workspace) as gateway:
        sent(gateway, claim("A1", *VISIT, other_subscribers=[third, SUPPLEMENT]))
        posted(gateway, x835(payment("T1", CLP, *SERVICES)))
        secondary(gateway)
        went_out(gateway)
        paid = ("CLP*A1-2*2*165*12*8*12*SW1*11*1", "CAS*OA*23*145", "CAS*PR*3*8")
        posted(gateway, x835(payment("T9", *paid, payer="1998877665")))
        (one,) = secondary(gateway).made
        assert (one.patient_control_number, one.payer, one.remaining) == ("A1-3", "EASTWIND", Decimal(8))
        first, second = made(gateway, "A1-3").other_subscribers
        assert (first.responsibility, first.paid_amount) == ("P", Decimal(100))
        assert (second.responsibility, second.paid_amount, second.remaining_liability) == ("S", Decimal(12), Decimal(8))
        assert account(gateway, "A1-3").outstanding_cents == 800


def test_the_answer_of_the_next_payer_is_posted_to_its_own_claim(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", CLP, *SERVICES)))
    secondary(gateway)
    went_out(gateway)
    paid = ("CLP*A1-2*2*165*20*0*12*SW1*11*1", "CAS*OA*23*145")
    posted(gateway, x835(payment("T9", *paid, payer="1998877665")))
    one = account(gateway, "A1-2")
    assert (one.paid_cents, one.prior_payers_cents, one.outstanding_cents) == (2000, 14500, 0)
    assert account(gateway, "A1").paid_cents == 10000
