"""The only ways past a hold: a person accepts what doesn't add up, or has looked at what policy made wait."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edigate.cli import main
from edigate.config import Workspace, load_workspace
from edigate.errors import ConfigError, NoInputError, UsageError
from edigate.gateway.opening import Gateway
from edigate.gateway.post import PostedFile
from edigate.gateway.reconcile import reconcile
from edigate.gateway.releasing import let_through, waiting_for_review
from edigate.ledger.checks import breaches
from edigate.ledger.queries import cash
from edigate.ledger.timeline import PaymentDetail, payment_detail
from tests.conftest import PARTNER, SETTINGS
from tests.gateway.posting_books import account, dump, money_of, opened, payment, posted, sent, state, x835
from tests.simulator.claim_files import claim

PAID = ("CLP*A1*1*165*100*20*12*PCN1", "CAS*CO*45*45", "CAS*PR*1*20")
OFF_BY_A_CENT = payment("T1", *PAID, amount="100.01")
LINE_OFF = payment("T2", "CLP*A2*1*165*100*0*12*PCN2", "CAS*CO*45*65", "SVC*HC:99213*165*90", "CAS*CO*45*65")


@pytest.fixture
def gateway(workspace: Workspace) -> Iterator[Gateway]:
    with opened(workspace) as gateway:
        sent(gateway, claim("A1"), claim("A2"))
        yield gateway


def payment_of(gateway: Gateway, trace: str) -> PaymentDetail | None:
    with gateway.ledger.read() as tx:
        return payment_detail(tx, trace)


def let(gateway: Gateway, *keys: str, why: str = "payer confirmed", dry_run: bool = False) -> PostedFile:
    (one,) = let_through(gateway, unbalanced=keys, why=why, dry_run=dry_run).files
    return one


def test_the_sums_are_shown_with_both_sides_and_nothing_is_posted(gateway: Gateway) -> None:
    posted(gateway, x835(OFF_BY_A_CENT))
    before = dump(gateway)
    one = let(gateway, "in-1", dry_run=True, why="")
    (unbalanced,) = one.outcome.unbalanced
    assert (unbalanced.set_number, unbalanced.trace_number, unbalanced.sums_in_all) == (1, "T1", 1)
    (off,) = unbalanced.sums
    assert (off.level, off.said, off.adds_up_to) == ("payment", "100.01", "100")
    assert "a difference of 0.01" in off.what
    assert dump(gateway) == before


def test_accepted_it_posts_and_says_who_said_so(gateway: Gateway) -> None:
    posted(gateway, x835(OFF_BY_A_CENT))
    one = let(gateway, "in-1", why="payer's clerk,\n ticket 7")
    assert (one.file.state, one.file.reason) == ("posted", "let through by a person: payer's clerk, ticket 7")
    found = payment_of(gateway, "T1")
    assert found is not None
    assert (found.payment.accepted_unbalanced, found.sums.difference_cents) == ("payer's clerk, ticket 7", -1)
    assert (state(gateway, "A1"), account(gateway, "A1").paid_cents) == ("paid", 10000)
    report = reconcile(gateway)
    assert [one.accepted for one in report.unbalanced] == ["payer's clerk, ticket 7"]
    assert report.off == []
    with gateway.ledger.read() as tx:
        assert cash(tx).difference_cents == -1
        assert breaches(tx) == []
    again = posted(gateway, x835(OFF_BY_A_CENT) + b"\n")
    assert (again.file.state, again.outcome.payments_repeated) == ("posted", 1)


def test_line_and_claim_sums_are_told_by_their_level(gateway: Gateway) -> None:
    posted(gateway, x835(LINE_OFF))
    levels = [(one.level, one.said, one.adds_up_to) for one in let(gateway, "in-1").outcome.unbalanced[0].sums]
    assert levels == [("line", "90", "100"), ("claim", "100", "35")]
    assert account(gateway, "A2").paid_cents == 10000


def test_of_several_each_is_named_and_all_or_none_is_posted(gateway: Gateway) -> None:
    good = payment("T3", "CLP*A2*1*165*0*165*12*P3", "CAS*PR*1*165", head="H")
    held = posted(gateway, x835(OFF_BY_A_CENT, good, LINE_OFF))
    assert "1 more payments of the file don't add up" in held.file.reason
    with pytest.raises(UsageError, match="2 payments that don't add up") as error:
        let(gateway, "in-1")
    assert error.value.hint == "name each: in-1/1 (T1), in-1/3 (T2)"
    with pytest.raises(UsageError, match="in-1/2 is no payment"):
        let(gateway, "in-1/2")
    assert let(gateway, "in-1/1").file.state == "held"
    assert not dump(gateway)["payment"]
    one = let(gateway, "in-1/1", "in-1/3")
    assert (one.file.state, one.outcome.payments) == ("posted", 3)
    accepted = [found.payment.accepted_unbalanced for t in ("T1", "T2", "T3") if (found := payment_of(gateway, t))]
    assert accepted == ["payer confirmed", "payer confirmed", ""]


def test_no_other_hold_can_be_accepted(gateway: Gateway) -> None:
    posted(gateway, x835(payment("T1", *PAID)))
    changed = ("CLP*A1*1*165*100*30*12*PCN1", "CAS*CO*45*35", "CAS*PR*1*30")
    assert posted(gateway, x835(payment("T1", *changed))).file.state == "held"
    posted(gateway, x835(payment("", *PAID)))
    before = money_of(gateway)
    with pytest.raises(UsageError, match="it is held because payment T1 was posted before") as error:
        let(gateway, "in-2")
    assert "The same money can count once only" in str(error.value.hint)
    with pytest.raises(UsageError, match="no check or EFT number"):
        let(gateway, "in-3")
    with pytest.raises(UsageError, match="waits for no review"):
        let_through(gateway, reviewed=["in-2"], why="x")
    with pytest.raises(UsageError, match="in-1 is posted, not held"):
        let(gateway, "in-1")
    with pytest.raises(NoInputError):
        let(gateway, "in-9")
    with pytest.raises(NoInputError, match="is no id"):
        let(gateway, "12a")
    with pytest.raises(UsageError, match="with a reason"):
        let(gateway, "in-2", why=" \n")
    assert money_of(gateway) == before


# --- what a partner's policy makes wait

POLICIES = {
    'review_statuses = ["22", "4"]': ("CLP*A1*4*165*0*0*12*P1", "CAS*CO*29*165"),
    'review_reasons = ["29"]': ("CLP*A1*1*165*0*0*12*P1", "CAS*CO*29*165"),
    'review_reasons = ["CO-29"]': ("CLP*A1*1*165*0*0*12*P1", "CAS*CO*29*165"),
    "review_denied_over = 100": ("CLP*A1*1*165*64*0*12*P1", "CAS*CO*29*101"),
    "review_charge_off_by = 5": ("CLP*A1*1*155*155*0*12*P1",),
    "review_unmatched = true": ("CLP*WHO*1*100*100*0*12*P1",),
    'review_provider_adjustments = ["WO"]': (*PAID, "PLB*1234567893*20261231*WO:X*10"),
}


def with_policy(root: Path, policy: str) -> Workspace:
    (root / "partners").mkdir(exist_ok=True)
    (root / "edigate.toml").write_text(SETTINGS)
    (root / "partners" / "acme.toml").write_text(f"{PARTNER}\n[posting]\n{policy}\n")
    return load_workspace(root)


@pytest.mark.parametrize("policy", POLICIES)
def test_what_the_policy_names_waits_and_is_posted_when_somebody_looked(tmp_path: Path, policy: str) -> None:
    with opened(with_policy(tmp_path, policy)) as gateway:
        sent(gateway, claim("A1"))
        assert posted(gateway, x835(payment("T0", *PAID))).file.state == "posted"  # nothing in it is named
        before = money_of(gateway)
        one = posted(gateway, x835(payment("T1", *POLICIES[policy])))
        assert one.file.state == "held"
        assert one.file.reason.startswith("waits for review: ")
        assert money_of(gateway) == before
        (told,) = reconcile(gateway).attention[:1]
        assert (told.kind, told.do) == ("held", "Look at it with `edigate post --review`, then release it.")
        (waiting,) = waiting_for_review(gateway).files
        assert [(told.trace_number, told.why != "") for told in waiting.outcome.review] == [("T1", True)]
        (done,) = let_through(gateway, reviewed=["in-2"], why="looked").files
        assert (done.file.state, done.file.reason) == ("posted", "let through by a person: looked")
        found = payment_of(gateway, "T1")
        assert found is not None
        assert found.payment.accepted_unbalanced == ""
        assert waiting_for_review(gateway).files == []


def test_what_is_looked_at_must_add_up_all_the_same(tmp_path: Path) -> None:
    with opened(with_policy(tmp_path, 'review_reasons = ["45"]')) as gateway:
        sent(gateway, claim("A1"))
        posted(gateway, x835(OFF_BY_A_CENT))
        (one,) = let_through(gateway, reviewed=["in-1"], why="looked").files
        assert (one.file.state, "a difference of 0.01" in one.file.reason) == ("held", True)
        assert let(gateway, "in-1").file.reason.startswith("waits for review")
        (one,) = let_through(gateway, unbalanced=["in-1"], reviewed=["in-1"], why="looked").files
        assert one.file.state == "posted"


def test_a_policy_that_can_not_be_meant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"posting\.review_denied_over"):
        with_policy(tmp_path, "review_denied_over = -1").partners()


def test_the_command(gateway: Gateway, workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    posted(gateway, x835(OFF_BY_A_CENT))
    root = ("--workspace", str(workspace.root))
    accept = ("post", "--accept-unbalanced", "in-1", *root)
    assert main([*accept, "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "payment T1 (in-1/1), $100.01" in told
    assert "nothing was changed" in told
    assert main([*accept]) == 64
    assert main([*accept, "--review"]) == 64
    assert main(["post", "--why", "x", *root]) == 64
    capsys.readouterr()
    assert main([*accept, "--why", "asked", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["files"]
    assert one["outcome"]["unbalanced"][0]["sums"][0]["said"] == "100.01"
    assert main(["show", "payment", "T1", *root]) == 0
    assert "off by $0.01, accepted by a person: asked" in capsys.readouterr().out
    assert main(["post", "--review", *root]) == 0
    assert "Nothing waits for review." in capsys.readouterr().out
