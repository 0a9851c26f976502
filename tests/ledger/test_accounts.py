"""What is left of a claim after payers did what payers do. One line of the table, one account."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edigate.ledger import accounts
from edigate.ledger.accounts import Balance
from edigate.ledger.queries import dollars
from edigate.ledger.records import NewClaimPayment
from edigate.ledger.store import Ledger
from tests.ledger.books import adjudicated, converted, made, posted


def account(ledger: Ledger, claim_id: int) -> Balance:
    with ledger.read() as tx:
        return accounts.balances(tx, [claim_id])[claim_id]


def paid(
    cents: int, charge: int = 15000, status: str = "1", because: Mapping[str, int] = {}
) -> NewClaimPayment:
    return adjudicated(1, paid=cents, charge=charge, status=status, because=because)


def second_payers(
    cents: int, charge: int = 15000, status: str = "2", because: Mapping[str, int] = {}
) -> NewClaimPayment:
    entry = paid(cents, charge, status, because)
    return msgspec.structs.replace(entry, payer_claim_control_number="SECOND-1")


FIRST_PAYER = paid(8000, because={"CO 45": 5000, "PR 2": 2000})
REVERSAL = paid(-8000, charge=-15000, status="22", because={"CO 45": -5000, "PR 2": -2000})

# entries -> paid, adjusted, prior payers, patient, outstanding of a charge of 150.00
CASES: dict[str, tuple[list[NewClaimPayment], tuple[int, int, int, int, int]]] = {
    "nothing came yet": ([], (0, 0, 0, 0, 15000)),
    "paid in part, the rest split": ([FIRST_PAYER], (8000, 5000, 0, 2000, 0)),
    "denied": ([paid(0, status="4", because={"CO 29": 15000})], (0, 15000, 0, 0, 0)),
    "all on the patient": ([paid(0, because={"PR 1": 15000})], (0, 0, 0, 15000, 0)),
    "a reversal alone": ([FIRST_PAYER, REVERSAL], (0, 0, 0, 0, 15000)),
    "a reversal that came first": ([REVERSAL, FIRST_PAYER], (0, 0, 0, 0, 15000)),
    "reversed and corrected": ([FIRST_PAYER, REVERSAL, paid(9500, because={"CO 45": 5500})], (9500, 5500, 0, 0, 0)),
    "only part of it adjudicated": ([paid(5000, charge=7500, because={"CO 45": 2500})], (5000, 2500, 0, 0, 7500)),
    "a second payer takes the patient's share": (
        [FIRST_PAYER, paid(1500, status="2", because={"OA 23": 13000, "PR 3": 500})],
        (9500, 5000, 0, 500, 0),
    ),
    "the second payer's part reversed": (
        [
            FIRST_PAYER,
            paid(1500, status="2", because={"OA 23": 13000, "PR 3": 500}),
            paid(-1500, charge=-15000, status="22", because={"OA 23": -13000, "PR 3": -500}),
        ],
        (8000, 5000, 0, 2000, 0),
    ),
    "sent to a second payer, the first one's work elsewhere": (
        [paid(1500, status="2", because={"OA 23": 13000, "PR 3": 500})],
        (1500, 0, 13000, 500, 0),
    ),
    "the second payer's part reversed, without the reason 23": (
        [
            FIRST_PAYER,
            second_payers(1500, status="2", because={"OA 23": 13000, "PR 3": 500}),
            second_payers(-1500, charge=-15000, status="22", because={"CO 45": -13000, "PR 3": -500}),
            second_payers(1500, status="2", because={"CO 45": 13000, "PR 3": 500}),
        ],
        (9500, 5000, 0, 500, 0),
    ),
    "priced and not decided yet": ([paid(0, status="25", because={"OA 101": 15000})], (0, 0, 0, 0, 15000)),
    "priced, then paid": (
        [paid(0, status="25", because={"OA 101": 15000}), FIRST_PAYER],
        (8000, 5000, 0, 2000, 0),
    ),
    "interest counts as less adjusted": ([paid(16000, because={"CO 94": -1000})], (16000, -1000, 0, 0, 0)),
}


@pytest.mark.parametrize("case", CASES)
def test_an_account(ledger: Ledger, case: str) -> None:
    entries, expected = CASES[case]
    assert converted(ledger, made("A1")) == [1]
    for number, entry in enumerate(entries):
        posted(ledger, entry, trace=f"T{number}")

    found = account(ledger, 1)
    assert (
        found.paid_cents,
        found.adjusted_cents,
        found.prior_payers_cents,
        found.patient_responsibility_cents,
        found.outstanding_cents,
    ) == expected
    assert found.charge_cents == 15000
    assert found.entries == len([entry for entry in entries if entry.status_code != "25"])


def test_entries_of_held_payments_do_not_count(ledger: Ledger) -> None:
    converted(ledger, made("A1"))
    posted(ledger, FIRST_PAYER, state="held", reason="look")
    assert account(ledger, 1) == Balance(1, 15000, 0, 0, 0, 0, 15000, 0)


def test_accounts_of_many_claims_come_at_once(ledger: Ledger) -> None:
    ids = converted(ledger, *(made(f"A{n}", lines=1) for n in range(1200)))
    posted(ledger, *(adjudicated(one, paid=9000, because={"CO 45": 6000}) for one in ids[:600]))
    with ledger.read() as tx:
        found = accounts.balances(tx, ids)
    assert sorted(found) == ids
    assert sum(one.paid_cents for one in found.values()) == 600 * 9000
    assert sum(one.outstanding_cents for one in found.values()) == 600 * 15000


entries = st.tuples(
    st.sampled_from(["1", "4", "19"]), st.integers(0, 15000), st.integers(0, 15000), st.booleans()
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(entries, min_size=1, max_size=4), min_size=1, max_size=5))
def test_every_cent_is_somewhere(
    tmp_path_factory: pytest.TempPathFactory, empty_ledger: bytes, payers: list[list[tuple[str, int, int, bool]]]
) -> None:
    """Whatever is adjudicated and reversed: charged = paid + adjusted + patient + outstanding."""
    path = tmp_path_factory.mktemp("law") / "ledger.sqlite"
    path.write_bytes(empty_ledger)
    with Ledger.open(path) as ledger:
        ids = converted(ledger, *(made(f"A{n}", lines=1) for n in range(len(payers))))
        for claim_id, adjudications in zip(ids, payers, strict=True):
            for number, (status, first, second, taken_back) in enumerate(adjudications):
                low, high = sorted((first, second))
                amounts = {"CO 45": high - low, "PR 2": 15000 - high}
                entry = adjudicated(claim_id, paid=low, status=status, because=amounts)
                posted(ledger, entry, trace=f"T{claim_id}-{number}")
                if taken_back:
                    undone = {name: -cents for name, cents in amounts.items()}
                    entry = adjudicated(claim_id, paid=-low, charge=-15000, status="22", because=undone)
                    posted(ledger, entry, trace=f"R{claim_id}-{number}")
        with ledger.read() as tx:
            total = dollars(tx)
            single = accounts.balances(tx, ids).values()
    assert total.charged_cents == 15000 * len(payers)
    assert (
        total.paid_cents
        + total.adjusted_cents
        + total.prior_payers_cents
        + total.patient_responsibility_cents
        + total.outstanding_cents
    ) == total.charged_cents
    for name in ("paid_cents", "adjusted_cents", "patient_responsibility_cents", "outstanding_cents"):
        assert getattr(total, name) == sum(getattr(one, name) for one in single)
    for one, adjudications in zip(single, payers, strict=True):
        standing = sum(not taken_back for *_, taken_back in adjudications)
        assert one.outstanding_cents == 15000 - 15000 * standing
