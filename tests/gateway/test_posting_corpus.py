"""Public files of many payers posted: each ends posted, held with a true reason, or kept; nothing is ever raised."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from edigate.config import Workspace
from edigate.gateway.matching import queue
from edigate.gateway.post import post
from edigate.gateway.releasing import let_through
from edigate.ledger.checks import breaches
from edigate.ledger.claim_payments import ClaimPaymentRow
from edigate.ledger.payments import payments
from edigate.ledger.queries import cash
from edigate.ledger.sums import payment_sums
from edigate.ledger.timeline import payment_detail
from edigate.money import to_cents
from tests.gateway.corpus_table import REASONS, table, told
from tests.gateway.posting_books import dump, opened, posted, received
from tests.remits.goldens import Golden, Line, PaidClaim, goldens

# Folder of the corpus -> how its files end, each in a ledger of its own.
ENDS = {
    "TA1": {"posted": 5},
    "999": {"posted": 9},
    "277CA": {"posted": 11},
    "835": {
        "posted": 47,
        "a claim doesn't add up": 12,
        "the payment isn't the sum of its claims": 5,
        "a number or the money's day can't be read": 3,
        "no trace number": 1,
    },
    "broken": {
        "kept": 82,  # claim files
        "cut off or pieced together: SE01": 41,
        "cut off or pieced together": 5,
        "posted": 5,  # broken for a guide, not for a reader of answers
        "a claim doesn't add up": 3,
        "no amount": 1,
    },
}


@pytest.mark.real
@pytest.mark.parametrize("folder", ENDS)
def test_every_public_file_ends_posted_or_with_its_reason(
    workspace: Workspace, corpus: Path, folder: str
) -> None:
    ends: Counter[str] = Counter()
    for path in sorted((corpus / "corpus" / folder).iterdir()):
        with opened(workspace) as gateway:
            one = posted(gateway, path.read_bytes(), name=path.name)
            assert one.file.state != "received"
            assert one.file.reason or one.file.state == "posted"
            with gateway.ledger.read() as tx:
                assert cash(tx).difference_cents == 0
            if one.file.state == "held":
                assert not dump(gateway)["payment"]
        ends[told(one)] += 1
    for words, number in ends.most_common():
        print(f"{folder:8}{number:4}  {words}")
    assert ends == ENDS[folder]


@pytest.mark.real
def test_all_public_remittances_in_one_ledger_add_up(workspace: Workspace, corpus: Path) -> None:
    """Posted = the sum of what was paid on claims less provider adjustments; the same files again add nothing."""
    files = sorted((corpus / "corpus" / "835").iterdir())
    with opened(workspace) as gateway:
        for path in files:
            received(gateway, path.read_bytes(), name=path.name)
        report = post(gateway)
        with gateway.ledger.read() as tx:
            where = cash(tx)
            assert all(one.difference_cents == 0 for one in payment_sums(tx))
        assert where.difference_cents == 0
        assert where.payments == sum(one.outcome.payments for one in report.files)
        assert where.received_cents == sum(one.outcome.amount_cents for one in report.files if not one.outcome.held)
        before = dump(gateway)["claim_payment"]
        for path in files:
            received(gateway, path.read_bytes() + b"\n", name=f"again-{path.name}")  # other bytes, the same words
        repeated = post(gateway)
        assert sum(one.outcome.payments for one in repeated.files) == 0
        assert sum(one.outcome.payments_repeated for one in repeated.files) >= where.payments
        assert dump(gateway)["claim_payment"] == before


@pytest.mark.real
def test_what_does_not_add_up_posts_by_a_persons_word_alone_and_is_off_by_what_was_told(
    workspace: Workspace, corpus: Path
) -> None:
    accepted: Counter[str] = Counter()
    for path in sorted((corpus / "corpus" / "835").iterdir()):
        with opened(workspace) as gateway:
            held = posted(gateway, path.read_bytes(), name=path.name)
            if "a difference of" not in held.file.reason:
                continue
            names = [f"in-1/{one.set_number}" for one in held.outcome.unbalanced]
            (shown,) = let_through(gateway, unbalanced=names, why="", dry_run=True).files
            assert not dump(gateway)["payment"]
            (one,) = let_through(gateway, unbalanced=names, why="asked").files
            accepted[told(one)] += 1
            if shown.outcome.held:  # something else is wrong with it besides
                assert one.file.state == "held"
                continue
            off = sum(
                to_cents(Decimal(each.said) - Decimal(each.adds_up_to))
                for unbalanced in one.outcome.unbalanced
                for each in unbalanced.sums
                if each.level == "payment"
            )
            with gateway.ledger.read() as tx:
                assert cash(tx).difference_cents == -off
                assert breaches(tx) == []
            queue(gateway)  # every status and payment of the file is found again where it stands
    assert accepted == {"posted": 16, "the same money with another story": 1}


@pytest.mark.real
def test_the_table_of_all_public_answers_adds_up_and_knows_every_reason(corpus: Path) -> None:
    """`corpus_table.py`: one ledger a kind. Files that are one example edited are the same money again."""
    kinds = {kind.name: kind for kind in table()}
    assert {name: kind.ends["posted"] for name, kind in kinds.items()} == {
        "TA1": 5, "999": 9, "277CA": 11, "835": 30, "broken": 5,
    }  # fmt: skip
    for kind in kinds.values():
        assert kind.difference_cents == 0
        assert kind.paid_cents - kind.provider_adjustments_cents == kind.received_cents
        assert kind.ends.keys() <= {"posted", "kept", *REASONS.values()}, "a reason that has no name yet"
    assert kinds["835"].ends["the same money with another story"] == 19


@pytest.mark.real
@pytest.mark.parametrize("golden", goldens(), ids=lambda golden: golden.name)
def test_amounts_in_the_ledger_equal_another_vendors_reading(
    workspace: Workspace, corpus: Path, golden: Golden
) -> None:
    """Claim by claim and line by line, in cents. What doesn't add up is let through, to be compared all the same."""
    with opened(workspace) as gateway:
        one = posted(gateway, golden.source.read_bytes(), name=golden.source.name)
        if one.file.state == "held" and one.outcome.unbalanced:
            names = [f"in-1/{each.set_number}" for each in one.outcome.unbalanced]
            (one,) = let_through(gateway, unbalanced=names, why="to be compared").files
        if one.file.state == "held":  # its counts don't hold: nothing of it is posted, however it is read
            assert golden.source.name[:3] in ("004", "005")
            assert golden.source.parent.name == "broken"
            return
        assert one.file.state == "posted"
        with gateway.ledger.read() as tx:
            found = [payment_detail(tx, str(each.id)) for each in payments(tx)]
    payments_posted = [detail for detail in found if detail is not None]
    assert set(map(to_cents, golden.totals)) <= {detail.payment.amount_cents for detail in payments_posted}
    ours = {row.patient_control_number: row for detail in payments_posted for row in detail.claims}
    for theirs in golden.claims:
        row = ours[theirs.patient_control_number]
        assert (row.charge_cents, row.paid_cents) == (to_cents(theirs.charge), to_cents(theirs.paid))
        assert row.patient_responsibility_cents == to_cents(theirs.patient_responsibility)
        services = [(line.charge_cents, line.paid_cents, cuts(line.id, row)[: golden.most]) for line in row.services]
        assert services == [(to_cents(line.charge), to_cents(line.paid), in_cents(line)) for line in theirs.lines]
        assert cuts(None, row)[: golden.most] == in_cents(theirs)
    moved = [
        (one.reason_code, one.reference, one.amount_cents)
        for detail in payments_posted
        for one in detail.provider_adjustments
    ]
    told = [(reason, reference, to_cents(amount)) for reason, reference, amount in golden.provider_adjustments]
    assert [one for one in moved if one in told] == told


def cuts(service_id: int | None, row: ClaimPaymentRow) -> list[tuple[str, str, int]]:
    """Adjustments of a claim payment's service, or of the claim itself."""
    return [
        (one.group_code, one.reason_code, one.amount_cents)
        for one in row.adjustments
        if one.service_payment_id == service_id
    ]


def in_cents(theirs: PaidClaim | Line) -> list[tuple[str, str, int]]:
    return [(group, reason, to_cents(amount)) for group, reason, amount in theirs.adjustments]
