"""What was judged before is used again: whoever only looks is told what going through every claim would tell."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edigate.config import Workspace, load_workspace
from edigate.gateway import judged_before
from edigate.gateway.fees import load_terms
from edigate.gateway.judged_before import attention_now
from edigate.gateway.matching import assign
from edigate.gateway.reconcile import reconcile
from edigate.reports.attention import Attention, attention
from tests.gateway.posting_books import payment, posted, sent, x835
from tests.gateway.practice import TestGateway
from tests.simulator.claim_files import claim

Open = Callable[[Workspace], TestGateway]


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judged_before, "FEW", 0)  # every ledger is a large one


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done to find out: `all` for every claim, `some` for a few."""
    done: list[str] = []
    for name, word in (("reconciliation", "all"), ("judged_of", "some")):
        monkeypatch.setattr(judged_before, name, _noting(done, word, getattr(judged_before, name)))
    return done


def _noting(done: list[str], word: str, real: Callable[..., object]) -> Callable[..., object]:
    def noted(*given: object) -> object:
        done.append(word)
        return real(*given)

    return noted


def paid(number: str, amount: str, *, status: str = "1", charge: str = "165", day: str = "20260710") -> bytes:
    cut = f"{float(charge) - float(amount):g}"
    lines = [f"CLP*{number}*{status}*{charge}*{amount}**12*PCN{number}", f"SVC*HC:99213*{charge}*{amount}"]
    lines += ["DTM*472*20260615", *([f"CAS*CO*45*{cut}"] if cut != "0" else [])]
    return x835(payment(f"EFT{number}{status}{amount}", *lines, day=day))


def both(gateway: TestGateway) -> list[Attention]:
    """What is told, which must be what all claims gone through tell."""
    terms = load_terms(gateway.workspace)
    with gateway.ledger.read() as tx:
        told = attention_now(gateway, tx, terms)
        assert told == attention(tx, terms)
    return told


def kinds(told: list[Attention]) -> dict[str, int]:
    return {one.kind: one.count for one in told}


@pytest.fixture
def books(gateway: TestGateway, workspace: Workspace) -> TestGateway:
    """Six claims alike, as a fee says they are allowed, one of them less; reconciled."""
    (workspace.root / "fees").mkdir()
    (workspace.root / "fees" / "all.csv").write_text("procedure,allowed\n99213,100.00\n")
    sent(gateway, *(claim(f"A{n}") for n in range(1, 10)))
    for n in range(1, 6):
        posted(gateway, paid(f"A{n}", "100"))
    posted(gateway, paid("A6", "60"))
    reconcile(gateway)
    return gateway


def test_nothing_is_gone_through_while_nothing_changed(books: TestGateway, asked: list[str]) -> None:
    assert kinds(both(books))["underpaid"] == 1
    assert asked == []


def test_only_what_changed_is_judged_anew(books: TestGateway, asked: list[str]) -> None:
    posted(books, paid("A7", "70"))
    posted(books, x835(payment("DEN8", "CLP*A8*4*165*0**12*PCN8", "SVC*HC:99213*165*0", "DTM*472*20260615",
                               "CAS*CO*50*165")))  # fmt: skip
    told = kinds(both(books))
    assert (told["underpaid"], told["denied"]) == (2, 1)
    assert asked == ["some"]
    posted(books, x835(payment("REV6", "CLP*A6*22*-165*-60**12*PCNA6", "SVC*HC:99213*-165*-60", "DTM*472*20260615",
                               "CAS*CO*45*-105", "PLB*1234567893*20261231*FB:EFT9*-60", head="H")))  # fmt: skip
    told = kinds(both(books))
    assert (told["underpaid"], told["reversed"]) == (1, 1)
    assert asked == ["some"] * 2


def test_without_a_fee_it_is_what_the_payer_usually_allowed(
    books: TestGateway, workspace: Workspace, asked: list[str]
) -> None:
    (workspace.root / "fees" / "all.csv").unlink()
    assert kinds(both(books)).get("underpaid", 0) == 0  # all on one day: nothing came before
    assert asked == ["all"], "another agreement: all is judged anew"
    reconcile(books)
    posted(books, paid("A7", "70", day="20260711"))
    assert kinds(both(books))["underpaid"] == 1
    assert asked == ["all", "some"]


def test_another_fee_judges_all_anew(books: TestGateway, workspace: Workspace, asked: list[str]) -> None:
    (workspace.root / "fees" / "all.csv").write_text("procedure,allowed\n99213,60.00\n")
    told = kinds(both(books))
    assert (told.get("underpaid", 0), told["overpaid"]) == (0, 5)
    assert asked == ["all"]


def test_a_match_by_hand_judges_all_anew(books: TestGateway, asked: list[str]) -> None:
    posted(books, paid("X9", "60"))
    assert kinds(both(books))["unmatched"] == 1
    assign(books, "paid-7", "9", why="the same visit")
    assert kinds(both(books))["underpaid"] == 2
    assert asked == ["some", "all"]


def test_a_file_lost_or_broken_costs_time_alone(books: TestGateway, asked: list[str]) -> None:
    path = books.workspace.state / judged_before.FILE
    assert path.stat().st_mode & 0o777 == 0o600
    before = both(books)
    path.write_text("{")
    assert both(books) == before
    path.unlink()
    assert both(books) == before
    assert asked == ["all", "all"]


def test_another_ledger_in_its_place_is_gone_through(
    books: TestGateway, workspace: Workspace, opened: Open, asked: list[str], new_ledger: bytes
) -> None:
    books.ledger.close()
    for path in workspace.root.glob("state/ledger.db*"):
        path.unlink()
    workspace.ledger_path.write_bytes(new_ledger)
    other = opened(load_workspace(workspace.root))
    assert both(other) == []
    assert asked == ["all"]
