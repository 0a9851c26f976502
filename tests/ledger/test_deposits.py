"""Deposits in the ledger: each once however many files tell of it, each cent of it matched once."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edigate.errors import LedgerError
from edigate.ledger import inbound
from edigate.ledger.checks import breaches
from edigate.ledger.deposit_export import exported_deposits
from edigate.ledger.deposit_shares import (
    NewShare,
    add_shares,
    live_shares,
    payment_totals,
    payments_to_cover,
    undo_shares,
    undone_pairs,
)
from edigate.ledger.deposits import Added, NewDeposit, add_deposits, deposit_totals, deposits, last_bank_file
from edigate.ledger.exports import Span
from edigate.ledger.payments import add_payment
from edigate.ledger.records import NewInboundFile, NewPayment, NewProviderAdjustment
from edigate.ledger.states import BankFormat
from edigate.ledger.store import Ledger
from edigate.ledger.transaction import WriteTransaction
from tests.ledger.books import sha256

DAY = date(2026, 7, 10)
_files = count(1)


def line(cents: int = 10000, after: int = 0, record: int = 1, **more: Any) -> NewDeposit:
    fields: dict[str, Any] = {
        "record": record, "day": DAY + timedelta(days=after), "amount_cents": cents, "kind": "ach", "account": "4321",
        "description": "ACME HEALTH PLAN HCCLAIMPMT",
    }  # fmt: skip
    return NewDeposit(**(fields | more))


def bank_file(tx: WriteTransaction, name: str) -> int:
    new = NewInboundFile(partner="", remote_path=f"by hand/{name}", name=name, sha256=sha256(name), size=1)
    file = inbound.record_received(tx, new)
    inbound.finish_file(tx, file.id, "posted", kind="BAI2")
    return file.id


def import_(ledger: Ledger, name: str, *lines: NewDeposit, form: BankFormat = "bai2") -> Added:
    told = [msgspec.structs.replace(one, record=at) for at, one in enumerate(lines, 1)]
    with ledger.write() as tx:
        return add_deposits(tx, bank_file(tx, name), form, told)


def posted(ledger: Ledger, cents: int = 10000, trace: str = "EFT1") -> int:
    with ledger.write() as tx:
        file = inbound.record_received(
            tx, NewInboundFile(partner="acme", remote_path=trace, name=trace, sha256=sha256(trace), size=1)
        )
        new = NewPayment(
            inbound_file_id=file.id, set_number=1, amount_cents=cents, trace_number=trace, method="ACH",
            effective_date=DAY, trace_payer_id="1512345678", payer_name="ACME HEALTH PLAN",
        )  # fmt: skip
        return add_payment(tx, new, [], [NewProviderAdjustment(reason_code="WO", amount_cents=-cents)])


def shown(ledger: Ledger) -> list[tuple[int, int, str]]:
    with ledger.read() as tx:
        return [(one.amount_cents, one.matched_cents, one.trace) for one in deposits(tx)]


def test_a_statement_imported_again_and_an_overlapping_one_post_nothing_twice(ledger: Ledger) -> None:
    first = import_(ledger, "july", line(100, reference="R1"), line(200, 1, reference="R2"))
    again = import_(ledger, "july, written anew", line(100, reference="R1"), line(200, 1, reference="R2"))
    later = import_(ledger, "quarter", line(50, -9, reference="R0"), line(200, 1, reference="R2"))
    assert (first.new, first.new_cents, again.new, again.known, later.new, later.known) == (2, 300, 0, 2, 1, 1)
    assert [cents for cents, _, _ in shown(ledger)] == [50, 100, 200]


def test_two_equal_deposits_of_a_day_are_two_in_each_file_and_two_in_all(ledger: Ledger) -> None:
    assert import_(ledger, "a", line(), line()).new == 2
    assert import_(ledger, "b", line(), line()).known == 2
    assert import_(ledger, "c", line(), line(), line()) == Added(new=1, new_cents=10000, known=2)
    with ledger.read() as tx:
        totals = deposit_totals(tx)
    assert (totals.deposits, totals.amount_cents, totals.first_day) == (3, 30000, DAY)


@pytest.mark.parametrize(
    "other",
    [
        {"account": "9999"}, {"cents": 10001}, {"after": 1}, {"description": "NORTHERN MUTUAL"}, {"reference": "R9"},
    ],
)  # fmt: skip
def test_another_account_amount_day_text_or_number_is_other_money(ledger: Ledger, other: dict[str, Any]) -> None:
    import_(ledger, "a", line())
    assert import_(ledger, "b", line(**other)).new == 1


def test_the_ach_file_beside_the_statement_tells_of_the_same_money_and_brings_its_trace(ledger: Ledger) -> None:
    import_(ledger, "statement", line(reference="BX1"), line(7700, reference="BX2", description="NORTHERN MUTUAL"))
    ach = line(
        after=-1, reference="122000030000001", payer_name="ACME HEALTH PLAN", trace="EFT1", trace_payer_id="1512345678"
    )
    assert import_(ledger, "ach", ach, form="nacha") == Added(joined=1)
    assert shown(ledger) == [(10000, 0, "EFT1"), (7700, 0, "")]
    # Both forms know it again from now on.
    assert import_(ledger, "ach of the week", ach, form="nacha").known == 1
    assert import_(ledger, "statement of the week", line(reference="BX1")).known == 1


@pytest.mark.parametrize(
    ("bai", "csv", "joined"),
    [
        ("DEPOSIT", "DEPOSIT BRANCH 12", 1),
        ("ACH CREDIT ACME HEALTH PLAN", "ACME HEALTH PLAN DES:HCCLAIMPMT", 1),
        ("PREAUTHORIZED ACH CREDIT ACME", "PREAUTHORIZED ACH CREDIT NORTHERN", 0),
        ("DEPOSIT", "NORTHERN MUTUAL", 0),
    ],
)
def test_two_forms_of_statement_tell_of_one_deposit_where_their_words_agree(
    ledger: Ledger, bai: str, csv: str, joined: int
) -> None:
    import_(ledger, "bai", line(description=bai, reference="BX1"))
    assert import_(ledger, "csv", line(description=csv), form="csv").joined == joined


def test_two_equal_entries_of_an_ach_file_join_two_equal_deposits(ledger: Ledger) -> None:
    import_(ledger, "statement", line(reference="BX1"), line(reference="BX2"))
    entries = [line(reference=f"12200003{at}", payer_name="ACME HEALTH PLAN", trace=f"EFT{at}") for at in (1, 2, 3)]
    assert import_(ledger, "ach", *entries, form="nacha") == Added(new=1, new_cents=10000, joined=2)
    assert sorted(trace for _, _, trace in shown(ledger)) == ["EFT1", "EFT2", "EFT3"]


@pytest.mark.parametrize(
    "other",
    [
        {"payer_name": "NORTHERN MUTUAL", "description": "NORTHERN MUTUAL HCCLAIMPMT"},
        {"trace": "EFT2"},
        {"after": 2},  # the statement would have it two days before the entry is effective
        {"account": "9999"},
    ],
)
def test_what_only_looks_alike_in_another_form_is_not_joined(ledger: Ledger, other: dict[str, Any]) -> None:
    import_(ledger, "statement", line(trace="EFT1"))
    assert import_(ledger, "ach", line(**({"payer_name": "ACME HEALTH PLAN"} | other)), form="nacha").new == 1


def test_shares_are_never_more_than_there_is_on_either_side(ledger: Ledger) -> None:
    payment_id, _ = posted(ledger, 6000), import_(ledger, "a", line(10000))
    for shares in (
        [NewShare(1, payment_id, 6001, "trace")],  # more than the payment
        [NewShare(1, payment_id, -1, "trace")],  # of another sign
        [NewShare(1, payment_id, 5000, "hand", why="both", who="kim"), NewShare(1, payment_id, 1, "trace")],  # twice
        [NewShare(1, payment_id, 5000, "hand")],  # by hand without a reason
    ):
        with pytest.raises(LedgerError), ledger.write() as tx:
            add_shares(tx, shares)
    with ledger.write() as tx:
        add_shares(tx, [NewShare(1, payment_id, 6000, "trace")])
    assert shown(ledger) == [(10000, 6000, "")]
    with ledger.read() as tx:
        assert payments_to_cover(tx) == []
        assert [one.open_cents for one in payments_to_cover(tx, ids=[payment_id])] == [0]
        assert breaches(tx) == []


def test_what_is_undone_is_open_again_and_stays_in_the_books(ledger: Ledger) -> None:
    payment_id, _ = posted(ledger), import_(ledger, "a", line())
    with ledger.write() as tx:
        add_shares(tx, [NewShare(1, payment_id, 10000, "trace")])
    with ledger.write() as tx:
        assert undo_shares(tx, 1, [payment_id + 1], why="no", who="kim") == []
        assert [one.payment_id for one in undo_shares(tx, 1, [], why="another clinic's", who="kim")] == [payment_id]
    with ledger.read() as tx:
        assert (live_shares(tx, [1]), undone_pairs(tx)) == ({}, frozenset({(1, payment_id)}))
        assert [one.open_cents for one in payments_to_cover(tx)] == [10000]
    with ledger.write() as tx:  # and may be matched again, by a person
        add_shares(tx, [NewShare(1, payment_id, 10000, "hand", why="it was ours", who="kim")])
    assert shown(ledger) == [(10000, 10000, "")]


def test_both_sides_are_added_up_and_exported_with_what_they_are_matched_with(ledger: Ledger) -> None:
    ids = [posted(ledger, 6000, "EFT1"), posted(ledger, 500, "EFT2")]
    import_(ledger, "a", line(10000, reference="R1"), line(-200, reference="R2", kind="return"))
    with ledger.write() as tx:
        add_shares(tx, [NewShare(1, ids[0], 6000, "trace"), NewShare(1, ids[1], 500, "hand", why="y", who="kim")])
    with ledger.read() as tx:
        totals, paid = deposit_totals(tx), payment_totals(tx, DAY)
        assert (totals.amount_cents, totals.matched_cents, totals.open_cents) == (9800, 6500, 3300)
        assert (paid.payments, paid.amount_cents, paid.matched_cents) == (2, 6500, 6500)
        assert payment_totals(tx, DAY + timedelta(days=1)).payments == 0
        rows = [(one.open_cents, one.payment_ids, one.matched_by, one.file) for one in exported_deposits(tx, Span())]
        assert rows == [(3500, (str(ids[0]), str(ids[1])), ("trace", "hand"), "a"), (-200, (), (), "a")]
        assert list(exported_deposits(tx, Span(since=tx.at + timedelta(seconds=1)))) == []


def test_only_banks_files_say_up_to_when_the_bank_is_known(ledger: Ledger) -> None:
    posted(ledger)
    with ledger.read() as tx:
        assert last_bank_file(tx) is None
    import_(ledger, "a", line())
    with ledger.read() as tx:
        assert last_bank_file(tx) == date(2026, 3, 2)


LINES = st.lists(
    st.builds(
        line,
        st.sampled_from([100, 200, -100]),
        st.integers(0, 2),
        reference=st.sampled_from(["", "R1", "R2"]),
        description=st.sampled_from(["ACME HEALTH PLAN", "NORTHERN MUTUAL"]),
    ),
    max_size=8,
)


@pytest.mark.parametrize("ledger_at", ["sqlite"], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.data())
def test_overlapping_statements_add_up_to_the_whole(
    ledger: Ledger, all_: list[NewDeposit], data: st.DataObject
) -> None:
    """A bank's lines of some days, cut into statements of whole days in any way, come to what the bank has."""
    with ledger.write() as tx:
        for table in ("deposit_record", "deposit"):
            tx.connection.exec_driver_sql(f"DELETE FROM {table}")
    for _ in range(data.draw(st.integers(1, 4))):
        first, last = sorted(data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2))))
        days = [DAY + timedelta(days=day) for day in range(first, last + 1)]
        import_(ledger, f"statement {next(_files)}", *(one for one in all_ if one.day in days))
    import_(ledger, f"statement {next(_files)}", *all_)
    with ledger.read() as tx:
        totals = deposit_totals(tx)
    assert (totals.deposits, totals.amount_cents) == (len(all_), sum(one.amount_cents for one in all_))


def test_a_ledger_that_matched_more_than_there_is_says_so(ledger: Ledger) -> None:
    payment_id, _ = posted(ledger), import_(ledger, "a", line())
    with ledger.write() as tx:
        add_shares(tx, [NewShare(1, payment_id, 10000, "trace")])
        tx.connection.exec_driver_sql("UPDATE deposit_payment SET amount_cents = 10001")
    with ledger.read() as tx:
        (breach,) = breaches(tx)
    assert (breach.code, breach.ids) == ("LEDGER-DEPOSIT-SHARES", ("1", str(payment_id)))
