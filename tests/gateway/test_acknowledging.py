"""Acknowledging what was received: one 999 for each file a partner wants one for, sent once like everything else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edigate.config import Workspace
from edigate.gateway.opening import Gateway
from edigate.gateway.post import post, post_files
from edigate.gateway.releasing import let_through
from edigate.gateway.send import send
from edigate.ledger.outbound import OutboundFile, outbound_files
from edigate.ledger.timeline import inbound_detail, outbound_detail
from edigate.reports.overdue import overdue
from edigate.responses.model import FunctionalGroupResponse
from edigate.responses.ta1 import decode_interchange_acknowledgment
from edigate.responses.x231 import decode_functional_group_response
from edigate.x12.envelope import EnvelopeReader
from edigate.x12.validate import validate
from tests.gateway.posting_books import opened, posted, received, sent, status_277ca, ta1, x835
from tests.gateway.practice import on_server, settings
from tests.simulator.claim_files import claim


def era(trace: str, *, off: str = "65", filing: str = "12", **envelope: int) -> bytes:
    """An 835 of one claim as its guide wants it: 165 charged, 65 off, 100 paid, unless told otherwise."""
    return x835(
        [
            "BPR*I*100*C*ACH*CCP*01*999999992*DA*123*1512345678**01*999999992*DA*98765*20260710",
            f"TRN*1*{trace}*1512345678",
            "DTM*405*20260701",
            "N1*PR*NORTHWIND HEALTH PLAN",
            "N3*1 GALE ROAD",
            "N4*SPRINGFIELD*IL*62701",
            "PER*BL*EDI SUPPORT*TE*5555550141",
            "N1*PE*HARBOR POINT CLINIC*XX*1234567893",
            "LX*1",
            f"CLP*A1*1*165*100**{filing}*ICN1*11*1",
            f"CAS*CO*45*{off}",
            "NM1*QC*1*MADE*UP****MI*NW1",
            "DTM*232*20260615",
        ],
        **envelope,
    )


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    with opened(settings(workspace, acknowledge="remittances = true")) as one:
        yield one


def answers(gateway: Gateway) -> list[OutboundFile]:
    with gateway.ledger.read() as tx:
        return [file for file in outbound_files(tx) if file.kind in ("999", "TA1")]


def said(gateway: Gateway, file: OutboundFile) -> FunctionalGroupResponse:
    content = gateway.archive.get(file.sha256)
    assert validate([content]).findings == []
    (answer,) = (decode_functional_group_response(one)[0] for one in EnvelopeReader([content]) if one.id == "999")
    return answer


def test_a_remittance_is_acknowledged_once_and_sent_with_the_next_send(gateway: Gateway) -> None:
    one = posted(gateway, era("EFT1", number=71))
    (file,) = answers(gateway)
    assert (file.state, file.kind, file.claims) == ("queued", "999", 0)
    answer = said(gateway, file)
    assert (answer.functional_id, answer.control_number, answer.code) == ("HP", "71", "A")
    assert [(each.transaction_set, each.control_number, each.code) for each in answer.transaction_sets] == [
        ("835", "0001", "A")
    ]
    report = send(gateway, gateway.workspace.partner("acme"))
    assert [(each.id, each.state) for each in report.files] == [(file.id, "sent")]
    assert send(gateway, gateway.workspace.partner("acme")).files == []
    assert list(on_server(gateway.workspace).values()) == [gateway.archive.get(file.sha256)]
    with gateway.ledger.read() as tx:
        theirs, ours = inbound_detail(tx, str(one.file.id)), outbound_detail(tx, str(file.id))
    assert theirs is not None
    assert [(each.id, each.state) for each in theirs.acknowledgments] == [(file.id, "sent")]
    assert ours is not None
    assert ours.acknowledges == one.file


def test_it_goes_back_the_way_the_file_came_under_numbers_of_our_own(gateway: Gateway) -> None:
    sent(gateway, claim("A1"))
    posted(gateway, era("EFT1"))
    (file,) = answers(gateway)
    assert (file.isa13, file.gs06) == (2, 2)  # the first of both are the claims'
    isa, gs, st = (
        line.split("*") for line in gateway.archive.get(file.sha256).decode().replace("\n", "").split("~")[:3]
    )
    assert [isa[place].strip() for place in (6, 8, 13, 15)] == ["TESTSENDER", "ACME", "000000002", "T"]
    assert [gs[place] for place in (1, 2, 3, 6, 8)] == ["FA", "TESTSENDER", "ACME", "2", "005010X231A1"]
    assert st[1] == "999"


def test_the_same_bytes_again_and_a_second_post_are_not_acknowledged_again(gateway: Gateway) -> None:
    content = era("EFT1")
    posted(gateway, content)
    received(gateway, content, name="again.835")
    post(gateway)
    assert len(answers(gateway)) == 1


def test_a_payment_that_waits_for_a_person_was_received_all_the_same(gateway: Gateway) -> None:
    one = posted(gateway, era("EFT1", off="60"))
    assert one.file.state == "held"
    (file,) = answers(gateway)
    assert said(gateway, file).code == "A"
    let_through(gateway, unbalanced=[f"in-{one.file.id}"], why="the payer confirmed it")
    assert answers(gateway) == [file]


def test_what_the_guide_has_otherwise_is_noted_and_refuses_nothing(gateway: Gateway) -> None:
    posted(gateway, era("EFT1", filing="QQ"))
    (file,) = answers(gateway)
    answer = said(gateway, file)
    (each,) = answer.transaction_sets
    assert (answer.code, answer.sets_accepted, each.code) == ("E", 1, "E")
    assert [(error.segment_id, error.element_errors[0].element) for error in each.segment_errors] == [("CLP", "6")]


def test_a_file_that_was_cut_off_is_refused(gateway: Gateway) -> None:
    content = era("EFT1").replace(b"SE*15*", b"SE*16*")
    one = posted(gateway, content)
    assert one.file.state == "held"
    (file,) = answers(gateway)
    answer = said(gateway, file)
    assert (answer.code, answer.sets_accepted, answer.transaction_sets[0].code) == ("R", 0, "R")


def test_a_ta1_is_given_where_it_is_asked_for(gateway: Gateway) -> None:
    posted(gateway, era("EFT1").replace(b"*0*T*:", b"*1*T*:"))
    (file,) = answers(gateway)
    kinds = [one.id for one in EnvelopeReader([gateway.archive.get(file.sha256)])]
    assert kinds == ["TA1", "999"]


@pytest.mark.parametrize(("asked", "kinds"), [("1", ["TA1"]), ("0", [])])
def test_an_envelope_that_is_refused_gets_a_ta1_where_it_is_asked_for_and_no_999(
    gateway: Gateway, asked: str, kinds: list[str]
) -> None:
    content = era("EFT1", number=71).replace(b"*0*T*:", f"*{asked}*T*:".encode())
    one = posted(gateway, content.replace(b"IEA*1*000000071", b"IEA*1*000000072"))
    assert one.file.state == "held"
    assert [file.kind for file in answers(gateway)] == kinds
    for file in answers(gateway):
        content = gateway.archive.get(file.sha256)
        assert [decode_interchange_acknowledgment(told)[0].code for told in EnvelopeReader([content])] == ["R"]


def test_only_what_the_partner_wants_is_acknowledged(gateway: Gateway, workspace: Workspace) -> None:
    sent(gateway, claim("A1"))
    posted(gateway, status_277ca("AY", ("A1", "A1:19")))
    posted(gateway, ta1("TA1*000000001*260630*1800*A*000"))
    assert answers(gateway) == []
    with Gateway.open(settings(workspace, acknowledge="remittances = false\nclaim_acknowledgments = true")) as other:
        posted(other, status_277ca("PR", ("A1", "A2:20")))
        posted(other, era("EFT1"))
        (file,) = answers(other)
        assert said(other, file).functional_id == "HN"


def test_a_dry_run_and_files_given_by_hand_are_not_acknowledged(gateway: Gateway) -> None:
    received(gateway, era("EFT1"))
    post(gateway, dry_run=True)
    assert answers(gateway) == []
    path = gateway.workspace.root / "era.835"
    path.write_bytes(era("EFT2"))
    post_files(gateway, [path], "acme")
    assert answers(gateway) == []


def test_an_acknowledgment_waits_for_no_answer_and_stays_when_the_partner_goes_live(
    gateway: Gateway, workspace: Workspace
) -> None:
    posted(gateway, era("EFT1"))
    text = (workspace.root / "partners" / "acme.toml").read_text()
    (workspace.root / "partners" / "acme.toml").write_text(text.replace('usage = "test"', 'usage = "production"'))
    with Gateway.open(settings(workspace, expect="ta1_hours = 1\nx999_hours = 1"), clock=gateway.clock) as live:
        (file,) = send(live, live.workspace.partner("acme")).files
        assert file.state == "sent"
        live.clock.pass_by(days=3)  # type: ignore[attr-defined]  # the tests' own clock
        with live.ledger.read() as tx:
            assert list(overdue(tx, live.workspace.partner("acme"))) == []
